"""Writing to the stand-in shop: what is sent, at how many requests, and what becomes of each record."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backoffice.lib.errors import Retriable, UnexpectedAnswer, Unsupported
from shops.platforms.base import Result
from shops.platforms.woocommerce import WooCommerce
from shops.records import (
    ArticleRecord,
    CategoryRecord,
    CustomerRecord,
    OptionRecord,
    OrderStatusChange,
    PriceRecord,
    ProducerRecord,
    Record,
    Sale,
    StockRecord,
)
from tests.peers.woocommerce import Client, add_products
from tests.platforms.woocommerce.connecting import connect
from tests.platforms.woocommerce.test_reading import order, pages, records, variable


def write(platform: WooCommerce, verb: str, kind: str, wanted: list[Record]) -> list[Result]:
    """As the engine does: in the groups that the platform asks for; results in the order of `wanted`."""
    results: dict[int, Result] = {}
    for group in platform.batches(kind, verb, wanted):
        answers = getattr(platform, verb)(kind, [wanted[position] for position in group])
        results |= dict(zip(group, answers, strict=True))
    assert sorted(results) == list(range(len(wanted)))
    return [results[position] for position in range(len(wanted))]


def errors(results: list[Result]) -> list[str]:
    return [result.error.key if result.error else "" for result in results]


def now(woo, products) -> list:
    """The products as the shop has them by now: it replaces rows, it does not change them."""
    return [woo.state.products[one.id] for one in products]


def stock_of(products, quantity: int) -> list[Record]:
    return [
        StockRecord(remote_id=str(one.id), article_id=str(one.id), quantity=Decimal(quantity))
        for one in products
    ]


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


# Articles


def full(**changes) -> ArticleRecord:
    fields = {
        "sku": "MUG",
        "ean": "3830001000016",
        "name": "Skodelica & krožnik",
        "short_description": "Kratko",
        "description": "<p>Dolgo</p>\n<p>😀 שלום</p>",
        "vat_rate_id": "2",
        "weight_g": Decimal(350),
        "length_mm": Decimal(120),
        "width_mm": Decimal(80),
        "height_mm": Decimal("45.5"),
        "active": True,
        "service": False,
        "stock": StockRecord(quantity=Decimal(12)),
        "price": PriceRecord(regular=Decimal("9.99"), sale=Sale(price=Decimal(8))),
    }
    return ArticleRecord(**{**fields, **changes})


@pytest.mark.requirement("M3", "M4")
def test_a_new_article_comes_back_as_it_was_sent_with_stock_and_price(woo):
    client = Client(woo)
    category = str(client.post("/products/categories", {"name": "Kuhinja"}).json["id"])
    brand = str(client.post("/products/brands", {"name": "Lipa"}).json["id"])
    wanted = full(category_ids=(category,), producer_id=brand)
    platform = connect(woo)
    [result] = platform.create("article", [wanted])
    assert result.error is None
    assert result.record.content() == {**wanted.content(), "options": ()}
    stock, price = result.carried
    assert (stock.quantity, stock.managed) == (Decimal(12), True)
    assert (price.regular, price.sale) == (Decimal("9.99"), Sale(price=Decimal("8.00")))
    again = platform.read_one("article", result.remote_id)
    assert again.content() == result.record.content()


def test_an_update_sends_only_what_is_known(woo):
    [product] = add_products(woo.state, 1)
    woo.reset_counts()
    [result] = connect(woo).update(
        "article", [ArticleRecord(remote_id=str(product.id), name="Novo", active=False)]
    )
    assert result.error is None
    assert woo.writes[0].body == {"update": [{"id": product.id, "status": "draft", "name": "Novo"}]}
    [product] = now(woo, [product])
    assert (product.name, product.status, product.sku) == ("Novo", "draft", "SKU-00001")


def test_a_parent_and_its_variants_and_what_they_hold(woo):
    platform = connect(woo)
    parent = full(
        sku="T", ean="", stock=None, price=None, options=(OptionRecord(name="Size", values=("S", "M")),)
    )
    [made] = platform.create("article", [parent])
    assert made.record.options == parent.options
    children = [
        full(
            sku=f"T-{size}",
            ean="",
            name="T-shirt",
            parent_id=made.remote_id,
            variant=(("Size", size),),
            vat_rate_id=None,
        )
        for size in ("S", "M")
    ]
    woo.reset_counts()
    results = write(platform, "create", "article", children)
    assert errors(results) == ["", ""]
    assert woo.calls["POST", "/products/{product_id}/variations/batch"] == 1
    assert sum(woo.calls.values()) == 1  # the parent's attributes are known from its making
    sent = woo.writes[0].body["create"][0]
    assert sent["attributes"] == [{"name": "Size", "option": "S"}]
    assert "name" not in sent
    assert [result.record.variant for result in results] == [(("Size", "S"),), (("Size", "M"),)]
    assert results[0].record.vat_rate_id is None  # the parent's
    [changed] = platform.update(
        "article", [ArticleRecord(remote_id=results[0].remote_id, parent_id=made.remote_id, active=False)]
    )
    assert changed.record.active is False
    assert woo.state.products[int(results[0].remote_id)].status == "private"


def test_variants_of_a_parent_with_a_shared_attribute_name_it_by_number(woo):
    client = Client(woo)
    colour = client.post("/products/attributes", {"name": "Barva"}).json["id"]
    client.post(f"/products/attributes/{colour}/terms", {"name": "rdeča"})
    attributes = [{"id": colour, "variation": True, "visible": True, "options": ["rdeča"]}]
    parent = client.post(
        "/products", {"type": "variable", "name": "M", "sku": "M", "attributes": attributes}
    ).json["id"]
    record = ArticleRecord(sku="M-R", parent_id=str(parent), variant=(("Barva", "rdeča"),))
    woo.reset_counts()
    [result] = connect(woo).create("article", [record])
    assert woo.writes[0].body["create"][0]["attributes"] == [{"id": colour, "option": "rdeča"}]
    assert result.record.variant == (("Barva", "rdeča"),)


def test_more_options_leave_the_other_attributes_alone(woo):
    client = Client(woo)
    parent = variable(woo, "41")
    attributes = client.get(f"/products/{parent}").json["attributes"]
    lining = {"name": "Lining", "visible": True, "variation": False, "options": ["wool"]}
    client.put(f"/products/{parent}", {"attributes": [*attributes, lining]})
    record = ArticleRecord(remote_id=str(parent), options=(OptionRecord(name="Size", values=("41", "42")),))
    [result] = connect(woo).update("article", [record])
    assert result.error is None
    shown = {row["name"]: row for row in client.get(f"/products/{parent}").json["attributes"]}
    assert shown["Lining"]["options"] == ["wool"]
    assert shown["Size"]["options"] == ["41", "42"]
    assert client.get(f"/products/{parent}").json["type"] == "variable"


def test_a_product_with_variations_is_not_turned_into_a_simple_one(woo):
    parent = variable(woo, "41")
    woo.reset_counts()
    [result] = connect(woo).update("article", [ArticleRecord(remote_id=str(parent), options=())])
    assert result.error.key == "has_variations"
    assert woo.writes == []


def test_a_taken_sku_names_its_holder_and_the_others_go_through(woo):
    [product] = add_products(woo.state, 1)
    wanted = [full(sku=product.sku, ean=""), full(sku="NEW", ean="")]
    results = connect(woo).create("article", wanted)
    assert errors(results) == ["product_invalid_sku", ""]
    assert results[0].error.data["holder"] == str(product.id)
    assert results[0].remote_id == ""
    assert "Mappings" in results[0].error.cure


def test_a_taken_ean_names_its_holder_otherwise_so_that_nobody_adopts_it(woo):
    platform = connect(woo)
    [first] = platform.create("article", [full(sku="ONE")])
    [second] = platform.create("article", [full(sku="TWO")])
    assert second.error.data["ean_holder"] == first.remote_id
    assert "holder" not in second.error.data


@pytest.mark.requirement("M4")
def test_a_sku_in_the_trash_is_found_there(woo):
    [product] = add_products(woo.state, 1)
    Client(woo).delete(f"/products/{product.id}")
    woo.reset_counts()
    [result] = connect(woo).create("article", [full(sku=product.sku, ean="")])
    assert result.error.key == "sku_in_trash"
    assert result.error.data["trashed"] == str(product.id)
    assert woo.calls["GET", "/products"] == 1


def test_a_rate_that_no_class_stands_for_is_refused_before_anything_is_sent(woo):
    rates = {
        (record.country, record.percent): record.remote_id for record in records(connect(woo), "vat_rate")
    }
    wanted = [full(sku="A", ean="", vat_rate_id=rates["CZ", Decimal(21)]), full(sku="B", ean="")]
    woo.reset_counts()
    results = connect(woo).create("article", wanted)
    assert errors(results) == ["vat_unmapped:SI:21", ""]
    assert [row["sku"] for row in woo.writes[0].body["create"]] == ["B"]


def test_a_category_that_is_gone_is_noticed_though_the_shop_says_nothing(woo):
    [product] = add_products(woo.state, 1)
    record = ArticleRecord(remote_id=str(product.id), name="Novo", category_ids=("987654",))
    [result] = connect(woo).update("article", [record])
    assert result.error.key == "category_gone"
    assert woo.state.products[product.id].name == "Novo"


def test_a_producer_that_cannot_be_taken_off_is_said(woo):
    client = Client(woo)
    brand = client.post("/products/brands", {"name": "Lipa"}).json["id"]
    [product] = add_products(woo.state, 1)
    client.put(f"/products/{product.id}", {"brands": [{"id": brand}]})
    [result] = connect(woo).update("article", [ArticleRecord(remote_id=str(product.id), producer_id="")])
    assert result.error.key == "brand_stays"
    assert result.record.producer_id == str(brand)


def test_deleting_what_is_gone_is_a_success(woo):
    products = add_products(woo.state, 2)
    parent = variable(woo, "41", "42")
    children = [record for record in records(connect(woo), "article") if record.parent_id]
    wanted = [ArticleRecord(remote_id=str(one)) for one in (products[0].id, 999999, parent)]
    wanted += [ArticleRecord(remote_id=one.remote_id, parent_id=one.parent_id) for one in children]
    assert errors(write(connect(woo), "delete", "article", wanted)) == [""] * 5
    assert [record.remote_id for record in records(connect(woo), "article")] == [str(products[1].id)]


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
