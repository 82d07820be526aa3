"""What of an order lies free in our warehouses, for lists and pages: a fixed number of queries for any number of orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F, Sum

from inventory.models import Article, StockLevel
from orders.models import Order, OrderLine


@dataclass(slots=True)
class Goods:
    """names: what is ordered, as (name, quantity). missing, wanted: pieces of goods; unmatched: lines without an article."""

    names: list[tuple[str, Decimal]] = field(default_factory=list)
    wanted: Decimal = Decimal(0)
    missing: Decimal = Decimal(0)
    unmatched: int = 0


def free_stock(article_ids: Iterable[int]) -> dict[int, Decimal]:
    """On hand minus reserved over the active warehouses; an article without a level is missing in the result."""
    rows = (
        StockLevel.objects.filter(article__in=set(article_ids), warehouse__active=True)
        .order_by()
        .values("article")
        .annotate(free=Sum(F("on_hand") - F("reserved")))
    )
    return {row["article"]: row["free"] for row in rows}


def goods_of(orders: Sequence[Order]) -> dict[int, Goods]:
    """{order id: Goods} in two queries."""
    lines = list(
        OrderLine.objects.filter(order__in=[order.pk for order in orders], kind=OrderLine.Kind.ITEM)
        .order_by("order", "position")
        .values_list("order", "name", "quantity", "article", "article__kind")
    )
    free = free_stock(article for *_line, article, kind in lines if article and kind == Article.Kind.GOODS)
    found = {order.pk: Goods() for order in orders}
    wanted: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for order, name, quantity, article, kind in lines:
        goods = found[order]
        goods.names.append((name, quantity))
        if article is None:
            goods.unmatched += 1
        elif kind == Article.Kind.GOODS:
            goods.wanted += quantity
            wanted[order][article] += quantity
    for order, articles in wanted.items():
        found[order].missing = sum(
            (
                max(quantity - max(free.get(article, Decimal(0)), Decimal(0)), Decimal(0))
                for article, quantity in articles.items()
            ),
            Decimal(0),
        )
    return found
