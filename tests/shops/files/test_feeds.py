"""What holds of every feed; ids and settings."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from backoffice.lib.errors import Conflict
from shops.files.feeds.settings import parse
from shops.files.feeds.xml import short_id, valid_gtin
from shops.files.formats import FORMATS
from shops.models import MirrorFile
from tests import factories as make
from tests.shops.files.catalogue import EAN, add_picture, small_catalogue
from tests.shops.files.feeding import G, read, write

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S11")]


@pytest.fixture
def catalogue():
    return small_catalogue()


@pytest.mark.parametrize("key", list(FORMATS))
def test_every_format_can_be_written_of_an_empty_firm(key):
    shop = make.make_shop(
        options={"product_url": "https://a.example/{id}", "pohoda_ico": "12345678", "pohoda_store": "S"}
    )
    content, writer = write(shop, key)
    assert content
    assert writer.left_out == {}
    if FORMATS[key].extension == "xml":
        read(content)


@pytest.mark.parametrize("key", [key for key, spec in FORMATS.items() if spec.extension == "xml"])
def test_nothing_that_staff_type_breaks_the_xml(catalogue, key):
    catalogue.mug.name = "<![CDATA[ &lt; \x01\x08 ]]> </SHOP> \U0001f600"
    catalogue.mug.description = "]]>]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;"
    catalogue.mug.save()
    content, _writer = write(catalogue.shop, key)
    read(content)
    assert b"\x01" not in content


def test_pictures_come_from_the_shops_own_server_where_they_are_mirrored(catalogue):
    catalogue.shop.options["image_base"] = "https://shop.example/img"
    picture = catalogue.mug.images.first()
    MirrorFile.objects.create(
        shop=catalogue.shop,
        path="a b/MUG-1.jpg",
        path_key="a b/mug-1.jpg",
        kind="image",
        source_id=picture.pk,
        sent="x",
    )
    content, _writer = write(catalogue.shop, "google_products")
    mug = next(item for item in read(content).iter("item") if item.findtext(f"{G}id") == "MUG-1")
    assert mug.findtext(f"{G}image_link") == "https://shop.example/img/a%20b/MUG-1.jpg"
    assert "shop.example" not in mug.findtext(f"{G}additional_image_link")


def test_the_number_of_queries_does_not_grow_with_the_articles(catalogue, django_assert_max_num_queries):
    for number in range(30):
        made = make.make_article(f"X{number}", vat_rate=catalogue.mug.vat_rate)
        add_picture(made)
    for key in ("heureka_products", "shoptet_products", "pohoda_stock"):
        with django_assert_max_num_queries(35):
            write(catalogue.shop, key)


def test_ids_that_receivers_take():
    assert short_id("MUG-1", 36) == "MUG-1"
    long = short_id("Ž" * 80, 36)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,36}", long)
    assert short_id("A/1", 36) != short_id("A-1", 36) != short_id("A 1", 36)
    assert len(short_id("x" * 50, 36)) == 36
    assert valid_gtin(EAN) == EAN
    assert valid_gtin("8590000000017") == valid_gtin("123") == valid_gtin("") == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("product_url", "shop.example/{sku}"),
        ("product_url", "https://shop.example/"),
        ("product_url", "https://shop.example/{nonsense}/{sku}"),
        ("days_in_stock", "soon"),
        ("days_sold_out", "-1"),
        ("days_sold_out", "²"),
        ("order_until", "25:00"),
        ("deliveries", "PPL"),
        ("deliveries", "ppl; 99"),
        ("deliveries", "PPL; -9"),
        ("deliveries", "PPL; 1; 2; 3"),
        ("image_base", "ftp://x"),
    ],
)
def test_settings_that_cannot_be_meant_are_named(name, value):
    with pytest.raises(Conflict) as caught:
        parse({name: value})
    assert caught.value.key == f"feed_setting:{name}"


def test_settings_that_can():
    found = parse({"deliveries": "PPL; 99,50; \n\n DPD;1;2", "order_until": "9:30", "days_sold_out": ""})
    assert [(way.code, way.price, way.price_cod) for way in found.deliveries] == [
        ("PPL", Decimal("99.50"), None),
        ("DPD", Decimal(1), Decimal(2)),
    ]
    assert found.days_sold_out is None
    assert found.order_until.isoformat() == "09:30:00"
    page = parse({"product_url": "https://x.example/{slug}?s={sku}"})
    assert (
        page.page_url(sku="A/1 &", ean="", pk=7, name="Žlutý kůň")
        == "https://x.example/zluty-kun?s=A%2F1%20%26"
    )
