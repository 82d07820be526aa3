"""What of an order can be packed, for lists and pages: a fixed number of queries for any number of orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery, Sum

from inventory.models import StockLevel
from inventory.services.sets import Parts, parts_of, whole_sets
from orders.models import Order, OrderLine, Reservation

Reach = dict[int, Decimal]  # {article id: pieces that an order may take}


@dataclass(slots=True)
class Goods:
    """names: what is ordered, as (name, quantity). missing, wanted: pieces of goods; unmatched: lines without an article."""

    names: list[tuple[str, Decimal]] = field(default_factory=list)
    wanted: Decimal = Decimal(0)
    missing: Decimal = Decimal(0)
    unmatched: int = 0


def goods_of(orders: Sequence[Order]) -> dict[int, Goods]:
    """{order id: Goods} in four queries, a fifth one where sets are among them."""
    lines = list(
        OrderLine.objects.filter(order__in=[order.pk for order in orders], kind=OrderLine.Kind.ITEM)
        .order_by("order", "position")
        .values_list("order", "name", "quantity", "issued", "article")
    )
    parts = parts_of(article for *_line, article in lines if article)
    reach = within_reach([order.pk for order in orders], parts)
    found = {order.pk: Goods() for order in orders}
    for order, name, quantity, issued, article in lines:
        goods = found[order]
        goods.names.append((name, quantity))
        if article is None:
            goods.unmatched += 1
        elif parts.get(article) and quantity > issued:
            goods.wanted += quantity - issued
            goods.missing += quantity - issued - take(reach[order], parts[article], quantity - issued)
    return found


def take(reach: Reach, parts: Parts, wanted: Decimal) -> Decimal:
    """How many of `wanted` are within reach; they are taken out of it, so that the next line does not count them too."""
    there = min(wanted, max(whole_sets(reach, parts), Decimal(0)))
    for part, pieces in parts.items():
        reach[part] -= there * pieces
    return there


def within_reach(order_ids: Collection[int], parts: Mapping[int, Parts]) -> dict[int, Reach]:
    """For each order what lies in the active warehouses and is not kept back for an order placed before it.

    Two queries. An order that keeps nothing back itself comes after all that do.
    """
    articles = {part for pieces in parts.values() for part in pieces}
    levels = {
        article: (on_hand, reserved)
        for article, on_hand, reserved in StockLevel.objects.filter(
            article__in=articles, warehouse__active=True
        )
        .order_by()
        .values_list("article")
        .annotate(on_hand_sum=Sum("on_hand"), reserved_sum=Sum("reserved"))
    }
    found: dict[int, Reach] = {order: defaultdict(Decimal) for order in order_ids}
    for reach in found.values():
        for article, (on_hand, reserved) in levels.items():
            reach[article] = on_hand - reserved
    for order, article, ahead in _kept_ahead(order_ids, articles):
        found[order][article] = levels.get(article, (Decimal(0), Decimal(0)))[0] - (ahead or Decimal(0))
    return found


def _kept_ahead(
    order_ids: Collection[int], articles: Collection[int]
) -> Iterable[tuple[int, int, Decimal | None]]:
    """(order, article, what orders placed before it keep back of it)."""
    earlier = Q(order__placed_at__lt=OuterRef("order__placed_at")) | Q(
        order__placed_at=OuterRef("order__placed_at"), order__lt=OuterRef("order")
    )
    ahead = (
        Reservation.objects.filter(earlier, article=OuterRef("article"), warehouse__active=True)
        .order_by()
        .values("article")
        .annotate(pieces=Sum("quantity"))
        .values("pieces")
    )
    return (
        Reservation.objects.filter(order__in=order_ids, article__in=articles)
        .order_by()
        .values_list("order", "article")
        .annotate(ahead=Subquery(ahead))
        .distinct()
    )
