"""Stock: move, correct, transfer, take over from a shop; and the check of levels against the ledger.

The ledger of movements is the truth, a level is the sum of its movements, written in the same transaction under the
level's row lock. All functions take whole lists: a thousand lines cost a handful of queries. What orders keep back and
what leaves for them is in inventory.services.issuing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from inventory.errors import BadQuantity, NotEnough
from inventory.locks import BATCH, LevelKey, lock_levels
from inventory.models import Article, StockLevel, StockMovement, Warehouse
from inventory.services.ledger import (
    STEP,
    StockLine,
    checked,
    chunks,
    refuse_not_positive,
    refuse_without_stock,
    save_levels,
    sku_list,
    without_stock,
    write_movements,
)

__all__ = [
    "Difference",
    "Kind",
    "StockLine",
    "correct",
    "correct_many",
    "move",
    "rebuild_levels",
    "take_over",
    "transfer",
    "without_stock",
]

Kind = StockMovement.Kind


class Difference(NamedTuple):
    """A level that is not the sum of its movements."""

    article_id: int
    warehouse_id: int
    on_hand: Decimal
    moved: Decimal


def move(
    lines: Iterable[StockLine | tuple[int, int, Decimal]],
    *,
    kind: str,
    cause: str,
    by: AbstractBaseUser | None = None,
) -> list[StockMovement]:
    """Write one line of the ledger for each of `lines` and add it to its level. Lines of zero move nothing.

    Stock may become negative: goods that have left the house have left it, whatever the books said.
    Raises NoStock, BadQuantity; then nothing is written.
    """
    moved = [line for line in map(checked, lines) if line.quantity]
    if not moved:
        return []
    with transaction.atomic():
        refuse_without_stock({line.article_id for line in moved})
        levels = lock_levels((line.article_id, line.warehouse_id) for line in moved)
        return write_movements(moved, levels, kind=kind, cause=cause, by=by)


def correct(
    article: Article,
    warehouse: Warehouse,
    new_quantity: Decimal,
    *,
    cause: str,
    by: AbstractBaseUser | None = None,
) -> StockMovement | None:
    """Set what is on hand to what was counted. None when it was so already. Raises NoStock, BadQuantity."""
    moved = correct_many({(article.pk, warehouse.pk): new_quantity}, cause=cause, by=by)
    return moved[0] if moved else None


def correct_many(
    quantities: Mapping[LevelKey, Decimal], *, cause: str, by: AbstractBaseUser | None = None
) -> list[StockMovement]:
    """Set many levels to what was counted, {(article id, warehouse id): on hand}; unchanged ones move nothing.

    Raises NoStock, BadQuantity (also for a negative count); then nothing is written.
    """
    negative = [article for (article, _warehouse), quantity in quantities.items() if quantity < 0]
    if negative:
        raise BadQuantity(
            _("A counted stock cannot be negative."), cure=_("Enter zero or more."), article_ids=negative
        )
    return _set_levels(quantities, kind=Kind.CORRECTION, cause=cause, by=by)


def take_over(
    warehouse: Warehouse,
    quantities: Mapping[int, Decimal],
    cause: str,
    *,
    by: AbstractBaseUser | None = None,
) -> list[StockMovement]:
    """Set the levels of one warehouse to what a shop says, {article id: quantity} (P4). A shop that sells on
    back-order says negative numbers; they are taken as they are.

    Raises NoStock with `.article_ids` (see `without_stock`), BadQuantity; then nothing is written.
    """
    keyed = {(article, warehouse.pk): quantity for article, quantity in quantities.items()}
    return _set_levels(keyed, kind=Kind.SHOP, cause=cause, by=by)


def transfer(
    quantities: Mapping[int, Decimal],
    *,
    source: Warehouse,
    target: Warehouse,
    cause: str,
    by: AbstractBaseUser | None = None,
) -> list[StockMovement]:
    """Carry {article id: quantity} from one warehouse to another; what is reserved stays.

    Raises NotEnough (with all articles that have too little free), NoStock, BadQuantity; then nothing is written.
    """
    if source.pk == target.pk:
        raise BadQuantity(
            _("Goods cannot be transferred from a warehouse to itself."), cure=_("Choose another warehouse.")
        )
    refuse_not_positive(quantities)
    with transaction.atomic():
        refuse_without_stock(set(quantities))
        levels = lock_levels((article, place.pk) for article in quantities for place in (source, target))
        short = [
            article
            for article, quantity in quantities.items()
            if (level := levels[article, source.pk]).on_hand - level.reserved < quantity
        ]
        if short:
            raise NotEnough(
                _("%(warehouse)s has less than that free: %(articles)s.")
                % {"warehouse": source.name, "articles": sku_list(short)},
                cure=_("Transfer less, or correct the stock first."),
                article_ids=short,
            )
        lines = [
            StockLine(article, place.pk, sign * quantity)
            for article, quantity in quantities.items()
            for place, sign in ((source, -1), (target, 1))
        ]
        return write_movements(
            [checked(line) for line in lines], levels, kind=Kind.TRANSFER, cause=cause, by=by
        )


def rebuild_levels(*, repair: bool = False) -> list[Difference]:
    """Compare every level with the sum of its movements; with `repair` set those that differ to the sum.

    A thousand articles in a transaction of their own, so that nobody waits long.
    """
    found: list[Difference] = []
    for part in chunks(_ids_with_stock()):
        with transaction.atomic():
            found += _rebuild(part, repair=repair)
    return found


def _ids_with_stock() -> Iterator[int]:
    known = StockLevel.objects.order_by().values("article_id")
    moved = StockMovement.objects.order_by().values("article_id")
    return (row["article_id"] for row in known.union(moved).order_by("article_id").iterator(BATCH))


def _rebuild(article_ids: Sequence[int], *, repair: bool) -> list[Difference]:
    levels = StockLevel.objects.filter(article_id__in=article_ids)
    if repair:
        levels = levels.select_for_update().order_by("pk")
    by_key = {(level.article_id, level.warehouse_id): level for level in levels}
    sums = {
        (article, warehouse): moved.quantize(STEP)
        for article, warehouse, moved in StockMovement.objects.filter(article_id__in=article_ids)
        .order_by()
        .values_list("article_id", "warehouse_id")
        .annotate(moved=Sum("quantity"))
    }
    different = []
    for key in sorted(by_key.keys() | sums.keys()):
        level, moved = by_key.get(key), sums.get(key, Decimal(0))
        on_hand = level.on_hand if level else Decimal(0)
        if on_hand != moved:
            different.append(Difference(*key, on_hand, moved))
    if repair and different:
        missing = [(row.article_id, row.warehouse_id) for row in different]
        locked = lock_levels(missing)
        for row in different:
            locked[row.article_id, row.warehouse_id].on_hand = row.moved
        save_levels(locked.values(), "on_hand")
    return different


def _set_levels(
    quantities: Mapping[LevelKey, Decimal], *, kind: str, cause: str, by: AbstractBaseUser | None
) -> list[StockMovement]:
    targets = [checked((*key, quantity)) for key, quantity in quantities.items()]
    if not targets:
        return []
    with transaction.atomic():
        refuse_without_stock({line.article_id for line in targets})
        levels = lock_levels((line.article_id, line.warehouse_id) for line in targets)
        lines = [
            line._replace(quantity=difference)
            for line in targets
            if (difference := line.quantity - levels[line.article_id, line.warehouse_id].on_hand)
        ]
        return write_movements(lines, levels, kind=kind, cause=cause, by=by)
