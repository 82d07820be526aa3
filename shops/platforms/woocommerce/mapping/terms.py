"""Categories, brands, and the lists that are mapped by hand: payment and shipping methods, order statuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.values import Payload
from shops.records import (
    CategoryRecord,
    OrderStatusRecord,
    PaymentMethodRecord,
    ProducerRecord,
    ShippingMethodRecord,
)

CATEGORY_FIELDS = "id,name,parent,description,menu_order"
BRAND_FIELDS = "id,name"
# Carts that were never sent: the shop lists them among the orders (woocommerce.md, 9.11).
NOT_ORDERS = frozenset({"checkout-draft", "auto-draft", "trash"})


def category(payload: Payload) -> CategoryRecord:
    return CategoryRecord(
        remote_id=values.own_id(payload),
        name=values.name(payload),
        parent_id=values.identity(payload, "parent"),
        description=values.long_text(payload, "description"),
        position=int(values.decimal(payload, "menu_order") or 0),
    )


def category_payload(record: CategoryRecord) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": record.name,
        "parent": None if record.parent_id is None else int(record.parent_id or 0),
        "description": record.description,
        "menu_order": record.position,
    }
    return {name: value for name, value in fields.items() if value is not None}


def producer(payload: Payload) -> ProducerRecord:
    return ProducerRecord(remote_id=values.own_id(payload), name=values.name(payload))


def producer_payload(record: ProducerRecord) -> dict[str, Any]:
    return {} if record.name is None else {"name": record.name}


def payment_method(payload: Payload) -> PaymentMethodRecord:
    slug = values.slug(payload, "id")
    if not slug:
        raise values.Malformed("id", payload.get("id"))
    return PaymentMethodRecord(
        remote_id=slug, name=values.name(payload, "title") or values.name(payload, "method_title") or slug
    )


def shipping_methods(zones: Iterable[tuple[str, Iterable[Payload]]]) -> list[ShippingMethodRecord]:
    """zones: (name of the zone, its methods). The zone stands in the name where two methods are called alike."""
    found = [
        (shipping_id(method), values.name(method, "title") or values.name(method, "method_title"), zone)
        for zone, methods in zones
        for method in methods
    ]
    alike = Counter(title for _id, title, _zone in found)
    return [
        ShippingMethodRecord(remote_id=number, name=f"{title} ({zone})" if alike[title] > 1 else title)
        for number, title, zone in found
    ]


def shipping_id(payload: Payload) -> str:
    """ "flat_rate:1", as in orders; plain "flat_rate" where the order does not say which one."""
    method = values.slug(payload, "method_id")
    instance = values.identity(payload, "instance_id")
    return f"{method}:{instance}" if method and instance else method


def order_status(payload: Payload) -> OrderStatusRecord:
    slug = values.slug(payload, "slug").removeprefix("wc-")
    if not slug:
        raise values.Malformed("slug", payload.get("slug"))
    return OrderStatusRecord(remote_id=slug, name=values.name(payload) or slug)
