"""What people said about a shop's orders, as it is remembered for the next ones (shops.models.Meaning)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from shops import elements
from shops.models import Meaning, Shop
from shops.services.partners import names_of


@dataclass(frozen=True, slots=True)
class Remembered:
    meaning: Meaning
    here: str


def remembered_choices(shop: Shop, *, limit: int) -> list[Remembered]:
    """The newest ones. A query for each type beside the first."""
    rows = list(Meaning.objects.filter(shop=shop).select_related("by").order_by("-at")[:limit])
    names: dict[str, dict[int, str]] = {}
    for kind in {row.kind for row in rows}:
        names[kind] = names_of(kind, [row.local_id for row in rows if row.kind == kind and row.local_id])
    return [Remembered(row, _here(row, names[row.kind])) for row in rows]


def _here(row: Meaning, names: dict[int, str]) -> str:
    if row.local_id is None:
        return _("billed without an article") if row.kind == elements.ARTICLE else "–"
    return names.get(row.local_id, _("deleted since"))
