"""Finds single elements: by id, and by natural key, as few requests as the shop allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

from shops.platforms.woocommerce.client import BATCH_MOST, Client
from shops.platforms.woocommerce.mapping import articles, terms, values
from shops.platforms.woocommerce.mapping.values import Malformed, Payload
from shops.platforms.woocommerce.pages import PAGE, bad_record
from shops.platforms.woocommerce.reading import Reader
from shops.platforms.woocommerce.reading_products import IN_PRODUCTS
from shops.platforms.woocommerce.setup import Setup
from shops.records import (
    ArticleRecord,
    CategoryRecord,
    CustomerRecord,
    Record,
    VatRateRecord,
)

T = TypeVar("T")

# Half a page, since several products may share a SKU after one came back from the trash; and within 6 KB of URL.
_SKUS_AT_ONCE = 50
_SKU_BYTES = 4000


class Finder:
    def __init__(self, client: Client, setup: Setup, reader: Reader) -> None:
        self.client = client
        self.setup = setup
        self.reader = reader

    # By id

    def one(self, kind: str, remote_id: str, parent_id: str) -> Record | None:
        if kind in IN_PRODUCTS:
            return self._of_product(kind, remote_id, parent_id)
        if kind == "order":
            row = self.client.find(f"orders/{int(remote_id)}", dp=6)
            if row is None or row.get("status") in terms.NOT_ORDERS:
                return None
            return _understood(kind, row, lambda payload: self.reader.order_mapping([payload])(payload)[0])
        if kind in self.reader.listings:
            listing = self.reader.listings[kind]
            row = self.client.find(f"{listing.path}/{int(remote_id)}")
            return None if row is None else _understood(kind, row, listing.record)
        return next((record for record in self._all(kind) if record.remote_id == remote_id), None)

    def _of_product(self, kind: str, remote_id: str, parent_id: str) -> Record | None:
        number = int(remote_id.partition(":")[0])
        path = f"products/{int(parent_id)}/variations/{number}" if parent_id else f"products/{number}"
        row = self.client.find(path, context="edit")
        if row is None or row.get("status") == "trash":
            return None
        if parent_id:
            row = {**row, "parent_id": int(parent_id)}
        if kind == "image":
            shop = self.setup.lean()
            found = _understood(kind, row, lambda payload: articles.images(payload, shop.featured))
            return next((image for image in found if image.remote_id == remote_id), None)
        shop = self.setup.catalogue() if kind == "article" else self.setup.lean()
        return _understood(kind, row, lambda payload: next(iter(articles.records(kind, payload, shop)), None))

    # By natural key

    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]:
        if kind == "article":
            by_sku = self.by_sku([getattr(record, "sku", "") or "" for record in records])
            return [list(by_sku.get(getattr(record, "sku", "") or "", ())) for record in records]
        if kind == "customer":
            return [self._by_email(record) for record in records]
        if kind == "image":
            return self._pictures(records)
        if kind in ("stock", "price", "order"):
            found = [self.one(kind, record.remote_id, getattr(record, "parent_id", "")) for record in records]
            return [[] if record is None else [record] for record in found]
        present: dict[object, list[Record]] = {}
        for record in self._all(kind):
            present.setdefault(natural_key(record), []).append(record)
        return [present.get(natural_key(record), []) for record in records]

    def _pictures(self, records: Sequence[Record]) -> list[list[Record]]:
        """What each article shows now. Products of a page together; a variation costs a request of its own."""
        products = [int(record.remote_id) for record in records if not getattr(record, "parent_id", "")]
        rows: dict[str, Payload] = {}
        for start in range(0, len(products), PAGE):
            include = ",".join(map(str, products[start : start + PAGE]))
            fields = articles.PRODUCT_FIELDS["image"]
            reply = self.client.get_list(
                "products", include=include, per_page=PAGE, context="edit", _fields=fields
            )
            rows.update({values.own_id(row): row for row in reply.rows})
        shop = self.setup.lean()
        found: list[list[Record]] = []
        for record in records:
            parent_id = getattr(record, "parent_id", "")
            row = rows.get(record.remote_id)
            if parent_id:
                row = self.client.find(
                    f"products/{int(parent_id)}/variations/{int(record.remote_id)}", context="edit"
                )
                row = None if row is None else {**row, "parent_id": int(parent_id)}
            pictures = (
                ()
                if row is None
                else _understood(kind="image", row=row, mapping=lambda p: articles.images(p, shop.featured))
            )
            found.append(list(pictures))
        return found

    def by_sku(self, skus: Iterable[str], **params: object) -> dict[str, list[ArticleRecord]]:
        """{SKU: the products and variations that have it}; of any status but trash unless params say otherwise."""
        wanted = {sku for sku in skus if sku}
        shop = self.setup.catalogue()
        found: dict[str, list[ArticleRecord]] = {}
        for query in sku_queries(wanted):
            fields = articles.PRODUCT_FIELDS["article"]
            reply = self.client.get_list(
                "products", **query, per_page=PAGE, context="edit", _fields=fields, **params
            )
            for row in reply.rows:
                record = _understood("article", row, lambda payload: articles.article(payload, shop))
                if record.sku in wanted:
                    found.setdefault(record.sku, []).append(record)
        return found

    def trashed(self, skus: Iterable[str]) -> dict[str, str]:
        """{SKU: id of the product in the trash that keeps it}."""
        found: dict[str, str] = {}
        for query in sku_queries({sku for sku in skus if sku}):
            reply = self.client.get_list("products", **query, per_page=PAGE, status="trash", _fields="id,sku")
            found |= {values.text(row, "sku"): values.own_id(row) for row in reply.rows}
        return found

    def account(self, email: str) -> str:
        """The id of the account with this e-mail address, of whatever role; "" if there is none."""
        if not email:
            return ""
        reply = self.client.get_list("customers", email=email, role="all", _fields="id,email")
        same = (row for row in reply.rows if values.text(row, "email").casefold() == email.casefold())
        return next((values.own_id(row) for row in same), "")

    def _by_email(self, record: Record) -> list[Record]:
        email = getattr(record, "email", "") or ""
        if not email:
            return []
        rows = self.client.get_list("customers", email=email, role="all").rows
        found = [_understood("customer", row, self.reader.listings["customer"].record) for row in rows]
        return [one for one in found if natural_key(one) == email.casefold()]

    def _all(self, kind: str) -> Iterator[Record]:
        cursor: str | None = None
        while True:
            page = self.reader.read(kind, None, cursor)
            yield from page.records
            if (cursor := page.next_cursor) is None:
                return


def natural_key(record: Record) -> object:
    if isinstance(record, VatRateRecord):
        return (record.country, record.percent)
    if isinstance(record, CategoryRecord):
        return ((record.name or "").casefold(), record.parent_id or "")
    if isinstance(record, CustomerRecord):
        return (record.email or "").casefold()
    if isinstance(record, ArticleRecord):
        return record.sku
    return (getattr(record, "name", None) or record.remote_id).casefold()


def sku_queries(skus: Iterable[str]) -> Iterator[dict[str, str]]:
    """Parameters that find these SKUs. A comma separates SKUs, so one that has a comma is searched for by itself."""
    chunk: list[str] = []
    size = 0
    for sku in sorted(skus):
        if "," in sku:
            yield {"search_sku": sku}
            continue
        length = len(quote(sku)) + 3
        if chunk and (len(chunk) >= min(_SKUS_AT_ONCE, BATCH_MOST) or size + length > _SKU_BYTES):
            yield {"sku": ",".join(chunk)}
            chunk, size = [], 0
        chunk.append(sku)
        size += length
    if chunk:
        yield {"sku": ",".join(chunk)}


def _understood(kind: str, row: Payload, mapping: Callable[[Payload], T]) -> T:
    """The mapped row; raises UnexpectedAnswer for one that cannot be read."""
    try:
        return mapping(row)
    except Malformed as error:
        raise bad_record(kind, row, error).error from error
