"""The public address of a feed: secret, revocable, answered from what a job has written."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from backoffice.lib.errors import Conflict
from inventory.models import StockLevel
from shops.jobs import tick
from shops.models import Feed, Run
from shops.services.feeds import public_address, publish, refresh_public_feeds, withdraw
from shops.services.runs import work_run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11")]


@pytest.fixture
def public(feed):
    """(feed, path): a feed with a public address that is written."""
    made = feed("kontor_xml_stock", send=False)
    publish(made)
    work_run(Run.objects.get(job="feeds").pk)
    return fresh(made)


def fresh(made):
    made = Feed.objects.get(pk=made.pk)
    return made, public_address(made).removeprefix("http://127.0.0.1:8000")


def body(response):
    return b"".join(response.streaming_content)


def test_it_serves_what_was_written(public, ftp, django_assert_num_queries):
    made, path = public
    with django_assert_num_queries(1):
        response = Client().get(path)
        content = body(response)
    assert content == made.file.read()
    assert response["Content-Type"] == "application/xml"
    assert response["ETag"] == f'"{made.checksum[:32]}"'
    assert response["Cache-Control"] == "no-cache"
    assert response["X-Robots-Tag"] == "noindex"
    assert "Accept-Encoding" in response["Vary"]
    assert "Content-Encoding" not in response
    assert dict(ftp.commands) == {}


@pytest.mark.parametrize("accepts", ["gzip", "br, gzip;q=0.5", "*"])
def test_packed_for_who_takes_it(public, accepts):
    made, path = public
    response = Client().get(path, headers={"accept-encoding": accepts})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(body(response)) == made.file.read()
    assert response["ETag"] == f'"{made.checksum[:32]}-gz"'


@pytest.mark.parametrize("accepts", ["", "br", "gzip;q=0", "identity"])
def test_plain_for_who_does_not(public, accepts):
    _made, path = public
    assert "Content-Encoding" not in Client().get(path, headers={"accept-encoding": accepts})


def test_who_has_it_already_gets_an_empty_answer(public):
    made, path = public
    etag = Client().get(path)["ETag"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = Client().get(path, headers={"if-none-match": given})
        assert (response.status_code, response["ETag"], response.content) == (304, etag, b"")
    assert Client().get(path, headers={"if-none-match": '"other"'}).status_code == 200
    after, before = made.written_at + timedelta(seconds=1), made.written_at - timedelta(hours=1)
    assert Client().get(path, headers={"if-modified-since": http_date(after.timestamp())}).status_code == 304
    assert Client().get(path, headers={"if-modified-since": http_date(before.timestamp())}).status_code == 200
    assert Client().get(path, headers={"if-modified-since": "rubbish"}).status_code == 200


def test_head_and_other_methods(public):
    _made, path = public
    response = Client().head(path)
    assert (response.status_code, body(response)) == (200, b"")
    assert Client().post(path).status_code == 405


def test_who_does_not_know_the_secret_finds_nothing(public):
    made, path = public
    wrong = path.replace(made.token, "x" * len(made.token))
    assert Client().get(wrong).status_code == 404
    assert Client().get(path.replace(made.token, made.token[:-1])).status_code == 404
    assert Client().get(path.replace(f"/feeds/{made.pk}/", "/feeds/999999/")).status_code == 404
    # What cannot be a secret is no address of a feed: it leads where every unknown address does.
    assert Client().get(path.replace(made.token, "%00"))["Location"].startswith("/login/")
    assert len(made.token) >= 43


def test_a_withdrawn_or_renewed_address_is_useless_at_once(public):
    made, path = public
    publish(made)
    _made, new = fresh(made)
    assert new != path
    assert Client().get(path).status_code == 404
    assert Client().get(new).status_code == 200
    withdraw(made)
    assert Client().get(new).status_code == 404
    assert public_address(made) == ""
    assert Client().get(path.replace(made.token or "x", "")).status_code == 404


def test_switched_off_or_never_written(public, feed):
    made, path = public
    Feed.objects.filter(pk=made.pk).update(active=False)
    assert Client().get(path).status_code == 404
    made.refresh_from_db()
    with pytest.raises(Conflict, match="switched off"):
        publish(made)
    unwritten = feed("shoptet_stock")
    publish(unwritten)
    assert Client().get(fresh(unwritten)[1]).status_code == 404


def test_it_cannot_be_had_from_the_media_folder(public):
    made, _path = public
    assert Client().get(f"/media/{made.file.name}").status_code == 404


def test_it_is_written_anew_after_a_change_by_a_job_and_never_in_a_request(public, catalogue):
    _made, path = public
    etag = Client().get(path)["ETag"]
    assert refresh_public_feeds() == []
    StockLevel.objects.filter(article=catalogue.mug).update(on_hand=1, changed_at=timezone.now())
    assert Client().get(path)["ETag"] == etag, "not by the request"
    assert refresh_public_feeds() == [], "at most every five minutes"
    Feed.objects.update(looked_at=timezone.now() - timedelta(minutes=6))
    tick()
    run = Run.objects.get(job="feeds", state="waiting")
    assert (run.trigger, run.lane) == ("schedule", "files")
    tick()
    assert Run.objects.filter(job="feeds", state="waiting").count() == 1
    assert work_run(run.pk).state == "done"
    response = Client().get(path)
    assert response["ETag"] != etag
    assert b"<quantity>1</quantity>" in body(response)


def test_what_has_not_changed_keeps_its_time_and_tag(public):
    _made, path = public
    first = Client().get(path)
    Feed.objects.update(looked_at=timezone.now() - timedelta(days=2))
    (run,) = refresh_public_feeds()
    work_run(run.pk)
    second = Client().get(path)
    assert (second["ETag"], second["Last-Modified"]) == (first["ETag"], first["Last-Modified"])
    assert refresh_public_feeds() == []


def test_a_shop_without_any_server_has_public_feeds(catalogue, feed):
    catalogue.shop.options = {"product_url": "https://shop.example/{sku}"}
    catalogue.shop.credentials = {}
    catalogue.shop.save()
    made = feed("google_products")
    publish(made)
    assert work_run(Run.objects.get(job="feeds").pk).state == "done"
    assert Client().get(fresh(made)[1]).status_code == 200


def test_the_address_stands_in_no_message(public, catalogue):
    made, _path = public
    run = Run.objects.get(job="feeds")
    assert made.token not in " ".join(run.messages.values_list("text", flat=True))
