"""Heureka and Google Merchant: what is in the files."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from backoffice.lib.errors import Conflict
from shops.files.feeds.heureka import delivery_times
from shops.files.feeds.settings import FeedSettings
from shops.files.feeds.xml import short_id
from tests.shops.files.catalogue import EAN, small_catalogue
from tests.shops.files.feeding import G, read, texts, write

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S11")]


@pytest.fixture
def catalogue():
    return small_catalogue()


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
