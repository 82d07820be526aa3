"""What is to be fetched from the shelves for some orders, each article once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from inventory.models import Article, StockLevel
from inventory.services.sets import parts_of
from orders.models import OrderLine


@dataclass(slots=True)
class Pick:
    """quantity: for all orders together, in stock units; of a set its parts are fetched. orders: (number, quantity).

    places: (warehouse, what lies there), only where something lies.
    """

    article: Article
    quantity: Decimal = Decimal(0)
    orders: list[tuple[str, Decimal]] = field(default_factory=list)
    places: list[tuple[str, Decimal]] = field(default_factory=list)


@dataclass(slots=True)
class PickingList:
    """picks: by SKU. unknown: (order number, name, quantity) of lines without an article here, which move no stock."""

    picks: list[Pick] = field(default_factory=list)
    unknown: list[tuple[str, str, Decimal]] = field(default_factory=list)


def picking_list(order_ids: Collection[int]) -> PickingList:
    """A fixed number of queries."""
    lines = list(
        OrderLine.objects.filter(order__in=order_ids, kind=OrderLine.Kind.ITEM)
        .order_by("order__placed_at", "order_id", "position")
        .values_list("order__number", "article", "name", "quantity")
    )
    found = PickingList()
    parts = parts_of({article for _order, article, *_rest in lines if article})
    wanted: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for number, article, name, quantity in lines:
        if article is None:
            found.unknown.append((number, name, quantity))
        else:
            for part, pieces in parts.get(article, {}).items():
                wanted[part][number] += quantity * pieces
    places: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    levels = StockLevel.objects.filter(article__in=wanted, on_hand__gt=0, warehouse__active=True)
    for article, name, on_hand in (
        levels.order_by("warehouse__name")
        .values_list("article", "warehouse__name")
        .annotate(pieces=Sum("on_hand"))
    ):
        places[article].append((name, on_hand))
    for row in Article.objects.filter(pk__in=wanted).order_by("sku"):
        by_order = wanted[row.pk]
        found.picks.append(
            Pick(row, sum(by_order.values(), Decimal(0)), list(by_order.items()), places[row.pk])
        )
    return found
