"""Sets: what they consist of. A set has no stock of its own; its parts are what is reserved, issued and counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db.models import (
    DecimalField,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Floor, Round
from django.utils.translation import gettext as _

from inventory.errors import BadSet
from inventory.models import Article, SetComponent, StockLevel

Parts = dict[int, Decimal]  # {article id: pieces in one}
QUANTITY: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=4)


def parts_of(article_ids: Iterable[int]) -> dict[int, Parts]:
    """What leaves the warehouse when one piece of each article does: {article id: {article id with stock: pieces}}.

    Goods are a part of themselves; a set is its parts; a service and a parent of variants are nothing: {}.
    One query, a second one where sets are among them.
    """
    kinds = Article.objects.filter(pk__in=set(article_ids)).values_list("pk", "kind", "has_variants")
    found: dict[int, Parts] = {}
    sets = []
    for pk, kind, has_variants in kinds:
        goods = kind == Article.Kind.GOODS and not has_variants
        found[pk] = {pk: Decimal(1)} if goods else {}
        if kind == Article.Kind.SET and not has_variants:
            sets.append(pk)
    if sets:
        for whole, parts in _components(sets).items():
            found[whole] = parts
    return found


def _components(set_ids: Iterable[int]) -> dict[int, Parts]:
    rows = SetComponent.objects.filter(
        whole__in=set_ids, component__kind=Article.Kind.GOODS, component__has_variants=False
    )
    found: dict[int, Parts] = defaultdict(dict)
    for whole, component, quantity in rows.values_list("whole_id", "component_id", "quantity"):
        found[whole][component] = quantity
    return found


def sets_with(article_ids: Collection[int]) -> set[int]:
    """The sets that one of these articles is a part of."""
    rows = SetComponent.objects.filter(component__in=article_ids, whole__kind=Article.Kind.SET)
    return set(rows.values_list("whole_id", flat=True))


def whole_sets(pieces: Mapping[int, Decimal], parts: Parts) -> Decimal:
    """How many wholes `pieces` make: of goods the pieces themselves, of a set whole sets, without parts none."""
    if not parts:
        return Decimal(0)
    made = [pieces.get(part, Decimal(0)) / quantity for part, quantity in parts.items()]
    return min(made) if list(parts.values()) == [1] else min(made).to_integral_value(ROUND_FLOOR)


def free_pieces(article_ref: str, warehouse_ids: Collection[int] | None = None) -> Coalesce:
    """On hand minus reserved as SQL; of a set the whole sets that its parts make. 0 where nothing is known.

    article_ref: the path to the article's id in the outer query. warehouse_ids None = the active warehouses.
    """
    counted = Q(warehouse__active=True) if warehouse_ids is None else Q(warehouse__in=warehouse_ids)

    def free(reference: str) -> Subquery:
        levels = StockLevel.objects.filter(counted, article_id=OuterRef(reference))
        sums = (
            levels.order_by()
            .values("article_id")
            .annotate(free=Sum(F("on_hand") - F("reserved"), output_field=QUANTITY))
        )
        return Subquery(sums.values("free"), output_field=QUANTITY)

    zero = Value(Decimal(0), output_field=QUANTITY)
    parts = (
        SetComponent.objects.filter(whole_id=OuterRef(article_ref), whole__kind=Article.Kind.SET)
        .annotate(made=_times(Coalesce(free("component_id"), zero), F("quantity")))
        .order_by("made")
        .values("made")[:1]
    )
    return Coalesce(Subquery(parts, output_field=QUANTITY), free(article_ref), zero)


def _times(free: Coalesce, quantity: F) -> ExpressionWrapper:
    """How often `quantity` is in `free`, rounded down: in thousandths, so that 0.3 holds 0.1 three times on SQLite too."""
    thousandths = [
        Cast(Round(ExpressionWrapper(value * Decimal(1000), output_field=QUANTITY)), FloatField())
        for value in (free, quantity)
    ]
    return ExpressionWrapper(Floor(thousandths[0] / thousandths[1]), output_field=QUANTITY)


def refuse_as_part(whole: Article, component: Article) -> None:
    """Raises BadSet: only goods that are counted themselves can be in a set."""
    if component.pk == whole.pk:
        raise BadSet(_("A set cannot contain itself."), cure=_("Choose another article."))
    if component.has_variants:
        raise BadSet(
            _("%(sku)s is a parent of variants and has no stock of its own.") % {"sku": component.sku},
            cure=_("Choose one of its variants."),
        )
    if component.kind == Article.Kind.SET:
        raise BadSet(
            _("%(sku)s is a set itself; there are no sets within sets.") % {"sku": component.sku},
            cure=_("Put its parts into this set instead."),
        )
    if component.kind != Article.Kind.GOODS:
        raise BadSet(
            _("%(sku)s is a service, which is not counted.") % {"sku": component.sku},
            cure=_("Choose goods. What the service costs belongs into the price of the set."),
        )
