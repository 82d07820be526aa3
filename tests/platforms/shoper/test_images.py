"""Pictures of the stand-in's products: sets that are made true, in few requests (M7)."""

from __future__ import annotations

import base64

import pytest

from backoffice.lib.errors import Retriable
from shops.records import ImageRecord, ImageSetRecord
from tests.peers.scripted import Reply, ScriptedServer
from tests.platforms.driving import errors, records
from tests.platforms.shoper.connecting import add_products, connect

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")  # fmt: skip


@pytest.fixture
def files():
    """A server from which the shop fetches pictures."""
    with ScriptedServer() as server:
        server.replies = [Reply(200, PNG, {"Content-Type": "image/png"})]
        yield server


def put(shoper, product: int, *names: str) -> list[str]:
    store = shoper.store
    return [
        str(
            store.add(
                "product-images", product_id=product, order=place, name=name, hidden=0, extension="png",
                translations=store.words(name=name),
            )["gfx_id"]
        )
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip


def shown(shoper, product: int) -> list[tuple[str, str]]:
    rows = sorted(shoper.store.rows("product-images", product_id=product), key=lambda row: row["order"])
    return [(row["name"], row["translations"]["pl_PL"]["name"]) for row in rows]


def test_new_pictures_are_fetched_put_in_order_and_named(shoper, files):
    [pk] = add_products(shoper, 1)
    wanted = ImageSetRecord(
        remote_id=str(pk),
        images=(
            ImageRecord(url=f"{files.url}/front-ab.png", name="front-ab.png", alt="Przód", position=0),
            ImageRecord(url=f"{files.url}/back-cd.png", name="back-cd.png", alt="", position=1),
        ),
    )
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    [result] = platform.update("image", [wanted])
    assert result.error is None
    assert [(one.name, one.alt, one.position) for one in result.carried] == [("front-ab.png", "Przód", 0), ("back-cd.png", "", 1)]  # fmt: skip
    assert shown(shoper, pk) == [("front-ab.png", "Przód"), ("back-cd.png", "back-cd.png")]
    # What is there, create, what is there now, the text, what is there now.
    assert dict(shoper.calls) == {
        ("GET", "product-images"): 3,
        ("POST", "bulk"): 1,
        ("PUT", "product-images"): 1,
    }
    shoper.forget()
    settled = ImageSetRecord(remote_id=str(pk), images=result.carried)
    assert errors(platform.update("image", [settled])) == [""]
    assert shoper.writes == []


@pytest.mark.requirement("M7")
def test_text_and_order_of_linked_pictures_follow_and_surplus_ones_go(shoper):
    [pk] = add_products(shoper, 1)
    one, two, three = put(shoper, pk, "one.png", "two.png", "three.png")
    wanted = ImageSetRecord(
        remote_id=str(pk),
        images=(
            ImageRecord(remote_id=three, alt="Trzeci", position=0),
            ImageRecord(remote_id=one, alt="", position=1),
        ),
    )
    [result] = connect(shoper).update("image", [wanted])
    assert (result.error, [one.remote_id for one in result.carried]) == (None, [three, one])
    assert shown(shoper, pk) == [("three.png", "Trzeci"), ("one.png", "one.png")]
    assert two not in [str(key) for key in shoper.store.tables["product-images"]]


def test_a_shop_that_ignores_the_order_says_so_and_the_text_arrives(shoper):
    shoper.rules.order_writable = False
    [pk] = add_products(shoper, 1)
    one, two = put(shoper, pk, "one.png", "two.png")
    images = (ImageRecord(remote_id=two, alt="Drugi", position=0), ImageRecord(remote_id=one, position=1))
    [result] = connect(shoper).update("image", [ImageSetRecord(remote_id=str(pk), images=images)])
    assert (result.error.key, [one.remote_id for one in result.carried]) == ("image_order", [one, two])
    assert shown(shoper, pk) == [("one.png", "one.png"), ("two.png", "Drugi")]


def test_one_bad_picture_is_its_articles_alone(shoper, files):
    good, bad = add_products(shoper, 2)
    sets = [
        ImageSetRecord(remote_id=str(pk), images=(ImageRecord(url=f"{files.url}/x.png", name="x.png"),))
        for pk in (good, bad)
    ]
    files.replies = [Reply(200, PNG), Reply(404, b"gone")]
    assert errors(connect(shoper).update("image", sets)) == ["", "invalid_request"]
    assert (len(shown(shoper, good)), shown(shoper, bad)) == (1, [])


def test_variants_and_pictures_that_are_gone_are_refused_and_nothing_is_deleted(shoper):
    [pk] = add_products(shoper, 1)
    put(shoper, pk, "one.png")
    sets = [
        ImageSetRecord(
            remote_id=f"{pk}:2", parent_id=str(pk), images=(ImageRecord(url="http://x/y.png", name="y"),)
        ),
        ImageSetRecord(remote_id=str(pk), images=(ImageRecord(remote_id="999", alt="x"),)),
    ]
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    assert errors(platform.update("image", sets)) == ["variant_picture", "picture_gone"]
    assert shoper.writes == []


def test_an_unanswered_picture_is_known_again_by_its_file(shoper, files):
    [pk] = add_products(shoper, 1)
    images = (ImageRecord(url=f"{files.url}/front-ab.png", name="front-ab.png", alt="Przód"),)
    wanted = ImageSetRecord(remote_id=str(pk), images=images)
    shoper.fault("commit_then_drop", method="POST", resource="product-images")
    platform = connect(shoper)
    with pytest.raises(Retriable):
        platform.update("image", [wanted])
    [[found]] = platform.lookup("image", [wanted])
    assert (found.name, found.article_id) == ("front-ab.png", str(pk))


def test_pictures_are_read_with_the_address_of_their_file(shoper):
    [pk] = add_products(shoper, 1)
    [number] = put(shoper, pk, "one.png")
    shoper.store.files[int(number)] = PNG
    platform = connect(shoper)
    [record] = records(platform, "image")
    assert (record.alt, record.position, record.article_id) == ("", 0, str(pk))
    assert platform.fetch(record.url, max_bytes=10_000) == PNG
