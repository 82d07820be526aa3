"""A known order that the shop changed is taken over as a whole, as long as nothing issued stands in the way (O12)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from inventory.models import Article, StockLevel
from orders.errors import OrderRefused
from orders.models import Document, Order, OrderEvent, Reservation, SalesChannel
from orders.services.decisions import accept_orders, take_theirs
from orders.services.documents import close_document, credit_note, delete_draft, draft_for_order
from shops.models import IncomingOrder, Problem
from shops.records import AddressRecord, OrderRecord
from shops.services.cures import create_from_orders
from shops.services.intake import parked, take_in
from shops.services.take_over import keep_version, take_version
from tests import factories as make
from tests.shops.intake.conftest import arrive, record

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O12")]
CELJE = AddressRecord(first_name="Ana", last_name="Novak", street="Lipova 1", city="Celje", country="SI")


@pytest.fixture
def shop(db):
    make.make_company(street="Lipova 1", city="Celje", vat_id="SI15012557")
    make.make_vat_rate("22")
    warehouse = make.make_warehouse()
    for sku in ("ART-001", "ART-002"):
        make.make_stock(make.make_article(sku), warehouse, 100)
    return make.make_shop("lipa", name="Lipa SI", unknown_articles="park")


@pytest.fixture
def order(shop, petra) -> Order:
    """Accepted by a person, so the shop no longer overwrites it by itself."""
    arrive(shop, record("1", billing=CELJE))
    accept_orders([Order.objects.get().pk], by=petra)
    return Order.objects.get()


def changed(skus: tuple[str, ...] = ("ART-001", "ART-002"), pieces: int = 3, **fields: Any) -> OrderRecord:
    line = record().lines[0]
    lines = tuple(
        replace(
            line,
            remote_id=str(n),
            sku=sku,
            quantity=Decimal(pieces),
            net=Decimal(10 * pieces),
            tax=Decimal("2.20") * pieces,
        )
        for n, sku in enumerate(skus, start=1)
    )
    total = sum((one.net + one.tax for one in lines), Decimal(0))
    defaults = {"lines": lines, "total": total, "total_tax": None, "billing": CELJE, "raw": {"v": 2}}
    return record("1", **(defaults | fields))


def come_again(shop, *records: OrderRecord) -> None:
    """A later read of the same orders."""
    IncomingOrder.objects.update(state="parked")
    arrive(shop, *records)


def reserved() -> dict[str, Decimal]:
    return dict(StockLevel.objects.exclude(reserved=0).values_list("article__sku", "reserved"))


def test_lines_and_sums_are_replaced_and_the_reservations_follow(shop, order, petra):
    come_again(shop, changed(customer_note="Hurry"))
    order.refresh_from_db()
    assert (order.total, reserved()) == (Decimal("12.20"), {"ART-001": 1})
    take_version(order.pk, by=petra)
    order.refresh_from_db()
    assert (order.total, order.source_total, order.customer_note, order.differences) == (
        Decimal("73.20"),
        Decimal("73.20"),
        "Hurry",
        [],
    )
    assert [(one.sku, one.quantity, one.gross) for one in order.lines.all()] == [
        ("ART-001", 3, Decimal("36.6")),
        ("ART-002", 3, Decimal("36.6")),
    ]
    assert reserved() == {"ART-001": 3, "ART-002": 3}
    assert order.state == "accepted"
    event = order.events.filter(kind=OrderEvent.Kind.TAKEN).get()
    assert event.by == petra
    assert "lines" in event.sentence
    # The same again is no difference any more.
    come_again(shop, changed(customer_note="Hurry"))
    order.refresh_from_db()
    assert (order.differences, IncomingOrder.objects.get().take_whole) == ([], False)


def test_a_removed_line_gives_its_goods_free(shop, order, petra):
    come_again(shop, changed(("ART-002",), pieces=2))
    take_version(order.pk, by=petra)
    assert reserved() == {"ART-002": 2}
    assert Reservation.objects.count() == 1


def test_an_order_edited_here_becomes_the_shops_and_follows_it_again(shop, petra):
    arrive(shop, record("1"))
    Order.objects.update(edited_at="2026-11-21T00:00Z", vat_id="SI1")
    come_again(shop, changed())
    order = take_version(Order.objects.get().pk, by=petra)
    assert (order.vat_id, order.edited_at, order.lines.count()) == ("", None, 2)
    come_again(shop, changed(pieces=5))
    assert Order.objects.get().total == Decimal("122.00")  # by itself: nobody has built on it since


def test_a_draft_is_in_the_way_until_it_is_deleted(shop, order, petra):
    draft = draft_for_order(order.pk, "invoice", by=petra)
    come_again(shop, changed(customer_note="Hurry"))
    taken = take_version(order.pk, by=petra)  # what stands for itself
    assert (taken.customer_note, taken.total) == ("Hurry", Decimal("12.20"))
    with pytest.raises(OrderRefused) as refused:
        take_version(order.pk, by=petra)
    assert "A draft was made" in refused.value.message
    assert "Delete the draft" in refused.value.cure
    delete_draft(draft.pk, by=petra)
    assert take_version(order.pk, by=petra).total == Decimal("73.20")


def test_a_draft_of_the_rule_that_nobody_touched_follows(shop, petra):
    SalesChannel.objects.create(code="lipa", becomes="invoice", as_draft=True)
    shop.accept_orders, shop.rewrite_known = True, False
    shop.save()
    arrive(shop, record("1"))
    assert Document.objects.get().total == Decimal("12.20")
    come_again(shop, changed())
    take_version(Order.objects.get().pk, by=petra)
    assert Document.objects.get().total == Decimal("73.20")


def test_an_issued_invoice_keeps_lines_and_sum_until_it_is_credited(shop, order, petra):
    invoice = close_document(draft_for_order(order.pk, "invoice", by=petra).pk, by=petra)
    come_again(shop, changed(billing=replace(CELJE, phone="041 1"), customer_note="Hurry"))
    taken = take_version(order.pk, by=petra)
    assert (taken.customer_note, taken.billing.phone, taken.total) == ("Hurry", "041 1", Decimal("12.20"))
    assert all(found["field"] == "total" or "line" in found["field"] for found in taken.differences)
    with pytest.raises(OrderRefused) as refused:
        take_version(order.pk, by=petra)
    assert invoice.number in refused.value.message
    assert "credit note" in refused.value.cure
    note = credit_note(invoice.pk, None, with_return=True, reason="", by=petra)
    close_document(note.pk, by=petra)
    taken = take_version(order.pk, by=petra)
    assert (taken.total, taken.differences, reserved()) == (
        Decimal("73.20"),
        [],
        {"ART-001": 3, "ART-002": 3},
    )
    again = close_document(draft_for_order(order.pk, "invoice", by=petra).pk, by=petra)
    assert again.total == Decimal("73.20")
    assert dict(StockLevel.objects.values_list("article__sku", "on_hand")) == {"ART-001": 97, "ART-002": 97}
    assert reserved() == {}


def test_goods_that_stayed_with_the_buyer_keep_the_lines(shop, order, petra):
    invoice = close_document(draft_for_order(order.pk, "invoice", by=petra).pk, by=petra)
    note = credit_note(invoice.pk, None, with_return=False, reason="", by=petra)
    close_document(note.pk, by=petra)
    come_again(shop, changed())
    with pytest.raises(OrderRefused, match="have left the warehouse"):
        take_version(order.pk, by=petra)


def test_a_pro_forma_invoice_is_in_nobodys_way(shop, order, petra):
    close_document(draft_for_order(order.pk, "proforma", by=petra).pk, by=petra)
    come_again(shop, changed())
    assert take_version(order.pk, by=petra).total == Decimal("73.20")


def test_an_unknown_article_parks_the_change_and_it_is_taken_when_cured(shop, order, petra):
    come_again(shop, changed(("ART-001", "NEW-1")))
    with pytest.raises(OrderRefused) as refused:
        take_version(order.pk, by=petra)
    assert "NEW-1" in refused.value.message
    assert "Parked orders" in refused.value.cure
    order.refresh_from_db()
    assert (order.total, order.lines.count(), reserved()) == (Decimal("12.20"), 1, {"ART-001": 1})
    row = IncomingOrder.objects.get()
    assert (row.state, row.cause, row.take_whole, row.decided_by) == (
        "parked",
        "article_unknown",
        True,
        petra,
    )
    assert Problem.objects.get(shop=shop).count == 1
    create_from_orders(shop, ["NEW-1"])
    assert Article.objects.filter(sku="NEW-1").exists()
    released = take_in(list(parked()))  # as the worker does it: nobody's click
    assert released.orders == [order]
    order.refresh_from_db()
    assert (order.total, order.differences, reserved()) == (
        Decimal("73.20"),
        [],
        {"ART-001": 3, "NEW-1": 3},
    )
    assert order.events.get(kind=OrderEvent.Kind.TAKEN).by == petra
    assert (Problem.objects.get(shop=shop).state, IncomingOrder.objects.get().take_whole) == ("cured", False)


def test_who_keeps_ours_meanwhile_gets_no_surprise(shop, order, petra):
    come_again(shop, changed(("NEW-1",)))
    with pytest.raises(OrderRefused):
        take_version(order.pk, by=petra)
    keep_version(order.pk, by=petra)
    assert not parked().exists()
    assert Problem.objects.get(shop=shop).state == "cured"
    make.make_article("NEW-1")
    take_in(list(IncomingOrder.objects.select_related("shop")))
    order.refresh_from_db()
    assert (order.total, order.differences) == (Decimal("12.20"), [])


def test_a_document_made_while_it_waited_keeps_the_order(shop, order, petra):
    come_again(shop, changed(("NEW-1",)))
    with pytest.raises(OrderRefused):
        take_version(order.pk, by=petra)
    close_document(draft_for_order(order.pk, "invoice", by=petra).pk, by=petra)
    create_from_orders(shop, ["NEW-1"])
    take_in(list(parked()))
    order.refresh_from_db()
    assert (order.total, bool(order.differences)) == (Decimal("12.20"), True)


def test_changed_and_cancelled_in_the_shop_is_taken_with_its_cancelling(shop, order, petra):
    cancelled = make.make_order_status("Cancelled", kind="cancelled")
    make.make_link(shop, "order_status", cancelled.pk, "cancelled")
    come_again(shop, changed(status_id="cancelled"))
    order.refresh_from_db()
    assert order.state == "accepted"
    take_version(order.pk, by=petra)
    order.refresh_from_db()
    assert (order.state, order.total, reserved(), order.differences) == (
        "cancelled",
        Decimal("73.20"),
        {},
        [],
    )


def test_what_is_no_longer_stored_is_said(shop, order, petra):
    come_again(shop, changed())
    IncomingOrder.objects.all().delete()
    with pytest.raises(OrderRefused, match="not stored here any more"):
        take_version(order.pk, by=petra)


def test_what_a_rewritten_order_needs_mapped_waits_too(shop):
    shop.unmapped = "park"
    shop.save()
    arrive(shop, record("1"))
    other = changed(pieces=2, payment_method_id="blik", payment_method_name="BLIK")
    IncomingOrder.objects.update(state="parked")
    assert arrive(shop, other) == ["parked"]
    assert (IncomingOrder.objects.get().cause, Order.objects.get().total) == ("unmapped", Decimal("12.20"))


# The page


@pytest.fixture
def page(petra) -> Client:
    client = Client()
    client.force_login(petra)
    return client


def url(order: Order, action: str = "change") -> str:
    return f"/orders/order/{order.pk}/{action}/"


def test_the_banner_takes_the_whole_order(shop, order, page):
    come_again(shop, changed())
    html = page.get(url(order)).content.decode()
    assert "has another version of this order" in html
    assert "The order was checked and accepted by a person." in html
    assert "Take the shop&#x27;s version …" in html
    page.post(url(order, "take_theirs"), {"_form_submitted": "on"})
    order.refresh_from_db()
    assert order.total == Decimal("73.20")
    assert "has another version" not in page.get(url(order)).content.decode()


def test_the_banner_says_what_to_do_after_the_invoice(shop, order, page, petra):
    invoice = close_document(draft_for_order(order.pk, "invoice", by=petra).pk, by=petra)
    come_again(shop, changed(billing=replace(CELJE, phone="041 1")))
    html = page.get(url(order)).content.decode()
    assert "Lines and sum cannot be taken over now." in html
    assert "Correct the invoice in full with a credit note" in html
    assert f"/orders/document/{invoice.pk}/" in html
    assert "Take over all but the lines …" in html
    assert "keeps its addresses and texts" in html
    page.post(url(order, "take_theirs"), {"_form_submitted": "on"})
    html = page.get(url(order)).content.decode()
    assert "Take over all but the lines …" not in html
    assert "Keep ours …" in html
    page.post(url(order, "keep_ours"), {"_form_submitted": "on"})
    order.refresh_from_db()
    assert (order.total, order.differences, order.billing.phone) == (Decimal("12.20"), [], "041 1")


def test_the_page_says_that_the_change_waits(shop, order, page):
    come_again(shop, changed(("NEW-1",)))
    said = page.post(url(order, "take_theirs"), {"_form_submitted": "on"}, follow=True)
    assert said.status_code == 200
    html = page.get(url(order)).content.decode()
    assert "cannot be taken over yet" in html
    assert "Lipa SI changed this order, and the change waits:" in html
    assert "/shops/problem/parked/" in html


def test_two_who_take_it_over_at_once_do_it_once(shop, order, petra):
    come_again(shop, changed())
    take_version(order.pk, by=petra)
    with pytest.raises(OrderRefused):
        take_theirs(order.pk, by=petra)
    assert order.events.filter(kind=OrderEvent.Kind.TAKEN).count() == 1
