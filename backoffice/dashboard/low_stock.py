"""What is about to run out, and for how long it lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Sum
from django.utils import timezone

from inventory.models import StockLevel, StockMovement

LOW_SHOWN: Final = 8
SOLD_DAYS: Final = 30  # over so many days it is reckoned what an article sells a day


def low_stock() -> dict[str, Any]:
    low = StockLevel.objects.low()
    rows = list(
        low.select_related("article", "warehouse")
        .annotate(free=F("on_hand") - F("reserved"))
        .order_by("free", "id")[:LOW_SHOWN]
    )
    _tell_how_long(rows)
    count = low.count() if len(rows) == LOW_SHOWN else len(rows)
    return {"low": rows, "low_count": count}


def _tell_how_long(levels: list[StockLevel]) -> None:
    """Adds `a_day`, what left the warehouse a day of late, and `lasts`, for how many days the rest is enough."""
    since = timezone.now() - timedelta(days=SOLD_DAYS)
    left = (
        StockMovement.objects.filter(
            article__in=[level.article_id for level in levels], kind=StockMovement.Kind.ISSUE, at__gte=since
        )
        .order_by()
        .values_list("article", "warehouse")
        .annotate(moved=Sum("quantity"))
    )
    moved = {(article, warehouse): -quantity for article, warehouse, quantity in left}
    for level in levels:
        gone = moved.get((level.article_id, level.warehouse_id), 0)
        free = max(level.on_hand - level.reserved, 0)
        level.a_day = gone / SOLD_DAYS if gone > 0 else None  # type: ignore[attr-defined]
        level.lasts = int(free * SOLD_DAYS / gone) if gone > 0 else None  # type: ignore[attr-defined]
