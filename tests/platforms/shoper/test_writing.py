"""Writing to the stand-in shop: what is sent, at how many requests, and what becomes of each record."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backoffice.lib.errors import Refused, Retriable, UnexpectedAnswer, Unsupported
from shops.records import (
    AddressRecord,
    ArticleRecord,
    CustomerRecord,
    OptionRecord,
    OrderStatusChange,
    PriceRecord,
    ProducerRecord,
    Sale,
    StockRecord,
    UnitRecord,
)
from tests.platforms.driving import errors, records, write
from tests.platforms.shoper.connecting import add_products, add_shirt, category, connect, fill_quickly


def stock_of(ids, quantity) -> list:
    return [StockRecord(remote_id=str(pk), article_id=str(pk), quantity=Decimal(quantity)) for pk in ids]


def new(count: int, place: int, prefix: str = "N", **fields) -> list:
    values = {
        "category_ids": (str(place),), "vat_rate_id": "1", "unit_id": "1", "active": True,
        "stock": StockRecord(quantity=Decimal(4)), "price": PriceRecord(regular=Decimal("9.99")), **fields,
    }  # fmt: skip
    return [ArticleRecord(sku=f"{prefix}-{n}", name=f"Nowy {n}", **values) for n in range(count)]


# Budgets


@pytest.mark.requirement("E3", "S4")
def test_a_thousand_stock_levels_take_forty_bulks_and_nothing_else(shoper):
    ids = fill_quickly(shoper, 1000)
    platform = connect(shoper)
    platform.client.get("application-version")
    shoper.forget()
    results = write(platform, "update", "stock", stock_of(ids, 7))
    assert (errors(results), dict(shoper.calls)) == ([""] * 1000, {("POST", "bulk"): 40})
    assert shoper.parts == {("PUT", "product-stocks"): 1000}
    assert {row["stock"] for row in shoper.store.rows("product-stocks")} == {7}
    assert shoper.asked[0].body[0]["body"] == {"stock": 7}


@pytest.mark.requirement("E3")
def test_a_thousand_prices_take_forty_bulks_and_forty_looks_at_offers_if_there_are_sales(shoper):
    ids = fill_quickly(shoper, 1000)
    platform = connect(shoper)
    platform.client.get("application-version")

    def prices(**more):
        return [
            PriceRecord(remote_id=str(pk), article_id=str(pk), regular=Decimal("4.9"), **more) for pk in ids
        ]

    shoper.forget()
    assert errors(write(platform, "update", "price", prices())) == [""] * 1000
    assert dict(shoper.calls) == {("POST", "bulk"): 40}
    shoper.forget()
    assert errors(write(platform, "update", "price", prices(sale=Sale()))) == [""] * 1000
    assert dict(shoper.calls) == {("POST", "bulk"): 40, ("GET", "specialoffers"): 40}


@pytest.mark.requirement("E3")
def test_a_hundred_new_articles_take_four_bulks_and_four_looks(shoper):
    place = category(shoper)
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    results = write(platform, "create", "article", new(100, place))
    assert errors(results) == [""] * 100
    assert dict(shoper.calls) == {("POST", "bulk"): 4, ("GET", "products"): 4}
    first = results[0]
    assert (first.record.sku, [one.kind for one in first.carried]) == ("N-0", ["stock", "price"])
    assert {one.article_id for one in first.carried} == {first.remote_id}
    shoper.forget()
    changes = [
        ArticleRecord(remote_id=result.remote_id, name=f"Inny {n}") for n, result in enumerate(results)
    ]
    assert errors(write(platform, "update", "article", changes)) == [""] * 100
    assert dict(shoper.calls) == {("POST", "bulk"): 4}
    assert shoper.asked[0].body[0]["body"] == {"translations": {"pl_PL": {"name": "Inny 0"}}}


# Articles


def test_a_new_article_is_sent_as_small_as_it_can_be(shoper):
    place = category(shoper)
    platform = connect(shoper)
    [record] = new(1, place, description="<p>Opis</p>", weight_g=Decimal(350), ean="590", producer_id="")
    shoper.forget()
    [result] = platform.create("article", [record])
    [asked] = [asked for asked in shoper.asked if asked.method == "POST" and asked.path.endswith("products")]
    assert asked.body == {
        "code": "N-0", "ean": "590", "unit_id": 1, "tax_id": 1, "producer_id": None, "pkwiu": "",
        "category_id": place, "categories": [place],
        "translations": {"pl_PL": {"name": "Nowy 0", "description": "<p>Opis</p>", "active": True}},
        "stock": {"weight": Decimal("0.35"), "stock": 4, "price": Decimal("9.99")},
    }  # fmt: skip
    assert (result.record.weight_g, result.record.description) == (350, "<p>Opis</p>")


def test_an_article_without_category_goes_into_the_named_one_or_is_refused(shoper):
    place = category(shoper)
    wanted = new(1, place, category_ids=())
    assert errors(connect(shoper).create("article", wanted)) == ["no_category"]
    assert errors(connect(shoper, options={"default_category": str(place)}).create("article", wanted)) == [""]


def test_the_main_category_stays_as_long_as_the_article_is_in_it(shoper):
    places = [category(shoper, name) for name in ("A", "B", "C")]
    [pk] = add_products(shoper, 1, category_id=places[1])
    platform = connect(shoper)
    for chosen, main in (((0, 1), 1), ((0, 2), 0)):
        wanted = ArticleRecord(remote_id=str(pk), category_ids=tuple(str(places[n]) for n in chosen))
        assert errors(platform.update("article", [wanted])) == [""]
        row = shoper.store.tables["products"][pk]
        assert (row["category_id"], row["categories"]) == (places[main], [places[n] for n in chosen])


def test_bad_records_are_refused_one_by_one(shoper):
    place = category(shoper)
    good, bad = new(2, place)
    bad = ArticleRecord(sku="BAD", name="Zły", category_ids=("999",), vat_rate_id="1")
    results = connect(shoper).create("article", [good, bad])
    assert errors(results) == ["", "invalid_request:category_id"]
    assert [row["code"] for row in shoper.store.rows("product-stocks")] == ["N-0"]
    gone = [ArticleRecord(remote_id="999", name="X"), ArticleRecord(remote_id="1", name="Y")]
    first, second = connect(shoper).update("article", gone)
    assert (first.error.data["gone"], second.error) == ("1", None)


def test_a_row_that_somebody_edits_is_for_the_next_run_and_the_others_go_through(shoper):
    ids = add_products(shoper, 3)
    body = [{"code": code, "body": 1, "id": str(n)} for n, code in enumerate((200, 409, 200))]
    shoper.fault(
        "answer", method="PUT", status=200, raw=repr({"errors": 1, "items": body}).replace("'", '"').encode()
    )
    results = connect(shoper).update("stock", stock_of(ids, 5))
    assert errors(results) == ["", "locked", ""]
    assert isinstance(results[1].error, Retriable)


def test_a_missing_right_is_not_25_refused_records(shoper):
    ids = add_products(shoper, 3)
    shoper.lacking = {"product_stocks"}
    with pytest.raises(UnexpectedAnswer) as caught:
        connect(shoper).update("stock", stock_of(ids, 5))
    assert caught.value.key == "scope:insufficient_scope"


def test_deleting_what_is_gone_is_done(shoper):
    product = add_shirt(shoper, "S", "M")
    [simple] = add_products(shoper, 1)
    wanted = [
        ArticleRecord(remote_id=f"{product}:2", parent_id=str(product)),
        ArticleRecord(remote_id=str(simple)),
        ArticleRecord(remote_id="999"),
    ]
    platform = connect(shoper)
    assert platform.batches("article", "delete", wanted) == [[0], [1, 2]]
    assert errors(write(platform, "delete", "article", wanted)) == ["", "", ""]
    assert [row["code"] for row in shoper.store.rows("product-stocks")] == ["SHIRT0001", "SHIRT-M"]


# Variants


def shirt(platform, shoper, *sizes: str, options=("Rozmiar", "Kolor")) -> list:
    place = next(iter(shoper.store.tables["categories"]), None) or category(shoper)
    [parent] = new(
        1, place, "SHIRT", stock=None, price=None,
        options=tuple(OptionRecord(name=name, values=()) for name in options),
    )  # fmt: skip
    [made] = platform.create("article", [parent])
    return [
        ArticleRecord(
            sku=f"SHIRT-{size}", parent_id=made.remote_id, active=True,
            variant=tuple(zip(options, (size, "czerwony"), strict=False)),
            stock=StockRecord(quantity=Decimal(number)), price=PriceRecord(regular=Decimal(20 + number)),
        )
        for number, size in enumerate(sizes, start=1)
    ]  # fmt: skip


def test_options_and_values_are_made_where_they_are_missing_and_taken_where_they_are(shoper):
    platform = connect(shoper)
    results = platform.create("article", shirt(platform, shoper, "S", "M"))
    assert errors(results) == ["", ""]
    assert [one.variant for one in (r.record for r in results)] == [
        (("Rozmiar", "S"), ("Kolor", "czerwony")),
        (("Rozmiar", "M"), ("Kolor", "czerwony")),
    ]
    assert [(one.carried[0].quantity, one.carried[1].regular) for one in results] == [(1, 21), (2, 22)]
    assert len(shoper.store.rows("option-groups")) == 1
    assert len(shoper.store.rows("option-values")) == 3
    other = connect(shoper)
    wanted = shirt(other, shoper, "S", "L")
    assert errors(other.create("article", wanted)) == ["", ""]
    assert len(shoper.store.rows("option-groups")) == 1
    assert len(shoper.store.rows("option-values")) == 4


def test_variants_of_a_shop_that_chooses_no_group_from_outside_say_what_to_do(shoper):
    shoper.rules.group_writable = False
    platform = connect(shoper)
    results = platform.create("article", shirt(platform, shoper, "S", "M"))
    assert errors(results) == ["group_not_taken", "group_not_taken"]
    assert "Choose the group" in results[0].error.cure
    assert len(shoper.store.rows("product-stocks")) == 1


def test_a_shop_that_lets_no_options_be_made_says_so(shoper):
    shoper.fault("answer", method="POST", resource="option-groups", status=405, times=None)
    place = category(shoper)
    [parent] = new(1, place, options=(OptionRecord(name="Rozmiar", values=("S",)),))
    assert errors(connect(shoper).create("article", [parent])) == ["option_group:rozmiar"]
    assert shoper.store.rows("products") == []


def test_variants_that_differ_by_other_options_than_the_product_are_refused(shoper):
    product = add_shirt(shoper, "S")
    wanted = ArticleRecord(sku="X", parent_id=str(product), variant=(("Kolor", "biały"),))
    assert errors(connect(shoper).create("article", [wanted])) == ["other_options"]


def test_which_options_a_product_has_needs_no_request(shoper):
    product = add_shirt(shoper, "S")
    record = ArticleRecord(remote_id=str(product), options=(OptionRecord(name="Rozmiar", values=("S", "M")),))
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    assert errors(platform.update("article", [record])) == [""]
    assert shoper.writes == []


# Prices


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


# Doubtful answers


def test_a_create_that_was_done_without_an_answer_is_found_by_its_code(shoper):
    place = category(shoper)
    platform = connect(shoper)
    wanted = new(3, place)
    shoper.fault("half_bulk", method="POST", resource="products")
    with pytest.raises(Retriable):
        platform.create("article", wanted)
    assert [[one.sku for one in hits] for hits in platform.lookup("article", wanted)] == [["N-0"], [], []]


# Units, producers, customers, order statuses


def test_units_and_producers_from_making_to_deleting(shoper):
    platform = connect(shoper)
    [unit, other] = platform.create("unit", [UnitRecord(name="para"), UnitRecord(name="m")])
    assert errors(platform.update("unit", [UnitRecord(remote_id=unit.remote_id, name="komplet")])) == [""]
    assert "komplet" in [one.name for one in records(platform, "unit")]
    assert errors(platform.delete("unit", [UnitRecord(remote_id=other.remote_id)])) == [""]
    [maker] = platform.create("producer", [ProducerRecord(name="Lipa")])
    platform.update("producer", [ProducerRecord(remote_id=maker.remote_id, name="Lipa sp. z o.o.")])
    assert [one.name for one in records(platform, "producer")] == ["Lipa sp. z o.o."]
    add_products(shoper, 1, unit_id=1)
    assert errors(platform.delete("unit", [UnitRecord(remote_id="1")])) == ["invalid_request"]


HOME = AddressRecord(
    first_name="Anna", last_name="Nowak", street="Prosta 1", city="Łódź", postcode="90-001", country="PL", phone="600"
)  # fmt: skip


def test_customers_with_their_addresses(shoper):
    platform = connect(shoper)
    wanted = [
        CustomerRecord(email="a@example.test", first_name="Anna", vat_id="PL1", company="Lipa", billing=HOME),
        CustomerRecord(email="bad"),
    ]
    made, refused = platform.create("customer", wanted)
    assert (made.error, refused.error.key) == (None, "invalid_request:email")
    [found] = records(platform, "customer")
    assert (found.vat_id, found.company, found.billing.city, found.phone) == ("PL1", "Lipa", "Łódź", "600")
    assert all(len(asked.body[0]["body"]["password"]) >= 12 for asked in shoper.asked if asked.path.endswith("bulk") and asked.parts[0] == ("POST", "users"))  # fmt: skip
    [taken] = platform.create("customer", [CustomerRecord(email="A@example.test")])
    assert taken.error.data["holder"] == made.remote_id
    moved = CustomerRecord(remote_id=made.remote_id, last_name="Lis", phone="601", shipping=HOME)
    assert errors(platform.update("customer", [moved])) == [""]
    [found] = records(platform, "customer")
    assert (found.last_name, found.phone, found.shipping.city) == ("Lis", "601", "Łódź")
    assert errors(platform.delete("customer", [CustomerRecord(remote_id=made.remote_id)])) == [""]


def test_an_account_whose_address_is_refused_is_named_so_that_it_is_linked(shoper):
    nowhere = AddressRecord(city="Łódź")
    [result] = connect(shoper).create("customer", [CustomerRecord(email="a@example.test", billing=nowhere)])
    assert result.error.data["holder"] == result.remote_id
    assert isinstance(result.error, Refused)


@pytest.mark.requirement("E3", "O8")
def test_order_statuses(shoper):
    add_products(shoper, 1)
    first, second = (shoper.store.place_order([("SKU-0001", 1)]) for _n in range(2))
    wanted = [
        OrderStatusChange(remote_id=str(first["order_id"]), status_id="11"),
        OrderStatusChange(remote_id=str(second["order_id"]), status_id="done"),
        OrderStatusChange(remote_id="999", status_id="11"),
        OrderStatusChange(remote_id=str(second["order_id"]), status_id="77"),
    ]
    results = connect(shoper).update("order", wanted)
    assert errors(results) == ["", "order_status:done", "gone", "invalid_request:status_id"]
    assert (first["status_id"], second["status_id"]) == (11, 1)


@pytest.mark.requirement("M5", "M6", "M11")
def test_what_the_matrix_locks_is_refused(shoper):
    platform = connect(shoper)
    for verb, kind in (
        ("create", "category"),
        ("update", "vat_rate"),
        ("delete", "order"),
        ("create", "stock"),
    ):
        with pytest.raises(Unsupported):
            getattr(platform, verb)(kind, [StockRecord(remote_id="1")])
    with pytest.raises(Unsupported):
        platform.update("image", [StockRecord(remote_id="1")])
    assert shoper.asked == []
