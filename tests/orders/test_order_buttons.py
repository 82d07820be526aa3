"""The buttons of orders: without the right, the question, the deed, the deed that fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Order
from orders.services.accept import IntakeRules, accept_order
from orders.services.decisions import record_edit
from tests.orders.drafts import ANNA, draft, line
from tests.orders.office import LIST, order, staff, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def petra() -> Client:
    return staff("view_order", "change_order", "accept_order", "cancel_order", "view_customer")


@pytest.fixture
def reader() -> Client:
    return staff("view_order", username="reader")


BUTTONS = {"accept": "accepted", "park": "parked", "cancel": "cancelled"}


@pytest.mark.parametrize("button", [*BUTTONS, "release", "take_theirs", "keep_ours"])
def test_button_without_the_right(reader, button):
    one = order("1")
    for method in (reader.get, reader.post):
        assert method(url(one, button), {"_form_submitted": "on", "reason": "x"}).status_code == 403
    one.refresh_from_db()
    assert one.state == Order.State.NEW


@pytest.mark.parametrize("button", [*BUTTONS, "release", "take_theirs", "keep_ours"])
def test_button_asks_first(petra, button):
    one = order("1")
    answer = petra.get(url(one, button))
    assert answer.status_code == 200
    assert 'id="dialog"' in answer.content.decode()
    assert Order.objects.get().state == Order.State.NEW


@pytest.mark.parametrize(("button", "state"), BUTTONS.items())
def test_button_does_it(petra, button, state):
    one = order("1")
    answer = petra.post(
        url(one, button),
        {"_form_submitted": "on", "reason": "The customer called"},
        headers={"HX-Current-URL": "http://testserver/orders/order/?state__exact=new"},
    )
    assert answer.headers["HX-Redirect"] == "/orders/order/?state__exact=new"
    one.refresh_from_db()
    event = one.events.first()
    assert (one.state, event.kind, event.by.username) == (state, state, "petra")
    if button != "accept":
        assert one.state_reason == "The customer called"


def test_reason_is_required(petra):
    one = order("1")
    petra.post(url(one, "cancel"), {"_form_submitted": "on", "reason": ""})
    one.refresh_from_db()
    assert one.state == Order.State.NEW


def test_button_that_comes_too_late_says_so(petra):
    one = order("1")
    petra.post(url(one, "cancel"), {"_form_submitted": "on", "reason": "x"})
    answer = petra.post(url(one, "cancel"), {"_form_submitted": "on", "reason": "y"})
    assert answer.headers["HX-Redirect"] == url(one)
    page = petra.get(url(one)).content.decode()
    assert (
        "Order LIPA-1 is already closed: cancelled. Reload the page: somebody may have been faster." in page
    )
    one.refresh_from_db()
    assert one.state_reason == "x"


@pytest.mark.parametrize("key", ["999", "abc"])
def test_button_of_an_order_that_is_gone(petra, key):
    for button in ("accept", "cancel"):
        answer = petra.post(f"/orders/order/{key}/{button}/", {"_form_submitted": "on", "reason": "x"})
        assert answer.headers["HX-Redirect"] == LIST
    assert "This order was deleted meanwhile." in petra.get(LIST).content.decode()


def test_redirect_goes_nowhere_else(petra):
    one = order("1")
    answer = petra.post(
        url(one, "accept"), {"_form_submitted": "on"}, headers={"HX-Current-URL": "https://evil.example/x"}
    )
    assert answer.headers["HX-Redirect"] == url(one)


@pytest.mark.requirement("O12")
def test_difference_is_shown_and_taken(petra):
    one = order("1")
    record_edit(one, ["email"], by=User.objects.get())
    accept_order(
        draft(line("MUG", source_id="1"), source_id="1", number="1", billing=replace(ANNA, phone="111")),
        rules=IntakeRules(),
    )
    page = petra.get(url(one)).content.decode()
    assert "lipa has another version of this order" in page
    assert "billing address, phone" in page
    petra.post(url(one, "take_theirs"), {"_form_submitted": "on"})
    one = Order.objects.get()
    assert (one.billing.phone, one.differences) == ("111", [])
    assert "has another version" not in petra.get(url(one)).content.decode()


def test_many_are_accepted_at_once_and_the_rest_is_named(petra, reader):
    first, second, third = order("1"), order("2"), order("3")
    petra.post(url(third, "cancel"), {"_form_submitted": "on", "reason": "x"})
    data = {"action": "accept_selected", "_selected_action": [o.pk for o in (first, second, third)]}
    reader.post(LIST, data)
    assert Order.objects.filter(state="accepted").count() == 0
    question = petra.post(LIST, data).content.decode()
    assert "Accept 2 orders?" in question
    assert "1 order does not fit and stays as it is" in question
    assert "it is already cancelled" in question
    assert Order.objects.filter(state="accepted").count() == 0
    page = petra.post(LIST, data | {"confirmed": "1"}, follow=True).content.decode()
    assert "2 orders accepted." in page
    assert "1 order was left as it is. LIPA-3: it is already cancelled." in page
    assert sorted(Order.objects.filter(state="accepted").values_list("pk", flat=True)) == [
        first.pk,
        second.pk,
    ]


def test_a_payment_is_booked_by_who_may(petra):
    one = order("1")
    book = url(one, "payment")
    assert petra.get(book).status_code == 403
    cashier = staff("view_order", "book_payment", username="cashier")
    form = cashier.get(book).context["form"]
    assert (form.initial["amount"], form.fields["amount"].help_text) == ("12.20", "EUR")
    sent = {"_form_submitted": "on", "way": "in", "amount": "12,20", "day": "2026-11-22", "note": "in cash"}
    assert "HX-Redirect" in cashier.post(book, sent).headers
    one.refresh_from_db()
    assert (one.paid_state, one.payments.get().by.username) == ("paid", "cashier")
    assert "in cash" in cashier.get(url(one)).content.decode()
    wrong = cashier.post(book, sent | {"amount": "-5"})
    assert "above zero" in wrong.content.decode()
    cashier.post(book, sent | {"way": "back", "amount": "20"})
    one.refresh_from_db()
    assert one.refunded_too_much is True
    assert "more than it cost" in cashier.get(LIST).content.decode()
    assert list(cashier.get(f"{LIST}?look=overpaid").context["cl"].result_list) == [one]


def test_accepted_orders_are_marked_as_shipped_and_the_others_named(petra):
    ready, new = order("1"), order("2")
    petra.post(url(ready, "accept"), {"_form_submitted": "on"})
    response = petra.post(
        LIST,
        {"action": "ship_selected", "_selected_action": [ready.pk, new.pk], "confirmed": "1"},
        follow=True,
    )
    ready.refresh_from_db()
    new.refresh_from_db()
    assert (ready.state, new.state) == ("done", "new")
    assert "LIPA-2: it is new" in response.content.decode()
