"""What follows an article, stock and prices: it is linked when its article is, and exists only with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django.db.models import QuerySet

from inventory.models import Article
from shops.records import PriceRecord, Record, StockRecord
from shops.sync.local.base import LocalType


class OfArticles(LocalType):
    """Its natural key is the article's id in the shop."""

    model = Article

    def natural_key(self, record: Record) -> str:
        return cast(StockRecord | PriceRecord, record).article_id

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        return {remote: [local] for remote, local in self.side.article_ids(keys).items()}

    def only_here(self) -> QuerySet[Any]:
        return Article.objects.none()

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        rows = Article.objects.filter(pk__in=ids).values_list("pk", "sku", "name")
        return {pk: (sku, name) for pk, sku, name in rows}
