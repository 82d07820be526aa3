"""(j) From a movement to the shop, with a worker running as in operation."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from inventory.models import Article, StockLevel, Warehouse
from inventory.services.stock import move
from shops.models import ChangeMark, RemoteElement, Run, Shop
from shops.services.changes import push_everything

Work = Callable[[], dict[str, Any]]
_LONGEST_S = 600.0
_AT_ONCE = 1000


def settle() -> dict[str, Any]:
    """Nothing of what happened until now is news to the shop."""
    push_everything()  # makes the marks
    now = timezone.now()
    for model in (StockLevel, Article):
        model.objects.update(changed_at=now - timedelta(minutes=5))  # type: ignore[attr-defined]
    ChangeMark.objects.update(stock_to=now - timedelta(minutes=1), orders_to=now)
    return {"waiting runs": Run.objects.unfinished().count()}


def move_and_wait(movements: str, articles: str) -> Work:
    """So many movements of each of so many articles, one after the other, and then until the shop has the new numbers."""
    shown = RemoteElement.objects.of(Shop.objects.get(), "stock").linked()
    ids = [pk for pk in shown.order_by("pk").values_list("local_id", flat=True)[: int(articles)] if pk]
    place = Warehouse.objects.get(code="MAIN").pk
    before = Run.objects.filter(trigger=Run.Trigger.CHANGE).count()
    wanted = shown.aggregate(n=Sum("seen_value"))["n"] + int(movements) * len(ids)

    def work() -> dict[str, Any]:
        began = time.perf_counter()
        for _movement in range(int(movements)):
            for start in range(0, len(ids), _AT_ONCE):
                lines = [(article, place, Decimal(1)) for article in ids[start : start + _AT_ONCE]]
                move(lines, kind="receipt", cause="bench")
        moved = time.perf_counter()
        while shown.aggregate(n=Sum("seen_value"))["n"] != wanted:
            if time.perf_counter() - moved > _LONGEST_S:
                raise RuntimeError("the shop was not told in ten minutes; is a worker running?")
            time.sleep(0.1)
        return {
            "moving took s": round(moved - began, 1),
            "told after s": round(time.perf_counter() - moved, 1),
            "pushes": Run.objects.filter(trigger=Run.Trigger.CHANGE).count() - before,
        }

    return work
