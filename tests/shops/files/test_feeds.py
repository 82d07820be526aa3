"""Heureka, Google Merchant, Shoptet and POHODA: what is in the files, read back by another parser than wrote them."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from lxml import etree

from backoffice.lib.errors import Conflict
from shops.files.feeds.heureka import delivery_times
from shops.files.feeds.settings import FeedSettings, parse
from shops.files.feeds.xml import short_id, valid_gtin
from shops.files.formats import FORMATS, format_of
from shops.files.rows import file_meta
from shops.models import MirrorFile
from tests import factories as make
from tests.shops.files.catalogue import EAN, add_picture, small_catalogue
from tests.specs import schema

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S11")]
G = "{http://base.google.com/ns/1.0}"
POHODA = "http://www.stormware.cz/schema/version_2/"


@pytest.fixture
def catalogue():
    return small_catalogue()


def write(shop, key):
    """(content, writer) of one format."""
    spec = format_of(key)
    target = io.BytesIO()
    run = make.make_run(shop, spec.job, mode="file", lane="files")
    with spec.writer(target, file_meta(run)) as writer:
        for section in spec.sections(shop):
            writer.section(section.sheet)
            for chunk in section.chunks(shop):
                for row in chunk:
                    writer.write(row)
    return target.getvalue(), writer


def read(content):
    """By expat, which is not what wrote it."""
    return ElementTree.fromstring(content)


def texts(element):
    return {child.tag: child.text for child in element}


# Heureka


def test_heureka_products(catalogue):
    content, writer = write(catalogue.shop, "heureka_products")
    assert content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    items = {item.findtext("ITEM_ID"): item for item in read(content)}
    shirt_ids = [short_id(sku, 36) for sku in ("SHIRT/M", "SHIRT/L")]
    assert set(items) == {"MUG-1", *shirt_ids, short_id("=GONE", 36)}
    mug = items["MUG-1"]
    found = texts(mug)
    assert found["PRODUCTNAME"] == "Hrnek „Žluťoučký kůň“ & spol."
    assert found["PRICE_VAT"] == "99.00"
    assert found["VAT"] == "21"
    assert found["URL"] == "https://shop.example/p/MUG-1"
    assert found["CATEGORYTEXT"] == "Heureka.cz | Home | Mugs & cups"
    assert found["EAN"] == EAN
    assert found["MANUFACTURER"] == "Kovář <& syn>"
    assert found["DELIVERY_DATE"] == "0"
    assert found["DESCRIPTION"] == "Hrnek z kameniny , 0,3 l. ]]> konec"
    assert re.fullmatch(r"http.+/pictures/\w+/.+\.jpg", found["IMGURL"])
    assert len(mug.findall("IMGURL_ALTERNATIVE")) == 2
    assert [texts(way) for way in mug.findall("DELIVERY")] == [
        {"DELIVERY_ID": "PPL", "DELIVERY_PRICE": "99.00", "DELIVERY_PRICE_COD": "139.00"},
        {"DELIVERY_ID": "ZASILKOVNA", "DELIVERY_PRICE": "79.00"},
    ]
    medium = items[shirt_ids[0]]
    assert medium.findtext("ITEMGROUP_ID") == "SHIRT"
    assert medium.findtext("PRODUCTNAME") == "Tričko M dámský"
    assert items[shirt_ids[1]].findtext("PRODUCTNAME") == "Tričko L dámský"
    assert texts(medium.find("PARAM")) == {"PARAM_NAME": "Velikost", "VAL": "M"}
    assert medium.findtext("IMGURL"), "a variant without a picture shows its parent's"
    assert items[shirt_ids[1]].findtext("DELIVERY_DATE") == "14"
    assert writer.left_out == {"no picture": (1, ["BARE"]), "no price with VAT": (1, ["NOPRICE"])}


def test_heureka_products_keep_heurekas_own_patterns(catalogue):
    """The patterns and lengths of Heureka's published field definitions (file-ftp.md, 5)."""
    content, _writer = write(catalogue.shop, "heureka_products")
    patterns = {
        "ITEM_ID": r"[a-zA-Z0-9_-]{1,36}",
        "ITEMGROUP_ID": r"[a-zA-Z0-9_-]{1,36}",
        "PRODUCTNAME": r".{1,200}",
        "URL": r"https?://[^\s]{1,290}",
        "IMGURL": r"https?://[^\s]{1,245}",
        "IMGURL_ALTERNATIVE": r"https?://[^\s]{1,245}",
        "PRICE_VAT": r"\d+([.,]\d{1,2})?",
        "CATEGORYTEXT": r"Heureka\.cz \|.{1,240}",
        "DELIVERY_DATE": r"\d{1,3}|\d{4}-\d{2}-\d{2}",
        "EAN": r"\d{13}",
        "VAT": r"\d+([.,]\d+)?",
    }
    required = (
        "ITEM_ID",
        "PRODUCTNAME",
        "URL",
        "IMGURL",
        "PRICE_VAT",
        "CATEGORYTEXT",
        "DELIVERY_DATE",
        "DELIVERY",
    )
    for item in read(content):
        assert [name for name in required if item.find(name) is None] == []
        for child in item:
            if pattern := patterns.get(child.tag):
                assert re.fullmatch(pattern, child.text), (child.tag, child.text)


def test_what_is_sold_out_can_be_left_out(catalogue):
    catalogue.shop.options["days_sold_out"] = ""
    content, writer = write(catalogue.shop, "heureka_products")
    assert short_id("=GONE", 36) not in [item.findtext("ITEM_ID") for item in read(content)]
    assert writer.left_out["sold out"][0] == 2


@pytest.mark.parametrize("key", ["heureka_products", "google_products"])
def test_without_the_address_of_a_page_nothing_is_written(catalogue, key):
    catalogue.shop.options = {}
    with pytest.raises(Conflict, match="address of each article's page") as caught:
        write(catalogue.shop, key)
    assert "page Files" in caught.value.cure


def test_heureka_availability(catalogue):
    content, _writer = write(catalogue.shop, "heureka_availability")
    root = read(content)
    assert root.tag == "item_list"
    items = {item.get("id"): item for item in root}
    assert set(items) == {"MUG-1", short_id("SHIRT/M", 36), "BARE", "NOPRICE"}
    assert items["MUG-1"].findtext("stock_quantity") == "12"
    arrival = items["MUG-1"].find("delivery_time")
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2} 12:00", arrival.text)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2} 14:00", arrival.get("orderDeadline"))


@pytest.mark.parametrize(
    ("now", "deadline", "arrival"),
    [
        ("2026-11-23T10:00+00:00", "2026-11-23 14:00", "2026-11-24 12:00"),  # Monday, before 14:00 in Prague
        ("2026-11-23T13:30+00:00", "2026-11-24 14:00", "2026-11-25 12:00"),  # Monday, 14:30 in Prague
        ("2026-11-20T14:00+00:00", "2026-11-23 14:00", "2026-11-24 12:00"),  # Friday afternoon
        ("2026-11-21T08:00+00:00", "2026-11-23 14:00", "2026-11-24 12:00"),  # Saturday
    ],
)
def test_when_an_order_arrives(now, deadline, arrival):
    settings = FeedSettings("Shop", "https://shop.example")
    until, there = delivery_times(settings, datetime.fromisoformat(now))
    assert (f"{until:%Y-%m-%d %H:%M}", f"{there:%Y-%m-%d %H:%M}") == (deadline, arrival)


# Google


def test_google_products(catalogue):
    content, writer = write(catalogue.shop, "google_products")
    root = read(content)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    channel = root.find("channel")
    assert channel.findtext("title") == catalogue.shop.name
    assert channel.findtext("link") == "https://shop.example"
    items = {item.findtext(f"{G}id"): item for item in channel.findall("item")}
    mug = items["MUG-1"]
    assert mug.findtext("title") == "Hrnek „Žluťoučký kůň“ & spol."
    assert mug.findtext(f"{G}price") == "121.00 CZK"
    assert mug.findtext(f"{G}sale_price") == "99.00 CZK"
    assert mug.find(f"{G}sale_price_effective_date") is None
    assert mug.findtext(f"{G}availability") == "in_stock"
    assert mug.findtext(f"{G}condition") == "new"
    assert mug.findtext(f"{G}gtin") == EAN
    assert mug.findtext(f"{G}product_type") == "Home > Mugs & cups"
    assert mug.findtext(f"{G}shipping_weight") == "0.35 kg"
    assert len(mug.findall(f"{G}additional_image_link")) == 2
    medium = items[short_id("SHIRT/M", 50)]
    assert medium.findtext(f"{G}item_group_id") == "SHIRT"
    assert medium.findtext(f"{G}size") == "M"
    detail = medium.find(f"{G}product_detail")
    assert detail.findtext(f"{G}attribute_name") == "Střih"
    assert items[short_id("=GONE", 50)].findtext(f"{G}availability") == "out_of_stock"
    required = ("id", "availability", "price", "image_link", "condition")
    for item in items.values():
        assert [name for name in required if item.find(f"{G}{name}") is None] == []
        assert all(item.findtext(name) for name in ("title", "description", "link"))
    assert set(writer.left_out) == {"no picture", "no price with VAT"}


def test_google_shows_when_a_sale_holds(catalogue):
    catalogue.sale.prices.update(
        valid_from=datetime(2026, 11, 20, tzinfo=UTC), valid_to=datetime(2046, 11, 30, 22, 59, tzinfo=UTC)
    )
    content, _writer = write(catalogue.shop, "google_products")
    found = [element.text for element in read(content).iter(f"{G}sale_price_effective_date")]
    assert found == ["2026-11-20T00:00Z/2046-11-30T22:59Z"]


# Shoptet


def test_shoptet_products(catalogue):
    content, writer = write(catalogue.shop, "shoptet_products")
    root = read(content)
    assert root.tag == "SHOP"
    items = {item.findtext("CODE") or item.findtext("VARIANTS/VARIANT/CODE"): item for item in root}
    assert set(items) == {"MUG-1", "SHIRT/M", "WRAP", "BARE"}
    mug = items["MUG-1"]
    assert "<b>z kameniny</b>" in mug.findtext("DESCRIPTION")
    assert mug.findtext("DESCRIPTION").endswith("]]> konec")
    assert mug.findtext("SHORT_DESCRIPTION") == "Na kávu i čaj"
    assert mug.findtext("PRICE_VAT") == "99.00"
    assert mug.findtext("STANDARD_PRICE") == "121.00"
    assert mug.findtext("VAT") == "21"
    assert mug.findtext("CURRENCY") == "CZK"
    assert mug.findtext("STOCK/AMOUNT") == "12"
    assert mug.findtext("LOGISTIC/WEIGHT") == "0.350"
    assert mug.findtext("CATEGORIES/DEFAULT_CATEGORY") == "Home > Mugs & cups"
    assert mug.findtext("AVAILABILITY_IN_STOCK") == "Skladem"
    assert len(mug.findall("IMAGES/IMAGE")) == 3
    shirt = items["SHIRT/M"]
    assert {"CODE", "STOCK", "PRICE_VAT"}.isdisjoint(child.tag for child in shirt)
    assert shirt.findtext("NAME") == "Tričko"
    medium, large = shirt.findall("VARIANTS/VARIANT")
    assert (large.findtext("CODE"), large.findtext("STOCK/AMOUNT")) == ("SHIRT/L", "0")
    assert large.findtext("IMAGE_REF") in [image.text for image in shirt.findall("IMAGES/IMAGE")]
    assert [texts(parameter) for parameter in medium.findall("PARAMETERS/PARAMETER")] == [
        {"NAME": "Velikost", "VALUE": "M"},
        {"NAME": "Střih", "VALUE": "dámský"},
    ]
    assert items["WRAP"].findtext("ITEM_TYPE") == "service"
    assert items["WRAP"].find("STOCK") is None
    assert {why.split(" (")[0]: skus for why, (_count, skus) in writer.left_out.items()} == {
        "a SKU that Shoptet does not take": ["=GONE"],
        "no price": ["NOPRICE"],
    }


def test_shoptet_prices_without_vat(catalogue):
    catalogue.shop.facts = {"prices_gross": False, "decimals": 2}
    content, _writer = write(catalogue.shop, "shoptet_products")
    mug = next(item for item in read(content) if item.findtext("CODE") == "MUG-1")
    assert mug.findtext("PRICE") == "81.82"
    assert mug.find("PRICE_VAT") is None


def test_shoptet_stock(catalogue):
    content, _writer = write(catalogue.shop, "shoptet_stock")
    found = {}
    for item in read(content):
        assert {child.tag for child in item} <= {"CODE", "STOCK", "VARIANTS"}
        for sellable in item.findall("VARIANTS/VARIANT") or [item]:
            found[sellable.findtext("CODE")] = sellable.findtext("STOCK/AMOUNT")
    assert found == {"MUG-1": "12", "SHIRT/M": "5", "SHIRT/L": "0", "BARE": "7", "NOPRICE": "7"}


# POHODA


def test_pohoda_stock(catalogue):
    content, _writer = write(catalogue.shop, "pohoda_stock")
    assert content.startswith(b"<?xml version='1.0' encoding='windows-1250'?>")
    assert "Žluťoučký".encode("cp1250") in content
    root = read(content)
    assert root.tag == f"{{{POHODA}data.xsd}}dataPack"
    assert (root.get("ico"), root.get("version")) == ("12345678", "2.0")
    assert len({item.get("id") for item in root}) == len(root) == 6
    stk = f"{{{POHODA}stock.xsd}}"
    cards = {card.findtext(f"{stk}code"): card for card in root.iter(f"{stk}stockHeader")}
    assert set(cards) == {"MUG-1", "SHIRT/M", "SHIRT/L", "=GONE", "BARE", "NOPRICE"}
    mug = cards["MUG-1"]
    assert mug.findtext(f"{stk}count") == "12"
    assert mug.findtext(f"{stk}sellingRateVAT") == "high"
    assert cards["=GONE"].findtext(f"{stk}sellingRateVAT") == "low"
    price = mug.find(f"{stk}sellingPrice")
    assert (price.text, price.get("payVAT")) == ("121", "true")
    assert mug.findtext(f"{stk}storage/{{{POHODA}type.xsd}}ids") == "HLAVNÍ"
    assert mug.findtext(f"{stk}mass") == "0.35"


def test_pohoda_stock_is_valid_by_stormwares_schema_of_the_pack(catalogue):
    """The schema of the envelope; that of stock cards is not public, so the cards are checked above."""
    content, _writer = write(catalogue.shop, "pohoda_stock")
    found = schema("pohoda-2.0", "data-package.xsd")
    document = etree.fromstring(content)
    found.assertValid(document)
    document.set("ico", "not a number at all")
    assert not found.validate(document)


def test_pohoda_needs_its_two_names(catalogue):
    catalogue.shop.options["pohoda_ico"] = ""
    with pytest.raises(Conflict, match="registration number"):
        write(catalogue.shop, "pohoda_stock")


# All


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
