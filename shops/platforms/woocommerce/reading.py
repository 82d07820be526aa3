"""Reads the shop page by page. A cursor is text that any later instance can go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import RemoteError, Unsupported
from shops.platforms.base import BadRecord, Page, lost_place
from shops.platforms.payloads import unreadable
from shops.platforms.woocommerce import complaints
from shops.platforms.woocommerce.client import BATCH_MOST, Client, Reply
from shops.platforms.woocommerce.mapping import articles, customers, orders, taxes, terms, values
from shops.platforms.woocommerce.mapping.values import Malformed, Payload
from shops.platforms.woocommerce.setup import Setup, status_rows
from shops.records import ArticleRecord, OrderRecord, Record

IN_PRODUCTS = ("article", "image", "stock", "price")
PAGE = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """A type that is one list of the shop: where it is, what is asked of it, what becomes of a row."""

    path: str
    record: Callable[[Payload], Record]
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read stands: page of how many pages were seen last, elements in all, and those of the phase before."""

    phase: str = ""
    page: int = 1
    total: int | None = None
    before: int = 0
    parent: int = 0

    @classmethod
    def of(cls, cursor: str | None, phase: str) -> Place:
        if cursor is None:
            return cls(phase)
        try:
            phase, page, total, before, parent = cursor.split(":")
            return cls(phase, int(page), int(total) if total else None, int(before), int(parent))
        except ValueError:
            raise lost_place(cursor) from None

    def __str__(self) -> str:
        total = "" if self.total is None else self.total
        return f"{self.phase}:{self.page}:{total}:{self.before}:{self.parent}"


class Reader:
    def __init__(self, client: Client, setup: Setup) -> None:
        self.client = client
        self.setup = setup
        self._parents: dict[int, tuple[list[str], int]] = {}
        self.listings: dict[str, Listing] = {
            "category": Listing("products/categories", terms.category, {"_fields": terms.CATEGORY_FIELDS}),
            "producer": Listing("products/brands", terms.producer, {"_fields": terms.BRAND_FIELDS}),
            "vat_rate": Listing("taxes", taxes.vat_rate, {}),
            "customer": Listing("customers", self._customer, {"_fields": customers.FIELDS}),
        }

    def read(self, kind: str, since: datetime | None, cursor: str | None) -> Page:
        if kind in IN_PRODUCTS:
            return self._products(kind, since, Place.of(cursor, "products"))
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
            found, bad = self._mapped("order", rows, self.order_mapping(rows))
            pages.append(Page(tuple(found), bad=bad))
        elif products:
            reply = self._included("products", products, {"_fields": articles.PRODUCT_FIELDS[kind]})
            self._note_featured(reply.data)
            pages.append(self._product_page(kind, reply.data, None, None))
        for parent in sorted({parent_id for _id, parent_id in ids if parent_id}):
            inside = [remote_id for remote_id, parent_id in ids if parent_id == parent]
            fields = {"_fields": articles.VARIATION_FIELDS[kind]}
            reply = self._included(f"products/{int(parent)}/variations", inside, fields)
            rows = [{**row, "parent_id": int(parent)} for row in reply.rows]
            self._ask_featured(rows)
            pages.append(self._product_page(kind, rows, None, None))
        return _together(pages)

    def _included(self, path: str, ids: Sequence[str], params: Mapping[str, Any]) -> Reply:
        edit = {} if path == "orders" else {"context": "edit"}
        return self.client.get_list(path, include=",".join(ids), per_page=PAGE, **edit, **params)

    # Lists

    def _listing(self, kind: str, place: Place) -> Page:
        listing = self.listings[kind]
        try:
            reply = self._page(listing.path, place, listing.params)
        except RemoteError as error:
            if kind == "producer" and error.data.get("code") == complaints.NO_ROUTE:
                raise no_brands() from error
            raise
        found, bad = self._mapped(kind, reply.data, lambda row: (listing.record(row),))
        if kind == "category":
            found = parents_first(found)
        following = _following(place, reply)
        return Page(tuple(found), None if following is None else str(following), reply.total, bad=bad)

    def _page(self, path: str, place: Place, params: Mapping[str, Any]) -> Reply:
        # Sorted by what never changes: rows do move between pages when they are sorted by date.
        return self.client.get_list(path, per_page=PAGE, page=place.page, orderby="id", order="asc", **params)

    def _mapped(
        self, kind: str, rows: Iterable[Any], to_records: Callable[[Payload], Iterable[Record]]
    ) -> tuple[list[Record], tuple[BadRecord, ...]]:
        found: list[Record] = []
        bad: list[BadRecord] = []
        for row in rows:
            try:
                if not isinstance(row, Mapping):
                    raise Malformed("row", row)
                found += to_records(row)
            except Malformed as error:
                bad.append(bad_record(kind, row, error))
        return found, tuple(bad)

    def _whole(self, kind: str) -> tuple[list[Record], tuple[BadRecord, ...]]:
        """Types of a few elements, in one go."""
        if kind == "payment_method":
            rows = self.client.get_list("payment_gateways", _fields="id,title,method_title").data
            return self._mapped(kind, rows, lambda row: (terms.payment_method(row),))
        if kind == "order_status":
            statuses = [
                row
                for row in status_rows(self.client)
                if values.text(row, "slug").removeprefix("wc-") not in terms.NOT_ORDERS
            ]
            return self._mapped(kind, statuses, lambda row: (terms.order_status(row),))
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

    # Articles and what is inside them: first the products, then the variations of all of them

    def _products(self, kind: str, since: datetime | None, place: Place) -> Page:
        if place.phase == "under":
            return self._variations_of_parents(kind, since, place)
        if place.phase == "variations":
            return self._variations(kind, since, place)
        params = {"context": "edit", "_fields": articles.PRODUCT_FIELDS[kind], **changed_since(since)}
        reply = self._page("products", place, params)
        if kind in ("article", "image"):
            self._note_featured(reply.data)
        following = _following(place, reply)
        if following is None:
            following = Place("variations", before=reply.total or 0)
        return self._product_page(kind, reply.data, following, reply.total)

    def _variations(self, kind: str, since: datetime | None, place: Place) -> Page:
        params = {"context": "edit", "_fields": articles.VARIATION_FIELDS[kind], **changed_since(since)}
        try:
            reply = self._page("variations", place, params)
        except RemoteError as error:
            if error.data.get("code") != complaints.NO_ROUTE:
                raise
            # Before 10.3 there is no list of all variations.
            return self._variations_of_parents(kind, since, Place("under", before=place.before))
        if kind in ("article", "image"):
            self._ask_featured(reply.data)
        total = None if reply.total is None else reply.total + place.before
        return self._product_page(kind, reply.data, _following(place, reply), total)

    def _variations_of_parents(self, kind: str, since: datetime | None, place: Place) -> Page:
        """One parent a call. place.parent counts the parents over all their pages; place.page is the page inside one.

        Saving a variation touches its parent, so parents that changed have all variations that did.
        """
        position = place.parent % PAGE
        parents, total = self._parent_page(place.parent // PAGE + 1, since)
        if position >= len(parents):
            return Page(records=())
        parent = parents[position]
        params = {"context": "edit", "_fields": articles.VARIATION_FIELDS[kind], **changed_since(since)}
        reply = self._page(f"products/{parent}/variations", place, params)
        rows = [{**row, "parent_id": int(parent)} for row in reply.rows]
        if kind in ("article", "image"):
            self._ask_featured(rows)
        following = _following(place, reply)
        if following is None and place.parent + 1 < total:
            following = Place("under", before=place.before, parent=place.parent + 1)
        return self._product_page(kind, rows, following, None)

    def _parent_page(self, page: int, since: datetime | None) -> tuple[list[str], int]:
        """(ids, how many there are in all) of a page of the products that have variations."""
        if page not in self._parents:
            params = {"type": "variable", "_fields": "id", **changed_since(since)}
            reply = self._page("products", Place(page=page), params)
            ids = [values.own_id(row) for row in reply.rows]
            self._parents[page] = (ids, reply.total or len(ids))
        return self._parents[page]

    def _product_page(
        self, kind: str, rows: Sequence[Any], following: Place | None, total: int | None
    ) -> Page:
        shop = self.setup.catalogue() if kind == "article" else self.setup.lean()
        carried: dict[str, list[Record]] = (
            {"image": [], "stock": [], "price": []} if kind == "article" else {}
        )

        def to_records(row: Payload) -> Iterable[Record]:
            if kind != "article":
                return articles.records(kind, row, shop)
            # All of it first: of a row that cannot be read, nothing may be carried either.
            record, pictures = articles.article(row, shop), articles.images(row, shop.featured)
            for inner in inside_of(record, pictures):
                carried[inner.kind].append(inner)
            return (record,)

        found, bad = self._mapped(kind, rows, to_records)
        return Page(
            records=tuple(found),
            next_cursor=None if following is None else str(following),
            total=None if kind in ("image", "price") else total,
            carried={name: tuple(inner) for name, inner in carried.items()},
            bad=bad,
        )

    def _note_featured(self, rows: Iterable[Any]) -> None:
        for row in rows:
            try:
                if isinstance(row, Mapping) and articles.is_variable(row):
                    self.setup.featured[values.own_id(row)] = articles.featured_image(row)
            except Malformed:
                continue  # mapping it says so

    def _ask_featured(self, rows: Iterable[Any]) -> None:
        """A variation without a picture shows its parent's: the parents' must be known to tell the two apart."""
        parents = {str(row.get("parent_id")) for row in rows if isinstance(row, Mapping)}
        unknown = sorted(parents - self.setup.featured.keys())
        if not unknown:
            return
        asked = self.client.get_list("products", include=unknown, per_page=PAGE, _fields="id,type,images")
        self._note_featured(asked.rows)
        for parent in unknown:
            self.setup.featured.setdefault(parent, "")

    # Orders

    def _orders(self, since: datetime | None, place: Place) -> Page:
        reply = self._page("orders", place, {"dp": 6, **changed_since(since)})
        wanted = [
            row
            for row in reply.data
            if not (isinstance(row, Mapping) and row.get("status") in terms.NOT_ORDERS)
        ]
        found, bad = self._mapped("order", wanted, self.order_mapping(wanted))
        following = _following(place, reply)
        return Page(tuple(found), None if following is None else str(following), reply.total, bad=bad)

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


def _together(pages: Sequence[Page]) -> Page:
    carried: dict[str, tuple[Record, ...]] = {}
    for page in pages:
        for name, records in page.carried.items():
            carried[name] = carried.get(name, ()) + records
    return Page(
        records=tuple(record for page in pages for record in page.records),
        carried=carried,
        bad=tuple(bad for page in pages for bad in page.bad),
    )


def inside_of(record: ArticleRecord, pictures: Iterable[Record] = ()) -> Iterator[Record]:
    """The records of other types that came with an article."""
    if record.stock is not None:
        yield record.stock
    if record.price is not None:
        yield record.price
    yield from pictures


def changed_since(since: datetime | None) -> dict[str, Any]:
    """The parameters of an incremental read, from `since` on.

    The shop's bound is exclusive, and to the second; naive UTC with the flag is the one form that it reads right
    (woocommerce.md, 4: with a Z it misses an hour).
    """
    if since is None:
        return {}
    return {"modified_after": values.time_text(since - timedelta(seconds=1)), "dates_are_gmt": True}


def bad_record(kind: str, row: Any, error: Malformed) -> BadRecord:
    payload: Payload = row if isinstance(row, Mapping) else {}
    label = str(payload.get("name") or payload.get("number") or payload.get("sku") or "")[:200]
    return BadRecord(
        kind=kind,
        remote_id=str(payload.get("id") or ""),
        name=label,
        error=unreadable(
            error,
            kind,
            payload.get("id"),
            label or str(payload.get("id") or ""),
            cure=_("Open the element in the shop and save it again; a plug-in may have written the field."),
        ),
        raw=values.plain(dict(payload)) if kind == "order" else {},
    )


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


def _following(place: Place, reply: Reply) -> Place | None:
    """Where to go on; None after the last page.

    When elements were deleted since the page before, those behind them moved up, some onto a page that was read
    already: that one is read again.
    """
    if place.total is not None and reply.total is not None and reply.total < place.total and place.page > 1:
        return Place(place.phase, place.page - 1, reply.total, place.before, place.parent)
    full = len(reply.data) >= PAGE
    more = place.page < reply.pages if reply.pages is not None else full
    if not more:
        return None
    return Place(place.phase, place.page + 1, reply.total, place.before, place.parent)
