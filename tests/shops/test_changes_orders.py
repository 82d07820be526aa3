"""Statuses and parcels of orders go back to their shop within seconds, each once; and a sale there is no change here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from inventory.models import StockLevel
from orders.errors import OrderRefused
from orders.models import Order, OrderEvent, OrderStatus, SalesChannel, Shipment
from orders.services.decisions import accept_orders, ship_orders
from orders.services.ship import ship_order
from orders.services.statuses import set_status
from shops.models import ChangeMark, RemoteElement, Run, Shop, ShopSchedule
from shops.services.changes import push_changes, push_everything
from shops.services.schedules import ensure_schedules
from tests import factories as make
from tests.peers.woocommerce import DemoShop, woo
from tests.shops.sync.conftest import _no_waiting, catalogue, kontor_leads, set_rules, shop, sync
from tests.shops.sync.test_orders import buy
from tests.shops.test_changes import quantity, settle, work

__all__ = ["_no_waiting", "catalogue", "shop", "sync", "woo"]
pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture
def petra() -> User:
    return User.objects.create(username="petra")


@pytest.fixture
def selling(shop: Shop, woo: DemoShop, catalogue: list, sync: Callable[..., Run]) -> DemoShop:
    """Synchronised, with processing and completed mapped; stock and statuses go into the shop by the matrix."""
    kontor_leads(shop)
    set_rules(shop, order={"linked": "here", "import_here": True}, order_status={"linked": "shop"})
    sync()
    for remote_id, name, kind in (
        ("processing", "In preparation", "processing"),
        ("completed", "Shipped", "shipped"),
        ("cancelled", "Cancelled", "cancelled"),
    ):
        status = make.make_order_status(name, kind=kind)
        RemoteElement.objects.filter(shop=shop, kind="order_status", remote_id=remote_id).update(
            local_id=status.pk
        )
    push_everything()
    seen_long_ago()
    woo.reset_counts()
    return woo


def seen_long_ago() -> None:
    settle()
    RemoteElement.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    now = timezone.now()
    Order.objects.update(changed_at=now - timedelta(minutes=5))
    ChangeMark.objects.update(orders_to=now - timedelta(minutes=1))


def ordered(woo: DemoShop, sync: Callable[..., Run], **fields: Any) -> Order:
    number = buy(woo, **({"status": "processing"} | fields))
    assert sync("import_orders").state == "done"
    return Order.objects.get(source_id=str(number))


def notes(woo: DemoShop, order: Order) -> list[dict[str, Any]]:
    """The notes of an order about parcels."""
    rows = [row for row in woo.state.notes.values() if row["order_id"] == int(order.source_id)]
    return [row for row in rows if "parcel" in row["note"]]


def told(woo: DemoShop, order: Order) -> list[str]:
    return [row["note"] for row in notes(woo, order) if row["customer_note"]]


@pytest.mark.requirement("O7", "P4")
def test_a_sale_in_the_shop_causes_no_write(selling, sync, catalogue):
    """It lowered its own number; ours fell by the reservation: both are the same again."""
    order = ordered(selling, sync, sku="ART-001", quantity=2)
    assert quantity(selling, "ART-001") == 3
    assert StockLevel.objects.get(article=catalogue[0]).reserved == 2
    assert push_changes() == []
    assert "/products/batch" not in {asked.route for asked in selling.writes}
    assert order.state == Order.State.NEW


def test_a_sale_that_may_have_been_seen_already_is_written_once(selling, sync, catalogue):
    RemoteElement.objects.filter(kind="stock").update(seen_at=timezone.now() - timedelta(seconds=20))
    ordered(selling, sync)
    assert [run.job for run in work(push_changes())] == ["export_stock"]
    assert quantity(selling, "ART-001") == 3
    assert push_changes() == []


def test_a_number_seen_after_the_sale_is_believed(selling, sync, shop, catalogue):
    number = buy(selling, status="processing")
    RemoteElement.objects.filter(kind="stock", local_id=catalogue[0].pk).update(
        seen_value=3, seen_at=timezone.now() + timedelta(hours=1)
    )
    sync("import_orders")
    assert Order.objects.get().source_id == str(number)
    assert push_changes() == []


def test_a_sale_cancelled_in_the_shop_causes_no_write(selling, sync, shop, catalogue):
    shop.update_known_status = True
    shop.save()
    order = ordered(selling, sync)
    seen_long_ago()
    selling.api.orders.update(selling.state.orders[int(order.source_id)], {"status": "cancelled"})
    sync("import_orders")
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    assert (quantity(selling, "ART-001"), StockLevel.objects.get(article=catalogue[0]).reserved) == (5, 0)


@pytest.mark.requirement("P4")
def test_a_shop_that_leads_keeps_its_own_open_orders_out_of_the_count(selling, sync, shop, catalogue):
    """What it shows is what it may still sell; the goods of its orders lie in the warehouse besides."""
    set_rules(shop, stock={"linked": "here"})
    shop.download_warehouse = shop.warehouses.get()
    shop.save()
    ordered(selling, sync, sku="ART-001", quantity=2)
    sync()
    level = StockLevel.objects.get(article=catalogue[0])
    assert (level.on_hand, level.reserved, quantity(selling, "ART-001")) == (D(5), D(2), 3)
    assert not catalogue[0].movements.filter(kind="shop").exists()


@pytest.mark.requirement("E1", "O8")
def test_a_status_set_here_goes_to_the_shop_at_once(selling, sync, shop, petra):
    order = ordered(selling, sync)
    selling.reset_counts()
    set_status([order.pk], OrderStatus.objects.get(name="Shipped"), by=petra)
    runs = work([run for run in push_changes() if run.job == "export_statuses"])
    assert [(run.trigger, run.state, run.lane) for run in runs] == [("change", "done", "orders")]
    assert selling.state.orders[int(order.source_id)]["status"] == "completed"
    assert selling.calls["POST", "/orders/batch"] == 1
    assert len(selling.requests) == 2  # and which statuses the shop has
    order.refresh_from_db()
    assert order.state == Order.State.DONE
    assert push_changes() == []
    sync("import_orders")
    assert push_changes() == []  # our own status comes back, and is no change


@pytest.mark.requirement("O14")
def test_statuses_that_the_matrix_leaves_alone_stay_here(selling, sync, shop, petra):
    set_rules(shop, order_status={"linked": "nothing"})
    order = ordered(selling, sync)
    set_status([order.pk], OrderStatus.objects.get(name="Shipped"), by=petra)
    assert [run.job for run in push_changes()] in ([], ["export_stock"])
    assert selling.state.orders[int(order.source_id)]["status"] == "processing"


@pytest.mark.requirement("O14")
def test_without_its_tick_no_status_goes_by_itself(selling, sync, shop, petra):
    order = ordered(selling, sync)
    ensure_schedules(shop)
    tick = ShopSchedule.objects.filter(shop=shop, job="export_statuses")
    tick.update(active=False)
    seen_long_ago()
    set_status([order.pk], OrderStatus.objects.get(name="Shipped"), by=petra)
    assert "export_statuses" not in {run.job for run in (*push_changes(), *push_everything())}
    tick.update(active=True)
    assert sync("export_statuses").state == "done"
    assert selling.state.orders[int(order.source_id)]["status"] == "completed"


def test_a_status_that_the_shop_changed_itself_is_not_set_back(selling, sync, shop, petra):
    order = ordered(selling, sync)
    selling.api.orders.update(selling.state.orders[int(order.source_id)], {"status": "on-hold"})
    sync("import_orders")
    order.refresh_from_db()
    Order.objects.filter(pk=order.pk).update(note="Seen", changed_at=timezone.now())
    assert [run.job for run in push_changes()] == []


@pytest.mark.requirement("L2", "O8")
def test_a_parcel_is_told_with_the_status_and_once(selling, sync, shop, petra):
    order = ordered(selling, sync)
    accept_orders([order.pk], by=petra)
    selling.reset_counts()
    ship_order(
        order.pk,
        carrier="GLS",
        tracking_number="0123456",
        tracking_url="https://gls.example/0123456",
        by=petra,
    )
    order.refresh_from_db()
    assert (order.state, order.status.name) == (Order.State.DONE, "Shipped")
    work(push_changes())
    row = selling.state.orders[int(order.source_id)]
    assert row["status"] == "completed"
    assert [meta["value"] for meta in row["meta_data"] if meta["key"].startswith("_kontor_parcel")] == [
        "GLS 0123456 https://gls.example/0123456"
    ]
    assert told(selling, order) == ["Your parcel is on its way: GLS 0123456. https://gls.example/0123456"]
    assert Shipment.objects.get().told_at is not None
    assert selling.calls["POST", "/orders/{order_id}/notes"] == 1
    ship_order(order.pk, carrier="GLS", tracking_number="0123456", by=petra)  # the same parcel once more
    work(push_changes())
    assert len(told(selling, order)) == 1


def test_a_later_parcel_is_told_without_touching_the_status(selling, sync, shop, petra):
    order = ordered(selling, sync)
    accept_orders([order.pk], by=petra)
    ship_order(order.pk, carrier="GLS", tracking_number="1", by=petra)
    work(push_changes())
    selling.reset_counts()
    ship_order(order.pk, carrier="GLS", tracking_number="2", by=petra)
    (run,) = work(push_changes())
    assert run.changes.get().fields == {"parcels": ["", "GLS 2"]}
    assert selling.state.orders[int(order.source_id)]["status"] == "completed"
    assert told(selling, order)[1:] == ["Your parcel is on its way: GLS 2."]
    assert "GET" not in {asked.method for asked in selling.requests}


@pytest.mark.parametrize("kind", ["commit_then_drop", "commit_then_answer"])
def test_a_parcel_is_not_told_twice_after_a_time_out(selling, sync, shop, petra, kind):
    order = ordered(selling, sync)
    accept_orders([order.pk], by=petra)
    ship_order(order.pk, carrier="GLS", tracking_number="0123456", by=petra)
    route = "/orders/{order_id}/notes"
    selling.fault(kind, method="POST", route=route, times=1, **({"status": 504} if "answer" in kind else {}))
    work(push_changes())
    assert told(selling, order) == ["Your parcel is on its way: GLS 0123456."]
    assert selling.calls["POST", route] == 1
    assert selling.calls["GET", route] == 1
    assert Shipment.objects.get().told_at is not None


@pytest.mark.parametrize(("option", "written"), [("private", [False]), ("none", [])])
def test_the_shop_need_not_mail_the_customer(selling, sync, shop, petra, option, written):
    shop.options |= {"parcel_note": option}
    shop.save()
    order = ordered(selling, sync)
    accept_orders([order.pk], by=petra)
    ship_order(order.pk, carrier="GLS", tracking_number="1", by=petra)
    work(push_changes())
    assert [bool(note["customer_note"]) for note in notes(selling, order)] == written
    assert Shipment.objects.get().told_at is not None


def test_an_unmapped_status_says_so_once(selling, sync, shop, petra):
    order = ordered(selling, sync)
    odd = make.make_order_status("At the painter's", kind="processing")
    set_status([order.pk], odd, by=petra)
    (run,) = work(push_changes())
    assert run.state == "partly"
    assert "At the painter's" in run.changes.get().message
    Run.objects.update(finished_at=timezone.now() - timedelta(minutes=5))
    Order.objects.update(changed_at=timezone.now() - timedelta(minutes=5))
    assert push_changes() == []


def test_marking_many_as_shipped_moves_status_and_goods(selling, sync, shop, petra, catalogue):
    orders = [ordered(selling, sync, sku="ART-001", quantity=1) for _n in range(2)]
    accept_orders([order.pk for order in orders], by=petra)
    ship_orders([order.pk for order in orders], by=petra)
    selling.reset_counts()
    work(push_changes())
    assert {selling.state.orders[int(order.source_id)]["status"] for order in orders} == {"completed"}
    assert selling.calls["POST", "/orders/batch"] == 1
    level = StockLevel.objects.get(article=catalogue[0])
    assert (level.on_hand, level.reserved, quantity(selling, "ART-001")) == (D(3), D(0), 3)
    assert "/products/batch" not in {asked.route for asked in selling.writes}


def test_the_channel_names_the_status_of_shipped_orders(petra):
    packed = make.make_order_status("With the carrier", kind="done", position=9)
    make.make_order_status("Shipped", kind="shipped")
    SalesChannel.objects.create(code="lipa", shipped_status=packed)
    order = make.make_order(source="lipa", state=Order.State.ACCEPTED)
    ship_order(order.pk, by=petra)
    order.refresh_from_db()
    assert order.status == packed
    assert order.events.order_by("id").first().sentence == "Status: – → With the carrier."
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("state", [Order.State.NEW, Order.State.PARKED, Order.State.CANCELLED])
def test_only_accepted_orders_are_shipped(petra, state):
    order = make.make_order(state=state)
    with pytest.raises(OrderRefused) as caught:
        ship_order(order.pk, carrier="GLS", tracking_number="1", by=petra)
    assert caught.value.cure
    assert not Shipment.objects.exists()
    assert not OrderEvent.objects.exists()
