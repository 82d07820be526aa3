"""Reading the stand-in shop: what records come, at how many requests, and what a list in motion does to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from backoffice.lib.errors import UnexpectedAnswer
from shops.platforms.shoper.lists import LongList, Place
from shops.platforms.shoper.orders import OrderReader
from shops.records import OptionRecord, Sale
from tests.peers.scripted import Reply, ScriptedServer
from tests.platforms.driving import pages, records
from tests.platforms.shoper.connecting import (
    add_products,
    add_shirt,
    category,
    connect,
    fill_quickly,
)

WARSAW = ZoneInfo("Europe/Warsaw")


# Long lists


@pytest.mark.requirement("E3")
def test_three_thousand_articles_come_in_four_requests(shoper):
    fill_quickly(shoper, 3000)
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    found = pages(platform, "article")
    assert [len(page.records) for page in found] == [1250, 1250, 500]
    assert len({record.sku for page in found for record in page.records}) == 3000
    assert {page.total for page in found} == {3000}
    # The first page says how many there are; then 24 more pages, then 25, then 10.
    assert dict(shoper.calls) == {("GET", "products"): 1, ("POST", "bulk"): 3}
    assert {len(page.carried["stock"]) for page in found} == {1250, 500}


def test_the_pages_of_a_request_can_be_lowered(shoper):
    fill_quickly(shoper, 230)
    found = pages(connect(shoper, options={"pages_at_once": "2"}), "article")
    assert [len(page.records) for page in found] == [100, 100, 30]


def test_a_read_goes_on_from_its_cursor_in_another_worker(shoper):
    fill_quickly(shoper, 130)
    options = {"pages_at_once": "1"}
    first = connect(shoper, options=options).read("article")
    second = connect(shoper, options=options).read("article", cursor=first.next_cursor)
    assert (first.records[-1].remote_id, second.records[0].remote_id) == ("50", "51")
    with pytest.raises(UnexpectedAnswer):
        connect(shoper).read("article", cursor="elsewhere")


def test_what_is_deleted_or_added_between_two_requests_shifts_nothing(shoper):
    fill_quickly(shoper, 120)
    platform = connect(shoper, options={"pages_at_once": "1"})
    first = platform.read("article")
    for pk in (1, 2, 60):
        shoper.store.remove_product(pk)
    fill_quickly(shoper, 1)
    rest = []
    cursor = first.next_cursor
    while cursor:
        page = platform.read("article", cursor=cursor)
        rest += page.records
        cursor = page.next_cursor
    seen = [record.remote_id for record in (*first.records, *rest)]
    assert seen == [str(pk) for pk in range(1, 122) if pk != 60]


def test_a_row_that_slips_between_two_pages_of_one_request_is_not_lost(shoper):
    fill_quickly(shoper, 120)

    def slip(resource, params):
        if resource == "products" and str(params.get("page")) == "3":
            shoper.before_list = None
            shoper.store.remove_product(1)

    shoper.before_list = slip
    seen = [record.remote_id for record in records(connect(shoper), "article")]
    assert seen == [str(pk) for pk in range(2, 121)]


@pytest.mark.parametrize("ids", [["7", "6"], ["3", "6"]], ids=["unsorted", "filter ignored"])
def test_a_shop_that_does_not_give_the_list_as_asked_is_not_read_at_random(ids):
    body = {"count": "2", "pages": 1, "page": 1, "list": [{"product_id": pk} for pk in ids]}
    with ScriptedServer() as server:
        server.replies = [Reply(200, json.dumps(body))]
        client = connect(server, credentials={"token": "t"}).client
        with pytest.raises(UnexpectedAnswer) as caught:
            LongList(client, "products", "product_id").piece(Place(after=5, left=2))
    assert caught.value.key == "unordered"


# Articles


@pytest.mark.requirement("P5")
def test_a_product_with_its_stock_and_price(shoper):
    place, other = category(shoper), category(shoper, "Dom")
    maker = shoper.store.add("producers", name="Lipa", web="")["producer_id"]
    [pk] = add_products(
        shoper, 1, categories=[place, other], producer_id=maker, unit_id=2, ean="5901234123457",
        stock={"price": Decimal("29.90"), "stock": Decimal("1.5"), "weight": Decimal("0.35")},
        translations={
            "pl_PL": {"name": " Kubek  duży ", "short_description": "<p>Krótko</p>\r\n", "description": "Długo", "active": False},
        },
    )  # fmt: skip
    [page] = pages(connect(shoper), "article")
    [record] = page.records
    assert (record.remote_id, record.sku, record.ean) == (str(pk), "SKU-0001", "5901234123457")
    assert (record.name, record.short_description, record.description) == (
        "Kubek duży",
        "<p>Krótko</p>",
        "Długo",
    )
    assert (record.unit_id, record.vat_rate_id, record.producer_id) == ("2", "1", str(maker))
    assert record.category_ids == tuple(sorted((str(place), str(other))))
    assert (record.weight_g, record.active, record.options) == (350, False, ())
    [stock], [price] = page.carried["stock"], page.carried["price"]
    assert (stock.article_id, stock.quantity, stock.managed) == (str(pk), Decimal("1.5"), True)
    assert (price.regular, price.sale, price.remote_id) == (Decimal("29.90"), Sale(), stock.remote_id)


@pytest.mark.requirement("P5")
def test_variants_come_with_their_product_and_it_has_no_price_of_its_own(shoper):
    product = add_shirt(shoper, "S", "M")
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    [page] = pages(platform, "article")
    parent, small, medium = page.records
    assert parent.options == (OptionRecord(name="Rozmiar", values=("S", "M")),)
    assert (small.parent_id, small.variant, small.sku) == (str(product), (("Rozmiar", "S"),), "SHIRT-S")
    assert medium.remote_id == f"{product}:3"
    assert [(one.article_id, one.quantity) for one in page.carried["stock"]] == [(small.remote_id, 2), (medium.remote_id, 2)]  # fmt: skip
    assert {one.parent_id for one in page.carried["price"]} == {str(product)}
    # The products, their variants' rows, and the names of options and values, which come together.
    assert dict(shoper.calls) == {("GET", "products"): 1, ("GET", "product-stocks"): 1, ("POST", "bulk"): 1}


def test_stock_and_prices_alone_are_the_same_as_inside_of_articles(shoper):
    add_shirt(shoper, "S", "M")
    add_products(shoper, 2)
    platform = connect(shoper)
    [page] = pages(platform, "article")
    for kind in ("stock", "price"):
        assert tuple(records(platform, kind)) == page.carried[kind]


def test_a_shop_with_warehouses_of_its_own_shows_no_stock_that_could_be_written(shoper):
    add_products(shoper, 1)
    shoper.store.config["warehouses_enabled"] = True
    [page] = pages(connect(shoper), "article")
    assert (page.carried["stock"], len(page.carried["price"])) == ((), 1)


def test_bundles_have_no_stock_and_other_currencies_no_price(shoper):
    add_products(shoper, 1, prefix="B")
    add_products(shoper, 1, prefix="E", currency_id=2)
    shoper.store.tables["products"][1]["type"] = 1
    [page] = pages(connect(shoper), "article")
    assert [one.article_id for one in page.carried["stock"]] == ["2"]
    assert [one.article_id for one in page.carried["price"]] == ["1"]


def test_an_article_that_cannot_be_read_is_reported_and_the_others_come(shoper):
    add_products(shoper, 3)
    shoper.store.tables["products"][2]["tax_id"] = "x"
    [page] = pages(connect(shoper), "article")
    assert [record.remote_id for record in page.records] == ["1", "3"]
    [bad] = page.bad
    assert (bad.remote_id, bad.error.key) == ("2", "field:tax_id")
    assert "tax_id" in bad.error.message
    assert len(page.carried["stock"]) == 2


# Dictionaries


@pytest.mark.requirement("M5")
def test_categories_get_their_parents_from_the_tree_and_stand_behind_them(shoper):
    leaf_first = category(shoper, "Kubki")
    root = category(shoper, "Kuchnia")
    shoper.store.tables["categories"][leaf_first]["parent_id"] = root
    found = records(connect(shoper), "category")
    assert [(one.name, one.parent_id) for one in found] == [("Kuchnia", ""), ("Kubki", str(root))]


def test_rates_that_are_no_percentage_are_not_zero(shoper):
    shoper.store.add("taxes", value=0, name="zw.", **{"class": "zw."})
    found = {one.name: (one.percent, one.country) for one in records(connect(shoper), "vat_rate")}
    assert found["0%"] == (0, "PL")
    assert found["zw."] == (None, "PL")


def test_texts_come_in_the_language_of_the_shops_row_if_the_shop_speaks_it(shoper):
    [pk] = add_products(shoper, 1)
    texts = shoper.store.tables["products"][pk]["translations"]
    texts["en_US"] = {"name": "Mug", "active": 1}
    assert records(connect(shoper, language="en"), "article")[0].name == "Kubek 1"
    shoper.store.tables["languages"][2]["active"] = 1
    assert records(connect(shoper, language="en"), "article")[0].name == "Mug"


# Customers


@pytest.mark.requirement("P7")
def test_registered_accounts_come_with_their_addresses_in_two_requests(shoper):
    for number in range(60):
        pk = shoper.rules.create("users", {"email": f"a{number}@example.test", "firstname": "Anna"})
        shoper.rules.create(
            "user-addresses",
            {
                "user_id": pk, "firstname": "Anna", "lastname": "Nowak", "street_1": "Prosta 1", "city": "Łódź",
                "zip_code": "90-001", "phone": "600", "country_code": "PL", "company_name": "Lipa", "default": True,
                "tax_identification_number": "PL5260001246", "shipping_default": True,
            },
        )  # fmt: skip
    shoper.store.add("users", email="guest@example.test", firstname="", lastname="", registered=0, date_add=shoper.store.now())  # fmt: skip
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    found = records(platform, "customer")
    assert len(found) == 60
    assert (found[0].vat_id, found[0].company, found[0].billing.city) == ("PL5260001246", "Lipa", "Łódź")
    assert sum(shoper.calls.values()) == 3  # 50 accounts, the other 11 rows, the addresses of all


# Orders


@pytest.mark.requirement("O1")
def test_orders_cost_one_request_to_find_and_one_for_all_their_lines(shoper):
    add_products(shoper, 2)
    for _number in range(30):
        shoper.store.place_order([("SKU-0001", 2), ("SKU-0002", 1)], shipping_cost=Decimal("14.99"))
    platform = connect(shoper)
    for kind in ("payment_method", "shipping_method", "order_status"):
        platform.read(kind)
    since = datetime.now(UTC) - timedelta(minutes=10)
    platform.read("order", since=since)
    shoper.forget()
    [page] = pages(platform, "order", since=since)
    assert len(page.records) == 30
    assert sum(shoper.calls.values()) == 3  # the two lists in one; 60 lines are two pages
    order = page.records[0]
    assert [(line.kind, line.sku, line.quantity) for line in order.lines] == [
        ("item", "SKU-0001", 2),
        ("item", "SKU-0002", 1),
        ("shipping", "", 1),
    ]
    assert (order.total, order.currency, order.payment_method_name) == (Decimal("44.99"), "PLN", "Pobranie")
    assert sum(line.net + line.tax for line in order.lines) == pytest.approx(order.total)
    assert order.raw["order_products"][0]["code"] == "SKU-0001"


def test_nothing_new_costs_one_request(shoper):
    platform = connect(shoper)
    platform.facts()
    since = datetime.now(UTC) + timedelta(minutes=1)
    shoper.forget()
    [page] = pages(platform, "order", since=since)
    assert (page.records, sum(shoper.calls.values())) == ((), 1)


def test_new_orders_and_changed_statuses_come_once_each(shoper):
    add_products(shoper, 1)
    now = datetime.now(WARSAW)
    old = (now - timedelta(days=5)).strftime("%Y-%m-%d %H:%M:%S")
    dates = {"date": old, "status_date": old}
    shoper.store.place_order([("SKU-0001", 1)], **dates)
    moved = shoper.store.place_order([("SKU-0001", 1)], **dates)
    new = shoper.store.place_order([("SKU-0001", 1)])
    shoper.store.set_status(moved, 11)
    found = records(connect(shoper), "order", since=datetime.now(UTC) - timedelta(seconds=30))
    assert [one.remote_id for one in found] == [str(new["order_id"]), str(moved["order_id"])]


def test_many_orders_are_read_list_by_list(shoper):
    add_products(shoper, 1)
    for _number in range(120):
        shoper.store.place_order([("SKU-0001", 1)])
    found = records(connect(shoper), "order", since=datetime.now(UTC) - timedelta(minutes=10))
    assert len({one.remote_id for one in found}) == 120
    assert len(records(connect(shoper), "order")) == 120


def test_once_a_day_open_orders_are_looked_at_again(shoper):
    add_products(shoper, 1)
    now = datetime.now(WARSAW)
    old = (now - timedelta(days=9)).strftime("%Y-%m-%d %H:%M:%S")
    open_one = shoper.store.place_order([("SKU-0001", 1)], date=old, status_date=old)
    shoper.store.place_order([("SKU-0001", 1)], date=old, status_date=old, status_id=11)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    before, after = midnight - timedelta(minutes=5), midnight + timedelta(seconds=1)
    assert [one.remote_id for one in records(connect(shoper), "order", since=before)] == [
        str(open_one["order_id"])
    ]
    assert records(connect(shoper), "order", since=after) == []


def test_the_hour_that_comes_twice_in_october_is_not_skipped(shoper):
    reader = OrderReader(connect(shoper).client, connect(shoper).setup)
    # 02:55 summer time; at 02:10 winter time, a quarter of an hour later, the clock shows less.
    assert reader._bound(datetime(2026, 10, 25, 0, 55, tzinfo=UTC)) == "2026-10-25 01:55:00"
    assert reader._bound(datetime(2026, 10, 24, 12, 0, tzinfo=UTC)) == "2026-10-24 14:00:00"


def test_an_order_that_was_put_together_with_another_waits_for_a_person(shoper):
    add_products(shoper, 1)
    shoper.store.place_order([("SKU-0001", 1)])
    shoper.store.place_order([("SKU-0001", 1)], parent_order_id=1)
    [page] = pages(connect(shoper), "order")
    [bad] = page.bad
    assert (len(page.records), bad.error.key, bad.remote_id) == (1, "combined", "2")
    assert bad.raw["order_products"][0]["code"] == "SKU-0001"


# Single elements


def test_one_element_by_its_id(shoper):
    product = add_shirt(shoper, "S")
    add_products(shoper, 1)
    order = shoper.store.place_order([("SHIRT-S", 1)])
    platform = connect(shoper)
    assert platform.read_one("article", str(product)).sku == "SHIRT0001"
    assert platform.read_one("article", f"{product}:2").variant == (("Rozmiar", "S"),)
    assert platform.read_one("stock", "2").quantity == 1
    assert platform.read_one("price", "2").regular == 20
    assert platform.read_one("order", str(order["order_id"])).lines[0].variant == (("Rozmiar", "S"),)
    assert platform.read_one("unit", "1").name == "szt."
    for kind in ("article", "stock", "order", "image", "category", "customer"):
        assert platform.read_one(kind, "9999") is None


@pytest.mark.requirement("O9")
def test_some_elements_that_the_shop_called_for(shoper):
    product = add_shirt(shoper, "S", "M")
    [simple] = add_products(shoper, 1)
    platform = connect(shoper)
    platform.facts()
    platform.setup.axes  # noqa: B018 (asked once)
    shoper.forget()
    page = platform.read_some("article", [(str(simple), ""), (str(product), ""), ("999", "")])
    assert [record.sku for record in page.records] == ["SHIRT0001", "SHIRT-S", "SHIRT-M", "SKU-0001"]
    assert len(page.carried["stock"]) == 3
    assert sum(shoper.calls.values()) == 2


def test_codes_are_found_on_products_and_on_variants_in_one_request(shoper):
    add_shirt(shoper, "S")
    add_products(shoper, 2)
    add_products(shoper, 1)  # the same code a second time: the shop allows it
    platform = connect(shoper)
    platform.setup.axes  # noqa: B018
    platform.facts()
    shoper.forget()
    found = platform.finder.by_sku(["SHIRT-S", "SKU-0001", "SKU-0002", "NONE"])
    assert {sku: len(hits) for sku, hits in found.items()} == {"SHIRT-S": 1, "SKU-0001": 2, "SKU-0002": 1}
    assert sum(shoper.calls.values()) == 1
