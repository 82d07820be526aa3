"""Keys that a shop has more than once: nobody can know which one is meant, so a person decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from inventory.models import Article
from shops import elements
from shops.models import RemoteElement, Shop


@dataclass(frozen=True, slots=True)
class Double:
    """One SKU that the shop has more than once. here: our article with it, if there is one."""

    key: str
    elements: tuple[RemoteElement, ...]
    here: tuple[int, str] | None

    @property
    def linked(self) -> bool:
        return any(element.local_id for element in self.elements)


def keys_twice(shop: Shop, kind: str) -> Any:
    """The keys that more than one present element of the shop has: a queryset of {natural_key, n}, by key."""
    return (
        RemoteElement.objects.of(shop, kind)
        .present()
        .exclude(natural_key="")
        .values("natural_key")
        .annotate(n=models.Count("id"))
        .filter(n__gt=1)
        .order_by("natural_key")
    )


def doubles(shop: Shop, kind: str, keys: Sequence[str]) -> list[Double]:
    """Both sides of these keys. Two queries."""
    by_key: dict[str, list[RemoteElement]] = defaultdict(list)
    rows = RemoteElement.objects.of(shop, kind).present().filter(natural_key__in=keys).defer("content")
    for element in rows.order_by("id"):
        by_key[element.natural_key].append(element)
    ours: dict[str, tuple[int, str]] = {}
    if kind == elements.ARTICLE:
        articles = Article.objects.filter(sku__in=keys)
        ours = {article.sku: (article.pk, str(article)) for article in articles}
    return [Double(key, tuple(by_key[key]), ours.get(key)) for key in keys if key in by_key]
