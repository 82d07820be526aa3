"""Export all, stock and statuses "to the web" of a shop that exchanges files: written, compared, sent, whole or not at all."""

from __future__ import annotations

import io
import os
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from backoffice.lib.errors import Conflict
from inventory.models import StockLevel
from shops.files.export import delete_expired_exports
from shops.files.feed_store import delete_unrecorded_feeds
from shops.models import Problem, RemoteElement, Run, RunMessage
from shops.services.feeds import remove_feed
from shops.services.runs import start_run, work_run
from shops.sync.slices import Outcome, work_slice
from tests import factories as make
from tests.shops.delivery.killing import die_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "E3")]


def on_server(ftp, folder="out"):
    return sorted(path.name for path in (ftp.home / folder).iterdir()) if (ftp.home / folder).exists() else []


def story(run):
    return "\n".join(run.messages.order_by("pk").values_list("text", flat=True))


def test_export_all_writes_and_sends_every_feed_of_it(catalogue, ftp, feed, run_job):
    feed("kontor_xml")
    feed("heureka_products")
    feed("kontor_csv_stock")
    run = run_job("export_all")
    assert (run.state, run.lane) == ("done", "catalogue")
    assert on_server(ftp) == ["catalogue.xml", "heureka.xml"]
    root = ElementTree.parse(ftp.home / "out" / "catalogue.xml").getroot()
    assert root.get("job") == "export_all"
    assert len(ElementTree.parse(ftp.home / "out" / "heureka.xml").getroot()) == 4
    first, second = catalogue.shop.feeds.order_by("pk")[:2]
    assert first.rows == 14
    assert second.sent_checksum == second.checksum
    assert second.sent_at is not None
    assert second.left_out == {"no picture": [1, ["BARE"]], "no price with VAT": [1, ["NOPRICE"]]}
    assert "heureka.xml: 1 article was left out: no picture (BARE)." in story(run)
    assert "out/heureka.xml is on 127.0.0.1" in story(run)
    assert {step.kind: step.state for step in run.steps.all()} == dict.fromkeys(
        ("unit", "category", "producer", "vat_rate", "article"), "done"
    )


@pytest.mark.requirement("E1")
def test_export_stock_touches_nothing_but_stock(catalogue, ftp, feed, run_job):
    feed("kontor_xml")
    feed("kontor_xml_stock")
    feed("shoptet_stock")
    run = run_job("export_stock")
    assert (run.state, run.lane) == ("done", "stock")
    assert on_server(ftp) == ["shoptet-stock.xml", "stock.xml"]


def test_no_change_costs_no_upload_and_a_background_run_not_even_a_login(catalogue, ftp, feed, run_job):
    made = feed("kontor_xml_stock")
    run_job("export_stock")
    written = catalogue.shop.feeds.get().written_at
    ftp.commands.clear()

    run = run_job("export_stock", trigger="schedule")
    assert run.state == "done"
    assert "is as it was" in story(run)
    assert dict(ftp.commands) == {}
    made.refresh_from_db()
    assert made.written_at == written

    StockLevel.objects.filter(article=catalogue.mug).update(on_hand=3)
    run_job("export_stock", trigger="schedule")
    assert (ftp.commands["STOR"], ftp.commands["RNTO"], ftp.commands["USER"]) == (1, 1, 1)
    assert "<quantity>3</quantity>" in (ftp.home / "out" / "stock.xml").read_text()


def test_a_persons_click_looks_whether_the_file_is_still_there(catalogue, ftp, feed, run_job):
    feed("kontor_xml_stock")
    run_job("export_stock")
    (ftp.home / "out" / "stock.xml").unlink()
    run_job("export_stock", trigger="schedule")
    assert on_server(ftp) == []
    run_job("export_stock")
    assert on_server(ftp) == ["stock.xml"]


@pytest.mark.requirement("E5")
def test_to_a_file_is_the_same_data_and_touches_no_server(catalogue, ftp, feed, run_job):
    feed("kontor_xml")
    feed("heureka_products")
    run_job("export_all")
    ftp.commands.clear()
    run = run_job("export_all", mode="file", options={"formats": ["xml", "heureka_products"]})
    assert dict(ftp.commands) == {}
    files = {file.name.rpartition("-")[2]: file.file.read() for file in run.files.all()}
    assert files["products.xml"] == (ftp.home / "out" / "heureka.xml").read_bytes()
    sent = (ftp.home / "out" / "catalogue.xml").read_bytes()
    assert without_time(files["catalogue.xml"]) == without_time(sent)


@pytest.mark.requirement("E5")
def test_a_file_whose_format_lacks_a_setting_does_not_keep_the_others(catalogue, ftp, run_job):
    catalogue.shop.options = {}
    catalogue.shop.save()
    formats = ["heureka_products", "csv", "google_products", "shoptet_products"]
    run = run_job("export_all", mode="file", options={"formats": formats})
    assert run.state == "partly"
    names = sorted(file.name.split("-", 3)[-1] for file in run.files.all())
    assert len(names) == 6  # five sections as CSV, and Shoptet's
    step = run.steps.get(kind="article")
    assert (step.failed, "address of each article's page" in step.message) == (2, True)
    assert "page Files" in step.cure
    assert story(run).count("Enter “Address of an article's page” on the page Files of the shop.") == 2

    alone = run_job("export_all", mode="file", options={"formats": ["heureka_products"]})
    assert (alone.state, alone.files.count()) == ("failed", 0)
    assert "address of each article's page" in alone.message
    assert "page Files" in alone.cure
    assert run_job("export_all", mode="file", options={"formats": ["csv"]}).state == "done"


def without_time(content):
    root = ElementTree.parse(io.BytesIO(content)).getroot()
    del root.attrib["generated"]
    return ElementTree.tostring(root)


def test_order_statuses_go_out_by_the_shops_own_names(catalogue, ftp, feed, run_job):
    shipped = make.make_order_status("Odesláno")
    RemoteElement.objects.create(
        shop=catalogue.shop, kind="order_status", remote_id="sent", name="sent", local_id=shipped.pk
    )
    make.make_order("S-390", source="soubory", source_number="390", status=shipped)
    make.make_order("OTHER", source="another")
    feed("kontor_csv_statuses")
    run = run_job("export_statuses")
    assert (run.state, run.lane) == ("done", "orders")
    text = (ftp.home / "out" / "order-statuses.csv").read_text(encoding="utf-8-sig")
    assert "S-390;390;" in text
    assert ";Odesláno;sent;" in text
    assert "OTHER" not in text


def test_synchronise_writes_everything_and_fetches_orders(catalogue, ftp, feed, run_job):
    (ftp.home / "orders").mkdir()
    for key in ("kontor_xml", "kontor_xml_stock", "kontor_xml_statuses"):
        feed(key)
    run = run_job("sync")
    assert run.state == "done", story(run)
    assert on_server(ftp) == ["catalogue.xml", "order-statuses.xml", "stock.xml"]
    assert not run.steps.exclude(state="done").exists()


@pytest.mark.parametrize("job", ["export_all", "export_stock", "export_statuses"])
def test_an_export_without_a_file_says_where_to_add_one(catalogue, job):
    with pytest.raises(Conflict, match="has no file yet") as caught:
        start_run(catalogue.shop, job)
    assert "page Files" in caught.value.cure


def test_a_feed_that_is_switched_off_or_only_public(catalogue, ftp, feed, run_job):
    feed("kontor_xml_stock", send=False)
    feed("shoptet_stock", active=False)
    run = run_job("export_stock")
    assert run.state == "done"
    assert on_server(ftp) == []
    assert catalogue.shop.feeds.first().file


def test_what_is_wrong_with_one_feed_does_not_keep_the_others(catalogue, ftp, feed, run_job):
    catalogue.shop.options["pohoda_ico"] = ""
    catalogue.shop.save()
    broken = feed("pohoda_stock")
    feed("kontor_xml_stock")
    run = run_job("export_stock")
    assert run.state == "partly"
    assert on_server(ftp) == ["stock.xml"]
    broken.refresh_from_db()
    assert "registration number" in broken.message
    problem = Problem.objects.get(shop=catalogue.shop)
    assert (problem.kind, problem.state, problem.key) == ("stock", "open", "conflict:feed_setting:pohoda_ico")

    catalogue.shop.options["pohoda_ico"] = "12345678"
    catalogue.shop.save()
    assert run_job("export_stock").state == "done"
    broken.refresh_from_db()
    assert broken.message == ""
    problem.refresh_from_db()
    assert problem.state == "cured"


# Servers that break


def test_a_cut_upload_goes_on_and_there_is_never_half_a_file(catalogue, ftp, feed, run_job):
    feed("kontor_xml")
    for number in range(300):
        make.make_article(f"X{number:04}", name="x" * 200)
    (ftp.home / "out").mkdir()
    (ftp.home / "out" / "catalogue.xml").write_text("yesterday's")
    ftp.faults.cut_after, ftp.faults.cuts = 40_000, 2
    run = run_job("export_all")
    assert run.state == "done"
    assert on_server(ftp) == ["catalogue.xml"]
    ElementTree.parse(ftp.home / "out" / "catalogue.xml")
    assert ftp.faults.cuts == 0
    assert ftp.commands["REST"] >= 1


def test_an_upload_that_was_cut_and_is_outdated_is_taken_away(catalogue, ftp, feed, run_job):
    feed("kontor_xml_stock")
    (ftp.home / "out").mkdir()
    (ftp.home / "out" / "stock.xml.0123456789ab.part").write_text("half of yesterday's")
    (ftp.home / "out" / "another.xml.0123456789ab.part").write_text("of another hand")
    assert run_job("export_stock").state == "done"
    assert on_server(ftp) == ["another.xml.0123456789ab.part", "stock.xml"]


def test_a_server_that_stays_away_fails_the_run_and_the_next_one_sends(catalogue, ftp, feed, run_job):
    feed("kontor_xml_stock")
    ftp.faults.refuse = {"STOR": "452 Insufficient storage space in system."}
    run = run_job("export_stock")
    assert run.state == "failed"
    assert "no space left" in run.steps.get().message
    assert "delete old files" in run.steps.get().cure.lower()
    ftp.faults.refuse = {}
    assert run_job("export_stock", trigger="schedule").state == "done"
    assert on_server(ftp) == ["stock.xml"]


def test_a_wrong_password_stops_the_run_with_its_cure(catalogue, ftp, feed, run_job):
    catalogue.shop.credentials = {"transfer_user": "lipa", "transfer_password": "wrong"}
    catalogue.shop.save()
    feed("kontor_xml_stock")
    run = run_job("export_stock")
    assert run.state == "failed"
    assert "does not accept this user and password" in run.message
    assert "wrong" not in story(run)


POINTS = ("file.chunk", "file.written", "feed.kept", "feed.sent", "feed.done")


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_anywhere_ends_in_the_same_place(catalogue, ftp, feed, point):
    feed("kontor_xml_stock")
    feed("shoptet_stock")
    run = start_run(catalogue.shop, "export_stock")
    die_at(run, point)
    run = work_run(run.pk)
    assert run.state == "done"
    assert on_server(ftp) == ["shoptet-stock.xml", "stock.xml"]
    for path in (ftp.home / "out").iterdir():
        ElementTree.parse(path)
    for one in catalogue.shop.feeds.all():
        assert (ftp.home / "out" / one.name).read_bytes() == one.file.read()


def test_a_slice_that_is_over_in_the_middle_of_an_upload_goes_on_in_the_next(
    catalogue, ftp, feed, monkeypatch
):
    feed("kontor_xml")
    for number in range(600):
        make.make_article(f"X{number:04}", name="x" * 250)
    monkeypatch.setattr("shops.files.delivery._ASK_EVERY_S", 0)
    sent = []

    def stop_after_two_blocks(self):
        sent.append(True)
        return len(sent) % 3 == 0

    monkeypatch.setattr("shops.sync.budget.Budget.out", stop_after_two_blocks)
    run = start_run(catalogue.shop, "export_all")
    outcomes = []
    for _slice in range(60):
        outcomes.append(work_slice(run.pk))
        if outcomes[-1] is Outcome.FINISHED:
            break
    assert outcomes.count(Outcome.MORE) >= 2
    run.refresh_from_db()
    assert run.state == "done"
    assert on_server(ftp) == ["catalogue.xml"]
    assert ftp.commands["REST"] >= 1
    ElementTree.parse(ftp.home / "out" / "catalogue.xml")


def test_a_person_can_stop_it(catalogue, ftp, feed):
    feed("kontor_xml_stock")
    run = start_run(catalogue.shop, "export_stock")
    Run.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now(), started_at=timezone.now())
    assert work_run(run.pk).state == "cancelled"
    assert on_server(ftp) == []


# What is stored


def test_the_old_content_goes_when_the_new_is_there_and_strays_are_swept(
    catalogue, ftp, feed, run_job, tmp_path
):
    made = feed("kontor_xml_stock")
    run_job("export_stock")
    first = catalogue.shop.feeds.get().file.name
    StockLevel.objects.update(on_hand=Decimal(1))
    run_job("export_stock")
    stored = [path.name for path in (tmp_path / "media" / "feeds").iterdir()]
    made.refresh_from_db()
    assert stored == [made.file.name.rpartition("/")[2]]
    assert made.file.name != first

    stray = tmp_path / "media" / "feeds" / "stray.xml"
    stray.write_text("x")
    assert delete_unrecorded_feeds() == 0
    os.utime(stray, (1, 1))
    assert delete_expired_exports() == 1
    remove_feed(made)
    assert list((tmp_path / "media" / "feeds").iterdir()) == []
    assert list((tmp_path / "temp").iterdir()) == []


def test_the_log_of_calls_tells_what_was_sent_and_never_the_login(catalogue, ftp, feed, run_job):
    feed("kontor_xml_stock")
    run = run_job("export_stock")
    calls = list(catalogue.shop.calls.order_by("pk").values_list("method", "url"))
    assert ("WRITE", f"ftp://127.0.0.1:{ftp.port}/out/stock.xml") in calls
    run.refresh_from_db()
    assert run.requests == len(calls)
    text = " ".join(map(str, catalogue.shop.calls.values_list())) + story(run)
    assert ftp.password not in text


def test_the_step_shows_how_far_it_is(catalogue, ftp, feed, run_job):
    feed("kontor_xml_stock")
    feed("kontor_csv_stock")
    step = run_job("export_stock").steps.get()
    assert (step.total, step.done, step.phase) == (12, 12, "finished")
    assert RunMessage.objects.filter(level="ok").exists()
