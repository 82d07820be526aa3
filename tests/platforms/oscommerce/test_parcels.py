"""Parcels of orders: the comment of a row of history, which the customer reads in the account."""

from __future__ import annotations

import pytest

from shops.records import OrderStatusChange, ParcelRecord
from tests.peers.oscommerce.checkout import buy
from tests.peers.oscommerce.store import Store
from tests.platforms.oscommerce.ways import Log, platform

pytestmark = [pytest.mark.service, pytest.mark.requirement("L2", "S7")]


@pytest.fixture
def order(shop: Store) -> int:
    customer = shop.add_customer("ana@example.test", "Ana", "Novak")
    return buy(shop, customer, (shop.add_product("TEA", quantity=5), 1))


def shipped(order: int, *numbers: str, status: str | None = None, **more) -> OrderStatusChange:
    parcels = tuple(
        ParcelRecord(key=number, carrier="GLS", number=number, url="https://gls.example/t", **more)
        for number in numbers
    )
    return OrderStatusChange(remote_id=str(order), status_id=status, parcels=parcels)


def told(shop: Store, order: int) -> list[tuple[int, int, str]]:
    rows = shop.rows("orders_status_history", orders_id=order)
    return [(row["orders_status_id"], row["customer_notified"], row["comments"]) for row in rows[1:]]


def test_parcels_and_status_are_one_row_of_history(shop: Store, order: int):
    osc = platform(shop, language="en")
    [result] = osc.update("order", [shipped(order, "01", "02", status="3")])
    assert (result.error, shop.row("orders", orders_id=order)["orders_status"]) == (None, 3)
    text = "Your parcel is on its way: GLS {}. https://gls.example/t"
    assert told(shop, order) == [(3, 0, f"{text.format('01')}\n{text.format('02')}")]


def test_a_later_parcel_stands_under_the_status_that_the_order_has(shop: Store, order: int):
    osc = platform(shop)
    osc.update("order", [shipped(order, "01", status="3")])
    [result] = osc.update("order", [shipped(order, "02")])
    assert (result.error, result.record.status_id) == (None, "3")
    assert [(status, "02" in text) for status, _mailed, text in told(shop, order)] == [(3, False), (3, True)]


def test_a_parcel_in_doubt_is_told_only_if_it_was_not(shop: Store, order: int):
    osc = platform(shop)
    osc.update("order", [shipped(order, "01", status="3")])
    again = shipped(order, "01", "02", status="3", doubtful=True)
    assert [result.error for result in osc.update("order", [again])] == [None]
    assert [("01" in text, "02" in text) for _status, _mailed, text in told(shop, order)] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.requirement("E3")
def test_a_hundred_orders_with_parcels_take_three_statements(shop: Store, order: int):
    customer = shop.row("orders", orders_id=order)["customers_id"]
    product = shop.add_product("MUG", quantity=500)
    orders = [buy(shop, customer, (product, 1)) for _n in range(100)]
    log = Log()
    osc = platform(shop, log)
    osc.facts()
    osc.update("order", [shipped(order, "0", status="3")])
    log.clear()
    results = osc.update("order", [shipped(one, f"P{one}", status="3") for one in orders])
    assert [result.error for result in results] == [None] * 100
    assert log.statements == ["orders.now", "orders.set_status", "orders.note_status"]
