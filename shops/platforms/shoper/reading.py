"""Reads the shop piece by piece. A cursor is text that any later instance can go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from backoffice.lib.errors import UnexpectedAnswer
from shops.platforms.base import BadRecord, Page
from shops.platforms.payloads import unreadable
from shops.platforms.shoper.client import LIMIT, Client, listing
from shops.platforms.shoper.lists import LongList, Place
from shops.platforms.shoper.mapping import articles, customers, images, terms, values
from shops.platforms.shoper.mapping.values import Malformed, Payload
from shops.platforms.shoper.orders import OrderReader
from shops.platforms.shoper.setup import Setup
from shops.records import ArticleRecord, Record

IN_PRODUCTS = ("article", "stock", "price")
_IDS = {"article": "product_id", "customer": "user_id", "order": "order_id", "image": "gfx_id"}


class Reader:
    def __init__(self, client: Client, setup: Setup, pages: int) -> None:
        self.client = client
        self.setup = setup
        self.pages = pages
        self.orders = OrderReader(client, setup)

    def read(self, kind: str, since: datetime | None, cursor: str | None) -> Page:
        if kind in IN_PRODUCTS:
            return self._products(kind, cursor)
        if kind == "image":
            return self._images(cursor)
        if kind == "customer":
            return self._customers(cursor)
        if kind == "order":
            rows, following, total = self.orders.piece(since, cursor)
            return self.order_page(rows, following, total)
        if kind == "category":
            return self._categories()
        return self._dictionary(kind)

    def read_some(self, kind: str, ids: Sequence[str]) -> Page:
        """Those of these ids that are still there, with what they carry; kind: article, customer or order."""
        path = {"article": "products", "customer": "users", "order": "orders"}[kind]
        rows = self.client.rows(listing(path, filters={_IDS[kind]: {"IN": [int(one) for one in ids]}}))
        if kind == "order":
            return self.order_page(rows)
        return self.product_page(kind, rows) if kind == "article" else self.customer_page(rows)

    # Dictionaries: short lists, read whole

    def _dictionary(self, kind: str) -> Page:
        locale, country = self.setup.locale, self.setup.home_country
        found: dict[str, tuple[Callable[[], Sequence[Any]], Callable[[Payload], Record]]] = {
            "unit": (lambda: self.client.rows(listing("units")), lambda row: terms.unit(row, locale)),
            "producer": (lambda: self.client.rows(listing("producers")), terms.producer),
            "vat_rate": (
                lambda: self.client.rows(listing("taxes")),
                lambda row: terms.vat_rate(row, country),
            ),
            "payment_method": (
                lambda: self.setup.payments,
                lambda row: terms.payment_method(row, locale),
            ),
            "shipping_method": (
                lambda: self.setup.shippings,
                lambda row: terms.shipping_method(row, locale),
            ),
            "order_status": (lambda: self.setup.statuses, lambda row: terms.order_status(row, locale)),
        }
        ask, record = found[kind]
        records, bad = mapped(kind, ask(), lambda row: (record(row),))
        return Page(tuple(records), total=len(records) + len(bad), bad=bad)

    def _categories(self) -> Page:
        """The list has no parents and the tree no names, so both are read whole and put together (M5)."""
        rows = self.client.rows(listing("categories"))
        parent_of = terms.parents(self.client.get("categories-tree"))

        def to_record(row: Payload) -> Iterable[Record]:
            if values.own_id(row, "category_id") not in parent_of:
                raise Malformed("categories-tree", row.get("category_id"))
            return (terms.category(row, parent_of, self.setup.locale),)

        records, bad = mapped("category", rows, to_record)
        ordered = terms.parents_first(records, parent_of)  # type: ignore[arg-type]
        return Page(tuple(ordered), total=len(rows), bad=bad)

    # Articles and what lies in their rows

    def _products(self, kind: str, cursor: str | None) -> Page:
        piece = LongList(self.client, "products", "product_id", self.pages).piece(Place.of(cursor))
        return self.product_page(kind, piece.rows, _text(piece.following), piece.total)

    def product_page(
        self,
        kind: str,
        rows: Sequence[Payload],
        following: str | None = None,
        total: int | None = None,
    ) -> Page:
        variants = self.variant_rows(
            values.own_id(row, "product_id") for row in rows if articles.has_variants(row)
        )
        shop = self.setup.catalogue()
        carried: dict[str, list[Record]] = {"stock": [], "price": []} if kind == "article" else {}

        def to_records(row: Payload) -> Iterable[Record]:
            own = variants.get(values.own_id(row, "product_id"), ())
            found = articles.records(kind, row, shop, own)
            if kind == "article":
                for record in found:
                    if isinstance(record, ArticleRecord):
                        for inner in articles.inside_of(record):
                            carried[inner.kind].append(inner)
            return found

        records, bad = mapped(kind, rows, to_records)
        return Page(
            records=tuple(records),
            next_cursor=following,
            total=total,
            carried={name: tuple(inner) for name, inner in carried.items()},
            bad=bad,
        )

    def variant_rows(self, product_ids: Iterable[str]) -> dict[str, list[Payload]]:
        """{product: the rows of its variants}, in one request for each 1,250 products that have any."""
        wanted = [int(one) for one in product_ids]
        calls = [
            listing(
                "product-stocks",
                order="stock_id asc",
                filters={"product_id": {"IN": wanted[start : start + LIMIT]}, "extended": 1},
            )
            for start in range(0, len(wanted), LIMIT)
        ]
        found: dict[str, list[Payload]] = {}
        for rows in self.client.whole(*calls) if calls else ():
            for row in rows:
                found.setdefault(values.identity(row, "product_id"), []).append(row)
        return found

    def _images(self, cursor: str | None) -> Page:
        piece = LongList(self.client, "product-images", "gfx_id").piece(Place.of(cursor))
        records, bad = mapped("image", piece.rows, lambda row: (self.image(row),))
        return Page(tuple(records), _text(piece.following), piece.total, bad=bad)

    def image(self, row: Payload) -> Record:
        return images.image(row, self.setup.locale, self.client.address)

    # Customers

    def _customers(self, cursor: str | None) -> Page:
        piece = LongList(self.client, "users", "user_id").piece(Place.of(cursor))
        # Guests have a row too; they are no accounts (shoper.md, 5).
        registered = [row for row in piece.rows if values.flag(row, "registered")]
        return self.customer_page(registered, _text(piece.following), piece.total)

    def customer_page(
        self, rows: Sequence[Payload], following: str | None = None, total: int | None = None
    ) -> Page:
        books = self.address_books(values.own_id(row, "user_id") for row in rows)
        zone = self.setup.zone
        records, bad = mapped(
            "customer",
            rows,
            lambda row: (customers.customer(row, books.get(values.own_id(row, "user_id"), ()), zone),),
        )
        return Page(tuple(records), following, total, bad=bad)

    def address_books(self, user_ids: Iterable[str]) -> dict[str, list[Payload]]:
        wanted = [int(one) for one in user_ids]
        calls = [
            listing("user-addresses", filters={"user_id": {"IN": wanted[start : start + LIMIT]}})
            for start in range(0, len(wanted), LIMIT)
        ]
        found: dict[str, list[Payload]] = {}
        for rows in self.client.whole(*calls) if calls else ():
            for row in rows:
                found.setdefault(values.identity(row, "user_id"), []).append(row)
        return found

    # Orders

    def order_page(
        self, rows: Sequence[Payload], following: str | None = None, total: int | None = None
    ) -> Page:
        lines = self.orders.lines(rows)
        record = self.orders.mapping(lines)
        records, bad = mapped("order", rows, lambda row: (record(row),), lines)
        return Page(tuple(records), following, total, bad=bad)


def mapped(
    kind: str,
    rows: Iterable[Payload],
    to_records: Callable[[Payload], Iterable[Record]],
    lines: Mapping[str, Sequence[Payload]] | None = None,
) -> tuple[list[Record], tuple[BadRecord, ...]]:
    """lines: of orders, so that what cannot be read is kept with them."""
    found: list[Record] = []
    bad: list[BadRecord] = []
    for row in rows:
        try:
            found += to_records(row)
        except UnexpectedAnswer as error:
            bad.append(_bad(kind, row, error, lines or {}))
    return found, tuple(bad)


def _bad(
    kind: str, row: Payload, error: UnexpectedAnswer, lines: Mapping[str, Sequence[Payload]]
) -> BadRecord:
    number = next((str(row[name]) for name in (_IDS.get(kind, ""), f"{kind}_id") if row.get(name)), "")
    label = str(row.get("code") or row.get("name") or row.get("email") or number)[:200]
    if isinstance(error, Malformed):
        error = unreadable(error, kind, number, label)
    raw = values.plain({**row, "order_products": list(lines.get(number, ()))}) if kind == "order" else {}
    return BadRecord(kind=kind, remote_id=number, name=label, error=error, raw=raw)


def _text(place: Place | None) -> str | None:
    return None if place is None else str(place)
