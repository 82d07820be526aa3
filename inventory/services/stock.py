"""Stock: move, correct, transfer, reserve, release, take over from a shop; and the check of levels against the ledger.

The ledger of movements is the truth, a level is the sum of its movements, written in the same transaction under the
level's row lock. All functions take whole lists: a thousand lines cost a handful of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from inventory.errors import BadQuantity, NoStock, NotEnough, NotReserved
from inventory.locks import BATCH, LevelKey, lock_levels
from inventory.models import Article, StockLevel, StockMovement, Warehouse

Kind = StockMovement.Kind
_STEP = Decimal("0.001")  # what the columns hold
_LIMIT = Decimal(10) ** 11


class StockLine(NamedTuple):
    """quantity: stock units, up to three decimals; in a movement positive comes in, negative goes out."""

    article_id: int
    warehouse_id: int
    quantity: Decimal


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
    moved = [line for line in map(_checked, lines) if line.quantity]
    if not moved:
        return []
    with transaction.atomic():
        _refuse_without_stock({line.article_id for line in moved})
        levels = lock_levels((line.article_id, line.warehouse_id) for line in moved)
        return _write(moved, levels, kind=kind, cause=cause, by=by)


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
    _refuse_not_positive(quantities)
    with transaction.atomic():
        _refuse_without_stock(set(quantities))
        levels = lock_levels((article, place.pk) for article in quantities for place in (source, target))
        short = [
            article
            for article, quantity in quantities.items()
            if (level := levels[article, source.pk]).on_hand - level.reserved < quantity
        ]
        if short:
            raise NotEnough(
                _("%(warehouse)s has less than that free: %(articles)s.")
                % {"warehouse": source.name, "articles": _names(short)},
                cure=_("Transfer less, or correct the stock first."),
                article_ids=short,
            )
        lines = [
            StockLine(article, place.pk, sign * quantity)
            for article, quantity in quantities.items()
            for place, sign in ((source, -1), (target, 1))
        ]
        return _write([_checked(line) for line in lines], levels, kind=Kind.TRANSFER, cause=cause, by=by)


def reserve(lines: Iterable[StockLine | tuple[int, int, Decimal]]) -> None:
    """Keep back what orders wait for. More than is on hand can be reserved: the shop has sold it already."""
    _change_reserved(lines, sign=1)


def release(lines: Iterable[StockLine | tuple[int, int, Decimal]]) -> None:
    """Give reserved stock free again. Raises NotReserved when that were more than is reserved."""
    _change_reserved(lines, sign=-1)


def without_stock(article_ids: Iterable[int]) -> set[int]:
    """Those of `article_ids` that have no stock of their own: parents of variants and services."""
    found: set[int] = set()
    for part in _chunks(sorted(set(article_ids))):
        rows = Article.objects.filter(pk__in=part).filter(Q(has_variants=True) | Q(kind=Article.Kind.SERVICE))
        found.update(rows.values_list("pk", flat=True))
    return found


def rebuild_levels(*, repair: bool = False) -> list[Difference]:
    """Compare every level with the sum of its movements; with `repair` set those that differ to the sum.

    A thousand articles in a transaction of their own, so that nobody waits long.
    """
    found: list[Difference] = []
    for part in _chunks(_ids_with_stock()):
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
        (article, warehouse): moved.quantize(_STEP)
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
        _save(locked.values(), "on_hand")
    return different


def _set_levels(
    quantities: Mapping[LevelKey, Decimal], *, kind: str, cause: str, by: AbstractBaseUser | None
) -> list[StockMovement]:
    targets = [_checked((*key, quantity)) for key, quantity in quantities.items()]
    if not targets:
        return []
    with transaction.atomic():
        _refuse_without_stock({line.article_id for line in targets})
        levels = lock_levels((line.article_id, line.warehouse_id) for line in targets)
        lines = [
            line._replace(quantity=difference)
            for line in targets
            if (difference := line.quantity - levels[line.article_id, line.warehouse_id].on_hand)
        ]
        return _write(lines, levels, kind=kind, cause=cause, by=by)


def _write(
    lines: Sequence[StockLine],
    levels: Mapping[LevelKey, StockLevel],
    *,
    kind: str,
    cause: str,
    by: AbstractBaseUser | None,
) -> list[StockMovement]:
    """The ledger and the locked levels."""
    touched: dict[LevelKey, StockLevel] = {}
    for line in lines:
        key = (line.article_id, line.warehouse_id)
        level = touched[key] = levels[key]
        level.on_hand += line.quantity
    _save(touched.values(), "on_hand")
    return StockMovement.objects.bulk_create(
        [StockMovement(**line._asdict(), kind=kind, cause=cause[:200], by=by) for line in lines],
        batch_size=BATCH,
    )


def _change_reserved(lines: Iterable[StockLine | tuple[int, int, Decimal]], *, sign: int) -> None:
    total: dict[LevelKey, Decimal] = defaultdict(Decimal)
    for line in map(_checked, lines):
        total[line.article_id, line.warehouse_id] += line.quantity
    _refuse_not_positive({article: quantity for (article, _warehouse), quantity in total.items()})
    if not total:
        return
    with transaction.atomic():
        _refuse_without_stock({article for article, _warehouse in total})
        levels = lock_levels(total)
        for key, quantity in total.items():
            levels[key].reserved += sign * quantity
        short = [article for (article, _warehouse), level in levels.items() if level.reserved < 0]
        if short:
            raise NotReserved(
                _("Less than that is reserved: %(articles)s.") % {"articles": _names(short)},
                cure=_("Release at most what is reserved; the stock list shows it."),
                article_ids=short,
            )
        _save(levels.values(), "reserved")


def _save(levels: Iterable[StockLevel], field: str) -> None:
    StockLevel.objects.bulk_create(
        list(levels),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[field, "changed_at"],
        batch_size=BATCH,
    )


def _checked(line: StockLine | tuple[int, int, Decimal]) -> StockLine:
    article_id, warehouse_id, quantity = line
    quantity = Decimal(quantity)
    if not quantity.is_finite() or abs(quantity) >= _LIMIT or quantity != quantity.quantize(_STEP):
        raise BadQuantity(
            _("%(quantity)s is not a quantity that the stock can hold.") % {"quantity": quantity},
            cure=_("Enter a number with at most three decimals."),
            article_ids=[article_id],
        )
    return StockLine(article_id, warehouse_id, quantity)


def _refuse_not_positive(quantities: Mapping[int, Decimal]) -> None:
    bad = [article for article, quantity in quantities.items() if quantity <= 0]
    if bad:
        raise BadQuantity(
            _("The quantity must be more than zero: %(articles)s.") % {"articles": _names(bad)},
            cure=_("Enter how many pieces, without a sign."),
            article_ids=bad,
        )


def _refuse_without_stock(article_ids: set[int]) -> None:
    refused = sorted(without_stock(article_ids))
    if refused:
        raise NoStock(
            _("These articles have no stock of their own: %(articles)s.") % {"articles": _names(refused)},
            cure=_("Choose the variants instead of their parent article; services are not counted."),
            article_ids=refused,
        )


def _names(article_ids: Sequence[int]) -> str:
    """The SKUs for a message, the first five."""
    skus = list(Article.objects.filter(pk__in=article_ids[:5]).values_list("sku", flat=True))
    return ", ".join(skus) + (" …" if len(article_ids) > 5 else "")


def _chunks(items: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part
