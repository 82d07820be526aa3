"""POHODA: stock cards as a dataPack, version 2.0, in Windows-1250 (file-ftp.md, 5).

Each card is added, or updated where the store has one with its code. `count` is what the shop may sell; POHODA itself
reads it only, since stock moves by documents there.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from lxml import etree

from shops.files.cells import number_text
from shops.files.feeds.rows import variant_name
from shops.files.feeds.xml import Element, XmlFeed, add, missing_setting, plain_text
from shops.files.schema import Sheet
from shops.files.writers import Row

BASE: Final = "http://www.stormware.cz/schema/version_2"
DATA, STOCK, TYPE, FILTER = (f"{BASE}/{name}.xsd" for name in ("data", "stock", "type", "filter"))
VERSION: Final = "2.0"
LONGEST_CODE: Final = 64
_RATES: Final = {
    "standard": "high",
    "reduced": "low",
    "second_reduced": "third",
    "zero": "none",
    "exempt": "none",
}


class PohodaStock(XmlFeed):
    root = f"{{{DATA}}}dataPack"
    namespaces = {"dat": DATA, "stk": STOCK, "typ": TYPE, "ftr": FILTER}
    encoding = "windows-1250"  # what it cannot hold is written as &#…;

    def require(self) -> None:
        for name, value in (
            ("pohoda_ico", self.settings.pohoda_ico),
            ("pohoda_store", self.settings.pohoda_store),
        ):
            if not value:
                raise missing_setting(
                    _(
                        "POHODA wants the registration number of the accounting unit and the name of the store."
                    ),
                    _("Enter both on the page Files of the shop."),
                    name,
                )

    @property
    def _pack_id(self) -> str:
        return f"{self.meta.shop[:40]}-{self.meta.generated_at:%Y%m%d%H%M%S}"

    @property
    def stamp(self) -> bytes:
        return f'id="{self._pack_id}"'.encode()

    def attributes(self) -> dict[str, str]:
        return {
            "version": VERSION,
            "id": self._pack_id,
            "ico": self.settings.pohoda_ico,
            "application": "Kontor",
            "note": "stock",
        }

    def section(self, sheet: Sheet) -> None:
        self._numbers = 0

    def element(self, row: Row) -> Element | str:
        if row["stock"] is None:
            return ""  # a service, or a parent of variants, has no card
        if len(row["sku"]) > LONGEST_CODE:
            return _("a SKU longer than 64 characters")
        self._numbers += 1
        item = etree.Element(
            f"{{{DATA}}}dataPackItem",
            {"version": VERSION, "id": str(self._numbers)},
            nsmap=dict(self.namespaces),
        )
        stock = etree.SubElement(item, _stk("stock"), {"version": VERSION})
        self._update_of(stock, row)
        header = etree.SubElement(stock, _stk("stockHeader"))
        add(header, _stk("stockType"), "card")
        add(header, _stk("code"), row["sku"])
        add(header, _stk("EAN"), row["ean"] or None)
        add(header, _stk("isSales"), "true")
        add(header, _stk("isInternet"), "true")
        add(header, _stk("sellingRateVAT"), _RATES.get(row["vat_kind"] or ""))
        add(header, _stk("name"), variant_name(row), 90)
        add(header, _stk("unit"), row["unit"], 10)
        _named(header, "storage", self.settings.pohoda_store)
        if (price := row["price"]) is not None:
            selling = add(header, _stk("sellingPrice"), number_text(price))
            selling.set("payVAT", "true" if row["prices_include_vat"] else "false")
        if row["weight_g"]:
            add(header, _stk("mass"), number_text(row["weight_g"] / 1000))
        add(header, _stk("producer"), row["producer"], 90)
        add(header, _stk("description"), plain_text(row["short_description"], 240) or None)
        add(header, _stk("count"), number_text(row["stock"]))
        return item

    def _update_of(self, stock: Element, row: Row) -> None:
        action = etree.SubElement(stock, _stk("actionType"))
        update = etree.SubElement(action, _stk("add"), {"update": "true"})
        found = etree.SubElement(update, f"{{{FILTER}}}filter")
        add(found, f"{{{FILTER}}}code", row["sku"])
        store = etree.SubElement(found, f"{{{FILTER}}}store")
        add(store, f"{{{TYPE}}}ids", self.settings.pohoda_store)


def _stk(name: str) -> str:
    return f"{{{STOCK}}}{name}"


def _named(parent: Element, name: str, ids: Any) -> None:
    add(etree.SubElement(parent, _stk(name)), f"{{{TYPE}}}ids", ids)
