"""Reading the stand-in shop: what comes, at how many requests, and what happens when it changes underneath."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backoffice.lib.errors import UnexpectedAnswer, Unsupported
from shops.platforms.woocommerce import WooCommerce
from shops.records import CategoryRecord, CustomerRecord, ProducerRecord, StockRecord, VatRateRecord
from tests.peers.woocommerce import Client, add_products, make_shop
from tests.platforms.woocommerce.connecting import connect
from tests.platforms.woocommerce.engine import order, pages, records, variable

# Articles


@pytest.mark.requirement("M2")
def test_products_come_first_and_then_the_variations_of_all(woo):
    simple = add_products(woo.state, 2)
    parent = variable(woo, "41", "42")
    platform = connect(woo)
    first, second = pages(platform, "article")
    assert [record.remote_id for record in first.records] == [str(one.id) for one in simple] + [str(parent)]
    assert first.total == 3
    assert [(record.parent_id, record.variant) for record in second.records] == [
        (str(parent), (("Size", "41"),)),
        (str(parent), (("Size", "42"),)),
    ]
    assert second.total == 5
    stock = {record.remote_id: record for record in first.carried["stock"]}
    assert stock[str(simple[0].id)].quantity == Decimal(1)
    assert {record.remote_id for record in first.carried["price"]} == {str(one.id) for one in simple}


def test_reading_takes_a_request_for_each_hundred_and_three_to_begin_with(woo):
    add_products(woo.state, 350)
    platform = connect(woo, vat_country="")
    woo.reset_counts()
    assert len(records(platform, "article")) == 350
    assert woo.calls["GET", "/products"] == 4
    assert woo.calls["GET", "/variations"] == 1
    assert sum(woo.calls.values()) <= 4 + 1 + 3
    assert woo.writes == []
    asked = next(one for one in woo.requests if one.route == "/products")
    assert asked.query["per_page"] == "100"
    assert asked.query["context"] == "edit"
    assert (asked.query["orderby"], asked.query["order"]) == ("id", "asc")
    assert "meta_data" not in asked.query["_fields"]


def test_a_second_read_in_the_same_slice_needs_no_setting_up(woo):
    add_products(woo.state, 150)
    platform = connect(woo)
    pages(platform, "article")
    woo.reset_counts()
    pages(platform, "article")
    assert sum(woo.calls.values()) == 3


@pytest.mark.parametrize("kind", ["stock", "price", "image"])
def test_what_is_inside_articles_can_be_read_alone_and_lean(woo, kind):
    add_products(woo.state, 120)
    variable(woo, "S")
    woo.reset_counts()
    found = records(connect(woo), kind)
    assert sum(woo.calls.values()) == 3
    asked = next(one for one in woo.requests if one.route == "/products")
    assert "description" not in asked.query["_fields"]
    assert len(found) == {"stock": 122, "price": 121, "image": 0}[kind]


def test_reading_goes_on_in_another_instance(woo):
    add_products(woo.state, 250)
    cursor = connect(woo).read("article").next_cursor
    rest = connect(woo).read("article", cursor=cursor)
    assert [record.sku for record in rest.records][:1] == ["SKU-00101"]
    with pytest.raises(UnexpectedAnswer) as caught:
        connect(woo).read("article", cursor="nonsense")
    assert caught.value.key == "cursor"


def test_what_changed_since_includes_the_very_second(woo):
    *_older, newest = add_products(woo.state, 3)
    newest.modified += 3600
    since = datetime.fromtimestamp(newest.modified, UTC)
    woo.reset_counts()
    found = records(connect(woo), "stock", since=since)
    assert [record.remote_id for record in found] == [str(newest.id)]
    asked = next(one for one in woo.requests if one.route == "/products")
    assert asked.query["dates_are_gmt"] == "true"
    assert asked.query["modified_after"] == datetime.fromtimestamp(newest.modified - 1, UTC).strftime(
        "%Y-%m-%dT%H:%M:%S"
    )


def test_products_deleted_while_pages_are_read_hide_no_others(woo):
    products = add_products(woo.state, 250)
    platform = connect(woo)
    first = platform.read("stock")
    seen = {record.remote_id for record in first.records}
    Client(woo).post("/products/batch", {"delete": [one.id for one in products[:20]]})
    cursor = first.next_cursor
    while cursor is not None:
        page = platform.read("stock", cursor=cursor)
        seen |= {record.remote_id for record in page.records}
        cursor = page.next_cursor
    assert {str(one.id) for one in products[20:]} <= seen


def test_older_shops_are_read_parent_by_parent():
    with make_shop(version="9.9.5") as old:
        add_products(old.state, 1)
        parents = [variable(old, "41", "42", name="Shoe"), variable(old, "S", name="Shirt")]
        found = records(connect(old), "article")
        assert [record.parent_id for record in found if record.parent_id] == [
            str(parents[0]),
            str(parents[0]),
            str(parents[1]),
        ]
        assert len(found) == 6


def test_a_strange_product_is_reported_and_the_rest_of_the_page_counts(woo):
    products = add_products(woo.state, 3)
    woo.state.products[products[1].id].regular_price = "cheap"
    woo.state.forget_rows()
    page = connect(woo).read("article")
    assert [record.remote_id for record in page.records] == [str(products[0].id), str(products[2].id)]
    [bad] = page.bad
    assert (bad.kind, bad.remote_id, bad.name) == ("article", str(products[1].id), products[1].name)
    assert bad.error.key == "field:regular_price"
    assert len(page.carried["stock"]) == 2


def test_one_article_by_its_id(woo):
    [product] = add_products(woo.state, 1)
    parent = variable(woo, "41")
    platform = connect(woo)
    assert platform.read_one("article", str(product.id)).sku == product.sku
    child = platform.lookup("article", records(platform, "article")[-1:])[0][0]
    again = platform.read_one("article", child.remote_id, parent_id=str(parent))
    assert (again.parent_id, again.variant) == (str(parent), (("Size", "41"),))
    assert platform.read_one("stock", str(product.id)) == StockRecord(
        remote_id=str(product.id),
        article_id=str(product.id),
        modified_at=platform.read_one("article", str(product.id)).modified_at,
        quantity=Decimal(1),
        managed=True,
    )
    Client(woo).delete(f"/products/{product.id}")
    assert platform.read_one("article", str(product.id)) is None  # in the trash
    assert platform.read_one("article", "999999") is None


def test_articles_are_looked_up_by_sku_fifty_at_once(woo):
    add_products(woo.state, 120)
    variable(woo, "41")
    platform = connect(woo)
    wanted = records(platform, "article")
    woo.reset_counts()
    found = platform.lookup("article", wanted)
    assert [[one.sku for one in hits] for hits in found] == [[record.sku] for record in wanted]
    assert woo.calls["GET", "/products"] == 3
    assert sum(woo.calls.values()) == 3


def test_a_sku_with_a_comma_is_found_too(woo):
    [product] = add_products(woo.state, 1)
    Client(woo).put(f"/products/{product.id}", {"sku": "A,B"})
    platform = connect(woo)
    [record] = records(platform, "article")
    assert record.sku == "A,B"
    assert [one.remote_id for one in platform.lookup("article", [record])[0]] == [str(product.id)]


# Dictionaries


def test_dictionaries(woo):
    client = Client(woo)
    parent = client.post("/products/categories", {"name": "Dom & vrt"}).json["id"]
    child = client.post("/products/categories", {"name": "Lonci", "parent": parent}).json["id"]
    client.post("/products/brands", {"name": "Řeka & syn"})
    platform = connect(woo)
    categories = {record.remote_id: record for record in records(platform, "category")}
    assert (categories[str(parent)].name, categories[str(child)].parent_id) == ("Dom & vrt", str(parent))
    assert [record.name for record in records(platform, "producer")] == ["Řeka & syn"]
    rates = records(platform, "vat_rate")
    assert ("SI", Decimal(22), "standard") in {(one.country, one.percent, one.tax_class) for one in rates}
    assert {record.remote_id for record in records(platform, "payment_method")} == {"bacs", "cod", "card"}
    shipping = {record.remote_id: record.name for record in records(platform, "shipping_method")}
    assert shipping["flat_rate:1"] == "GLS home delivery (Slovenija)"
    assert shipping["local_pickup:3"] == "Personal pick-up"
    statuses = {record.remote_id for record in records(platform, "order_status")}
    assert statuses == {"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"}


def test_dictionaries_are_looked_up_by_their_natural_keys(woo):
    made = Client(woo).post("/products/categories", {"name": "Čaji"}).json["id"]
    platform = connect(woo)
    [hits, none] = platform.lookup(
        "category", [CategoryRecord(name="čaji", parent_id=""), CategoryRecord(name="čaji", parent_id="9")]
    )
    assert ([one.remote_id for one in hits], none) == ([str(made)], [])
    [rate] = platform.lookup("vat_rate", [VatRateRecord(country="CZ", percent=Decimal("12.0"))])
    assert len(rate) == 1
    assert platform.lookup("producer", [ProducerRecord(name="Nobody")]) == [[]]


def test_a_shop_without_brands_says_so(woo):
    woo.fails("GET", "/products/brands", status=404, code="rest_no_route", times=None)
    with pytest.raises(Unsupported) as caught:
        connect(woo).read("producer")
    assert caught.value.key == "no_brands"
    assert "What to sync" in caught.value.cure


def test_customers_are_read_and_found_by_address(woo):
    client = Client(woo)
    for number in range(3):
        client.post("/customers", {"email": f"k{number}@example.org", "first_name": "Éva"})
    platform = connect(woo)
    found = records(platform, "customer")
    assert [record.email for record in found] == ["k0@example.org", "k1@example.org", "k2@example.org"]
    [[hit], none] = platform.lookup(
        "customer", [CustomerRecord(email="K1@example.org"), CustomerRecord(email="no@example.org")]
    )
    assert (hit.remote_id, none) == (found[1].remote_id, [])


# Orders


@pytest.mark.requirement("O1")
def test_orders_without_carts_and_trash(woo):
    first = order(woo, status="processing")
    draft = order(woo, status="checkout-draft")
    trashed = order(woo, status="pending")
    Client(woo).delete(f"/orders/{trashed['id']}")
    platform = connect(woo)
    woo.reset_counts()
    [record] = records(platform, "order")
    assert record.remote_id == str(first["id"])
    assert abs(record.total - sum(line.net + line.tax for line in record.lines)) < Decimal("0.01")
    assert [asked.query.get("dp") for asked in woo.requests] == ["6"]
    assert platform.read_one("order", str(draft["id"])) is None
    assert platform.read_one("order", str(trashed["id"])) is None
    again = platform.read_one("order", str(first["id"]))
    assert again.content() == record.content()


def test_a_line_of_a_deleted_variation_is_doubtful(woo):
    parent = variable(woo, "41", "42")
    child = Client(woo).get(f"/products/{parent}/variations").json[0]["id"]
    line = {"product_id": parent, "variation_id": child, "quantity": 1}
    made = order(woo, line_items=[line])
    Client(woo).delete(f"/products/{parent}/variations/{child}", force="true")
    platform = connect(woo)
    woo.reset_counts()
    [record] = records(platform, "order")
    assert record.lines[0].article_id == str(parent)
    assert "variation" in record.lines[0].doubt
    assert woo.calls["GET", "/products"] == 1
    assert platform.read_one("order", str(made["id"])).lines[0].doubt == record.lines[0].doubt


def test_orders_since(woo):
    first = order(woo)
    later = order(woo, status="processing")
    woo.state.orders[later["id"]]["modified"] += 60
    platform = connect(woo)
    moment = max(record.modified_at for record in records(platform, "order"))
    assert [record.remote_id for record in records(platform, "order", since=moment)] == [str(later["id"])]
    assert first["id"] != later["id"]


def test_an_order_that_cannot_be_read_keeps_its_payload(woo):
    made = order(woo)
    woo.state.orders[made["id"]]["currency"] = {"code": "EUR"}
    page = connect(woo).read("order")
    [bad] = page.bad
    assert bad.remote_id == str(made["id"])
    assert bad.raw["billing"]["email"] == "jan@example.org"


# The shop itself


def test_facts_take_three_requests_and_are_asked_once(woo):
    platform = connect(woo)
    woo.reset_counts()
    facts = platform.facts()
    assert (facts.currency, facts.prices_gross, facts.decimals, facts.country) == ("EUR", False, 2, "SI")
    assert facts.version == "10.5.2"
    platform.facts()
    assert sum(woo.calls.values()) == 3


def test_units_and_attachments_are_refused_with_the_reason_of_the_matrix(woo):
    for kind in ("unit", "attachment"):
        with pytest.raises(Unsupported) as caught:
            connect(woo).read(kind)
        assert caught.value.message == str(WooCommerce.capabilities[kind].why["read"])
    assert sum(woo.calls.values()) == 0


def test_files_are_fetched_without_the_keys(woo):
    assert connect(woo).fetch(f"{woo.url}/", max_bytes=1_000_000)
    with pytest.raises(UnexpectedAnswer):
        connect(woo).fetch(f"{woo.url}/", max_bytes=10)
