"""Inventory counts and transfers: filling and closing. Closing gives the number and moves the stock in one transaction.

Locks are taken in the order document, counter, stock levels.
"""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.errors import BadStockDocument
from inventory.locks import BATCH, lock_levels
from inventory.models import (
    Article,
    Category,
    StockCount,
    StockCountLine,
    StockDocumentCounter,
    StockLevel,
    StockTransfer,
)
from inventory.services import stock
from inventory.services.ledger import chunks

COUNT, TRANSFER = "INV", "TRF"
Document = TypeVar("Document", StockCount, StockTransfer)


def fill_count(pk: int, *, category: Category | None = None) -> int:
    """Add a line for each article that has a level in the count's warehouse and no line yet; how many were added.

    category: only the articles of this one and those below it. Raises StockCount.DoesNotExist, and BadStockDocument for a
    closed one.
    """
    with transaction.atomic():
        count = _locked(StockCount, pk)
        levels = StockLevel.objects.filter(
            ~Exists(StockCountLine.objects.filter(document=count, article=OuterRef("article"))),
            warehouse=count.warehouse_id,
            article__kind=Article.Kind.GOODS,
            article__has_variants=False,
        )
        if category:
            inside = category.descendants(include_self=True).values("pk")
            levels = levels.filter(
                Exists(
                    Article.categories.through.objects.filter(
                        article=OuterRef("article"), category__in=inside
                    )
                )
            )
        articles = list(levels.order_by("article__sku").values_list("article_id", flat=True))
        for part in chunks(articles):
            StockCountLine.objects.bulk_create(
                [StockCountLine(document=count, article_id=article) for article in part]
            )
    return len(articles)


def close_count(pk: int, *, by: AbstractBaseUser | None) -> StockCount:
    """Give the count its number, write what the books said, and book the differences with the number as cause.

    Lines that were not counted are left alone. Raises StockCount.DoesNotExist, BadStockDocument (closed, nothing
    counted), NoStock; then nothing is written.
    """
    with transaction.atomic():
        count = _locked(StockCount, pk)
        lines = list(count.lines.filter(counted__isnull=False))
        if not lines:
            raise BadStockDocument(
                _("Nothing was counted yet."), cure=_("Type what is there into at least one line and save.")
            )
        _number(count, COUNT)
        place = count.warehouse_id
        levels = lock_levels((line.article_id, place) for line in lines)
        for line in lines:
            line.expected = levels[line.article_id, place].on_hand
        StockCountLine.objects.bulk_update(lines, ["expected"], batch_size=BATCH)
        stock.correct_many(
            {(line.article_id, place): line.counted for line in lines if line.counted is not None},
            cause=str(count.number),
            by=by,
        )
        _close(count, by)
    return count


def close_transfer(pk: int, *, by: AbstractBaseUser | None) -> StockTransfer:
    """Give the transfer its number and carry its goods, with the number as cause.

    Raises StockTransfer.DoesNotExist, BadStockDocument (closed, empty), NotEnough, NoStock, BadQuantity; then nothing is
    written.
    """
    with transaction.atomic():
        document = _locked(StockTransfer, pk)
        quantities = dict(document.lines.values_list("article_id", "quantity"))
        if not quantities:
            raise BadStockDocument(
                _("This transfer has no lines."), cure=_("Add what is carried over and save.")
            )
        _number(document, TRANSFER)
        stock.transfer(
            quantities, source=document.source, target=document.target, cause=str(document.number), by=by
        )
        _close(document, by)
    return document


def _locked(model: type[Document], pk: int) -> Document:
    document = model.objects.select_for_update().get(pk=pk)
    if not document.is_draft:
        raise BadStockDocument(
            _("%(number)s is closed already.") % {"number": document.number},
            cure=_("Make a new document for what has changed since."),
        )
    return document


def _number(document: StockCount | StockTransfer, prefix: str) -> None:
    counters = StockDocumentCounter.objects.select_for_update().filter(prefix=prefix, year=document.date.year)
    counter = counters.first()
    if counter is None:
        # The first number of the year, perhaps for two at once: one of them makes the row, both then lock it.
        StockDocumentCounter.objects.bulk_create(
            [StockDocumentCounter(prefix=prefix, year=document.date.year)], ignore_conflicts=True
        )
        counter = counters.get()
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    document.number = f"{prefix}-{document.date.year:04d}-{counter.last_number:05d}"


def _close(document: StockCount | StockTransfer, by: AbstractBaseUser | None) -> None:
    document.state = document.State.CLOSED
    document.closed_at = timezone.now()
    document.closed_by_id = by.pk if by else None
    document.save(update_fields=["number", "state", "closed_at", "closed_by"])
