"""Shoptet and POHODA: what is in the files."""

from __future__ import annotations

import pytest
from lxml import etree

from backoffice.lib.errors import Conflict
from tests.shops.files.catalogue import small_catalogue
from tests.shops.files.feeding import POHODA, read, texts, write
from tests.specs import schema

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S11")]


@pytest.fixture
def catalogue():
    return small_catalogue()


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
