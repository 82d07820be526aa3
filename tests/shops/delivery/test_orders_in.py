"""Order files through the engine: into the order list once, then to done/ or failed/, whatever happens in between."""

from __future__ import annotations

import os
import threading
import time
from decimal import Decimal

import pytest

from orders.models import Order, PaymentMethod
from shops.models import IncomingOrder, Problem, RemoteElement
from shops.platforms.files import inbox
from shops.services.links import link
from shops.services.runs import start_run, work_run
from tests.platforms.files.examples import KONTOR_CSV, KONTOR_XML, POHODA, UBL
from tests.shops.delivery.killing import die_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "O1", "O13")]


@pytest.fixture
def box(ftp):
    folder = ftp.home / "orders"
    folder.mkdir()
    return folder


@pytest.fixture
def put(box):
    def put(name, content, *, age=3600):
        path = box / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (time.time() - age, time.time() - age))
        return path

    return put


def lying(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.exists() else []


def without_stamp(names):
    return [name.split("-", 2)[2] for name in names]


@pytest.mark.parametrize(
    ("name", "content"), [("a.xml", KONTOR_XML), ("b.csv", KONTOR_CSV), ("c.xml", UBL), ("d.XML", POHODA)]
)
def test_every_format_becomes_an_order(catalogue, box, put, run_job, name, content):
    put(name, content)
    run = run_job("import_orders")
    assert run.state == "done", list(run.changes.values_list("message", flat=True))
    order = Order.objects.get(source="soubory", source_number="390")
    assert (order.total, order.currency) == (Decimal("341.00"), "CZK")
    line = order.lines.get(sku="MUG-1")
    assert (line.article, line.quantity) == (catalogue.mug, 2)
    assert lying(box) == []
    assert without_stamp(lying(box / "done")) == [name]


def test_the_same_file_twice_changes_nothing(catalogue, box, put, run_job):
    put("a.xml", KONTOR_XML)
    run_job("import_orders")
    order = Order.objects.get()
    changed = order.changed_at
    put("the same again.xml", KONTOR_XML)
    run = run_job("import_orders")
    assert run.state == "done"
    assert run.steps.get(kind="order").here == 0
    order.refresh_from_db()
    assert order.changed_at == changed
    assert Order.objects.count() == IncomingOrder.objects.count() == 1
    assert len(lying(box / "done")) == 2


def test_nothing_to_fetch_costs_two_listings(catalogue, box, ftp, run_job):
    ftp.commands.clear()
    assert run_job("import_orders").state == "done"
    assert (ftp.commands["MLSD"], ftp.commands["RETR"], ftp.commands["USER"]) == (2, 0, 1)


def test_a_bad_file_goes_to_failed_with_its_reason_and_stays_on_the_screen(catalogue, box, put, run_job):
    put("bad.xml", "<a><b></a>")
    put("good.xml", KONTOR_XML)
    run = run_job("import_orders")
    assert run.state == "partly"
    assert Order.objects.count() == 1
    assert lying(box) == []
    file, reason = lying(box / "failed")
    assert (without_stamp([file]), reason) == (["bad.xml"], f"{file}.txt")
    assert "This is no valid XML (line 1)" in (box / "failed" / reason).read_text()
    problem = Problem.objects.get(kind="order")
    assert (problem.state, problem.message) == ("open", "bad.xml: This is no valid XML (line 1).")
    assert problem.count == run.changes.filter(state="not_possible").count() == 1
    change = run.changes.get(remote_id="bad.xml")
    assert (change.state, change.message.startswith("bad.xml: This is no valid XML")) == (
        "not_possible",
        True,
    )

    assert run_job("import_orders").state == "partly"
    problem.refresh_from_db()
    assert (problem.state, "“failed”" in problem.cure) == ("open", True)
    assert "1 order file could not be read" in problem.message
    for path in (box / "failed").iterdir():
        path.unlink()
    assert run_job("import_orders").state == "done"
    problem.refresh_from_db()
    assert problem.state == "cured"


def test_good_orders_of_a_file_with_a_bad_one_are_taken(catalogue, box, put, run_job):
    put("mixed.csv", KONTOR_CSV.replace("391;2026-11-22", "391;never"))
    run_job("import_orders")
    assert list(Order.objects.values_list("source_number", flat=True)) == ["390"]
    _file, reason = lying(box / "failed")
    assert "391:" in (box / "failed" / reason).read_text()


def test_a_corrected_file_that_is_put_back_is_read(catalogue, box, put, run_job):
    put("a.csv", KONTOR_CSV.replace("391;2026-11-22", "391;never"))
    run_job("import_orders")
    put("a.csv", KONTOR_CSV)
    run_job("import_orders")
    assert sorted(Order.objects.values_list("source_number", flat=True)) == ["390", "391"]


@pytest.mark.parametrize(
    "name", ["a.xml.part", "a.tmp", "a.xml.filepart", "notes.doc", ".hidden.xml", "CON.xml"]
)
def test_what_is_not_meant_is_left_alone(catalogue, box, put, run_job, name):
    put(name, KONTOR_XML)
    assert run_job("import_orders").state == "done"
    assert lying(box) == [name]
    assert Order.objects.count() == 0


def test_a_file_that_still_grows_is_left_alone(catalogue, box, put, run_job, monkeypatch):
    monkeypatch.setattr(inbox, "SETTLE_S", 0.3)
    path = put("a.csv", KONTOR_CSV[:300], age=0)
    stop = threading.Event()

    def grow():
        with path.open("a") as file:
            while not stop.wait(0.05):
                file.write("x")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert run_job("import_orders").state == "done"
    finally:
        stop.set()
        writer.join()
    assert lying(box) == ["a.csv"]
    assert Order.objects.count() == 0


def test_a_file_that_ends_in_the_middle_waits_while_it_is_young_and_fails_when_it_is_old(
    catalogue, box, put, run_job
):
    put("a.xml", KONTOR_XML[:500], age=60)
    assert run_job("import_orders").state == "done"
    assert lying(box) == ["a.xml"]
    put("a.xml", KONTOR_XML[:500], age=3600)
    assert run_job("import_orders").state == "partly"
    assert lying(box) == []


def test_a_preview_takes_nothing_away(catalogue, box, put, run_job, ftp):
    catalogue.shop.rules.filter(kind="order").update(linked="here", import_here=True)
    put("a.xml", KONTOR_XML)
    put("bad.xml", "nonsense")
    run = run_job("sync", mode="preview")
    assert run.changes.filter(verb="create_here", kind="order").count() == 1
    assert lying(box) == ["a.xml", "bad.xml"]
    assert not {"STOR", "RNFR", "DELE", "MKD"} & set(ftp.commands)
    assert Order.objects.count() == 0
    run_job("import_orders")
    assert Order.objects.count() == 1


def test_methods_and_statuses_of_orders_can_be_linked(catalogue, box, put, run_job):
    put("a.xml", KONTOR_XML)
    run_job("import_orders")
    found = set(RemoteElement.objects.exclude(kind="order").values_list("kind", "remote_id"))
    assert found == {("payment_method", "card"), ("shipping_method", "ppl"), ("order_status", "new")}
    card = PaymentMethod.objects.create(name="Card")
    link(RemoteElement.objects.get(kind="payment_method"), card.pk)
    put("b.xml", KONTOR_XML.replace(">390<", ">400<"))
    run_job("import_orders")
    assert Order.objects.get(source_number="400").payment_method == card
    # A later read that does not name them does not make them gone.
    run_job("import_orders")
    assert RemoteElement.objects.get(kind="payment_method").local_id == card.pk


def test_statuses_that_are_entered_can_be_linked_before_the_first_order(catalogue, box, run_job):
    catalogue.shop.options["statuses"] = "new\nsent\n\nsent"
    catalogue.shop.save()
    run_job("import_orders")
    names = RemoteElement.objects.filter(kind="order_status").values_list("name", flat=True)
    assert sorted(names) == ["new", "sent"]


def test_many_files_are_read_page_by_page(catalogue, box, put, run_job, monkeypatch):
    monkeypatch.setattr(inbox, "FILES_A_PAGE", 3)
    for number in range(8):
        put(f"{number}.xml", KONTOR_XML.replace(">390<", f">{number}<"))
    assert run_job("import_orders").state == "done"
    assert Order.objects.count() == 8
    assert len(lying(box / "done")) == 8


@pytest.mark.parametrize("point", ["read.saving", "read.saved", "phase.ending", "step.finished"])
def test_a_worker_that_dies_loses_no_order_and_doubles_none(catalogue, box, put, monkeypatch, point):
    monkeypatch.setattr(inbox, "FILES_A_PAGE", 1)
    for number in range(3):
        put(f"{number}.xml", KONTOR_XML.replace(">390<", f">{number}<"))
    run = start_run(catalogue.shop, "import_orders")
    die_at(run, point, when=run.steps.filter(kind="order").exclude(state="waiting").exists)
    assert work_run(run.pk).state == "done"
    assert sorted(Order.objects.values_list("source_number", flat=True)) == ["0", "1", "2"]
    assert lying(box) == []
    assert len(lying(box / "done")) == 3


def test_a_server_that_does_not_let_files_be_moved_says_so_and_loses_nothing(
    catalogue, box, put, ftp, run_job
):
    put("a.xml", KONTOR_XML)
    ftp.faults.refuse = {"RNTO": "550 Permission denied."}
    run = run_job("import_orders")
    assert run.state == "failed"
    assert "does not let this login" in run.message
    ftp.faults.refuse = {}
    assert run_job("import_orders").state == "done"
    assert Order.objects.count() == 1
    assert lying(box) == []


def test_without_a_folder_for_orders_nothing_is_asked(catalogue, ftp, run_job):
    catalogue.shop.options["folder_in"] = ""
    catalogue.shop.save()
    assert run_job("import_orders").state == "done"
    assert dict(ftp.commands) == {}


def test_a_missing_folder_for_orders_is_named(catalogue, ftp, run_job):
    run = run_job("import_orders")
    assert run.state in ("failed", "partly")
    step = run.steps.get(kind="order")
    assert "There is no “orders” on 127.0.0.1" in step.message
    assert step.cure
