"""The order's page: how far it is, its neighbours in the queue, what was sent to the shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from orders.models import Order, SalesChannel
from orders.services import decisions
from orders.services.payments import book_payment
from orders.services.work import finish_documents
from shops.models import Change, Run
from tests.factories import make_run, make_shop
from tests.orders.drafts import draft, line
from tests.orders.office import staff


@pytest.fixture
def petra(clerk) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def page(client: Client, order: Order, query: str = "") -> dict:
    return client.get(f"/orders/order/{order.pk}/change/{query}").context["page"]


def stations(client: Client, order: Order) -> dict[str, str]:
    return {station.label: station.state for station in page(client, order)["stations"]}


@pytest.mark.requirement("D6")
def test_one_station_is_lit_and_it_is_the_next_step(make_accepted, channel, petra, clerk):
    SalesChannel.objects.filter(pk=channel.pk).update(becomes=SalesChannel.Becomes.BOTH, as_draft=True)
    order = make_accepted()
    assert stations(petra, order) == {
        "Received": "done",
        "Checked": "done",
        "Paid": "later",
        "Documents": "now",
        "Shipped": "later",
        "Done": "later",
    }
    finish_documents([order.pk], by=clerk)
    found = stations(petra, order)
    assert (found["Documents"], found["Shipped"]) == ("done", "now")
    assert page(petra, order)["ship_button"]["primary"] is True
    assert {row.available for row in page(petra, order)["lines"]} == {"has left"}
    decisions.ship_orders([order.pk], by=clerk)
    found = stations(petra, order)
    assert (found["Shipped"], found["Paid"], found["Done"]) == ("done", "now", "later")
    book_payment(order, order.total)
    assert set(stations(petra, order).values()) == {"done"}
    assert page(petra, order)["pay_button"] is None


def test_one_leafs_through_the_queue_from_which_one_came(make_accepted, petra, clerk):
    at = draft(line("MUG")).placed_at
    first, second, third = (
        make_accepted(number=str(n), placed_at=at - timedelta(days=n)) for n in range(1, 4)
    )
    found = page(petra, second)["neighbours"]
    assert found.queue == "To ship"
    assert (f"/{first.pk}/" in found.before, f"/{third.pk}/" in found.after) == (True, True)
    decisions.park_order(third.pk, reason="x", by=clerk)
    assert page(petra, second)["neighbours"].after == ""
    assert page(petra, third)["neighbours"].queue == "Parked"
    kept = page(petra, third, "?_changelist_filters=queue%3Dunpaid")["neighbours"]
    assert kept.queue == "Unpaid"
    assert f"/{second.pk}/" in kept.before
    decisions.cancel_order(third.pk, reason="x", by=clerk)
    assert page(petra, third)["neighbours"] is None


def test_the_customers_orders_are_counted_up(make_accepted, petra):
    at = draft(line("MUG")).placed_at
    first = make_accepted(number="1", placed_at=at)
    assert page(petra, first)["customer_orders"] == "the only order of this customer"
    second = make_accepted(number="2", placed_at=at + timedelta(days=1))
    assert page(petra, second)["customer_orders"] == "order 2 of 2 of this customer"


@pytest.mark.requirement("E3")
def test_the_time_line_tells_what_went_to_the_shop(make_accepted, petra):
    order = make_accepted()
    run = make_run(make_shop("lipa", name="Lipa SI"), Run.Job.EXPORT_STATUSES)
    common = {"run": run, "kind": "order", "verb": Change.Verb.UPDATE_SHOP, "local_id": order.pk}
    Change.objects.create(**common, state="done", fields={"status": ["on-hold", "processing"]})
    Change.objects.create(**common, state="refused", fields={"status": ["x", "y"]}, message="It is locked.")
    sentences = [row.sentence for _day, rows in page(petra, order)["days"] for row in rows]
    assert "Sent to Lipa SI: status: processing." in sentences
    assert "Not taken by Lipa SI: status: y. It is locked." in sentences


def test_a_reader_sees_no_buttons(make_accepted):
    order = make_accepted()
    found = page(staff("view_order", username="reader"), order)
    assert (found["pay_button"], found["ship_button"]) == (None, None)
