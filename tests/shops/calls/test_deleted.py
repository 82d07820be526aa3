"""The shop calls that it has deleted an order: it stays here, and what it kept back is given free as the rules say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from inventory.models import StockLevel, Warehouse
from orders.models import Address, Order, OrderEvent
from orders.services.decisions import take_theirs
from orders.services.documents import close_document, draft_for_order
from shops.models import IncomingOrder, RemoteElement, Run
from shops.services import hearing
from tests.factories import make_article, make_company, make_stock, make_vat_rate, make_warehouse
from tests.shops.calls.calling import hear

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O9", "O12")]


@pytest.fixture
def order(shop, listener, caller) -> Order:
    """Placed in the shop and read here; one shirt of ten is kept back."""
    make_company(street="Lipova 1", city="Celje", vat_id="SI15012557")
    make_vat_rate("22")
    make_stock(make_article("MUG-1"), Warehouse.objects.first() or make_warehouse(), 10)
    shop.accept_orders = True
    shop.save()
    place(caller)
    hear(shop)
    assert reserved() == 1
    return Order.objects.get()


def place(caller) -> int:
    mug = {"sku": "MUG-1", "name": "Mug", "regular_price": "10"}
    product = caller.api.call("POST", "/products", mug)
    assert product.status == 201, product.json
    lines = [{"product_id": product.json["id"], "quantity": 1}]
    made = caller.api.call("POST", "/orders", {"line_items": lines, "status": "processing"})
    assert made.status == 201, made.json
    caller.deliver()
    return int(made.json["id"])


def reserved() -> Decimal:
    return StockLevel.objects.get().reserved


def delete(caller, order: Order) -> None:
    assert caller.api.call("DELETE", f"/orders/{order.source_id}").status == 200
    assert caller.deliver() == [200]


def kinds(order: Order) -> list[str]:
    return list(order.events.order_by("pk").values_list("kind", flat=True))


def test_a_deleted_order_stays_here_cancelled_and_gives_its_goods_free(shop, order, caller):
    delete(caller, order)
    (run,) = hear(shop)
    order.refresh_from_db()
    assert run.state == "done"
    assert (order.state, order.state_reason, reserved()) == ("cancelled", f"Deleted in {shop.name}.", 0)
    assert kinds(order)[-2:] == [OrderEvent.Kind.GONE, OrderEvent.Kind.CANCELLED]
    assert order.events.get(kind=OrderEvent.Kind.GONE).sentence == f"Deleted in {shop.name}. It stays here."
    element = RemoteElement.objects.get(kind="order")
    assert (element.state, element.local_id) == ("gone", None)
    caller.api.call("PUT", f"/orders/{order.source_id}", {"customer_note": "x"})  # nothing else comes of it
    events = order.events.count()
    hearing.start_hearing(shop.pk)
    assert order.events.count() == events


def test_where_statuses_are_not_followed_a_person_decides(shop, order, caller, admin_user, monkeypatch):
    monkeypatch.setattr("shops.sync.local.base.calls_are_heard", lambda *args: False)
    delete(caller, order)
    hear(shop)
    order.refresh_from_db()
    assert (order.state, reserved()) == ("accepted", 1)
    assert order.differences == [{"field": "cancelled", "here": "", "shop": "yes"}]
    take_theirs(order.pk, by=admin_user)
    order.refresh_from_db()
    assert (order.state, reserved(), order.differences) == ("cancelled", 0, [])


def test_an_invoiced_order_is_not_cancelled_and_says_so(shop, order, caller):
    order.billing = Address.objects.create(last_name="Novak", country="SI")
    order.save()
    close_document(draft_for_order(order.pk, "invoice", by=None).pk, by=None)
    delete(caller, order)
    hear(shop)
    order.refresh_from_db()
    assert (order.state, kinds(order)[-1]) == ("accepted", OrderEvent.Kind.GONE)
    assert [one["field"] for one in order.differences] == ["cancelled"]


def test_told_once_and_again_only_after_it_came_back(shop, order, caller):
    delete(caller, order)
    hear(shop)
    for _again in range(2):
        order_call(shop, order)
        hear(shop)
    assert kinds(order).count(OrderEvent.Kind.GONE) == 1
    # Out of the trash again: it is shown that the shop goes on with it, and it stays cancelled here.
    assert caller.api.call("PUT", f"/orders/{order.source_id}", {"status": "processing"}).status == 200
    order_call(shop, order)
    Run.objects.update(
        created_at=timezone.now() - timedelta(minutes=2)
    )  # what is read too often in a minute rests
    hear(shop)
    order.refresh_from_db()
    assert (order.state, [one["shop"] for one in order.differences]) == ("cancelled", [""])
    assert RemoteElement.objects.get(kind="order").local_id == order.pk


def test_put_into_the_trash_twice_is_two_deletions_although_the_bytes_are_the_same(shop, order, caller):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        delete(caller, order)
        hear(shop)
        clock.shift(timedelta(minutes=2))
        assert caller.api.call("PUT", f"/orders/{order.source_id}", {"status": "processing"}).status == 200
        caller.deliver()
        hear(shop)
        element = RemoteElement.objects.get(kind="order")
        assert element.state == "present"
        clock.shift(timedelta(minutes=2))
        assert caller.api.call("DELETE", f"/orders/{order.source_id}").status == 200
        said = caller.take()
        assert caller.deliver(said=said) == [200]
        assert len(hear(shop)) == 1
        element.refresh_from_db()
        assert element.state == "gone"
        # The same once more, and nothing else in between: a repeat, which is counted only.
        assert caller.deliver(said=said) == [200]
        call = shop.shop_calls.get(verb="deleted")
        assert (call.times, call.state) == (3, "taken")
        assert hear(shop) == []


def order_call(shop, order: Order) -> None:
    shop.shop_calls.create(
        topic="order.deleted",
        kind="order",
        verb="deleted",
        remote_id=order.source_id,
        key=f"{order.source_id}-{shop.shop_calls.count()}",
    )


def test_an_order_that_is_over_keeps_its_state(shop, order, caller):
    Order.objects.update(state=Order.State.DONE)
    delete(caller, order)
    hear(shop)
    order.refresh_from_db()
    assert (order.state, order.differences, kinds(order)[-1]) == ("done", [], OrderEvent.Kind.GONE)


def test_an_order_that_waited_is_not_waited_for_any_more(shop, listener, caller):
    make_company()
    shop.unknown_articles = "park"
    shop.save()
    number = place(caller)
    hear(shop)
    assert IncomingOrder.objects.get().state == "parked"
    assert caller.api.call("DELETE", f"/orders/{number}").status == 200
    caller.deliver()
    hear(shop)
    row = IncomingOrder.objects.get()
    assert (row.state, row.message, Order.objects.exists()) == (
        "left_out",
        "It was deleted in the shop.",
        False,
    )
