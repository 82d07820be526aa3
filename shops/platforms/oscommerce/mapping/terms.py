"""Categories, producers, and the lists that are mapped by hand: payment and shipping methods, order statuses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from backoffice.lib.text import extract, strip_tags
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.mapping.values import Row
from shops.records import (
    CategoryRecord,
    OrderStatusRecord,
    PaymentMethodRecord,
    ProducerRecord,
    ShippingMethodRecord,
)

LONGEST_ID: Final = 120
# "Zone Rates (Shipping to SI : 2.5 lb(s))": what differs from order to order is no part of the method.
_VARYING: Final = re.compile(r"\s*\([^()]*\d[^()]*(?:\([^()]*\)[^()]*)*\)")


def categories(rows: Iterable[Row]) -> list[CategoryRecord]:
    """Parents before children. What hangs on no root is in no menu of the shop: a parent was deleted, or it is a ring."""
    by_parent = values.grouped(rows, "parent")
    found: list[CategoryRecord] = []
    level = by_parent.pop("0", [])
    while level:
        records = [category(row) for row in level]
        found += records
        level = [row for record in records for row in by_parent.pop(record.remote_id, [])]
    return found


def category(row: Row) -> CategoryRecord:
    return CategoryRecord(
        remote_id=values.identity(row),
        name=values.name(row),
        parent_id=values.identity(row, "parent"),
        position=values.number(row, "position"),
    )


def producer(row: Row) -> ProducerRecord:
    return ProducerRecord(remote_id=values.identity(row), name=values.name(row))


def order_status(row: Row) -> OrderStatusRecord:
    return OrderStatusRecord(remote_id=values.identity(row), name=values.name(row))


def payment_title(raw: str) -> str:
    """An order keeps the title of its payment, in the customer's language and sometimes with HTML; no code."""
    return extract(strip_tags(raw), LONGEST_ID)


def shipping_title(raw: str) -> str:
    return extract(strip_tags(raw), 200).removesuffix(":").strip()


def shipping_method_id(title: str) -> str:
    """The same for all orders of one method, whatever they weigh and wherever they go."""
    return extract(_VARYING.sub("", title).strip() or title, LONGEST_ID)


def payment_methods(rows: Iterable[Row]) -> list[PaymentMethodRecord]:
    titles = sorted({title for row in rows if (title := payment_title(values.text(row, "title")))})
    return [PaymentMethodRecord(remote_id=title, name=title) for title in titles]


def shipping_methods(rows: Iterable[Row]) -> list[ShippingMethodRecord]:
    titles = sorted(
        {shipping_method_id(title) for row in rows if (title := shipping_title(values.text(row, "title")))}
    )
    return [ShippingMethodRecord(remote_id=title, name=title) for title in titles]
