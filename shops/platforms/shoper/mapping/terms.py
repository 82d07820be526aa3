"""Dictionaries: units, categories, producers, VAT rates, payment and shipping methods, order statuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Malformed, Payload
from shops.records import (
    CategoryRecord,
    OrderStatusRecord,
    PaymentMethodRecord,
    ProducerRecord,
    ShippingMethodRecord,
    UnitRecord,
    VatRateRecord,
)

_PERCENT = re.compile(r"\d+([.,]\d+)?\s*%?")


def unit(payload: Payload, locale: str) -> UnitRecord:
    return UnitRecord(
        remote_id=values.own_id(payload, "unit_id"), name=values.name(values.words(payload, locale))
    )


def unit_payload(record: UnitRecord, locale: str) -> dict[str, Any]:
    return {} if record.name is None else {"translations": {locale: {"name": record.name}}}


def producer(payload: Payload) -> ProducerRecord:
    return ProducerRecord(remote_id=values.own_id(payload, "producer_id"), name=values.name(payload))


def producer_payload(record: ProducerRecord) -> dict[str, Any]:
    return {} if record.name is None else {"name": record.name}


def vat_rate(payload: Payload, country: str) -> VatRateRecord:
    """percent None for what is no percentage ("zw.", "np."): the shop keeps them as 0, but they are not 0 %."""
    name = values.name(payload)
    percent: Decimal | None = values.percent(payload, "value")
    if not _PERCENT.fullmatch(values.text(payload, "class").strip() or name):
        percent = None
    return VatRateRecord(
        remote_id=values.own_id(payload, "tax_id"),
        name=name,
        country=country,
        percent=percent,
        tax_class=values.text(payload, "class"),
    )


def parents(tree: Any) -> dict[str, str]:
    """{category id: id of the one above it} of categories-tree; the list of categories says nothing of it."""
    found: dict[str, str] = {}

    def walk(nodes: Any, parent: str) -> None:
        if not isinstance(nodes, list):
            raise Malformed("categories-tree", nodes)
        for node in nodes:
            if not isinstance(node, Mapping):
                raise Malformed("categories-tree", node)
            number = values.own_id(node, "id")
            found[number] = parent
            walk(node.get("children") or [], number)

    walk(tree, "")
    return found


def category(payload: Payload, parent_of: Mapping[str, str], locale: str) -> CategoryRecord:
    texts = values.words(payload, locale)
    number = values.own_id(payload, "category_id")
    return CategoryRecord(
        remote_id=number,
        name=values.name(texts),
        parent_id=parent_of.get(number, ""),
        description=values.long_text(texts, "description"),
        position=int(values.decimal(payload, "order") or 0),
    )


def parents_first(records: Iterable[CategoryRecord], parent_of: Mapping[str, str]) -> list[CategoryRecord]:
    """In the order of the tree, whose every parent stands before its children."""
    place = {number: position for position, number in enumerate(parent_of)}
    return sorted(records, key=lambda record: place.get(record.remote_id, len(place)))


def payment_method(payload: Payload, locale: str) -> PaymentMethodRecord:
    title = values.name(values.words(payload, locale), "title")
    return PaymentMethodRecord(
        remote_id=values.own_id(payload, "payment_id"), name=title or values.name(payload)
    )


def shipping_method(payload: Payload, locale: str) -> ShippingMethodRecord:
    name = values.name(values.words(payload, locale))
    return ShippingMethodRecord(
        remote_id=values.own_id(payload, "shipping_id"), name=name or values.name(payload)
    )


def order_status(payload: Payload, locale: str) -> OrderStatusRecord:
    return OrderStatusRecord(
        remote_id=values.own_id(payload, "status_id"), name=values.name(values.words(payload, locale))
    )


def open_statuses(rows: Iterable[Payload]) -> Iterator[str]:
    """Ids of the statuses in which an order is still worked on: type 1 new, 2 open (3 closed, 4 not realised)."""
    return (values.own_id(row, "status_id") for row in rows if values.text(row, "type") in ("1", "2"))
