"""Payments and refunds: booked once, summed up in one place, followed from the shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection

from orders.errors import OrderRefused
from orders.models import Order, Payment
from orders.services.accept import IntakeRules, Outcome, RefundDraft, accept_order
from orders.services.decisions import record_edit
from orders.services.paid_state import paid_state, settle
from orders.services.payments import book_payment
from tests.factories import make_order, make_order_status
from tests.orders.drafts import draft, line

pytestmark = pytest.mark.django_db
RULES = IntakeRules()
PAID = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def petra() -> User:
    return User.objects.create(username="petra")


def sentences(order: Order) -> list[str]:
    return [event.sentence for event in order.events.order_by("id")]


@pytest.mark.parametrize(
    ("total", "received", "returned", "state"),
    [
        (100, 0, 0, "unpaid"),
        (100, 40, 0, "partly"),
        (100, 100, 0, "paid"),
        (100, 120, 0, "overpaid"),
        (100, 120, 20, "paid"),
        (100, 100, 30, "paid"),
        (100, 100, 100, "refunded"),
        (100, 100, 150, "refunded"),
        (100, 40, 40, "refunded"),
        (100, 0, 100, "refunded"),
        (100, 0, 30, "unpaid"),
        (0, 0, 0, "paid"),
        (0, 5, 0, "overpaid"),
    ],
)
def test_the_state_of_payment(total, received, returned, state):
    assert paid_state(Decimal(total), Decimal(received), Decimal(returned)) == state


def test_a_payment_is_booked_once_and_the_order_knows(petra):
    order = make_order("A", total=Decimal("31.23"))
    first = book_payment(order, Decimal("30"), at=PAID, source_id="bank:1", by=petra, note="first half")
    assert book_payment(order, Decimal("30"), source_id="bank:1") == first
    assert (order.received, order.paid_state, order.paid_at) == (Decimal(30), "partly", None)
    assert order.open_amount == Decimal("1.23")
    book_payment(order, Decimal("1.234"), at=PAID)
    order.refresh_from_db()
    assert (order.received, order.paid_state, order.paid_at) == (Decimal("31.23"), "paid", PAID)
    assert sentences(order) == [
        "Payment of 30.00 EUR booked: first half",
        "Payment of 1.23 EUR booked.",
        "Paid in full.",
    ]
    assert order.events.order_by("id").first().by == petra


def test_nothing_is_no_payment():
    order = make_order("A", total=Decimal(10))
    with pytest.raises(OrderRefused) as refused:
        book_payment(order, Decimal("0.004"))
    assert refused.value.cure == "Enter the amount."
    assert Payment.objects.count() == 0


def test_a_refund_larger_than_the_order_is_booked_and_flagged():
    order = make_order("A", total=Decimal(50))
    book_payment(order, Decimal(50), at=PAID)
    assert order.refunded_too_much is False
    book_payment(order, Decimal(-80))
    order.refresh_from_db()
    assert (order.refunded, order.paid_state, order.refunded_too_much) == (Decimal(80), "refunded", True)
    assert order.paid_at == PAID


@pytest.mark.requirement("O1")
def test_the_shops_payment_and_refunds_are_booked_each_once():
    first = draft(line("A"), paid_at=PAID, payment_name="Card", transaction_id="tx-1")
    order = accept_order(first, rules=RULES).order
    payment = order.payments.get()
    assert (payment.amount, payment.at, payment.method, payment.reference, payment.by) == (
        Decimal("12.20"),
        PAID,
        "Card",
        "tx-1",
        None,
    )
    assert (order.paid_state, order.paid_at) == ("paid", PAID)
    back = replace(first, refunds=(RefundDraft(amount=Decimal("-2.20"), source_id="7", reason="scratched"),))
    assert accept_order(back, rules=RULES).outcome == Outcome.PAID
    assert accept_order(back, rules=RULES).outcome == Outcome.UNCHANGED
    order.refresh_from_db()
    assert (order.received, order.refunded, order.paid_state) == (Decimal("12.20"), Decimal("2.20"), "paid")
    assert "Refund of 2.20 EUR booked: Lipa PL · scratched" in sentences(order)
    assert order.payments.count() == 2


def test_a_refund_that_the_shop_deletes_is_taken_back():
    paid = draft(line("A"), paid_at=PAID)
    back = replace(paid, refunds=(RefundDraft(amount=Decimal(12), source_id="7"),))
    accept_order(back, rules=RULES)
    for _again in range(2):
        order = accept_order(paid, rules=RULES).order
    assert list(order.payments.order_by("id").values_list("amount", "source_id")) == [
        (Decimal("12.20"), "paid"),
        (Decimal(-12), "refund:7"),
        (Decimal(12), "undone:7"),
    ]


@pytest.mark.requirement("O12")
def test_payments_are_followed_although_staff_have_edited_the_order(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    record_edit(order, ["email"], by=petra)
    again = accept_order(draft(line("A"), paid_at=PAID), rules=RULES)
    assert (again.outcome, again.order.paid_state, again.order.differences) == (Outcome.PAID, "paid", [])


@pytest.mark.requirement("O12")
def test_a_payment_booked_here_stops_the_rewriting(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    book_payment(order, Decimal(5), by=petra)
    again = accept_order(draft(line("A"), customer_note="Hurry"), rules=RULES)
    assert again.outcome == Outcome.KEPT


def test_a_total_that_rises_after_the_payment_leaves_something_open():
    accept_order(draft(line("A"), paid_at=PAID), rules=RULES)
    again = accept_order(draft(line("A", "20", "4.40"), paid_at=PAID), rules=RULES)
    order = Order.objects.get()
    assert again.outcome == Outcome.REWRITTEN
    assert (order.paid_state, order.open_amount, order.paid_at) == ("partly", Decimal("12.20"), None)


def test_an_order_of_the_past_is_paid_but_nothing_follows_from_it():
    done = make_order_status("Completed", kind="done")
    order = accept_order(draft(line("A"), paid_at=PAID, status_id=done.pk), rules=RULES).order
    assert (order.state, order.paid_state, order.paid_at) == ("done", "paid", PAID)
    assert "Paid in full." not in sentences(order)


# Orders from before payments were rows

_BOOK = import_module("orders.migrations.0012_payments_of_paid_orders").book


def book_old_ones() -> None:
    _BOOK(apps, SimpleNamespace(connection=connection))


def test_an_order_marked_as_paid_gets_the_payment_that_its_mark_meant():
    paid = make_order("A", total=Decimal("31.23"), paid_at=PAID, payment_name="Card")
    back = make_order("B", total=Decimal(10), refunded=Decimal(10), paid_at=PAID)
    free, still = make_order("C", total=Decimal(0)), make_order("D", total=Decimal(5))
    for _again in range(2):
        book_old_ones()
    for order, state, received in ((paid, "paid", "31.23"), (back, "refunded", 10), (free, "paid", 0)):
        order.refresh_from_db()
        assert (order.paid_state, order.received, order.open_amount) == (state, Decimal(received), 0)
    still.refresh_from_db()
    assert (still.paid_state, still.open_amount) == ("unpaid", 5)
    assert paid.payments.get().method == "Card"
    assert sorted(back.payments.values_list("amount", flat=True)) == [-10, 10]
    # The sums are those that the payments give.
    for order in (paid, back, free, still):
        before = (order.received, order.refunded, order.paid_state)
        settle(order)
        assert (order.received, order.refunded, order.paid_state) == before


def test_what_the_shop_says_again_of_an_old_paid_order_is_not_booked_twice():
    first = draft(line("A"), paid_at=PAID, refunds=(RefundDraft(amount=Decimal(2), source_id="77"),))
    order = accept_order(first, rules=RULES).order
    order.payments.all().delete()
    Order.objects.update(paid_state="unpaid", received=0)
    book_old_ones()
    accept_order(first, rules=RULES)
    order.refresh_from_db()
    assert (order.received - order.refunded, order.paid_state) == (order.total - 2, "paid")
    assert order.payments.filter(source_id="paid").count() == 1
