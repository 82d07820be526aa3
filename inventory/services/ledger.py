"""What every change of stock shares: checked lines, the ledger and the locked levels, what is reserved.

Only the services of stock use it (stock, issuing, counts, transfers); they are what the rest of the house calls.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.utils.translation import gettext as _

from inventory.errors import BadQuantity, NoStock
from inventory.locks import BATCH, LevelKey
from inventory.models import Article, StockLevel, StockMovement

STEP = Decimal("0.001")  # what the columns hold
_LIMIT = Decimal(10) ** 11

logger = logging.getLogger(__name__)


class StockLine(NamedTuple):
    """quantity: stock units, up to three decimals; in a movement positive comes in, negative goes out."""

    article_id: int
    warehouse_id: int
    quantity: Decimal


def to_step(quantity: Decimal) -> Decimal:
    """As many decimals as the columns hold, halves up."""
    return quantity.quantize(STEP, ROUND_HALF_UP)


def write_movements(
    lines: Sequence[StockLine],
    levels: Mapping[LevelKey, StockLevel],
    *,
    kind: str,
    cause: str,
    by: AbstractBaseUser | None,
) -> list[StockMovement]:
    """The ledger, and on hand of the locked levels."""
    touched: dict[LevelKey, StockLevel] = {}
    for line in lines:
        key = (line.article_id, line.warehouse_id)
        level = touched[key] = levels[key]
        level.on_hand += line.quantity
    if not touched:
        return []
    save_levels(touched.values(), "on_hand")
    return StockMovement.objects.bulk_create(
        [StockMovement(**line._asdict(), kind=kind, cause=cause[:200], by=by) for line in lines],
        batch_size=BATCH,
    )


def write_reserved(changes: Mapping[LevelKey, Decimal], levels: Mapping[LevelKey, StockLevel]) -> None:
    """Add `changes` to what is reserved on the locked levels."""
    if not changes:
        return
    for key, change in changes.items():
        level = levels[key]
        level.reserved += change
        if level.reserved < 0:
            # The orders' reservations are the truth; a level that somebody wrote by hand must not stop a parcel.
            logger.error(
                "stock level %s had less reserved than its orders hold; check_stock tells more", level.pk
            )
            level.reserved = Decimal(0)
    save_levels([levels[key] for key in changes], "reserved")


def save_levels(levels: Iterable[StockLevel], field: str) -> None:
    StockLevel.objects.bulk_create(
        list(levels),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[field, "changed_at"],
        batch_size=BATCH,
    )


def checked(line: StockLine | tuple[int, int, Decimal]) -> StockLine:
    article_id, warehouse_id, quantity = line
    quantity = Decimal(quantity)
    if not quantity.is_finite() or abs(quantity) >= _LIMIT or quantity != quantity.quantize(STEP):
        raise BadQuantity(
            _("%(quantity)s is not a quantity that the stock can hold.") % {"quantity": quantity},
            cure=_("Enter a number with at most three decimals."),
            article_ids=[article_id],
        )
    return StockLine(article_id, warehouse_id, quantity)


def refuse_not_positive(quantities: Mapping[int, Decimal]) -> None:
    bad = [article for article, quantity in quantities.items() if quantity <= 0]
    if bad:
        raise BadQuantity(
            _("The quantity must be more than zero: %(articles)s.") % {"articles": sku_list(bad)},
            cure=_("Enter how many pieces, without a sign."),
            article_ids=bad,
        )


def without_stock(article_ids: Iterable[int]) -> set[int]:
    """Those of `article_ids` that have no stock of their own: parents of variants, services and sets."""
    found: set[int] = set()
    for part in chunks(sorted(set(article_ids))):
        rows = Article.objects.filter(pk__in=part).filter(Q(has_variants=True) | ~Q(kind=Article.Kind.GOODS))
        found.update(rows.values_list("pk", flat=True))
    return found


def refuse_without_stock(article_ids: set[int]) -> None:
    refused = sorted(without_stock(article_ids))
    if refused:
        raise NoStock(
            _("These articles have no stock of their own: %(articles)s.") % {"articles": sku_list(refused)},
            cure=_(
                "Choose the variants instead of their parent article, the parts instead of a set;"
                " services are not counted."
            ),
            article_ids=refused,
        )


def sku_list(article_ids: Sequence[int]) -> str:
    """The SKUs for a message, the first five."""
    skus = list(Article.objects.filter(pk__in=article_ids[:5]).values_list("sku", flat=True))
    return ", ".join(skus) + (" …" if len(article_ids) > 5 else "")


def chunks(items: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part
