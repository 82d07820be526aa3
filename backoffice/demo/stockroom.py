"""What the warehouse has done of late: an inventory count that is closed, one that has begun, and a transfer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from backoffice.demo import clock
from inventory.models import (
    Article,
    Category,
    StockCount,
    StockLevel,
    StockTransfer,
    StockTransferLine,
    Warehouse,
)
from inventory.services.stock_documents import close_count, close_transfer, fill_count

COUNTED = "Honey and oil"  # a category that is counted
# What was found to be otherwise than in the books.
FOUND = {"LD-HONEY-LIN": Decimal(-2), "LD-OIL-500": Decimal(1)}
CARRIED = {"LD-SOAP": Decimal(12), "LD-TEA-ALP": Decimal(10), "LD-MUG-WHT": Decimal(6)}


def load_stockroom(day: Callable[[int, int], datetime], by: AbstractBaseUser) -> None:
    """day(days ago, hour). Where there is any such document already, nothing is made."""
    if StockCount.objects.exists() or StockTransfer.objects.exists():
        return
    ljubljana, maribor = (Warehouse.objects.get(code=code) for code in ("LJ", "MB"))
    with clock.at(day(9, 16)):
        _count(ljubljana, COUNTED, "Quarterly count of the pantry", by, close=True)
    with clock.at(day(5, 10)):
        _transfer(maribor, ljubljana, by)
    with clock.at(day(0, 8)):
        _count(ljubljana, "Knives and boards", "Begun, not finished", by, close=False)


def _count(place: Warehouse, category: str, note: str, by: AbstractBaseUser, *, close: bool) -> None:
    count = StockCount.objects.create(
        warehouse=place, date=timezone.localdate(), note=note, created_by_id=by.pk
    )
    fill_count(count.pk, category=Category.objects.get(name=category))
    lines = list(count.lines.select_related("article").order_by("pk"))
    levels = StockLevel.objects.filter(warehouse=place, article__in=[line.article_id for line in lines])
    books = dict(levels.values_list("article", "on_hand"))
    for line in lines if close else lines[:2]:
        line.counted = books[line.article_id] + FOUND.get(line.article.sku, Decimal(0))
        line.save()
    if close:
        close_count(count.pk, by=by)


def _transfer(source: Warehouse, target: Warehouse, by: AbstractBaseUser) -> None:
    transfer = StockTransfer.objects.create(
        source=source,
        target=target,
        date=timezone.localdate(),
        note="Fills up Ljubljana",
        created_by_id=by.pk,
    )
    for article in Article.objects.filter(sku__in=CARRIED).order_by("sku"):
        StockTransferLine.objects.create(document=transfer, article=article, quantity=CARRIED[article.sku])
    close_transfer(transfer.pk, by=by)
