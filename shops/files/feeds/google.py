"""Google Merchant: RSS 2.0 with Google's own elements (file-ftp.md, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from lxml import etree

from shops.files.cells import number_text
from shops.files.feeds.rows import variant_name
from shops.files.feeds.xml import (
    Element,
    XmlFeed,
    add,
    missing_setting,
    money,
    plain_text,
    short_id,
    valid_gtin,
)
from shops.files.writers import Row

NAMESPACE: Final = "http://base.google.com/ns/1.0"
MOST_IMAGES: Final = 10
# How our shops call what Google has elements of its own for.
_ATTRIBUTES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("size", "velikost", "veľkosť", "rozmiar", "méret"), "size"),
    **dict.fromkeys(("colour", "color", "barva", "farba", "kolor", "szín"), "color"),
    **dict.fromkeys(("material", "materiál", "materiał", "anyag"), "material"),
}


class GoogleProducts(XmlFeed):
    root = "rss"
    namespaces = {"g": NAMESPACE}
    content_type = "application/rss+xml"

    def require(self) -> None:
        if not self.settings.product_url:
            raise missing_setting(
                _("Google wants the address of each article's page, and nobody has entered how it looks."),
                _("Enter “Address of an article's page” on the page Files of the shop."),
                "product_url",
            )

    def attributes(self) -> dict[str, str]:
        return {"version": "2.0"}

    def begin(self) -> None:
        self._channel = self._xml.element("channel")
        self._channel.__enter__()
        for name, text in (
            ("title", self.settings.title),
            ("link", self.settings.address),
            ("description", self.settings.title),
        ):
            child = etree.Element(name)
            child.text = text
            self._xml.write("\n", child)
        self._xml.write("\n")

    def end(self) -> None:
        self._channel.__exit__(None, None, None)

    def element(self, row: Row) -> Element | str:
        if row["gross"] is None:
            return _("no price with VAT")
        if not row["images"]:
            return _("no picture")
        item = etree.Element("item", nsmap={"g": NAMESPACE})
        _g(item, "id", short_id(row["sku"], 50))
        add(item, "title", variant_name(row), 150)
        text = plain_text(row["description"] or row["short_description"], 5000)
        add(item, "description", text or variant_name(row))
        add(item, "link", row["page"])
        _g(item, "image_link", row["images"][0])
        for url in row["images"][1 : MOST_IMAGES + 1]:
            _g(item, "additional_image_link", url)
        in_stock = row["stock"] is not None and row["stock"] > 0
        _g(item, "availability", "in_stock" if in_stock else "out_of_stock")
        _g(item, "condition", "new")
        self._prices(item, row)
        _g(item, "brand", row["producer"], 70)
        gtin = valid_gtin(row["ean"])
        _g(item, "gtin", gtin or None)
        if not gtin and not row["producer"]:
            _g(item, "identifier_exists", "no")
        if row["group"]:
            _g(item, "item_group_id", short_id(row["group"], 50))
        for path in row["categories"][:5]:
            _g(item, "product_type", path, 750)
        if row["weight_g"]:
            _g(item, "shipping_weight", f"{number_text(row['weight_g'] / Decimal(1000))} kg")
        self._options(item, row["options"] or [])
        return item

    def _prices(self, item: Element, row: Row) -> None:
        currency = row["currency"]
        _g(item, "price", f"{money(row['gross'])} {currency}")
        if row["sale_gross"] is None or row["sale_gross"] >= row["gross"]:
            return
        _g(item, "sale_price", f"{money(row['sale_gross'])} {currency}")
        begins, ends = row["sale_from"], row["sale_to"]
        if begins is not None or ends is not None:
            first = begins or self.meta.generated_at
            last = ends or first.replace(year=first.year + 1, day=min(first.day, 28))
            _g(item, "sale_price_effective_date", f"{_iso(first)}/{_iso(last)}")

    @staticmethod
    def _options(item: Element, options: Any) -> None:
        for name, value in options:
            if not value:
                continue
            if known := _ATTRIBUTES.get(name.casefold()):
                _g(item, known, value, 100)
                continue
            detail = etree.SubElement(item, f"{{{NAMESPACE}}}product_detail")
            _g(detail, "attribute_name", name, 140)
            _g(detail, "attribute_value", value, 1000)


def _g(parent: Element, name: str, text: object, limit: int = 0) -> Element:
    return add(parent, f"{{{NAMESPACE}}}{name}", text, limit)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
