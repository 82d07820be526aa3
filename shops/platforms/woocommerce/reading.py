"""Reads the shop page by page. A cursor is text that any later instance can go on from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import RemoteError, Unsupported
from shops.platforms.base import BadRecord, Page
from shops.platforms.woocommerce import complaints
from shops.platforms.woocommerce.client import BATCH_MOST, Client, Reply
from shops.platforms.woocommerce.mapping import articles, customers, orders, taxes, terms, values
from shops.platforms.woocommerce.mapping.values import Malformed, Payload
from shops.platforms.woocommerce.pages import PAGE, Place, changed_since, following, mapped, page_of, together
from shops.platforms.woocommerce.reading_products import IN_PRODUCTS, ProductReader
from shops.platforms.woocommerce.setup import Setup, status_rows
from shops.records import OrderRecord, Record


@dataclass(frozen=True, slots=True)
class Listing:
    """A type that is one list of the shop: where it is, what is asked of it, what becomes of a row."""

    path: str
    record: Callable[[Payload], Record]
    params: Mapping[str, str]


class Reader:
    def __init__(self, client: Client, setup: Setup) -> None:
        self.client = client
        self.setup = setup
        self.products = ProductReader(client, setup)
        self.listings: dict[str, Listing] = {
            "category": Listing("products/categories", terms.category, {"_fields": terms.CATEGORY_FIELDS}),
            "producer": Listing("products/brands", terms.producer, {"_fields": terms.BRAND_FIELDS}),
            "vat_rate": Listing("taxes", taxes.vat_rate, {}),
            "customer": Listing("customers", self._customer, {"_fields": customers.FIELDS}),
        }

    def read(self, kind: str, since: datetime | None, cursor: str | None) -> Page:
        if kind in IN_PRODUCTS:
            return self.products.read(kind, since, Place.of(cursor, "products"))
        if kind == "order":
            return self._orders(since, Place.of(cursor, "orders"))
        if kind in self.listings:
            return self._listing(kind, Place.of(cursor, kind))
        found, bad = self._whole(kind)
        return Page(records=tuple(found), bad=bad)

    def read_some(self, kind: str, ids: Sequence[tuple[str, str]]) -> Page:
        """Orders, or articles with what they carry: one request, and one for each parent of variations."""
        products = [remote_id for remote_id, parent_id in ids if not parent_id]
        pages: list[Page] = []
        if products and kind == "order":
            reply = self._included("orders", products, {"dp": 6})
            rows = [row for row in reply.rows if row.get("status") not in terms.NOT_ORDERS]
            found, bad = mapped("order", rows, self.order_mapping(rows))
            pages.append(Page(tuple(found), bad=bad))
        elif products:
            reply = self._included("products", products, {"_fields": articles.PRODUCT_FIELDS[kind]})
            self.products.note_featured(reply.data)
            pages.append(self.products.page(kind, reply.data, None, None))
        for parent in sorted({parent_id for _id, parent_id in ids if parent_id}):
            inside = [remote_id for remote_id, parent_id in ids if parent_id == parent]
            fields = {"_fields": articles.VARIATION_FIELDS[kind]}
            reply = self._included(f"products/{int(parent)}/variations", inside, fields)
            rows = [{**row, "parent_id": int(parent)} for row in reply.rows]
            self.products.ask_featured(rows)
            pages.append(self.products.page(kind, rows, None, None))
        return together(pages)

    def _included(self, path: str, ids: Sequence[str], params: Mapping[str, Any]) -> Reply:
        edit = {} if path == "orders" else {"context": "edit"}
        return self.client.get_list(path, include=",".join(ids), per_page=PAGE, **edit, **params)

    # Lists

    def _listing(self, kind: str, place: Place) -> Page:
        listing = self.listings[kind]
        try:
            reply = page_of(self.client, listing.path, place, listing.params)
        except RemoteError as error:
            if kind == "producer" and error.data.get("code") == complaints.NO_ROUTE:
                raise no_brands() from error
            raise
        found, bad = mapped(kind, reply.data, lambda row: (listing.record(row),))
        if kind == "category":
            found = parents_first(found)
        onward = following(place, reply)
        return Page(tuple(found), None if onward is None else str(onward), reply.total, bad=bad)

    def _whole(self, kind: str) -> tuple[list[Record], tuple[BadRecord, ...]]:
        """Types of a few elements, in one go."""
        if kind == "payment_method":
            rows = self.client.get_list("payment_gateways", _fields="id,title,method_title").data
            return mapped(kind, rows, lambda row: (terms.payment_method(row),))
        if kind == "order_status":
            statuses = [
                row
                for row in status_rows(self.client)
                if values.text(row, "slug").removeprefix("wc-") not in terms.NOT_ORDERS
            ]
            return mapped(kind, statuses, lambda row: (terms.order_status(row),))
        zones = self.client.get_list("shipping/zones", _fields="id,name").rows
        fields = "instance_id,title,method_id,method_title"
        methods = [
            (
                values.name(zone),
                self.client.get_list(
                    f"shipping/zones/{values.identity(zone) or 0}/methods", _fields=fields
                ).rows,
            )
            for zone in zones
        ]
        return list(terms.shipping_methods(methods)), ()

    def _customer(self, row: Payload) -> Record:
        return customers.customer(row, self.setup.vat_keys)

    # Orders

    def _orders(self, since: datetime | None, place: Place) -> Page:
        reply = page_of(self.client, "orders", place, {"dp": 6, **changed_since(since)})
        wanted = [
            row
            for row in reply.data
            if not (isinstance(row, Mapping) and row.get("status") in terms.NOT_ORDERS)
        ]
        found, bad = mapped("order", wanted, self.order_mapping(wanted))
        onward = following(place, reply)
        return Page(tuple(found), None if onward is None else str(onward), reply.total, bad=bad)

    def order_mapping(self, rows: Sequence[Any]) -> Callable[[Payload], tuple[OrderRecord]]:
        """How to map these orders; asks, in one request, which products of doubtful lines have variations."""
        suspects: set[str] = set()
        for row in rows:
            try:
                suspects |= orders.suspects(row) if isinstance(row, Mapping) else set()
            except Malformed:
                continue  # mapping it says so
        variable = self._variable_among(suspects)
        return lambda row: (orders.order(row, self.setup.vat_keys, variable),)

    def _variable_among(self, numbers: set[str]) -> frozenset[str]:
        types = self.setup.product_types
        unknown = sorted(numbers - types.keys(), key=int)
        for start in range(0, len(unknown), BATCH_MOST):
            chunk = unknown[start : start + BATCH_MOST]
            reply = self.client.get_list("products", include=chunk, per_page=PAGE, _fields="id,type")
            types |= {values.own_id(row): str(row.get("type")) for row in reply.rows}
        return frozenset(number for number in numbers if types.get(number, "").startswith("variable"))


def no_brands() -> Unsupported:
    return Unsupported(
        _("This shop has no brands: they came with WooCommerce 9.6."),
        cure=_("Update WooCommerce, or choose “Leave alone” for producers on the page “What to sync”."),
        key="no_brands",
    )


def parents_first(records: Sequence[Record]) -> list[Record]:
    """Categories with every parent before its children, as far as both are among them; else in their order."""
    by_id = {record.remote_id: record for record in records}
    done: dict[str, Record] = {}

    for record in records:
        chain = []
        step: Record | None = record
        while step is not None and step.remote_id not in done and step not in chain:
            chain.append(step)
            step = by_id.get(getattr(step, "parent_id", None) or "")
        for link in reversed(chain):
            done[link.remote_id] = link
    return list(done.values())
