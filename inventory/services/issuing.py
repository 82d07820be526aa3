"""What orders keep back in the warehouses, and what leaves for them: under one lock of the levels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from inventory.errors import NotEnough
from inventory.locks import LevelKey, lock_levels
from inventory.models import Article, StockLevel, StockMovement, Warehouse
from inventory.services.ledger import StockLine, checked, write_movements, write_reserved


class Shortage(NamedTuple):
    """More left (or was to leave) than was on hand. free: on hand without what other orders keep back."""

    sku: str
    warehouse: str
    wanted: Decimal
    on_hand: Decimal
    free: Decimal


class Issued(NamedTuple):
    """shortages: where the warehouse warns; those of one that allows everything are not named."""

    movements: list[StockMovement]
    shortages: list[Shortage]


def change_reserved(changes: Mapping[LevelKey, Decimal]) -> None:
    """Add to what is kept back, {(article id, warehouse id): pieces}; negative gives free again.

    More than is on hand can be kept back: the shop has sold it already.
    """
    changes = {key: change for key, change in changes.items() if change}
    if not changes:
        return
    with transaction.atomic():
        write_reserved(changes, lock_levels(changes))


def issue(
    goods: Iterable[StockLine],
    *,
    reserved: Mapping[LevelKey, Decimal],
    cause: str,
    by: AbstractBaseUser | None = None,
) -> Issued:
    """Goods leave, and what was kept back for them changes by `reserved`, in one step.

    goods: articles with stock, quantities positive. Raises NotEnough where a warehouse refuses to go below zero
    (Warehouse.below_zero), with everything that is short; then nothing is written.
    """
    return _issue(goods, reserved, cause, by, refusing=frozenset({Warehouse.BelowZero.REFUSE}))


def book_gone(
    goods: Iterable[StockLine],
    *,
    reserved: Mapping[LevelKey, Decimal],
    cause: str,
    by: AbstractBaseUser | None = None,
) -> Issued:
    """Like `issue`, for goods that have left the house already: nothing is refused, whatever the books said."""
    return _issue(goods, reserved, cause, by, refusing=frozenset())


def _issue(
    goods: Iterable[StockLine],
    reserved: Mapping[LevelKey, Decimal],
    cause: str,
    by: AbstractBaseUser | None,
    *,
    refusing: frozenset[str],
) -> Issued:
    leaving: dict[LevelKey, Decimal] = defaultdict(Decimal)
    for line in map(checked, goods):
        leaving[line.article_id, line.warehouse_id] += line.quantity
    reserved = {key: change for key, change in reserved.items() if change}
    with transaction.atomic():
        levels = lock_levels(leaving.keys() | reserved.keys())
        write_reserved(reserved, levels)
        short = {key: pieces for key, pieces in leaving.items() if levels[key].on_hand < pieces}
        shortages = _judged(short, levels, refusing) if short else []
        lines = [StockLine(*key, -pieces) for key, pieces in leaving.items() if pieces]
        moved = write_movements(lines, levels, kind=StockMovement.Kind.ISSUE, cause=cause, by=by)
    return Issued(moved, shortages)


def _judged(
    short: Mapping[LevelKey, Decimal], levels: Mapping[LevelKey, StockLevel], refusing: frozenset[str]
) -> list[Shortage]:
    """By each warehouse's rule: raises NotEnough, names, or is silent."""
    places = Warehouse.objects.in_bulk({warehouse for _article, warehouse in short})
    skus = dict(
        Article.objects.filter(pk__in={article for article, _place in short}).values_list("pk", "sku")
    )
    named, refused, refused_ids = [], [], []
    for (article, warehouse), wanted in sorted(short.items()):
        level, place = levels[article, warehouse], places[warehouse]
        shortage = Shortage(
            skus[article], place.name, wanted, level.on_hand, max(level.on_hand - level.reserved, Decimal(0))
        )
        if place.below_zero in refusing:
            refused.append(shortage)
            refused_ids.append(article)
        elif place.below_zero != Warehouse.BelowZero.ALLOW:
            named.append(shortage)
    if refused:
        raise NotEnough(
            " ".join(shortage_sentence(shortage) for shortage in refused[:5])
            + (" …" if len(refused) > 5 else ""),
            cure=_(
                "Issue less, correct or transfer the stock first, or let the warehouse %(warehouse)s go below zero"
                " (Warehouses)."
            )
            % {"warehouse": refused[0].warehouse},
            article_ids=refused_ids,
        )
    return named


def shortage_sentence(shortage: Shortage) -> str:
    return _(
        "%(warehouse)s has %(on_hand)s of %(sku)s on hand, %(free)s of it free; %(wanted)s are to leave."
    ) % {
        "warehouse": shortage.warehouse,
        "sku": shortage.sku,
        "on_hand": _number(shortage.on_hand),
        "free": _number(shortage.free),
        "wanted": _number(shortage.wanted),
    }


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
