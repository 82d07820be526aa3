"""Parcels into the stand-in shop: tracking first, then the status; each parcel once."""

from __future__ import annotations

import pytest

from backoffice.lib.errors import KontorError, RemoteDown
from shops.records import OrderStatusChange, ParcelRecord
from tests.platforms.driving import errors, write
from tests.platforms.shoper.connecting import add_products, connect

SENT = "7"  # what the shop makes of an order when its parcel is sent

pytestmark = pytest.mark.requirement("L2", "S4")


def ordered(shoper, count: int = 1) -> list[dict]:
    add_products(shoper, 1)
    return [shoper.store.place_order([("SKU-0001", 1)]) for _n in range(count)]


def shipped(order, *numbers: str, status: str | None = None, **more) -> OrderStatusChange:
    parcels = tuple(
        ParcelRecord(key=str(n), carrier="GLS", number=one, **more) for n, one in enumerate(numbers)
    )
    return OrderStatusChange(remote_id=str(order["order_id"]), status_id=status, parcels=parcels)


def codes(shoper, order) -> list[str]:
    return [row["shipping_code"] for row in shoper.store.rows("parcels", order_id=order["order_id"])]


def test_a_parcel_goes_with_its_number_and_then_the_status(shoper):
    [order] = ordered(shoper)
    [result] = connect(shoper).update("order", [shipped(order, "0123", status="11")])
    assert (result.error, result.record.status_id, order["status_id"]) == (None, "11", 11)
    [parcel] = shoper.store.rows("parcels")
    assert (parcel["shipping_code"], parcel["sent"], parcel["shipping_id"]) == (
        "0123",
        1,
        order["shipping_id"],
    )
    assert parcel["products"] == [{"order_product_id": 1, "quantity": 1}]
    written = [part for asked in shoper.asked for part in asked.parts if part[0] in ("POST", "PUT")]
    assert [part for part in written if part[1] != "auth"] == [("POST", "parcels"), ("PUT", "orders")]


def test_the_status_that_the_parcel_brings_is_not_sent_again(shoper):
    [order] = ordered(shoper)
    [result] = connect(shoper).update("order", [shipped(order, "0123", status=SENT)])
    assert (result.error, result.record.status_id, order["status_id"]) == (None, SENT, 7)
    assert shoper.parts["PUT", "orders"] == 0


def test_without_a_new_status_here_the_shop_moves_its_order_itself(shoper):
    [order] = ordered(shoper)
    [result] = connect(shoper).update("order", [shipped(order, "0123")])
    assert (result.error, result.record.status_id) == (None, SENT)


@pytest.mark.requirement("E3")
def test_fifty_orders_with_two_parcels_each_take_eight_requests(shoper):
    orders = ordered(shoper, 50)
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    wanted = [
        shipped(order, f"{order['order_id']}-a", f"{order['order_id']}-b", status="11") for order in orders
    ]
    assert errors(write(platform, "update", "order", wanted)) == [""] * 50
    # For each 25 orders: one look, two for their parcels, one for their statuses.
    assert dict(shoper.calls) == {("POST", "bulk"): 8}
    assert shoper.parts["POST", "parcels"] == 100
    assert {order["status_id"] for order in orders} == {11}


@pytest.mark.parametrize("kind", ["commit_then_drop", "commit_then_answer"])
def test_an_unanswered_parcel_is_known_again_by_its_number(shoper, kind):
    [order] = ordered(shoper)
    platform = connect(shoper)
    shoper.fault(kind, method="POST", resource="parcels", status=504)
    with pytest.raises(KontorError):
        platform.update("order", [shipped(order, "0123", status="11")])
    assert (codes(shoper, order), order["status_id"]) == (["0123"], 7)
    [result] = platform.update("order", [shipped(order, "0123", status="11", doubtful=True)])
    assert (result.error, codes(shoper, order), order["status_id"]) == (None, ["0123"], 11)


def test_half_a_bulk_is_completed(shoper):
    [order] = ordered(shoper)
    platform = connect(shoper)
    shoper.fault("half_bulk", method="POST", resource="parcels")
    wanted = [shipped(order, "a", "b", status="11")]
    with pytest.raises(RemoteDown):
        platform.update("order", wanted)
    assert errors(platform.update("order", wanted)) == [""]
    assert codes(shoper, order) == ["a", "b"]


def test_a_parcel_that_staff_entered_in_the_shop_is_not_entered_again(shoper):
    [order] = ordered(shoper)
    shoper.rules.create("parcels", {"order_id": order["order_id"], "shipping_id": 2, "shipping_code": "0123", "sent": True})  # fmt: skip
    assert errors(connect(shoper).update("order", [shipped(order, "0123", "0124")])) == [""]
    assert codes(shoper, order) == ["0123", "0124"]


def test_a_parcel_without_a_number_is_repeated_only_while_in_doubt(shoper):
    [order] = ordered(shoper)
    platform = connect(shoper)
    for doubtful, there in ((False, [""]), (True, [""]), (False, ["", ""])):
        assert errors(platform.update("order", [shipped(order, "", doubtful=doubtful)])) == [""]
        assert codes(shoper, order) == there


def test_what_is_refused_of_one_order_keeps_back_nobody(shoper):
    first, second, third = ordered(shoper, 3)
    first["parent_order_id"] = 99  # put together with another
    second["shipping_id"] = None
    wanted = [
        shipped(first, "a", status="11"),
        shipped(second, "b", status="11"),
        shipped(third, "c", status="11"),
    ]
    gone = OrderStatusChange(remote_id="999", parcels=(ParcelRecord(key="9", number="z"),))
    results = connect(shoper).update("order", [*wanted, gone])
    assert errors(results) == ["invalid_request", "no_shipping", "", "gone"]
    assert [order["status_id"] for order in (first, second, third)] == [1, 1, 11]
    assert [row["shipping_code"] for row in shoper.store.rows("parcels")] == ["c"]
    assert all(result.error.cure for result in results if result.error)
