"""The database or the shop goes away in the middle; answers are lost for every kind of element."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import time

import pytest
from django.db import connection
from lxml import etree
from PIL import Image

from backoffice.lib import points
from inventory.services.images import add_image
from orders.models import Customer, Order
from shops import jobs
from shops.models import RemoteElement, Run
from shops.services.runs import start_run, work_run
from shops.sync.slices import Outcome, work_slice
from tests import factories as make
from tests.crash.conftest import die_at
from tests.peers.woocommerce import Client
from tests.shops.sync.conftest import SYNC_ON, kontor_leads, set_rules, stock_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "point", ["read.saved", "link.saved", "plan.saved", "write.reserved", "write.answered", "write.settled"]
)
def test_a_cut_database_connection_is_survived_at_every_point(shop, woo, point):
    kontor_leads(shop)
    stock_up(shop, 5)
    run = start_run(shop, "sync")
    cut = []

    def listener(name: str) -> None:
        if name == point and not cut:
            cut.append(name)
            connection.connection.close()

    points.listen(listener)
    try:
        assert jobs.run_slice(run.pk) == "later"  # the job never raises
    finally:
        points.listen(None)
        connection.close()
    assert cut == [point]
    Run.objects.filter(pk=run.pk).update(lease_until=None)
    run = work_run(run.pk)
    assert (run.state, sorted(p.sku for p in woo.state.products.values())) == (
        "done",
        [f"ART-{n:03}" for n in range(1, 6)],
    )
    assert not RemoteElement.objects.filter(state="creating").exists()


def test_a_shop_that_is_away_for_a_while_is_waited_for(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 5)
    run = start_run(shop, "sync")
    assert work_slice(run.pk, seconds=0) is Outcome.MORE
    woo.database_down = True
    assert work_slice(run.pk) is Outcome.LATER
    woo.database_down = False
    run = work_run(run.pk)
    assert (run.state, len(woo.state.products)) == ("done", 5)


@pytest.mark.parametrize("fault", ["commit_then_drop", "commit_then_answer", "half_batch"])
def test_an_unanswered_customer_is_created_once(shop, woo, sync, fault):
    set_rules(shop, customer=SYNC_ON)
    for number in range(4):
        Customer.objects.create(email=f"c{number}@example.test", last_name=f"N{number}")
    woo.fault(fault, method="POST", route="/customers/batch", status=500)
    run = sync()
    assert sorted(row["email"] for row in woo.state.customers.values()) == [
        f"c{n}@example.test" for n in range(4)
    ]
    assert run.state == "done"
    woo.reset_counts()
    sync()
    assert woo.writes == []


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("fault", ["commit_then_drop", "commit_then_answer"])
def test_an_unanswered_picture_is_shown_once(shop, woo, sync, settings, live_server, fault):
    settings.PUBLIC_URL = live_server.url
    kontor_leads(shop)
    articles = stock_up(shop, 3)
    sync()
    for article in articles:
        add_image(article, picture("red"), name="front.png")
        add_image(article, picture("blue"), name="back.png")
    woo.fault(fault, method="POST", route="/products/batch", status=500)
    run = sync()
    assert run.state == "done", list(run.changes.exclude(state="done").values_list("message"))
    assert {len(p.image_ids) for p in woo.state.products.values()} == {2}
    assert len(woo.state.images) == 6
    woo.reset_counts()
    sync()
    assert woo.writes == []


def test_an_order_page_that_broke_off_brings_no_order_twice(shop, woo, sync):
    set_rules(shop, order={"linked": "here", "import_here": True})
    for number in range(5):
        Client(woo).call(
            "POST",
            "/orders",
            {
                "billing": {"last_name": "Novak", "email": f"c{number}@example.test", "country": "SI"},
                "shipping_lines": [{"method_id": "flat_rate", "method_title": "GLS", "total": "4.10"}],
            },
        )
    woo.fault("break_json", method="GET", route="/orders", where=lambda _m, route, _q: route == "/orders")
    assert sync("import_orders").state in ("failed", "partly")
    sync("import_orders")
    assert Order.objects.count() == 5
    sync("import_orders", options={"since": "2000-01-01T00:00:00+00:00"})
    assert Order.objects.count() == 5


def test_a_status_whose_answer_was_lost_is_sent_again_and_settles(shop, woo, sync):
    set_rules(shop, order={"linked": "here", "import_here": True})
    number = (
        Client(woo)
        .call(
            "POST",
            "/orders",
            {
                "billing": {"last_name": "N", "email": "a@example.test", "country": "SI"},
                "shipping_lines": [{"method_id": "flat_rate", "method_title": "GLS", "total": "4.10"}],
            },
        )
        .json["id"]
    )
    sync("import_orders")
    status = make.make_order_status("Shipped")
    RemoteElement.objects.filter(shop=shop, kind="order_status", remote_id="completed").update(
        local_id=status.pk
    )
    Order.objects.update(status=status)
    woo.fault("commit_then_drop", method="POST", route="/orders/batch")
    assert sync("export_statuses").state == "done"
    assert woo.state.orders[number]["status"] == "completed"
    woo.reset_counts()
    sync("export_statuses")
    assert woo.writes == []


def test_a_worker_killed_while_the_shop_still_works_on_its_request_creates_nothing_twice(shop, woo):
    kontor_leads(shop)
    stock_up(shop, 6)
    run = start_run(shop, "sync")
    slow = woo.fault(None, method="POST", route="/products/batch", delay_s=1.0)
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            work_run(run.pk)
        finally:
            os._exit(0)
    deadline = time.monotonic() + 20
    while not slow.met and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)  # the request is on its way, the shop has not answered
    os.waitpid(child, 0)
    while len(woo.state.products) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)  # the shop goes on and commits, whoever listens
    Run.objects.filter(pk=run.pk).update(lease_until=None)
    run = work_run(run.pk)
    assert run.state == "done"
    assert sorted(p.sku for p in woo.state.products.values()) == [f"ART-{n:03}" for n in range(1, 7)]
    assert run.changes.filter(kind="article", message__contains="answer never came").count() == 6


@pytest.mark.parametrize("point", ["file.chunk", "file.written", "file.kept"])
def test_a_worker_killed_while_it_writes_a_file_leaves_one_whole_file(
    shop, woo, sync, point, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    stock_up(shop, 30)
    run = start_run(shop, "export_all", mode="file", options={"formats": ["xml"]})
    assert die_at(run, point, 1)
    run = work_run(run.pk)
    assert run.state == "done"
    [file] = run.files.all()
    with file.file.open("rb") as stored:
        content = stored.read()
    assert hashlib.sha256(content).hexdigest() == file.checksum
    assert len(etree.fromstring(content).xpath("//*[local-name()='article']")) >= 30
