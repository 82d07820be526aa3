"""Finds single elements: by id, and by natural key, as few requests as the shop allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

from shops.platforms.shoper.client import LIMIT, Call, Client, listing
from shops.platforms.shoper.mapping import articles, customers, terms, values
from shops.platforms.shoper.mapping.values import Payload
from shops.platforms.shoper.reading import Reader
from shops.platforms.shoper.setup import Setup
from shops.records import ArticleRecord, CategoryRecord, CustomerRecord, ImageRecord, Record, VatRateRecord

T = TypeVar("T")


class Finder:
    def __init__(self, client: Client, setup: Setup, reader: Reader) -> None:
        self.client = client
        self.setup = setup
        self.reader = reader

    # By id

    def one(self, kind: str, remote_id: str, parent_id: str = "") -> Record | None:
        if kind in ("article", "stock", "price"):
            return self._of_product(kind, remote_id)
        if kind == "image":
            row = self.client.find(f"product-images/{int(remote_id)}")
            return None if row is None else self.reader.image(row)
        if kind == "unit":
            row = self.client.find(f"units/{int(remote_id)}")
            return None if row is None else terms.unit(row, self.setup.locale)
        if kind == "producer":
            row = self.client.find(f"producers/{int(remote_id)}")
            return None if row is None else terms.producer(row)
        if kind in ("customer", "order"):
            page = self.reader.read_some(kind, [remote_id])
            if page.bad:
                raise page.bad[0].error
            return next(iter(page.records), None)
        return next((record for record in self._all(kind) if record.remote_id == remote_id), None)

    def _of_product(self, kind: str, remote_id: str) -> Record | None:
        shop = self.setup.catalogue()
        stock_id = articles.stock_id_of(remote_id) if kind == "article" else remote_id
        if kind == "article" and not stock_id:
            page = self.reader.read_some("article", [remote_id])
            if page.bad:
                raise page.bad[0].error
            return next((record for record in page.records if record.remote_id == remote_id), None)
        row = self.client.find(f"product-stocks/{int(stock_id)}")
        if row is None:
            return None
        if kind == "article":
            return articles.variant(row, shop)
        return articles.stock(row) if kind == "stock" else articles.price(row, shop)

    # By natural key

    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]:
        if kind == "article":
            by_sku = self.by_sku([getattr(record, "sku", "") or "" for record in records])
            return [list(by_sku.get(getattr(record, "sku", "") or "", ())) for record in records]
        if kind == "customer":
            by_email = self.accounts([getattr(record, "email", "") or "" for record in records])
            return [
                list(by_email.get((getattr(record, "email", "") or "").casefold(), ())) for record in records
            ]
        if kind == "image":
            pictures = self.pictures([record.remote_id for record in records])
            return [list(pictures.get(record.remote_id, ())) for record in records]
        if kind in ("stock", "price", "order"):
            found = [self.one(kind, record.remote_id) for record in records]
            return [[] if record is None else [record] for record in found]
        present: dict[object, list[Record]] = {}
        for record in self._all(kind):
            present.setdefault(natural_key(record), []).append(record)
        return [present.get(natural_key(record), []) for record in records]

    def by_sku(self, skus: Iterable[str]) -> dict[str, list[ArticleRecord]]:
        """{code: the products and variants that have it}; the shop lets several have one (shoper.md, 5)."""
        wanted = sorted({sku for sku in skus if sku})
        calls: list[Call] = []
        for chunk in chunks(wanted):
            calls.append(listing("products", filters={"code": {"IN": chunk}}))
            calls.append(listing("product-stocks", filters={"code": {"IN": chunk}, "extended": 1}))
        found: dict[str, list[ArticleRecord]] = {}
        lists = self.client.whole(*calls) if calls else []
        products = [row for rows in lists[::2] for row in rows]
        page = self.reader.product_page("article", products)
        if page.bad:
            raise page.bad[0].error
        shop = self.setup.catalogue()
        variants = [articles.variant(row, shop) for rows in lists[1::2] for row in rows]
        seen: set[str] = set()
        for record in (*cast(Sequence[ArticleRecord], page.records), *variants):
            if record.remote_id not in seen and record.sku in wanted:
                seen.add(record.remote_id)
                found.setdefault(record.sku or "", []).append(record)
        return found

    def accounts(self, emails: Iterable[str]) -> dict[str, list[CustomerRecord]]:
        """{e-mail in small letters: the accounts with it}, guests too: their address is taken as well."""
        wanted = sorted({email.strip() for email in emails if email.strip()})
        calls = [listing("users", filters={"email": {"IN": chunk}}) for chunk in chunks(wanted)]
        rows = [row for found in (self.client.whole(*calls) if calls else []) for row in found]
        books = self.reader.address_books(values.own_id(row, "user_id") for row in rows)
        by_email: dict[str, list[CustomerRecord]] = {}
        for row in rows:
            record = customers.customer(row, books.get(values.own_id(row, "user_id"), ()), self.setup.zone)
            by_email.setdefault((record.email or "").casefold(), []).append(record)
        return by_email

    def pictures(self, product_ids: Iterable[str]) -> dict[str, list[ImageRecord]]:
        """{product: its pictures in their order}. Variants show those of their product."""
        rows = self.picture_rows(product_ids)
        return {
            product: [cast(ImageRecord, self.reader.image(row)) for row in found]
            for product, found in rows.items()
        }

    def picture_rows(self, product_ids: Iterable[str]) -> dict[str, list[Payload]]:
        wanted = sorted({int(one) for one in product_ids if one.isdigit()})
        calls = [
            listing("product-images", order="gfx_id asc", filters={"product_id": {"IN": chunk}})
            for chunk in chunks(wanted)
        ]
        found: dict[str, list[Payload]] = {}
        for rows in self.client.whole(*calls) if calls else ():
            for row in rows:
                found.setdefault(values.identity(row, "product_id"), []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: values.decimal(row, "order") or 0)
        return found

    def _all(self, kind: str) -> Sequence[Record]:
        return self.reader.read(kind, None, None).records


def chunks(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + LIMIT] for start in range(0, len(items), LIMIT)]


def natural_key(record: Record) -> object:
    if isinstance(record, VatRateRecord):
        return (record.country, record.percent)
    if isinstance(record, CategoryRecord):
        return ((record.name or "").casefold(), record.parent_id or "")
    return (getattr(record, "name", None) or record.remote_id).casefold()
