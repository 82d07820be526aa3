"""Writing to the stand-in shop: what is sent, at how many requests, and what becomes of each record."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backoffice.lib.errors import Retriable, UnexpectedAnswer, Unsupported
from shops.records import (
    ArticleRecord,
    CategoryRecord,
    CustomerRecord,
    OrderStatusChange,
    PriceRecord,
    ProducerRecord,
    Sale,
    StockRecord,
)
from tests.peers.woocommerce import add_products
from tests.platforms.woocommerce.connecting import connect
from tests.platforms.woocommerce.engine import (
    errors,
    full,
    now,
    order,
    pages,
    records,
    stock_of,
    variable,
    write,
)

# Budgets


@pytest.mark.requirement("E3")
def test_a_thousand_stock_levels_take_ten_requests_and_nothing_else(woo):
    products = add_products(woo.state, 1000)
    woo.reset_counts()
    results = write(connect(woo), "update", "stock", stock_of(products, 7))
    assert dict(woo.calls) == {("POST", "/products/batch"): 10}
    assert errors(results) == [""] * 1000
    assert {one.stock_quantity for one in now(woo, products)} == {7}
    assert [asked.items for asked in woo.writes] == [100] * 10
    assert woo.writes[0].body["update"][0] == {
        "id": products[0].id,
        "manage_stock": True,
        "stock_quantity": 7,
    }


@pytest.mark.requirement("E3")
def test_a_thousand_prices_take_ten_requests_and_nothing_else(woo):
    products = add_products(woo.state, 1000)
    wanted = [PriceRecord(remote_id=str(one.id), regular=Decimal("4.9")) for one in products]
    woo.reset_counts()
    assert errors(write(connect(woo), "update", "price", wanted)) == [""] * 1000
    assert dict(woo.calls) == {("POST", "/products/batch"): 10}
    assert {one.regular_price for one in now(woo, products)} == {"4.90"}


@pytest.mark.requirement("E3")
def test_a_thousand_new_products_take_ten_requests_after_a_read_and_twelve_before_one(woo):
    def new(prefix):
        return [
            ArticleRecord(sku=f"{prefix}{number}", name=f"Artikel {number}", vat_rate_id="1", active=True)
            for number in range(1000)
        ]

    platform = connect(woo)
    woo.reset_counts()
    results = write(platform, "create", "article", new("A"))
    assert errors(results) == [""] * 1000
    assert dict(woo.calls) == {
        ("POST", "/products/batch"): 10,
        ("GET", "/taxes"): 1,
        ("GET", "/settings/{group}"): 1,
    }
    woo.reset_counts()
    assert errors(write(platform, "create", "article", new("B"))) == [""] * 1000
    assert dict(woo.calls) == {("POST", "/products/batch"): 10}
    assert len({result.remote_id for result in results}) == 1000


def test_stock_of_variations_takes_a_request_for_each_parent(woo):
    parents = [variable(woo, *(str(size) for size in range(3)), name=f"V{number}") for number in range(4)]
    products = add_products(woo.state, 5)
    children = [record for record in records(connect(woo), "stock") if record.parent_id]
    wanted = [
        *(
            StockRecord(remote_id=one.remote_id, parent_id=one.parent_id, quantity=Decimal(3))
            for one in children
        ),
        *stock_of(products, 4),
    ]
    woo.reset_counts()
    assert errors(write(connect(woo), "update", "stock", wanted)) == [""] * 17
    assert woo.calls["POST", "/products/batch"] == 1
    assert sum(woo.calls.values()) == 1 + len(parents)


def test_the_size_of_a_group_can_be_lowered_but_not_raised(woo):
    wanted = stock_of(add_products(woo.state, 250), 1)
    for chosen, sizes in (
        ("40", [40] * 6 + [10]),
        ("5000", [100, 100, 50]),
        ("0", [1] * 250),
        ("x", [100, 100, 50]),
    ):
        groups = connect(woo, options={"batch_size": chosen}).batches("stock", "update", wanted)
        assert [len(group) for group in groups] == sizes


def test_products_are_made_before_their_variations_and_deleted_after_them(woo):
    mixed = [ArticleRecord(remote_id="2", parent_id="1"), ArticleRecord(remote_id="1")]
    platform = connect(woo)
    assert platform.batches("article", "create", mixed) == [[1], [0]]
    assert platform.batches("article", "delete", mixed) == [[0], [1]]


# Stock


@pytest.mark.requirement("P4")
def test_stock_is_whole_pieces_rounded_down(woo):
    [product] = add_products(woo.state, 1)
    for sent, stored in (("7.9", 7), ("-0.5", -1), ("0", 0)):
        record = StockRecord(remote_id=str(product.id), quantity=Decimal(sent))
        [result] = connect(woo).update("stock", [record])
        assert result.error is None
        assert result.record.quantity == stored
        assert woo.state.products[product.id].stock_quantity == stored


def test_a_shop_that_does_not_count_says_so_instead_of_ignoring_the_number(woo):
    products = add_products(woo.state, 2)
    for one in products:
        one.manage_stock, one.stock_quantity = False, None
    woo.state.set("woocommerce_manage_stock", "no")
    results = connect(woo).update("stock", stock_of(products, 77))
    assert errors(results) == ["stock_off", "stock_off"]
    assert "Enable stock management" in results[0].error.cure


def test_gone_products_are_refused_one_by_one(woo):
    products = add_products(woo.state, 2)
    wanted = [StockRecord(remote_id="999999", quantity=Decimal(1)), *stock_of(products, 5)]
    results = connect(woo).update("stock", wanted)
    assert [result.error.data.get("gone") if result.error else None for result in results] == [
        "1",
        None,
        None,
    ]
    assert [one.stock_quantity for one in now(woo, products)] == [5, 5]


# Prices


@pytest.mark.requirement("P1", "P2")
def test_a_sale_with_its_dates_goes_in_and_out(woo):
    [product] = add_products(woo.state, 1)
    sale = Sale(
        price=Decimal("9.9"),
        valid_from=datetime(2026, 12, 1, tzinfo=UTC),
        valid_to=datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC),
    )
    record = PriceRecord(remote_id=str(product.id), regular=Decimal("19.9000"), sale=sale)
    platform = connect(woo)
    woo.reset_counts()
    [result] = platform.update("price", [record])
    assert result.error is None
    [sent] = woo.writes[0].body["update"]
    assert sent == {
        "id": product.id,
        "regular_price": "19.90",
        "sale_price": "9.90",
        "date_on_sale_from_gmt": "2026-12-01T00:00:00",
        "date_on_sale_to_gmt": "2026-12-24T22:59:59",
    }
    assert platform.read_one("price", str(product.id)).sale == sale
    [result] = platform.update("price", [PriceRecord(remote_id=str(product.id), sale=Sale())])
    assert result.error is None
    assert platform.read_one("price", str(product.id)).sale == Sale()
    [product] = now(woo, [product])
    assert (product.sale_price, product.sale_from, product.sale_to) == ("", None, None)


def test_four_decimals_are_kept_and_large_numbers_have_no_exponent(woo):
    products = add_products(woo.state, 2)
    wanted = [
        PriceRecord(remote_id=str(products[0].id), regular=Decimal("0.3333")),
        PriceRecord(remote_id=str(products[1].id), regular=Decimal("1.2E+6")),
    ]
    assert errors(connect(woo).update("price", wanted)) == ["", ""]
    assert [one.regular_price for one in now(woo, products)] == ["0.3333", "1200000.00"]


def test_a_sale_above_the_price_is_refused_by_us_because_the_shop_only_drops_it(woo):
    products = add_products(woo.state, 2)
    wanted = [
        PriceRecord(remote_id=str(one.id), regular=Decimal(10), sale=Sale(price=price))
        for one, price in zip(products, (Decimal(12), Decimal(8)), strict=True)
    ]
    results = connect(woo).update("price", wanted)
    assert errors(results) == ["sale_not_lower", ""]
    assert "12.00" in results[0].error.message
    assert results[0].record.sale == Sale()
    assert results[1].record.sale == Sale(price=Decimal("8.00"))


def test_a_price_below_zero_is_not_sent(woo):
    products = add_products(woo.state, 2)
    wanted = [PriceRecord(remote_id=str(one.id), regular=Decimal(-1)) for one in products]
    woo.reset_counts()
    assert errors(connect(woo).update("price", wanted)) == ["price_negative"] * 2
    assert woo.writes == []


# Doubtful answers


@pytest.mark.requirement("E3")
def test_a_create_that_was_done_without_an_answer_is_found_by_its_sku(woo):
    platform = connect(woo)
    wanted = [full(sku=f"X{number}", ean="") for number in range(3)]
    pages(platform, "article")
    woo.fault("commit_then_drop", method="POST", route="/products/batch")
    with pytest.raises(Retriable):
        platform.create("article", wanted)
    found = platform.lookup("article", wanted)
    assert [[one.sku for one in hits] for hits in found] == [["X0"], ["X1"], ["X2"]]
    assert len(records(platform, "article")) == 3


def test_a_group_that_is_too_large_for_the_shop_is_refused_whole(woo):
    products = add_products(woo.state, 2)
    woo.fails("POST", "/products/batch", status=413, code="woocommerce_rest_request_entity_too_large")
    with pytest.raises(UnexpectedAnswer) as caught:
        connect(woo).update("stock", stock_of(products, 1))
    assert caught.value.key == "batch_size"


# Categories, producers, customers, order statuses


def test_categories_from_making_to_deleting(woo):
    platform = connect(woo)
    [root] = platform.create("category", [CategoryRecord(name="Dom & vrt", parent_id="", position=3)])
    [child] = platform.create("category", [CategoryRecord(name="Lonci", parent_id=root.remote_id)])
    assert root.record.name == "Dom & vrt"
    assert (root.record.position, child.record.parent_id) == (3, root.remote_id)
    [again] = platform.create("category", [CategoryRecord(name="Lonci", parent_id=root.remote_id)])
    assert (again.error.key, again.error.data["holder"]) == ("term_exists", child.remote_id)
    [loop] = platform.update(
        "category", [CategoryRecord(remote_id=root.remote_id, parent_id=child.remote_id)]
    )
    assert loop.error.key == "category_loop"
    [moved] = platform.update(
        "category", [CategoryRecord(remote_id=child.remote_id, parent_id="", name="Ponve")]
    )
    assert (moved.error, moved.record.parent_id, moved.record.name) == (None, "", "Ponve")
    wanted = [CategoryRecord(remote_id=one) for one in (child.remote_id, "999999")]
    assert errors(platform.delete("category", wanted)) == ["", ""]


def test_producers(woo):
    platform = connect(woo)
    results = platform.create("producer", [ProducerRecord(name="Lipa"), ProducerRecord(name="Řeka & syn")])
    assert [result.record.name for result in results] == ["Lipa", "Řeka & syn"]
    [renamed] = platform.update(
        "producer", [ProducerRecord(remote_id=results[0].remote_id, name="Lipa d.o.o.")]
    )
    assert renamed.record.name == "Lipa d.o.o."
    assert errors(platform.delete("producer", [ProducerRecord(remote_id=results[1].remote_id)])) == [""]


def test_customers(woo):
    platform = connect(woo)
    wanted = [
        CustomerRecord(email="a@example.org", first_name="Ána", vat_id="SI1"),
        CustomerRecord(email="bad"),
    ]
    made, refused = platform.create("customer", wanted)
    assert (made.record.first_name, made.record.vat_id) == ("Ána", "SI1")
    assert refused.error.key == "customer_invalid_email"
    [taken] = platform.create("customer", [CustomerRecord(email="a@example.org")])
    assert taken.error.data["holder"] == made.remote_id
    [changed] = platform.update("customer", [CustomerRecord(remote_id=made.remote_id, company="Ana d.o.o.")])
    assert (changed.record.company, changed.record.first_name) == ("Ana d.o.o.", "Ána")
    assert errors(platform.delete("customer", [CustomerRecord(remote_id=made.remote_id)])) == [""]
    assert records(platform, "customer") == []


@pytest.mark.requirement("E3")
def test_order_statuses_are_checked_before_they_are_sent(woo):
    first, second = order(woo, status="processing"), order(woo, status="processing")
    wanted = [
        OrderStatusChange(remote_id=str(first["id"]), status_id="completed"),
        OrderStatusChange(remote_id=str(second["id"]), status_id="Completed"),
        OrderStatusChange(remote_id="999999", status_id="completed"),
    ]
    woo.reset_counts()
    results = connect(woo).update("order", wanted)
    assert errors(results) == ["", "order_status:Completed", "woocommerce_rest_shop_order_invalid_id"]
    assert woo.writes[0].body == {
        "update": [{"id": first["id"], "status": "completed"}, {"id": 999999, "status": "completed"}]
    }
    assert woo.state.orders[second["id"]]["status"] == "processing"
    assert sum(woo.calls.values()) == 2


def test_what_the_matrix_locks_is_refused(woo):
    platform = connect(woo)
    for verb, kind in (
        ("create", "vat_rate"),
        ("delete", "order"),
        ("create", "stock"),
        ("update", "unit"),
        ("delete", "price"),
    ):
        with pytest.raises(Unsupported):
            getattr(platform, verb)(kind, [VALUES[kind]])
    with pytest.raises(Unsupported):
        platform.update("image", [StockRecord(remote_id="1")])
    assert woo.writes == []


VALUES = {kind: StockRecord(remote_id="1") for kind in ("vat_rate", "order", "stock", "unit", "price")}
