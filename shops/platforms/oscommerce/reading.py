"""Reads the shop page by page, by key: what is added or deleted meanwhile moves nothing. A cursor is the last id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from django.utils.translation import gettext as _

from shops.platforms.base import BadRecord, Page, lost_place
from shops.platforms.oscommerce.gateway import Call, Row
from shops.platforms.oscommerce.mapping import articles, customers, orders, terms, values
from shops.platforms.oscommerce.mapping.orders import Parts
from shops.platforms.oscommerce.mapping.values import Malformed
from shops.platforms.oscommerce.operations.orders import ORDER_PARTS
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.payloads import unreadable
from shops.records import Record

T = TypeVar("T")

PAGES: Final = {"article": 200, "image": 1000, "stock": 2000, "price": 2000, "customer": 500, "order": 200}
# A checkout writes its rows one by one (oscommerce.md, 9.2): younger orders may lack some.
UNRIPE_S: Final = 120
IN_PRODUCTS: Final = ("article", "image", "stock", "price")
# What is asked for each of them, besides the rows of the products themselves.
_PARTS: Final = {
    "article": ("products", "texts", "categories", "sales", "pictures"),
    "image": ("images", "pictures"),
    "stock": ("stock",),
    "price": ("prices", "sales"),
}


class Reader:
    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def read(self, kind: str, since: datetime | None, cursor: str | None) -> Page:
        after = _after(cursor)
        if kind in IN_PRODUCTS:
            return self._products(kind, after)
        if kind == "customer":
            return self._customers(after)
        if kind == "order":
            return self._orders(since, after)
        return self._whole(kind)

    # Small tables, in one go

    def _whole(self, kind: str) -> Page:
        gateway, setup = self.setup.gateway, self.setup
        spoken = {"language": setup.language, "fallback": setup.fallback}
        if kind == "category":
            return Page(records=tuple(terms.categories(gateway.read("categories.all", **spoken))))
        if kind == "producer":
            return self._mapped(kind, gateway.read("producers.all"), terms.producer)
        if kind == "order_status":
            return self._mapped(kind, gateway.read("orders.statuses", **spoken), terms.order_status)
        if kind == "payment_method":
            return Page(records=tuple(terms.payment_methods(gateway.read("orders.payments"))))
        if kind == "shipping_method":
            return Page(records=tuple(terms.shipping_methods(gateway.read("orders.deliveries"))))
        return Page(records=tuple(setup.taxes.records()))

    def _mapped(self, kind: str, rows: Iterable[Row], mapping: Callable[[Row], Record]) -> Page:
        found: list[Record] = []
        bad: list[BadRecord] = []
        for row in rows:
            try:
                found.append(mapping(row))
            except Malformed as error:
                bad.append(bad_record(kind, row, error))
        return Page(records=tuple(found), bad=tuple(bad))

    # Articles and what is inside them

    def _products(self, kind: str, after: int) -> Page:
        limit = PAGES[kind]
        calls = self._calls(kind, "page", {"after": after, "limit": limit})
        counted = kind == "article" and after == 0
        if counted:
            calls.append(Call("products.count"))
        replies = [reply.rows for reply in self._gateway(kind).run(calls)]
        total = values.number(replies.pop()[0], "number") if counted else None
        page = self._product_page(kind, replies)
        main = replies[0]
        last = str(values.number(main[-1], "id")) if len(main) >= limit else None
        return Page(page.records, last, total, page.carried, page.bad)

    def products(self, kind: str, source: str, **chosen: Any) -> Page:
        """The articles of a source of operations/products.py: "of" (ids) or "with_sku" (skus)."""
        calls = self._calls(kind, source, chosen)
        return self._product_page(kind, [reply.rows for reply in self._gateway(kind).run(calls)])

    def _gateway(self, kind: str) -> Any:
        # Numbers need no letters: not even which letters the shop has is asked then.
        return self.setup.plain if kind in ("stock", "price") else self.setup.gateway

    def _calls(self, kind: str, source: str, chosen: dict[str, Any]) -> list[Call]:
        spoken = (
            {"language": self.setup.language, "fallback": self.setup.fallback} if kind == "article" else {}
        )
        return [Call(f"{part}.{source}", {**chosen, **spoken}) for part in _PARTS[kind]]

    def _product_page(self, kind: str, replies: Sequence[Sequence[Row]]) -> Page:
        parts = dict(zip(_PARTS[kind], replies, strict=True))
        by_id = {name: values.grouped(rows, "id") for name, rows in parts.items()}
        shop = self.setup.catalogue() if kind != "stock" else None
        found: list[Record] = []
        bad: list[BadRecord] = []
        carried: dict[str, list[Record]] = (
            {"image": [], "stock": [], "price": []} if kind == "article" else {}
        )

        def of(name: str, pk: str) -> list[Row]:
            return by_id.get(name, {}).get(pk, [])

        for row in replies[0]:
            pk = values.text(row, "id")
            try:
                if kind == "stock":
                    found.append(articles.stock(row))
                    continue
                assert shop is not None
                if kind == "price":
                    found.append(articles.price(row, of("sales", pk), shop.clock))
                    continue
                pictures = articles.images(row, of("pictures", pk), shop)
                if kind == "image":
                    found += pictures
                    continue
                text = next(iter(of("texts", pk)), {})
                record = articles.article(row, text, of("categories", pk), shop)
                price = articles.price(row, of("sales", pk), shop.clock)
            except Malformed as error:
                bad.append(bad_record(kind, row, error))
                continue
            found.append(record)
            carried["image"] += pictures
            carried["stock"].append(articles.stock(row))
            carried["price"].append(price)
        return Page(
            records=tuple(found),
            carried={name: tuple(inner) for name, inner in carried.items()},
            bad=tuple(bad),
        )

    # Customers

    def _customers(self, after: int) -> Page:
        limit = PAGES["customer"]
        rows = self.setup.gateway.read("customers.page", after=after, limit=limit)
        page = self.customers(rows)
        last = str(values.number(rows[-1], "id")) if len(rows) >= limit else None
        return Page(page.records, last, bad=page.bad)

    def customers(self, rows: Iterable[Row]) -> Page:
        places, clock = self.setup.places, self.setup.clock
        whole = (row for row in rows if customers.is_whole(row))
        return self._mapped("customer", whole, lambda row: customers.customer(row, places, clock))

    # Orders

    def _orders(self, since: datetime | None, after: int) -> Page:
        limit = PAGES["order"]
        chosen = {
            "after": after,
            "limit": limit,
            "age_s": UNRIPE_S,
            "since": None if since is None else self.setup.clock.since(since),
        }
        page, last = self._order_page("page", chosen)
        full = len(page.records) + len(page.bad) >= limit
        return Page(page.records, str(last) if full else None, bad=page.bad)

    def orders(self, ids: Sequence[int]) -> Page:
        return self._order_page("of", {"ids": ids})[0]

    def _order_page(self, source: str, chosen: dict[str, Any]) -> tuple[Page, int]:
        """One request: the orders with their lines, options, totals, history, and the people of their customers."""
        sales = self.setup.sales
        chosen = {**chosen, "prepared": self.setup.prepared}
        calls = [Call(f"{part}.{source}_orders", chosen) for part in ORDER_PARTS]
        replies = {
            part: reply.rows for part, reply in zip(ORDER_PARTS, self.setup.gateway.run(calls), strict=True)
        }
        by_order = {
            name: values.grouped(replies[name], "in_order") for name in ("lines", "totals", "history")
        }
        options = values.grouped(replies["line_options"], "line")
        persons = values.grouped(replies["persons"], "customer")
        found: list[Record] = []
        bad: list[BadRecord] = []
        for row in replies["orders"]:
            pk = values.text(row, "id")
            parts = Parts(
                order=row,
                lines=by_order["lines"].get(pk, ()),
                options=options,
                totals=by_order["totals"].get(pk, ()),
                history=by_order["history"].get(pk, ()),
                persons=persons.get(values.text(row, "customers_id"), ()),
            )
            try:
                found.append(orders.order(parts, sales))
            except Malformed as error:
                bad.append(bad_record("order", row, error, raw=parts.raw()))
        last = values.number(replies["orders"][-1], "id") if replies["orders"] else 0
        return Page(records=tuple(found), bad=tuple(bad)), last


def bad_record(kind: str, row: Row, error: Malformed, raw: dict[str, Any] | None = None) -> BadRecord:
    pk = values.text(row, "id")
    label = values.text(row, "name") or values.text(row, "model") or values.text(row, "email") or pk
    return BadRecord(
        kind=kind,
        remote_id=pk,
        name=label[:200],
        error=unreadable(
            error,
            kind,
            pk,
            label[:80],
            cure=_(
                "Open the element in the shop's panel and save it again; an add-on may have written the field."
            ),
        ),
        raw=raw or {},
    )


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 20):
        raise lost_place(cursor)
    return int(cursor)
