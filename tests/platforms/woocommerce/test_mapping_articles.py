"""Recorded products and variations to records."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backoffice.lib.errors import Refused
from shops.platforms.woocommerce.mapping import articles, taxes, values
from shops.platforms.woocommerce.mapping.articles import Catalogue
from shops.platforms.woocommerce.mapping.taxes import TaxRates
from shops.platforms.woocommerce.mapping.units import Units
from shops.records import OptionRecord, PriceRecord, Sale, StockRecord
from tests.platforms.woocommerce import recordings

pytestmark = recordings.needed


def shop(country: str = "SI", **more) -> Catalogue:
    return Catalogue(units=Units("kg", "cm"), rates=TaxRates.of(recordings.body(50), country), **more)


@pytest.mark.requirement("M2")
def test_a_simple_product():
    record = articles.article(recordings.body(39), shop())
    assert record.remote_id == "15"
    assert record.sku == "LIPA-0001"
    assert record.ean == "3830001000016"
    assert record.name == "Zeleni čaj Sencha 100 g"
    assert record.vat_rate_id == "4"  # the reduced class, in Slovenia: 9.5 %
    assert record.producer_id == "29"
    assert record.category_ids == ("18", "19")
    assert (record.weight_g, record.length_mm, record.width_mm, record.height_mm) == (
        Decimal(120),
        Decimal(120),
        Decimal(80),
        Decimal(45),
    )
    assert (record.active, record.service, record.options, record.parent_id) == (True, False, (), "")
    assert record.modified_at == datetime(2026, 11, 21, 19, 50, 55, tzinfo=UTC)
    assert record.stock is not None
    assert (record.stock.quantity, record.stock.managed) == (Decimal(120), True)
    assert record.price is not None
    assert (record.price.regular, record.price.sale) == (Decimal("4.90"), Sale())


def test_names_lose_their_escapes_and_texts_stay_as_stored():
    record = articles.article(recordings.body(40), shop())
    assert record.name == "Čaj iz šipka & hibiskusa"
    assert record.description == "Prva vrstica\nDruga vrstica\n\nNov odstavek"
    assert record.ean == ""
    assert record.weight_g is None


def test_a_sale_that_is_still_to_come_has_its_dates_in_utc():
    record = articles.price(recordings.body(41))
    assert record == PriceRecord(
        remote_id="19",
        article_id="19",
        modified_at=datetime(2026, 11, 21, 19, 50, 55, tzinfo=UTC),
        regular=Decimal("59.00"),
        sale=Sale(
            price=Decimal("49.90"),
            valid_from=datetime(2026, 11, 30, 23, tzinfo=UTC),
            valid_to=datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize("number", [42, 138])
def test_a_parent_of_variations_has_options_and_no_price(number):
    record = articles.article(recordings.body(number), shop())
    assert record.options == (OptionRecord(name="Velikost", values=("41", "42", "43")),)
    assert record.price is None
    assert record.stock is not None
    assert record.stock.managed is False


def test_variations_name_their_parent_and_leave_to_it_what_is_its():
    first, *_rest = recordings.body(43)
    record = articles.article(first, shop())
    assert (record.remote_id, record.parent_id, record.sku) == ("42", "41", "LIPA-V1-41")
    assert record.variant == (("Velikost", "41"),)
    assert (record.name, record.category_ids, record.producer_id, record.options) == (None, None, None, None)
    assert record.stock == StockRecord(
        remote_id="42",
        article_id="42",
        parent_id="41",
        modified_at=datetime(2026, 11, 21, 19, 50, 58, tzinfo=UTC),
        quantity=Decimal(3),
        managed=True,
    )
    assert record.weight_g == Decimal(1100)


def test_stock_that_the_parent_keeps_is_not_taken_for_the_variations_own():
    levels = [articles.stock(row) for row in recordings.body(44)]
    assert [(level.managed, level.quantity) for level in levels] == [
        (False, None),
        (False, None),
        (True, Decimal(4)),
    ]


def test_global_attributes_come_with_their_names():
    variants = [articles.article(row, Catalogue()).variant for row in recordings.body(44)]
    assert variants == [(("Barva", "rdeča"),), (("Barva", "modrá"),), (("Barva", "zöld"),)]


def test_a_visible_attribute_is_no_option():
    slippers = recordings.rows(34)[29]
    assert slippers["attributes"][0]["name"] == "Material"
    assert articles.article(slippers, shop()).options == ()


def test_untaxed_draft_and_sku_less_products():
    page = {number: articles.article(row, shop()) for number, row in recordings.rows(34).items()}
    assert (page[31].vat_rate_id, page[31].service) == ("", True)
    assert page[31].stock is not None
    assert (page[31].stock.managed, page[31].stock.quantity) == (False, None)
    assert page[32].active is False
    assert page[32].price is not None
    assert (page[32].price.regular, page[32].price.sale) == (None, Sale())
    assert page[33].active is False
    assert page[37].sku == ""


def test_every_recorded_product_can_be_read():
    rows = [row for number in (33, 34) for row in recordings.body(number)]
    records = [articles.article(row, shop()) for row in rows]
    assert len(records) == 20
    assert len({record.remote_id for record in records}) == 20


@pytest.mark.requirement("M7")
def test_pictures_keep_their_order_and_belong_to_one_article():
    first, second = articles.images(recordings.body(39))
    assert (first.remote_id, first.article_id, first.position) == ("15:13", "15", 0)
    assert (first.name, first.alt) == ("caj-zeleni.png", "Sencha – sprednja stran")
    assert first.url == "https://shop.example/wp-content/uploads/2026/11/caj-zeleni.png"
    assert (second.remote_id, second.position) == ("15:14", 1)


def test_the_parents_picture_is_not_the_variations():
    featured = {"41": articles.featured_image(recordings.body(42))}
    pictures = [articles.images(row, featured) for row in recordings.body(43)]
    assert pictures[0] == ()  # shows number 39, its parent's
    assert [picture.remote_id for picture in pictures[1]] == ["44:43"]


@pytest.mark.requirement("M6")
def test_vat_rates():
    records = {record.remote_id: record for record in map(taxes.vat_rate, recordings.body(50))}
    assert len(records) == 7
    assert (records["4"].country, records["4"].percent, records["4"].tax_class, records["4"].name) == (
        "SI",
        Decimal("9.5"),
        "reduced-rate",
        "DDV 9,5 %",
    )
    assert str(records["3"].percent) == "22"


def test_a_class_stands_for_the_rate_of_the_home_country():
    rates = TaxRates.of(recordings.body(50), "CZ")
    assert rates.rate_of("") == "5"
    assert rates.rate_of("reduced-rate") == "6"
    assert rates.rate_of("posebna-nizja-stopnja") is None  # has no Czech rate: unknown, not zero
    assert rates.class_of("6") == "reduced-rate"
    assert rates.class_of("5") == ""


def test_a_rate_of_another_country_is_refused_not_guessed():
    with pytest.raises(Refused) as caught:
        TaxRates.of(recordings.body(50), "SI").class_of("5")
    assert caught.value.key == "vat_unmapped:SI:21"
    assert "Settings > Tax" in caught.value.cure
    with pytest.raises(Refused) as caught:
        TaxRates.of(recordings.body(50), "SI").class_of("999")
    assert caught.value.key == "vat_gone:999"


@pytest.mark.parametrize(
    ("unit", "value", "grams"),
    [("kg", "0.12", "120"), ("g", "120", "120"), ("lbs", "0.264555", "120.00"), ("oz", "4.232875", "120.00")],
)
def test_weights_survive_the_way_to_the_shops_unit_and_back(unit, value, grams):
    units = Units(weight=unit)
    assert units.shop_weight(Decimal(120)) == Decimal(value)
    assert units.grams(Decimal(value)) == Decimal(grams)


def test_an_unknown_unit_leaves_the_weight_unknown():
    assert articles.article(recordings.body(39), Catalogue()).weight_g is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", True),
        ("sku", {"a": 1}),
        ("stock_quantity", "many"),
        ("regular_price", "NaN"),
        ("date_modified_gmt", "yesterday"),
        ("categories", "none"),
        ("categories", [7]),
        ("dimensions", "large"),
    ],
)
def test_a_strange_field_is_named(field, value):
    with pytest.raises(values.Malformed) as caught:
        articles.article({**recordings.body(39), field: value}, shop())
    assert caught.value.field == field
