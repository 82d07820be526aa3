"""Cells that name rows of our own tables in a special way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy

from backoffice.tables import LookupCell
from backoffice.tables.cells import plain_text
from inventory.models import Category, VatRate

_RATE = re.compile(r"([A-Za-z]{2})\s*([\d.,]+)\s*%?", re.ASCII)


class VatRateCell(LookupCell):
    """A rate as "SI 9.5"; "si 9,50 %" is understood."""

    def __init__(self) -> None:
        super().__init__(
            VatRate.objects.all(),
            "country",
            missing=gettext_lazy(
                "There is no VAT rate “%(text)s”. Write it like SI 22, or create it under VAT rates."
            ),
        )

    def rows(self) -> Iterable[tuple[int, str]]:
        rates = self.queryset.all().values_list("pk", "country", "percent")
        return ((pk, f"{country} {percent.normalize():f}") for pk, country, percent in rates)

    def fold(self, text: str) -> str:
        match = _RATE.fullmatch(text.strip())
        if not match:
            return text
        try:
            percent = Decimal(match[2].replace(",", ".")).normalize()
        except InvalidOperation:
            return text
        return f"{match[1].upper()} {percent:f}"


class CategoriesCell(LookupCell):
    """Categories by their whole path, several parted by |: "Kitchen > Pots | Sale"."""

    def __init__(self) -> None:
        super().__init__(
            Category.objects.all(),
            "name",
            missing=gettext_lazy(
                "There is no category “%(text)s”. Write its whole path like Kitchen > Pots, "
                "or create it under Categories."
            ),
        )

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        parts = [part.strip() for part in plain_text(value).split("|")]
        return tuple(sorted({key for part in parts if (key := super(CategoriesCell, self).clean(part))}))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        names = self._load()
        return " | ".join(sorted(names[key] for key in value or () if key in names))

    def rows(self) -> Iterable[tuple[int, str]]:
        nodes = {
            pk: (parent, name) for pk, parent, name in Category.objects.values_list("pk", "parent_id", "name")
        }
        for pk in nodes:
            path: list[str] = []
            node: int | None = pk
            while node in nodes and len(path) < 50:  # a loop made behind our back ends here
                parent, name = nodes[node]
                path.insert(0, name)
                node = parent
            yield pk, " > ".join(path)

    def fold(self, text: str) -> str:
        return " > ".join(part.strip() for part in text.split(">")).casefold()
