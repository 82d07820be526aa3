"""Payloads in the shapes of Shoper's answers to records: values of our own, types as recorded from real shops."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from backoffice.lib.errors import UnexpectedAnswer
from shops.platforms.shoper.mapping import articles, customers, images, offers, orders, terms, values
from shops.platforms.shoper.mapping.articles import Axes, Axis, Catalogue
from shops.platforms.shoper.mapping.orders import Till
from shops.platforms.shoper.mapping.values import Malformed
from shops.records import Sale

WARSAW = ZoneInfo("Europe/Warsaw")
SHOP = Catalogue(locale="pl_PL", zone=WARSAW, currency_id="1")
TILL = Till(zone=WARSAW, currencies={"1": "PLN"}, payments={"1": "Gotówka"}, shippings={"8": "Kurier"})

ROW = {
    "stock_id": "44", "extended": "0", "price": "29.00", "price_type": "1", "stock": "100", "weight": "1",
    "active": "1", "product_id": "36", "code": "MUG-1", "ean": "", "comp_price": "29.00", "comp_promo_price": "29.00",
}  # fmt: skip
PRODUCT = {
    "product_id": "36", "producer_id": "16", "group_id": None, "tax_id": "1", "unit_id": "1", "category_id": "19",
    "categories": [19, 22], "code": "MUG-1", "ean": "", "type": "0", "currency_id": None,
    "edit_date": "2026-07-01 19:15:59", "promo_price": None, "stock": ROW, "options": [], "attributes": {"5": []},
    "translations": {
        "pl_PL": {"translation_id": "36", "name": "Kubek", "short_description": "<p>…</p>", "description": "", "active": "1"},
    },
    "main_image": False,
}  # fmt: skip


def test_a_product_as_recorded():
    record = articles.article(PRODUCT, SHOP)
    assert (record.remote_id, record.sku, record.name, record.active) == ("36", "MUG-1", "Kubek", True)
    assert (record.category_ids, record.weight_g, record.producer_id) == (("19", "22"), 1000, "16")
    assert record.modified_at == datetime(2026, 7, 1, 17, 15, 59, tzinfo=UTC)
    assert (record.stock.remote_id, record.stock.article_id, record.stock.quantity) == ("44", "36", 100)
    assert (record.price.regular, record.price.sale) == (29, Sale())


@pytest.mark.parametrize(
    ("field", "value", "seen"),
    [
        ("category_id", 22, ("19", "22")),
        ("categories", ["19"], ("19",)),
        ("categories", None, ("19",)),
    ],
)
def test_types_change_from_answer_to_answer(field, value, seen):
    assert articles.article({**PRODUCT, field: value}, SHOP).category_ids == seen


@pytest.mark.parametrize("active", ["1", 1, True, "true"])
def test_flags_have_four_shapes(active):
    words = {"pl_PL": {**PRODUCT["translations"]["pl_PL"], "active": active}}
    assert articles.article({**PRODUCT, "translations": words}, SHOP).active is True
    assert not values.flag({"x": ""}, "x")
    assert not values.flag({"x": "0"}, "x")


def test_dates_of_zeros_are_none_and_summer_time_counts():
    assert values.moment({"d": "0000-00-00 00:00:00"}, "d", WARSAW) is None
    assert values.moment({"d": "2026-01-05 12:00:00"}, "d", WARSAW) == datetime(2026, 1, 5, 11, tzinfo=UTC)
    with pytest.raises(Malformed):
        values.moment({"d": "yesterday"}, "d", WARSAW)


@pytest.mark.parametrize(
    ("name", "value"),
    [("tax_id", "abc"), ("tax_id", 1.5), ("categories", "19"), ("translations", "x"), ("code", [])],
)
def test_what_cannot_be_read_says_which_field(name, value):
    with pytest.raises(Malformed) as caught:
        articles.article({**PRODUCT, name: value}, SHOP)
    assert caught.value.key == f"field:{name}" or caught.value.field == ""


def test_a_variant_as_the_write_model_describes_it():
    axes = Axes(
        {
            "10": Axis("10", "8", "Kolor", stock=True, order=2, values={"61": "biały"}),
            "11": Axis("11", "8", "Rozmiar", stock=True, order=1, values={"70": "S"}),
            "12": Axis("12", "8", "Grawer", stock=False),
        }
    )
    shop = Catalogue(locale="pl_PL", zone=WARSAW, axes=lambda: axes)
    options = [{"option_id": "10", "value_id": 61}, {"option_id": "11", "value_id": "70"}]
    row = {**ROW, "stock_id": "81", "extended": "1", "code": "MUG-S", "options": options, "price_type": "2", "comp_price": "31.00", "comp_weight": "1.2"}  # fmt: skip
    record = articles.variant(row, shop)
    assert (record.remote_id, record.parent_id, record.sku) == ("36:81", "36", "MUG-S")
    assert record.variant == (("Rozmiar", "S"), ("Kolor", "biały"))
    assert (record.price.regular, record.price.parent_id, record.weight_g) == (31, "36", 1200)
    assert [axis.name for axis in axes.of_group("8")] == ["Rozmiar", "Kolor"]
    with pytest.raises(Malformed):
        articles.variant({**row, "options": [{"option_id": "99", "value_id": 1}]}, shop)


@pytest.mark.parametrize(
    ("offer", "price"),
    [
        ({"discount_type": "1", "discount": "53.00"}, "182.00"),  # as recorded
        ({"discount_type": "2", "discount": 53}, "182"),
        ({"discount_type": "3", "discount": "10"}, "211.50"),
    ],
)
def test_offers_are_discounts_of_three_kinds(offer, price):
    dates = {"date_from": "2026-06-28 21:59:15", "date_to": "2026-08-30 21:59:15"}
    sale = offers.sale({**offer, **dates}, Decimal("235.00"), WARSAW)
    assert sale.price == Decimal(price)
    assert sale.valid_from == datetime(2026, 6, 28, 19, 59, 15, tzinfo=UTC)


def test_open_ends_go_there_and_come_back():
    wanted = Sale(price=Decimal("8.99"))
    body = offers.offer_payload(wanted, Decimal(10), WARSAW)
    shown = {name: str(value) for name, value in body.items()}
    assert (body["discount"], offers.sale(shown, Decimal(10), WARSAW)) == (1.01, wanted)


def test_rates_by_name():
    def percent(**row):
        return terms.vat_rate({"tax_id": "4", **row}, "PL").percent

    assert percent(value="23", name="23%", **{"class": "23%"}) == 23
    assert percent(value="0", name="0%", **{"class": "0%"}) == 0
    assert percent(value="0", name="zw.", **{"class": "zw."}) is None
    assert percent(value="5.5", name="5,5 %") == Decimal("5.5")


def test_the_tree_gives_parents():
    tree = [
        {"id": 21, "children": [{"id": 16, "children": [{"id": 24, "children": []}]}]},
        {"id": 20, "children": []},
    ]
    assert terms.parents(tree) == {"21": "", "16": "21", "24": "16", "20": ""}
    with pytest.raises(Malformed):
        terms.parents({"count": "2"})


def test_a_picture_whose_caption_is_only_its_file_has_no_text():
    row = {"gfx_id": "46", "product_id": "36", "name": "36b.jpg", "unic_name": "46", "order": "1", "main": 1,
           "translations": {"pl_PL": {"name": "36b.jpg"}}}  # fmt: skip
    record = images.image(row, "pl_PL", "https://shop.example")
    assert (record.alt, record.position) == ("", 0)
    assert record.url == "https://shop.example/userdata/public/gfx/46/36b.jpg"


def test_an_account_without_addresses_is_one_too():
    row = {
        "user_id": "2",
        "email": "a@example.test",
        "firstname": "Anna",
        "lastname": "K",
        "date_add": "2026-06-28 21:59:15",
    }
    record = customers.customer(row, [], WARSAW)
    assert (record.email, record.company, record.billing.city) == ("a@example.test", "", "")


# Orders

ADDRESS = {
    "firstname": "Jan", "lastname": "Testowy", "company": "", "tax_identification_number": "PL526", "street1": "Prosta 1",
    "street2": "", "postcode": "00-001", "city": "Warszawa", "country_code": "PL", "phone": "600000000",
}  # fmt: skip
ORDER = {
    "order_id": "8", "date": "2026-11-20 10:15:00", "status_date": "2026-11-20 10:15:00", "status_id": "1",
    "sum": "149.95", "paid": "0.00", "payment_id": "1", "shipping_id": "8", "shipping_cost": "0.00",
    "shipping_tax_value": "23", "currency_id": "1", "currency_rate": "1", "email": "a@example.com", "user_id": "1",
    "is_paid": False, "vat_eu": False, "parent_order_id": None, "promo_code": "", "notes": "",
    "discount_client": "0", "discount_group": "0", "discount_levels": "0", "discount_code": "0",
    "billing_address": ADDRESS, "delivery_address": ADDRESS,
}  # fmt: skip
LINE = {
    "id": "8", "order_id": "8", "product_id": "13", "stock_id": "13", "code": "101", "quantity": "1", "price": "149.95",
    "tax": "23%", "tax_value": "23", "discount_perc": "0.0000", "name": "Kubek", "option": "",
}  # fmt: skip


def total_of(record) -> Decimal:
    return sum((line.net + line.tax for line in record.lines), Decimal(0)).quantize(Decimal("0.01"))


def test_an_order_as_recorded():
    record = orders.order(ORDER, [LINE], TILL)
    item, shipping = record.lines
    assert (item.sku, item.article_id, item.vat_percent, item.variant) == ("101", "13", 23, ())
    assert (item.net + item.tax, item.net.quantize(Decimal("0.01"))) == (Decimal("149.95"), Decimal("121.91"))
    assert (shipping.name, shipping.method_id, shipping.net) == ("Kurier", "8", 0)
    assert (record.total, record.currency, record.number) == (Decimal("149.95"), "PLN", "8")
    assert (record.created_at, record.paid_at) == (datetime(2026, 11, 20, 9, 15, tzinfo=UTC), None)
    assert (record.vat_id, record.shipping, record.billing.street) == ("PL526", None, "Prosta 1")
    assert record.raw["order_products"] == [LINE]


@pytest.mark.requirement("O1")
@pytest.mark.parametrize(
    ("head", "lines", "total"),
    [
        ({"sum": "164.94", "shipping_cost": "14.99"}, [LINE], "164.94"),  # the sum has the delivery in it
        ({"sum": "149.95", "shipping_cost": "14.99"}, [LINE], "164.94"),  # or has it not
        (
            {"sum": "149.95", "shipping_cost": "9.99", "discount_client": "10"},
            [LINE],
            "159.94",
        ),  # lines have the discount
        (
            {"sum": "149.95", "shipping_cost": "14.99", "discount_code": "10"},
            [{**LINE, "price": "166.61"}],
            "164.94",
        ),
        ({"sum": "134.96", "discount_group": "10"}, [LINE], "134.96"),  # lines have it not
        ({"sum": "74.98"}, [{**LINE, "discount_perc": "50.0000"}], "74.98"),
        ({"sum": "0.00"}, [], "0.00"),
    ],
)
def test_the_reading_that_adds_up_is_taken(head, lines, total):
    record = orders.order({**ORDER, **head}, lines, TILL)
    assert record.total == Decimal(total)
    assert abs(total_of(record) - record.total) <= Decimal("0.02")


def test_an_order_that_does_not_add_up_is_not_made_to():
    record = orders.order({**ORDER, "sum": "100.00"}, [LINE], TILL)
    assert (record.total, total_of(record)) == (100, Decimal("149.95"))


def test_an_order_that_adds_up_in_two_ways_is_not_decided_here():
    """A tenth off, and delivery that costs just as much: the sum may be with both, or with neither."""
    head = {"sum": "149.95", "shipping_cost": "14.99", "discount_client": "10"}
    record = orders.order({**ORDER, **head}, [LINE], TILL)
    assert (record.total, total_of(record)) == (Decimal("149.95"), Decimal("164.94"))


def test_discounts_are_split_by_rate():
    lines = [LINE, {**LINE, "id": "9", "price": "10.00", "tax": "5%", "tax_value": "5"}]
    record = orders.order({**ORDER, "sum": "143.95", "discount_levels": "10"}, lines, TILL)
    found = [
        (line.vat_percent, (line.net + line.tax).quantize(Decimal("0.01")))
        for line in record.lines
        if line.kind == "discount"
    ]
    assert found == [(23, Decimal("-15.00")), (5, Decimal("-1.00"))]


def test_what_was_bought_of_a_variant():
    record = orders.order(ORDER, [{**LINE, "option": "Kolor: Czerwony; Rozmiar: S: wąski"}], TILL)
    assert record.lines[0].variant == (("Kolor", "Czerwony"), ("Rozmiar", "S: wąski"))
    assert record.lines[0].article_id == "13:13"


def test_an_unknown_currency_and_a_combined_order_are_not_guessed():
    with pytest.raises(Malformed):
        orders.order({**ORDER, "currency_id": "9"}, [LINE], TILL)
    with pytest.raises(UnexpectedAnswer) as caught:
        orders.order({**ORDER, "parent_order_id": "7"}, [LINE], TILL)
    assert caught.value.key == "combined"
