"""Writing prices to the stand-in shop: a sale is an offer of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shops.records import PriceRecord, Sale
from tests.platforms.driving import errors
from tests.platforms.shoper.connecting import add_products, add_shirt, category, connect
from tests.platforms.shoper.goods import new


def price(pk, regular, sale=None, parent="") -> PriceRecord:
    return PriceRecord(
        remote_id=str(pk), article_id=str(pk), parent_id=parent, regular=Decimal(regular), sale=sale
    )


def sales(shoper) -> list:
    return [(row["product_id"], row["condition_type"], row["stocks"], row["discount"]) for row in shoper.store.rows("specialoffers")]  # fmt: skip


@pytest.mark.requirement("P1", "P2")
def test_a_sale_is_a_discount_from_the_price_with_its_dates(shoper):
    [pk] = add_products(shoper, 1)
    sale = Sale(
        price=Decimal("7.5"),
        valid_from=datetime(2026, 12, 1, tzinfo=UTC),
        valid_to=datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC),
    )
    platform = connect(shoper)
    [result] = platform.update("price", [price(pk, "10", sale)])
    assert (result.error, result.record.sale) == (None, sale)
    [offer] = shoper.store.rows("specialoffers")
    assert (offer["discount"], offer["discount_type"], offer["stocks"]) == (Decimal("2.5"), 2, [pk])
    assert (offer["date_from"], offer["date_to"]) == ("2026-12-01 01:00:00", "2026-12-24 23:59:59")
    assert platform.read_one("price", str(pk)).sale == sale
    [result] = platform.update("price", [price(pk, "10", Sale(price=Decimal(7)))])
    [offer] = shoper.store.rows("specialoffers")
    assert (offer["discount"], offer["date_from"], offer["date_to"]) == (
        3,
        "2000-01-01 00:00:00",
        "2099-12-31 23:59:59",
    )
    assert platform.read_one("price", str(pk)).sale == Sale(price=Decimal(7))
    platform.update("price", [price(pk, "10", Sale())])
    assert sales(shoper) == []


def test_a_new_price_keeps_the_sale_price(shoper):
    [pk] = add_products(shoper, 1)
    platform = connect(shoper)
    platform.update("price", [price(pk, "10", Sale(price=Decimal(8)))])
    platform.update("price", [price(pk, "20", Sale(price=Decimal(8)))])
    assert [row["discount"] for row in shoper.store.rows("specialoffers")] == [12]
    assert platform.can("price").whole  # because the one says nothing without the other


def test_a_sale_that_staff_made_in_the_shop_is_left_alone_where_there_is_no_list_of_sale_prices(shoper):
    [pk] = add_products(shoper, 1)
    shoper.rules.create("specialoffers", {"product_id": pk, "discount": 1, "discount_type": 3, "date_from": "2020-01-01 00:00:00", "date_to": "2090-01-01 00:00:00"})  # fmt: skip
    platform = connect(shoper)
    assert platform.read_one("price", str(pk)).sale.price == Decimal("9.90")
    shoper.forget()
    platform.update("price", [price(pk, "10")])
    assert sales(shoper) == [(pk, 1, [pk], 1)]
    assert shoper.parts == {("PUT", "product-stocks"): 1}


def test_each_variant_has_a_sale_of_its_own(shoper):
    product = add_shirt(shoper, "S", "M")
    platform = connect(shoper)
    small, medium = (price(pk, "20", Sale(price=Decimal(15)), parent=str(product)) for pk in (2, 3))
    platform.update("price", [small, medium])
    assert sales(shoper) == [(product, 2, [2], 5), (product, 2, [3], 5)]
    platform.update("price", [price(2, "20", Sale(), parent=str(product))])
    assert sales(shoper) == [(product, 2, [3], 5)]
    assert shoper.store.tables["product-stocks"][2]["price_type"] == 1


def test_an_offer_for_several_variants_stays_for_the_others(shoper):
    product = add_shirt(shoper, "S", "M")
    shoper.rules.create("specialoffers", {"product_id": product, "discount": 4, "discount_type": 2, "condition_type": 2, "stocks": [2, 3], "date_from": "2020-01-01 00:00:00", "date_to": "2090-01-01 00:00:00"})  # fmt: skip
    connect(shoper).update("price", [price(2, "20", Sale(price=Decimal(19)), parent=str(product))])
    assert sorted(sales(shoper)) == [(product, 2, [2], 1), (product, 2, [3], 4)]


def test_a_sale_above_the_price_and_a_price_below_zero_are_not_sent(shoper):
    ids = add_products(shoper, 2)
    platform = connect(shoper)
    platform.client.get("application-version")
    shoper.forget()
    wanted = [price(ids[0], "10", Sale(price=Decimal(12))), price(ids[1], "-1")]
    assert errors(platform.update("price", wanted)) == ["sale_not_lower", "price_negative"]
    assert shoper.writes == []


def test_new_articles_bring_their_sale_along(shoper):
    place = category(shoper)
    wanted = new(2, place, price=PriceRecord(regular=Decimal(10), sale=Sale(price=Decimal(9))))
    results = connect(shoper).create("article", wanted)
    assert [row["discount"] for row in shoper.store.rows("specialoffers")] == [1, 1]
    assert {one.sale.price for result in results for one in result.carried if one.kind == "price"} == {9}
