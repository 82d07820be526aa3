"""By the rule of the sales channel: which documents, when, as drafts or at once; and what happens where that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import OperationalError

from inventory.models import StockLevel, Warehouse
from orders.errors import DocumentRefused
from orders.models import Document, NumberSeries, Order, OrderStatus, SalesChannel
from orders.services import issuing
from orders.services.accept import IntakeRules, OrderDraft, Outcome, accept_order
from orders.services.decisions import accept_orders
from orders.services.issuing import issue_order
from orders.services.payments import book_payment
from tests.orders.conftest import MAJA
from tests.orders.drafts import draft, line

pytestmark = pytest.mark.django_db
D = Decimal
AT_ONCE = IntakeRules(accept=True, rewrite=True)
PAID = datetime(2026, 11, 21, 20, tzinfo=UTC)


@pytest.fixture
def shop_order(company, goods) -> Callable[..., OrderDraft]:
    def made(**fields: object) -> OrderDraft:
        return draft(line("MUG", source_id="1"), **({"billing": MAJA} | fields))

    return made


def rule(channel: SalesChannel, **fields: object) -> None:
    for name, value in fields.items():
        setattr(channel, name, value)
    channel.save()


def made() -> list[tuple[str, str]]:
    return list(Document.objects.order_by("pk").values_list("kind", "state"))


@pytest.mark.requirement("O3")
@pytest.mark.parametrize(
    ("becomes", "kinds"),
    [
        ("nothing", []),
        ("invoice", ["invoice"]),
        ("proforma", ["proforma"]),
        ("delivery_note", ["delivery_note"]),
        ("both", ["delivery_note", "invoice"]),
    ],
)
def test_an_accepted_order_becomes_what_the_channel_says(shop_order, channel, becomes, kinds):
    rule(channel, becomes=becomes)
    order = accept_order(shop_order(), rules=AT_ONCE).order
    assert made() == [(kind, "closed") for kind in kinds]
    assert StockLevel.objects.get(article__sku="MUG").on_hand == (
        100 if becomes in ("nothing", "proforma") else 99
    )
    assert order.issue_problem == ""


@pytest.mark.requirement("O4")
def test_as_a_draft_nothing_is_numbered_and_nothing_moves(shop_order, channel):
    rule(channel, becomes="both", as_draft=True)
    accept_order(shop_order(), rules=AT_ONCE)
    assert made() == [("delivery_note", "draft"), ("invoice", "draft")]
    assert StockLevel.objects.get(article__sku="MUG").on_hand == 100


@pytest.mark.requirement("O3")
def test_when_paid_it_waits_for_the_money(shop_order, channel, clerk):
    rule(channel, becomes="invoice", moment="paid")
    order = accept_order(shop_order(), rules=AT_ONCE).order
    assert made() == []
    book_payment(order, order.total, by=clerk)
    assert made() == [("invoice", "closed")]
    document = Document.objects.get()
    assert (document.paid, document.bank) == (order.total, {})


@pytest.mark.requirement("O3")
def test_paid_before_it_is_accepted_it_waits_for_that(shop_order, channel, clerk):
    rule(channel, becomes="invoice", moment="paid")
    order = accept_order(shop_order(paid_at=PAID), rules=IntakeRules()).order
    assert made() == []
    accept_orders([order.pk], by=clerk)
    assert made() == [("invoice", "closed")]


@pytest.mark.requirement("O3", "O7")
@pytest.mark.parametrize("moment", ["accepted", "shipped"])
def test_after_a_pro_forma_the_invoice_follows_when_it_is_paid(shop_order, channel, clerk, moment):
    rule(channel, becomes="proforma", moment=moment, send_mail=True)
    order = accept_order(shop_order(), rules=AT_ONCE).order
    asked = [("proforma", "closed")] if moment == "accepted" else []
    assert made() == asked
    book_payment(order, order.total - 1, by=clerk)
    assert made() == asked
    book_payment(order, Decimal(1), by=clerk)
    assert made() == [*asked, ("invoice", "closed")]
    invoice = Document.objects.get(kind="invoice")
    assert (invoice.total, invoice.paid, invoice.automatic) == (order.total, order.total, True)
    level = StockLevel.objects.get(article__sku="MUG")
    assert (level.on_hand, level.reserved) == (99, 0)
    book_payment(order, Decimal(-1), by=clerk)
    book_payment(order, Decimal(1), by=clerk)
    assert Document.objects.filter(kind="invoice").count() == 1


@pytest.mark.requirement("O3")
def test_who_pays_at_once_gets_the_invoice_and_no_pro_forma(shop_order, channel):
    rule(channel, becomes="proforma")
    accept_order(shop_order(paid_at=PAID), rules=AT_ONCE)
    assert made() == [("invoice", "closed")]


@pytest.mark.requirement("O4")
def test_after_a_draft_of_the_pro_forma_a_draft_of_the_invoice(shop_order, channel, clerk):
    rule(channel, becomes="proforma", as_draft=True)
    order = accept_order(shop_order(), rules=AT_ONCE).order
    book_payment(order, order.total, by=clerk)
    assert made() == [("proforma", "draft"), ("invoice", "draft")]


@pytest.mark.requirement("O3", "O7")
def test_when_shipped_the_delivery_note_is_its_paper(shop_order, channel):
    rule(channel, becomes="both", moment="shipped")
    shipped = OrderStatus.objects.create(name="Shipped", kind="shipped")
    accept_order(shop_order(), rules=AT_ONCE)
    assert made() == []
    accept_order(shop_order(status_id=shipped.pk), rules=replace(AT_ONCE, update_status=True))
    assert made() == [("delivery_note", "closed"), ("invoice", "closed")]
    level = StockLevel.objects.get(article__sku="MUG")
    assert (level.on_hand, level.reserved) == (99, 0)


def test_history_becomes_nothing(shop_order, channel, clerk):
    rule(channel, becomes="invoice", moment="paid")
    done = OrderStatus.objects.create(name="Completed", kind="done")
    order = accept_order(shop_order(status_id=done.pk), rules=AT_ONCE).order
    book_payment(order, order.total, by=clerk)
    assert made() == []


def test_the_same_order_again_makes_no_second_document(shop_order, channel, clerk):
    rule(channel, becomes="invoice")
    order = accept_order(shop_order(), rules=AT_ONCE).order
    accept_order(shop_order(), rules=AT_ONCE)
    issuing.after_accept(order)
    issuing.after_paid(order)
    assert made() == [("invoice", "closed")]


# What goes wrong


@pytest.fixture
def no_series(channel) -> None:
    rule(channel, becomes="both")
    NumberSeries.objects.filter(kind="invoice").delete()
    # A preset that is switched off: were there none at all, the usual one would be made.
    NumberSeries.objects.create(kind="invoice", name="Old invoices", preset=True, active=False)


@pytest.mark.requirement("O3")
def test_an_order_is_never_lost_to_its_documents(shop_order, no_series, clerk):
    order = accept_order(shop_order(), rules=AT_ONCE).order
    order.refresh_from_db()
    assert (order.state, made()) == ("accepted", [])
    assert order.issue_problem.startswith("There is no number series for this kind of document: Invoice.")
    assert order.events.filter(kind="unissued").count() == 1
    assert list(Order.objects.not_issued()) == [order]
    assert StockLevel.objects.get(article__sku="MUG").reserved == 1
    NumberSeries.objects.filter(kind="invoice").update(active=True)
    issue_order(order.pk, by=clerk)
    order.refresh_from_db()
    assert (order.issue_problem, made()) == ("", [("delivery_note", "closed"), ("invoice", "closed")])


def test_a_warehouse_that_refuses_stops_the_document_and_not_the_order(shop_order, channel):
    rule(channel, becomes="invoice")
    Warehouse.objects.update(below_zero="refuse")
    StockLevel.objects.update(on_hand=0)
    order = accept_order(shop_order(), rules=AT_ONCE).order
    order.refresh_from_db()
    assert (order.state, made()) == ("accepted", [])
    assert "MUG" in order.issue_problem
    assert not Document.objects.exists()


def test_what_nobody_foresaw_is_told_and_logged(shop_order, channel, monkeypatch, caplog):
    rule(channel, becomes="invoice")
    monkeypatch.setattr(issuing, "issue_document", lambda *args, **kwargs: 1 / 0)
    order = accept_order(shop_order(), rules=AT_ONCE).order
    assert (order.state, made()) == ("accepted", [])
    assert order.issue_problem.startswith("Something unforeseen")
    assert "ZeroDivisionError" in caplog.text


def test_the_victim_of_a_deadlock_tries_again(shop_order, channel, monkeypatch):
    rule(channel, becomes="invoice")
    failures = [OperationalError("deadlock detected"), OperationalError("deadlock detected")]
    real = issuing.issue_document

    def close(*args: object, **kwargs: object) -> Document:
        if failures:
            raise failures.pop()
        return real(*args, **kwargs)

    monkeypatch.setattr(issuing, "issue_document", close)
    order = accept_order(shop_order(), rules=AT_ONCE).order
    assert (order.issue_problem, made()) == ("", [("invoice", "closed")])


# By hand


def test_by_hand_both_or_none(shop_order, no_series, channel, clerk):
    rule(channel, becomes="both", moment="shipped")
    order = accept_order(shop_order(), rules=AT_ONCE).order
    with pytest.raises(DocumentRefused, match="no number series"):
        issue_order(order.pk, by=clerk)
    assert made() == []


def test_a_channel_without_a_rule_makes_an_invoice_by_hand(shop_order, clerk):
    order = accept_order(shop_order(), rules=AT_ONCE).order
    assert [one.kind for one in issue_order(order.pk, by=clerk).documents] == ["invoice"]
    assert issue_order(order.pk, by=clerk).documents == ()


def test_by_hand_as_a_draft_or_of_another_kind(shop_order, clerk):
    order = accept_order(shop_order(), rules=AT_ONCE).order
    issue_order(order.pk, by=clerk, kinds=["proforma"], as_draft=True)
    assert made() == [("proforma", "draft")]


# The shop changes the order afterwards


@pytest.mark.requirement("O12")
def test_after_a_closed_document_the_order_is_not_rewritten_even_when_asked(shop_order, channel):
    rule(channel, becomes="invoice")
    order = accept_order(shop_order(), rules=AT_ONCE).order
    changed = replace(shop_order(), lines=(line("MUG", "20", "4.40", source_id="1"),), total=D("24.40"))
    again = accept_order(changed, rules=replace(AT_ONCE, overwrite=True))
    assert again.outcome == Outcome.KEPT
    order.refresh_from_db()
    assert order.total == D("12.20")


@pytest.mark.requirement("O12")
def test_an_untouched_automatic_draft_follows_the_shop(shop_order, channel):
    rule(channel, becomes="invoice", as_draft=True)
    accept_order(shop_order(), rules=AT_ONCE)
    changed = replace(shop_order(), lines=(line("MUG", "20", "4.40", source_id="1"),), total=D("24.40"))
    assert accept_order(changed, rules=AT_ONCE).outcome == Outcome.REWRITTEN
    document = Document.objects.get()
    assert (document.state, document.total) == ("draft", D("24.40"))
    assert document.lines.get().net == 20


@pytest.mark.requirement("O12")
def test_a_draft_that_staff_edited_stops_the_rewriting(shop_order, channel):
    rule(channel, becomes="invoice", as_draft=True)
    accept_order(shop_order(), rules=AT_ONCE)
    Document.objects.update(edited_at=PAID)
    changed = replace(shop_order(), lines=(line("MUG", "20", "4.40", source_id="1"),), total=D("24.40"))
    assert accept_order(changed, rules=AT_ONCE).outcome == Outcome.KEPT
    assert Document.objects.get().total == D("12.20")
