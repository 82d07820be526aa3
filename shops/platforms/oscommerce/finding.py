"""Finds single elements: by id, and by natural key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backoffice.lib.errors import UnexpectedAnswer
from shops.platforms.base import Page
from shops.platforms.oscommerce.reading import IN_PRODUCTS, Reader
from shops.platforms.oscommerce.setup import Setup
from shops.records import (
    ArticleRecord,
    CategoryRecord,
    CustomerRecord,
    Record,
    VatRateRecord,
)


class Finder:
    def __init__(self, setup: Setup, reader: Reader) -> None:
        self.setup = setup
        self.reader = reader

    # By id

    def one(self, kind: str, remote_id: str, parent_id: str = "") -> Record | None:
        page = self._by_ids(kind, [remote_id])
        if page.bad:
            raise page.bad[0].error
        return next((record for record in page.records if record.remote_id == remote_id), None)

    def _by_ids(self, kind: str, remote_ids: Sequence[str]) -> Page:
        ids = numbers(remote_ids)
        if kind in IN_PRODUCTS:
            return self.reader.products(kind, "of", ids=ids)
        if kind == "customer":
            return self.reader.customers(self.setup.gateway.read("customers.of", ids=ids))
        if kind == "order":
            return self.reader.orders(ids)
        return self.reader.read(kind, None, None)

    # By natural key

    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]:
        if kind == "article":
            return self._by_sku(records)
        if kind == "customer":
            return self._by_email(records)
        if kind == "image":
            found = understood(self.reader.products("image", "of", ids=numbers(r.remote_id for r in records)))
            return [[one for one in found if owner(one.remote_id) == record.remote_id] for record in records]
        if kind in ("stock", "price", "order"):
            by_id = {
                one.remote_id: one for one in understood(self._by_ids(kind, [r.remote_id for r in records]))
            }
            return [[by_id[r.remote_id]] if r.remote_id in by_id else [] for r in records]
        present: dict[object, list[Record]] = {}
        for record in understood(self.reader.read(kind, None, None)):
            present.setdefault(natural_key(record), []).append(record)
        return [present.get(natural_key(record), []) for record in records]

    def _by_sku(self, records: Sequence[Record]) -> list[list[Record]]:
        """What a cut off creation has left is not among them: creating takes it up again."""
        skus = sorted({sku for record in records if (sku := getattr(record, "sku", None))})
        found = understood(self.reader.products("article", "with_sku", skus=skus)) if skus else []
        return [
            [
                one
                for one in found
                if isinstance(one, ArticleRecord) and one.sku == getattr(record, "sku", None)
            ]
            for record in records
        ]

    def _by_email(self, records: Sequence[Record]) -> list[list[Record]]:
        emails = sorted({key for record in records if (key := str(natural_key(record)))})
        rows = self.setup.gateway.read("customers.with_email", emails=emails) if emails else ()
        found = understood(self.reader.customers(rows))
        return [[one for one in found if natural_key(one) == natural_key(record)] for record in records]


def understood(page: Page) -> list[Record]:
    """The records of a page; raises the error of one that cannot be read: what is looked for must not be overlooked."""
    if page.bad:
        raise page.bad[0].error
    return list(page.records)


def owner(remote_id: str) -> str:
    """The article of a picture: its id is "article:file"."""
    return remote_id.partition(":")[0]


def numbers(remote_ids: Iterable[str]) -> list[int]:
    found = []
    for remote_id in remote_ids:
        if not (head := owner(remote_id)).isdecimal():
            raise UnexpectedAnswer(
                f"no id of this shop: {remote_id[:40]!r}", detail=remote_id[:100], key="foreign_id"
            )
        found.append(int(head))
    return found


def natural_key(record: Record) -> object:
    if isinstance(record, VatRateRecord):
        return (record.country, record.percent)
    if isinstance(record, CategoryRecord):
        return ((record.name or "").casefold(), record.parent_id or "")
    if isinstance(record, CustomerRecord):
        return (record.email or "").strip().casefold()
    return (getattr(record, "name", None) or record.remote_id).casefold()
