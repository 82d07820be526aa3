"""An order's whole way in a browser: bought in the shop, told to Kontor, accepted, invoiced, shipped, and the shop knows."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from pypdf import PdfReader

from inventory.models import StockLevel, StockMovement
from inventory.services import stock
from orders.models import Document, Order, PaymentMethod, SalesChannel, ShippingMethod
from shops.models import IncomingOrder, RemoteElement, Run, ShopCall
from shops.services import calls, hearing
from shops.services.changes import push_everything
from shops.services.runs import start_run, work_run
from tests import factories
from tests.browser.conftest import window_of
from tests.browser.test_first_steps import goods, lipa

__all__ = ["goods", "lipa"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BUYER = {
    "First name": "Maja", "Last name": "Žnidaršič", "Street and number": "Čopova 5", "Postcode": "1000",
    "City": "Ljubljana", "E-mail": "maja@example.com", "Phone": "+386 1 555 01 30",
}  # fmt: skip
STATUSES = (
    ("processing", "In preparation", "processing"),
    ("completed", "Handed over", "shipped"),
)


@pytest.fixture
def selling(lipa: Any, woo: Any, live_server: Any, settings: Any, monkeypatch: Any) -> Any:
    """Synchronised; the shop calls us; what is accepted becomes an invoice and a delivery note."""
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setattr(hearing, "GAP_S", 0.0)
    woo.webhooks.start()
    assert _work([start_run(lipa, Run.Job.SYNC)])[0].state == Run.State.DONE
    for remote_id, name, kind in STATUSES:
        status = factories.make_order_status(name, kind=kind)
        RemoteElement.objects.filter(shop=lipa, kind="order_status", remote_id=remote_id).update(
            local_id=status.pk
        )
    # Documents follow by themselves, so the shop's methods have to be mapped before (else the order would wait).
    for kind, model in (("payment_method", PaymentMethod), ("shipping_method", ShippingMethod)):
        for element in RemoteElement.objects.filter(shop=lipa, kind=kind):
            ours, _made = model.objects.get_or_create(name=element.name)
            RemoteElement.objects.filter(pk=element.pk, local_id=None).update(local_id=ours.pk)
    lipa.rules.filter(kind="order_status").update(linked="shop")
    SalesChannel.objects.update_or_create(code=lipa.code, defaults={"becomes": SalesChannel.Becomes.BOTH})
    push_everything()
    calls.register_calls(lipa)
    return lipa


def _work(runs: list[Run]) -> list[Run]:
    return [work_run(run.pk) for run in runs]


def _in_thread(work: Callable[[], None]) -> None:
    """As a worker would, beside the browser."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, name="worker")
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def buy(page: Any, shop_url: str, pieces: int) -> str:
    """Buy red mugs in the storefront; the address of the order's page there."""
    page.goto(f"{shop_url}/?s=Red+mug")
    page.get_by_role("link", name="Red mug").click()
    page.get_by_label("Quantity").fill(str(pieces))
    page.get_by_role("button", name="Add to cart").click()
    for label, value in BUYER.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Card").check()
    page.get_by_role("button", name="Place an order").click()
    page.wait_for_url(re.compile(r"/order/\d+/\?key="))
    return str(page.url)


def shown_in_stock(page: Any, shop_url: str) -> str:
    """What the storefront says of the red mug."""
    page.goto(f"{shop_url}/?s=Red+mug")
    page.get_by_role("link", name="Red mug").click()
    page.get_by_role("button", name="Add to cart").wait_for()
    return str(page.get_by_role("paragraph").filter(has_text="in stock").locator(".stock").inner_text())


def eventually(page: Any, found: Callable[[], bool]) -> None:
    for _attempt in range(100):
        if found():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen within 10 seconds")


@pytest.mark.requirement("O1", "O3", "O7", "O9", "E3", "P4", "D6")
def test_an_order_from_the_storefront_to_the_parcel_and_back(open_page, selling, woo):
    page = open_page()
    assert shown_in_stock(page, woo.url) == "12 in stock"
    there = buy(page, woo.url, 3)
    assert page.get_by_text("Processing").is_visible()

    # The shop called; a worker reads what it was about.
    eventually(page, lambda: ShopCall.objects.filter(topic="order.created").exists())
    _in_thread(lambda: [work_run(run.pk) for run in hearing.start_hearing(selling.pk)])
    assert [row.message for row in IncomingOrder.objects.filter(state="parked")] == []
    order = Order.objects.get()
    page.goto("/")
    page.locator(".sh-work a", has_text="to check").click()
    row = page.locator("#result_list tbody tr", has_text=order.number)
    assert "Maja Žnidaršič" in row.inner_text()
    assert "paid, Card" in row.inner_text()

    # Accepted by its button in the row: invoice and delivery note follow by the rule, and the goods have left.
    row.get_by_role("link", name="Accept").click()
    window_of(page).get_by_role("button", name="Accept order").click()
    page.get_by_text(f"Order {order.number} accepted.").wait_for()
    invoice = Document.objects.get(kind="invoice")
    assert (invoice.state, invoice.total, invoice.paid) == ("closed", order.total, order.total)
    level = StockLevel.objects.get(article__sku="MUG-R")
    assert (level.on_hand, level.reserved) == (Decimal(9), Decimal(0))

    page.get_by_role("link", name=re.compile("^To ship")).click()
    page.get_by_role("link", name=order.number).first.click()
    page.get_by_text("equals the shop's total to the cent").wait_for()
    page.locator(".k-station-now", has_text="Shipped").wait_for()
    assert page.locator(".k-card", has_text="Documents").get_by_text(invoice.number).first.is_visible()

    # What the customer gets: read as a person reads it.
    answer = page.request.get(f"/orders/document/{invoice.pk}/pdf/")
    assert answer.headers["content-type"] == "application/pdf"
    [sheet] = PdfReader(io.BytesIO(answer.body())).pages
    # Row by row as it is seen, without the marks that say where a word may be broken.
    drawn = sheet.extract_text(extraction_mode="layout").replace("\N{ZERO WIDTH SPACE}", "")
    lines = [" ".join(row.split()) for row in drawn.splitlines()]
    text = "\n".join(lines)
    for words in ("Invoice", invoice.number, "Maja Žnidaršič", "Čopova 5", "1000 Ljubljana", "MUG-R"):
        assert words in text, words
    # Three mugs of 10.00 net, the carriage of 4.10 net, 22 % VAT of both.
    assert order.total == Decimal("41.60")
    assert [line for line in lines if "Red mug" in line] == ["1 Red mug 3 pcs 10.00 22% 30.00"]
    assert [line for line in lines if "GLS home delivery" in line] == ["2 GLS home delivery 1 4.10 22% 4.10"]
    assert any("41.60 EUR" in line for line in lines)
    note = Document.objects.get(kind="delivery_note")
    assert (note.state, note.moves_stock, invoice.moves_stock) == ("closed", True, False)
    movement = StockMovement.objects.get(article__sku="MUG-R", kind=StockMovement.Kind.ISSUE)
    assert (movement.quantity, movement.cause) == (Decimal(-3), note.number)

    # Shipped by its button; the shop is told the status, and shows the buyer what is left.
    page.locator(".k-facts-foot a", has_text="Mark as shipped").click()
    window_of(page).get_by_role("button", name="Mark as shipped").click()
    page.get_by_text(f"Order {order.number} marked as shipped.").wait_for()
    _in_thread(lambda: [work_run(run.pk) for run in push_everything()])
    page.goto(there)
    assert page.get_by_text("Completed").is_visible()
    assert shown_in_stock(page, woo.url) == "9 in stock"
    assert woo.state.orders.get(int(order.source_id))["status"] == "completed"
    page.goto(f"/orders/order/{order.pk}/change/")
    assert page.get_by_text("completed").first.is_visible()

    # What leaves Kontor in another way is gone from the shop's shelf, too.
    _in_thread(lambda: stock.correct(level.article, level.warehouse, Decimal(7), cause="Two are broken"))
    _in_thread(lambda: [work_run(run.pk) for run in push_everything()])
    assert shown_in_stock(page, woo.url) == "7 in stock"
    assert page.faults == []
