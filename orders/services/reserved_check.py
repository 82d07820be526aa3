"""Is what the levels keep back the sum of the reservations, and are these what open orders need? Repair where not."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum

from inventory.locks import LevelKey, lock_levels
from inventory.models import StockLevel
from inventory.services.issuing import change_reserved
from inventory.services.ledger import to_step
from orders.locks import lock_order
from orders.models import Order, Reservation
from orders.services.reservations import OPEN, reserve_order


class ReservedDifference(NamedTuple):
    """A level that keeps back something else than the orders' reservations say."""

    article_id: int
    warehouse_id: int
    level: Decimal
    reservations: Decimal


def check_reserved(*, repair: bool = False) -> list[ReservedDifference]:
    """With `repair` the levels are set to the reservations, after those were brought to what open orders need."""
    if repair:
        wanted = Order.objects.filter(state__in=OPEN).values_list("pk", flat=True)
        kept = Reservation.objects.order_by().values_list("order_id", flat=True)
        for pk in sorted({*wanted, *kept}):
            with transaction.atomic():
                reserve_order(lock_order(pk))
    found = _differences()
    if repair:
        for row in found:
            _repair((row.article_id, row.warehouse_id))
    return found


def _differences() -> list[ReservedDifference]:
    sums = _sums()
    levels: dict[LevelKey, Decimal] = {
        (article, warehouse): reserved
        for article, warehouse, reserved in StockLevel.objects.exclude(reserved=0).values_list(
            "article_id", "warehouse_id", "reserved"
        )
    }
    return [
        ReservedDifference(*key, levels.get(key, Decimal(0)), sums.get(key, Decimal(0)))
        for key in sorted(levels.keys() | sums.keys())
        if levels.get(key, Decimal(0)) != sums.get(key, Decimal(0))
    ]


def _sums(**only: int) -> dict[LevelKey, Decimal]:
    rows = Reservation.objects.filter(**only).order_by().values_list("article_id", "warehouse_id")
    return {
        (article, warehouse): to_step(pieces)
        for article, warehouse, pieces in rows.annotate(pieces=Sum("quantity"))
    }


def _repair(key: LevelKey) -> None:
    with transaction.atomic():
        level = lock_levels([key])[key]
        right = _sums(article_id=key[0], warehouse_id=key[1]).get(key, Decimal(0))
        change_reserved({key: right - level.reserved})
