"""Reads articles and what is inside them: first the products, then the variations of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from backoffice.lib.errors import RemoteError
from shops.platforms.base import Page
from shops.platforms.woocommerce import complaints
from shops.platforms.woocommerce.client import Client
from shops.platforms.woocommerce.mapping import articles, values
from shops.platforms.woocommerce.mapping.values import Malformed, Payload
from shops.platforms.woocommerce.pages import PAGE, Place, changed_since, following, mapped, page_of
from shops.platforms.woocommerce.setup import Setup
from shops.records import ArticleRecord, Record

IN_PRODUCTS = ("article", "image", "stock", "price")


class ProductReader:
    def __init__(self, client: Client, setup: Setup) -> None:
        self.client = client
        self.setup = setup
        self._parents: dict[int, tuple[list[str], int]] = {}

    def read(self, kind: str, since: datetime | None, place: Place) -> Page:
        if place.phase == "under":
            return self._variations_of_parents(kind, since, place)
        if place.phase == "variations":
            return self._variations(kind, since, place)
        params = {"context": "edit", "_fields": articles.PRODUCT_FIELDS[kind], **changed_since(since)}
        reply = page_of(self.client, "products", place, params)
        if kind in ("article", "image"):
            self.note_featured(reply.data)
        onward = following(place, reply)
        if onward is None:
            onward = Place("variations", before=reply.total or 0)
        return self.page(kind, reply.data, onward, reply.total)

    def _variations(self, kind: str, since: datetime | None, place: Place) -> Page:
        params = {"context": "edit", "_fields": articles.VARIATION_FIELDS[kind], **changed_since(since)}
        try:
            reply = page_of(self.client, "variations", place, params)
        except RemoteError as error:
            if error.data.get("code") != complaints.NO_ROUTE:
                raise
            # Before 10.3 there is no list of all variations.
            return self._variations_of_parents(kind, since, Place("under", before=place.before))
        if kind in ("article", "image"):
            self.ask_featured(reply.data)
        total = None if reply.total is None else reply.total + place.before
        return self.page(kind, reply.data, following(place, reply), total)

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
        reply = page_of(self.client, f"products/{parent}/variations", place, params)
        rows = [{**row, "parent_id": int(parent)} for row in reply.rows]
        if kind in ("article", "image"):
            self.ask_featured(rows)
        onward = following(place, reply)
        if onward is None and place.parent + 1 < total:
            onward = Place("under", before=place.before, parent=place.parent + 1)
        return self.page(kind, rows, onward, None)

    def _parent_page(self, page: int, since: datetime | None) -> tuple[list[str], int]:
        """(ids, how many there are in all) of a page of the products that have variations."""
        if page not in self._parents:
            params = {"type": "variable", "_fields": "id", **changed_since(since)}
            reply = page_of(self.client, "products", Place(page=page), params)
            ids = [values.own_id(row) for row in reply.rows]
            self._parents[page] = (ids, reply.total or len(ids))
        return self._parents[page]

    def page(self, kind: str, rows: Sequence[Any], onward: Place | None, total: int | None) -> Page:
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

        found, bad = mapped(kind, rows, to_records)
        return Page(
            records=tuple(found),
            next_cursor=None if onward is None else str(onward),
            total=None if kind in ("image", "price") else total,
            carried={name: tuple(inner) for name, inner in carried.items()},
            bad=bad,
        )

    def note_featured(self, rows: Iterable[Any]) -> None:
        for row in rows:
            try:
                if isinstance(row, Mapping) and articles.is_variable(row):
                    self.setup.featured[values.own_id(row)] = articles.featured_image(row)
            except Malformed:
                continue  # mapping it says so

    def ask_featured(self, rows: Iterable[Any]) -> None:
        """A variation without a picture shows its parent's: the parents' must be known to tell the two apart."""
        parents = {str(row.get("parent_id")) for row in rows if isinstance(row, Mapping)}
        unknown = sorted(parents - self.setup.featured.keys())
        if not unknown:
            return
        asked = self.client.get_list("products", include=unknown, per_page=PAGE, _fields="id,type,images")
        self.note_featured(asked.rows)
        for parent in unknown:
            self.setup.featured.setdefault(parent, "")


def inside_of(record: ArticleRecord, pictures: Iterable[Record] = ()) -> Iterator[Record]:
    """The records of other types that came with an article."""
    if record.stock is not None:
        yield record.stock
    if record.price is not None:
        yield record.price
    yield from pictures
