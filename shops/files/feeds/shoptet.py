"""Shoptet's own XML for its automatic imports: products whole, and stock alone (shoptet.md, 12).

Paired by CODE. Element order as in the shop's own export; variants replace the article's own code, price and stock.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from lxml import etree

from shops.files.cells import number_text
from shops.files.feeds.xml import Element, XmlFeed, add, add_html, money
from shops.files.writers import Row

_CODE: Final = re.compile(r"[a-zA-Z0-9_/ \-.]{1,64}")
MOST_VARIANTS: Final = 512


class ShoptetProducts(XmlFeed):
    root = "SHOP"

    def element(self, row: Row) -> Element | str:
        if why := _unfit(row):
            return why
        if row["gross"] is None and row["net"] is None and not row["variants"]:
            return _("no price")
        item = etree.Element("SHOPITEM")
        add(item, "NAME", row["name"], 250)
        add_html(item, "SHORT_DESCRIPTION", row["short_description"])
        add_html(item, "DESCRIPTION", row["description"])
        add(item, "MANUFACTURER", row["producer"])
        add(item, "ITEM_TYPE", "service" if row["kind"] == "service" else "product")
        add(item, "UNIT", row["unit"])
        self._categories(item, row)
        self._images(item, row)
        if row["variants"]:
            variants = etree.SubElement(item, "VARIANTS")
            for variant in row["variants"]:
                element = etree.SubElement(variants, "VARIANT")
                self._sellable(element, variant)
                _parameters(element, variant)
                if variant["images"] and variant["images"] != row["images"]:
                    add(element, "IMAGE_REF", variant["images"][0])
        else:
            self._sellable(item, row)
        add(item, "VISIBILITY", "visible")
        return item

    @staticmethod
    def _categories(item: Element, row: Row) -> None:
        if row["categories"]:
            categories = etree.SubElement(item, "CATEGORIES")
            for path in row["categories"]:
                add(categories, "CATEGORY", path)
            add(categories, "DEFAULT_CATEGORY", row["categories"][0])

    @staticmethod
    def _images(item: Element, row: Row) -> None:
        urls = list(
            dict.fromkeys([*row["images"], *(v["images"][0] for v in row["variants"] if v["images"])])
        )
        if urls:
            images = etree.SubElement(item, "IMAGES")
            for url in urls:
                add(images, "IMAGE", url)

    def _sellable(self, element: Element, row: Row) -> None:
        add(element, "CODE", row["sku"])
        add(element, "EAN", row["ean"] or None)
        # In the way the shop keeps its prices: given both, it would calculate one from the other.
        way, tag = ("gross", "PRICE_VAT") if row.get("prices_include_vat") else ("net", "PRICE")
        regular, sale = row[way], row[f"sale_{way}"] if row["on_sale"] else None
        if regular is not None:
            add(element, "CURRENCY", row["currency"])
            if row["vat_percent"] is not None:
                add(element, "VAT", number_text(row["vat_percent"]))
            add(element, tag, money(regular if sale is None else sale))
            if sale is not None:
                add(element, "STANDARD_PRICE", money(regular))
        _stock(element, row)
        add(element, "AVAILABILITY_IN_STOCK", self.settings.in_stock_text or None)
        add(element, "AVAILABILITY_OUT_OF_STOCK", self.settings.sold_out_text or None)
        if row["weight_g"]:
            logistic = etree.SubElement(element, "LOGISTIC")
            add(logistic, "WEIGHT", f"{row['weight_g'] / Decimal(1000):.3f}")


class ShoptetStock(XmlFeed):
    """The same file with nothing but codes and quantities: for the update import that ticks only stock."""

    root = "SHOP"

    def element(self, row: Row) -> Element | str:
        if why := _unfit(row):
            return why
        if row["stock"] is None and not row["variants"]:
            return ""  # a service has no stock
        item = etree.Element("SHOPITEM")
        if row["variants"]:
            variants = etree.SubElement(item, "VARIANTS")
            for variant in row["variants"]:
                element = etree.SubElement(variants, "VARIANT")
                add(element, "CODE", variant["sku"])
                _stock(element, variant)
                _parameters(element, variant)
        else:
            add(item, "CODE", row["sku"])
            _stock(item, row)
        return item


def _unfit(row: Row) -> str:
    if any(not _CODE.fullmatch(one["sku"]) for one in (row["variants"] or [row])):
        return _(
            "a SKU that Shoptet does not take (64 letters without accents, digits, “_”, “/”, “-”, “.” and blanks)"
        )
    if len(row["variants"]) > MOST_VARIANTS:
        return _("more than 512 variants")
    return ""


def _stock(element: Element, row: Row) -> None:
    if row["stock"] is not None:
        add(etree.SubElement(element, "STOCK"), "AMOUNT", number_text(row["stock"]))


def _parameters(element: Element, row: Row) -> None:
    parameters = etree.SubElement(element, "PARAMETERS")
    for name, value in row["options"] or []:
        parameter = etree.SubElement(parameters, "PARAMETER")
        add(parameter, "NAME", name)
        add(parameter, "VALUE", value)
