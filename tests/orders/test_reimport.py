"""A known order comes again: rewritten, kept, or only its status (O11, O12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.errors import OrderRefused, UnknownArticles
from orders.models import Address, Document, NumberSeries, Order, OrderEvent, PaymentMethod, Shipment
from orders.services.accept import IntakeRules, Outcome, RefundDraft, accept_order
from orders.services.decisions import accept_orders, cancel_order, keep_ours, record_edit, take_theirs
from tests.factories import make_article, make_order_status
from tests.orders.drafts import ANNA, draft, line

pytestmark = pytest.mark.django_db
RULES = IntakeRules()
FOLLOW = IntakeRules(update_status=True)


@pytest.fixture
def petra() -> User:
    return User.objects.create(username="petra")


def invoice(order: Order, state: str = "closed") -> Document:
    series = NumberSeries.objects.create(kind="invoice", name="Test", pattern="T{YY}{N}")
    closed = {"number": "2026-00001", "series_number": 1, "closed_at": datetime(2026, 11, 22, tzinfo=UTC)}
    return Document.objects.create(
        kind="invoice",
        state=state,
        series=series,
        order=order,
        issue_date=date(2026, 11, 22),
        language="en",
        currency="EUR",
        **(closed if state == "closed" else {}),
    )


def sentences(order: Order) -> list[str]:
    return [event.sentence for event in order.events.order_by("id")]


def test_same_order_again_writes_nothing():
    first = draft(line("A", source_id="1"))
    order = accept_order(first, rules=RULES).order
    events = OrderEvent.objects.count()
    with CaptureQueriesContext(connection) as queries:
        again = accept_order(first, rules=RULES)
    assert again.outcome == Outcome.UNCHANGED
    assert again.order == order
    assert [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []
    assert (Order.objects.count(), OrderEvent.objects.count()) == (1, events)


@pytest.mark.requirement("O12")
def test_untouched_order_is_rewritten_in_full():
    order = accept_order(
        draft(line("A", source_id="1"), line("B", source_id="2"), delivery=replace(ANNA, city="Gdańsk")),
        rules=RULES,
    ).order
    line_ids = list(order.lines.values_list("id", flat=True))
    changed = draft(
        line("A", "20", "4.40", source_id="1", quantity=Decimal(2)),
        billing=replace(ANNA, phone="600 000 111"),
        refunds=(RefundDraft(amount=Decimal("-1.00")),),
    )
    again = accept_order(changed, rules=RULES)
    order = Order.objects.get()
    assert again.outcome == Outcome.REWRITTEN
    assert (order.total, order.refunded, order.billing.phone) == (Decimal("24.40"), Decimal(1), "600 000 111")
    assert order.delivery is None
    assert [(one.pk, one.sku, one.quantity) for one in order.lines.all()] == [(line_ids[0], "A", Decimal(2))]
    assert Address.objects.count() == 3  # the order's, and the two of the customer: no orphan
    assert sentences(order)[-2].startswith("Lipa PL changed the order; it was updated here: ")
    assert sentences(order)[-1] == "Refund of 1.00 EUR booked: Lipa PL"
    assert accept_order(changed, rules=RULES).outcome == Outcome.UNCHANGED


def test_rewriting_parks_on_a_new_unknown_article_and_leaves_the_order_alone():
    make_article("A")
    order = accept_order(draft(line("A")), rules=RULES).order
    with pytest.raises(UnknownArticles):
        accept_order(draft(line("A"), line("B")), rules=IntakeRules(articles="park"))
    order.refresh_from_db()
    assert (order.total, order.lines.count()) == (Decimal("12.20"), 1)


@pytest.mark.requirement("O12")
def test_edited_order_is_kept_and_the_difference_shown(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    order.billing.street = "Prosta 2"
    order.billing.save()
    record_edit(order, ["billing.street"], by=petra)
    changed = draft(line("A"), billing=replace(ANNA, phone="600 000 111"))
    again = accept_order(changed, rules=RULES)
    assert again.outcome == Outcome.KEPT
    assert [(d.field, d.here, d.shop) for d in again.differences] == [
        ("billing.phone", "600 000 000", "600 000 111")
    ]
    order = Order.objects.get()
    assert order.billing.phone == "600 000 000"
    assert order.differences == [{"field": "billing.phone", "here": "600 000 000", "shop": "600 000 111"}]
    assert list(Order.objects.changed_in_shop()) == [order]
    assert sentences(order)[-1] == (
        "Lipa PL announced a change: billing address, phone. It is shown above and was not taken over."
    )
    events = order.events.count()
    assert accept_order(changed, rules=RULES).outcome == Outcome.KEPT
    assert order.events.count() == events  # told once


def test_difference_goes_away_when_the_shop_takes_it_back(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    record_edit(order, ["email"], by=petra)
    accept_order(draft(line("A"), customer_note="Hurry"), rules=RULES)
    assert accept_order(draft(line("A")), rules=RULES).outcome == Outcome.UNCHANGED
    order.refresh_from_db()
    assert order.differences == []


def test_taking_the_shops_values_over(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    record_edit(order, ["email"], by=petra)
    paid = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    changed = draft(
        line("A"),
        billing=replace(ANNA, phone="111"),
        delivery=ANNA,
        refunds=(RefundDraft(amount=Decimal(-5)),),
        paid_at=paid,
    )
    accept_order(changed, rules=RULES)
    take_theirs(order.pk, by=petra)
    order = Order.objects.get()
    assert (order.billing.phone, order.delivery.city) == ("111", "Kraków")
    assert (order.refunded, order.paid_at) == (Decimal(5), paid)
    assert order.differences == []
    assert order.events.first().by == petra
    assert accept_order(changed, rules=RULES).outcome == Outcome.UNCHANGED


def test_keeping_ours_is_remembered(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    record_edit(order, ["email"], by=petra)
    changed = draft(line("A", "20", "4.40"), customer_note="Hurry")
    accept_order(changed, rules=RULES)
    keep_ours(order.pk, by=petra)
    assert accept_order(changed, rules=RULES).outcome == Outcome.UNCHANGED
    order.refresh_from_db()
    assert (order.total, order.customer_note, order.differences) == (Decimal("12.20"), "", [])
    again = accept_order(replace(changed, customer_note="Hurry up"), rules=RULES)
    assert [d.field for d in again.differences] == ["customer_note"]


@pytest.mark.requirement("O12")
def test_what_stands_for_itself_is_taken_and_the_lines_stay_shown(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    record_edit(order, ["email"], by=petra)
    accept_order(draft(line("A", "20", "4.40"), customer_note="Hurry"), rules=RULES)
    order = take_theirs(order.pk, by=petra)
    assert (order.customer_note, order.total) == ("Hurry", Decimal("12.20"))
    assert {d["field"] for d in order.differences} == {"total", "line.item.1"}
    with pytest.raises(OrderRefused) as refused:
        take_theirs(order.pk, by=petra)
    assert "lines" in refused.value.message


@pytest.mark.requirement("O12")
def test_who_built_on_it_stops_the_rewriting(petra):
    for number, decide in enumerate(("accept", "cancel")):
        order = accept_order(draft(line("A"), source_id=decide, number=str(number)), rules=RULES).order
        if decide == "accept":
            accept_orders([order.pk], by=petra)
        else:
            cancel_order(order.pk, reason="", by=petra)
        changed = draft(line("A"), source_id=decide, number=str(number), customer_note="Hurry")
        assert accept_order(changed, rules=RULES).outcome == Outcome.KEPT
        order.refresh_from_db()
        assert order.customer_note == ""


@pytest.mark.requirement("O12")
def test_order_accepted_by_the_rules_alone_is_still_rewritten():
    rules = IntakeRules(accept=True)
    accept_order(draft(line("A")), rules=rules)
    again = accept_order(draft(line("A"), customer_note="Hurry"), rules=rules)
    assert (again.outcome, again.order.state) == (Outcome.REWRITTEN, Order.State.ACCEPTED)


def test_overwrite_on_request_takes_the_whole_order(petra):
    order = accept_order(draft(line("A")), rules=RULES).order
    order.billing.street = "Elsewhere"
    order.billing.save()
    record_edit(order, ["billing.street"], by=petra)
    again = accept_order(draft(line("A")), rules=IntakeRules(overwrite=True))
    assert again.outcome == Outcome.REWRITTEN
    order.refresh_from_db()
    assert (order.billing.street, order.edited_at) == ("Prosta 1", None)


@pytest.mark.requirement("O11")
def test_status_follows_only_when_ticked():
    new, done = make_order_status("New"), make_order_status("Completed", kind="done")
    accept_order(draft(line("A"), status_id=new.pk), rules=RULES)
    later = draft(line("A"), status_id=done.pk)
    assert accept_order(later, rules=RULES).outcome == Outcome.UNCHANGED
    assert Order.objects.get().status == new
    assert accept_order(later, rules=FOLLOW).outcome == Outcome.STATUS
    order = Order.objects.get()
    assert (order.status, order.state) == (done, Order.State.DONE)
    assert sentences(order)[-2:] == ["Status in Lipa PL: New → Completed.", "Shipped."]


@pytest.mark.requirement("O11", "O12")
def test_status_follows_although_the_order_is_kept(petra):
    new, hold = make_order_status("New"), make_order_status("On hold", kind="waiting")
    order = accept_order(draft(line("A"), status_id=new.pk), rules=RULES).order
    record_edit(order, ["email"], by=petra)
    again = accept_order(draft(line("A"), status_id=hold.pk, customer_note="Hurry"), rules=FOLLOW)
    order.refresh_from_db()
    assert (again.outcome, order.status, order.customer_note) == (Outcome.KEPT, hold, "")


def test_cancelled_here_stays_cancelled(petra):
    done = make_order_status("Completed", kind="done")
    order = accept_order(draft(line("A")), rules=RULES).order
    cancel_order(order.pk, reason="Test", by=petra)
    accept_order(draft(line("A"), status_id=done.pk), rules=FOLLOW)
    order.refresh_from_db()
    assert (order.state, order.status) == (Order.State.CANCELLED, done)


def test_a_shipped_order_never_goes_back_to_waiting():
    shipped = make_order_status("Shipped", kind="shipped")
    order = accept_order(draft(line("A"), status_id=shipped.pk), rules=RULES).order
    hold = make_order_status("On hold", kind="waiting")
    assert accept_order(draft(line("A"), status_id=hold.pk), rules=FOLLOW).outcome == Outcome.UNCHANGED
    order.refresh_from_db()
    assert (order.state, order.status) == (Order.State.DONE, shipped)


@pytest.mark.requirement("O12")
@pytest.mark.parametrize("what", ["draft", "closed", "parcel"])
def test_what_was_made_of_it_stops_the_rewriting(what):
    order = accept_order(draft(line("A")), rules=RULES).order
    if what == "parcel":
        Shipment.objects.create(order=order, carrier="GLS", shipped_at=order.placed_at)
    else:
        invoice(order, what)
    again = accept_order(draft(line("A", "20", "4.40", source_id="1")), rules=RULES)
    assert again.outcome == Outcome.KEPT
    order.refresh_from_db()
    assert (order.total, {d["field"] for d in order.differences} >= {"total"}) == (Decimal("12.20"), True)


def test_a_shop_whose_changes_are_not_taken_over_shows_them():
    accept_order(draft(line("A")), rules=RULES)
    again = accept_order(draft(line("A"), customer_note="Hurry"), rules=IntakeRules(rewrite=False))
    assert [(d.field, d.here, d.shop) for d in again.differences] == [("customer_note", "", "Hurry")]


# Cancelled in the shop


@pytest.fixture
def cancelled():
    return make_order_status("Cancelled", kind="cancelled")


def test_cancelled_in_the_shop_is_followed_where_that_is_ticked(cancelled):
    order = accept_order(draft(line("A")), rules=RULES).order
    accept_order(draft(line("A"), status_id=cancelled.pk), rules=FOLLOW)
    order.refresh_from_db()
    assert (order.state, order.status, order.differences) == (Order.State.CANCELLED, cancelled, [])


def test_cancelled_in_the_shop_is_shown_where_statuses_are_not_followed(petra, cancelled):
    order = accept_order(draft(line("A")), rules=RULES).order
    again = accept_order(draft(line("A"), status_id=cancelled.pk), rules=RULES)
    assert [(d.field, d.here, d.shop) for d in again.differences] == [("cancelled", "", "yes")]
    order.refresh_from_db()
    assert order.state == Order.State.NEW
    take_theirs(order.pk, by=petra)
    order.refresh_from_db()
    assert (order.state, order.differences) == (Order.State.CANCELLED, [])
    again = accept_order(draft(line("A"), status_id=cancelled.pk), rules=RULES)
    assert again.outcome == Outcome.UNCHANGED


def test_cancelled_in_the_shop_after_the_invoice_asks_for_a_credit_note(petra, cancelled):
    new = make_order_status("New")
    order = accept_order(draft(line("A"), status_id=new.pk), rules=RULES).order
    invoice(order)
    for _again in range(2):
        again = accept_order(draft(line("A"), status_id=cancelled.pk), rules=FOLLOW)
        assert again.outcome == Outcome.KEPT
    order.refresh_from_db()
    assert (order.state, order.status, len(order.differences)) == (Order.State.NEW, new, 1)
    with pytest.raises(OrderRefused) as refused:
        take_theirs(order.pk, by=petra)
    assert "credit note" in refused.value.cure
    keep_ours(order.pk, by=petra)
    again = accept_order(draft(line("A"), status_id=cancelled.pk), rules=RULES)
    assert again.differences == ()


def test_cancelled_and_changed_at_once_is_rewritten_and_still_shown(cancelled):
    accept_order(draft(line("A")), rules=RULES)
    again = accept_order(draft(line("A"), status_id=cancelled.pk, customer_note="No more"), rules=RULES)
    order = Order.objects.get()
    assert (again.outcome, order.customer_note) == (Outcome.REWRITTEN, "No more")
    assert [d["field"] for d in order.differences] == ["cancelled"]


@pytest.mark.requirement("O8")
def test_method_mapped_later_is_filled_in():
    accept_order(draft(line("A"), payment_name="COD"), rules=RULES)
    method = PaymentMethod.objects.create(name="Cash on delivery")
    accept_order(draft(line("A"), payment_name="COD", payment_method_id=method.pk), rules=RULES)
    assert Order.objects.get().payment_method == method


def test_same_id_in_two_shops_is_two_orders():
    accept_order(draft(line("A")), rules=RULES)
    accept_order(draft(line("A"), source="breza"), rules=RULES)
    assert sorted(Order.objects.values_list("number", flat=True)) == ["BREZA-10482", "LIPA-10482"]
