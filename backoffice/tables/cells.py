"""What a cell of a table may hold, and how people write it. Each cell raises ValueError with a sentence for staff."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from backoffice.lib.money import parse_decimal
from backoffice.tables.formats import unguarded

_DAY_FIRST = re.compile(
    r"(\d{1,2})[./]\s*(\d{1,2})[./]\s*(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?", re.ASCII)
_YES = frozenset(["1", "true", "yes", "y", "x", "ano", "tak", "igen", "da", "a", "t", "i"])
_NO = frozenset(["0", "false", "no", "n", "ne", "nie", "nem"])


class Column(Field):
    """A column of a table. `attribute` is the model's attribute ("unit_id" for a foreign key)."""

    def __init__(self, column_name: str, cell: Widget, *, attribute: str = "", **kwargs: Any) -> None:
        super().__init__(attribute=attribute or column_name, column_name=column_name, widget=cell, **kwargs)


class TextCell(Widget):
    """A text; numbers of a workbook (an EAN, a SKU) come without the ".0" that spreadsheets add."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return plain_text(value)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class DecimalCell(Widget):
    """A number with comma or dot; an empty cell is None, or `empty` where that is given."""

    def __init__(self, empty: Decimal | None = None) -> None:
        super().__init__()
        self.empty = empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        if isinstance(value, bool):
            raise ValueError(_("“%(text)s” is not a number. Write it like 1234,50.") % {"text": value})
        if isinstance(value, float):
            return Decimal(repr(round(value, 9)))  # a workbook stores 0.3 as 0.30000000000000004
        if isinstance(value, int | Decimal):
            return Decimal(value)
        text = plain_text(value)
        return parse_decimal(text) if text else self.empty

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Decimal | None:
        """Without trailing zeros, so that 12.5000 reads 12.5 in the file."""
        return value.normalize() if isinstance(value, Decimal) else value


class BoolCell(Widget):
    """1 or 0; yes and no are understood in the five languages. An empty cell is `empty`."""

    def __init__(self, *, empty: bool) -> None:
        super().__init__()
        self.empty = empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        text = plain_text(value).casefold()
        if not text:
            return self.empty
        if text in _YES or text in _NO:
            return text in _YES
        raise ValueError(_("“%(text)s” is neither yes nor no. Write 1 or 0.") % {"text": text[:60]})

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> int | None:
        return None if value is None else int(value)


class ChoiceCell(Widget):
    """One of a few keys, or the label that the active language has for it."""

    def __init__(self, choices: Iterable[tuple[str, Any]], *, empty: str) -> None:
        super().__init__()
        self.choices = list(choices)
        self.empty = empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = plain_text(value)
        if not text:
            return self.empty
        for key, label in self.choices:
            if text.casefold() in (key.casefold(), str(label).casefold()):
                return key
        raise ValueError(
            _("“%(text)s” is not possible here. Write one of: %(choices)s.")
            % {"text": text[:60], "choices": ", ".join(key for key, label in self.choices)}
        )


class MomentCell(Widget):
    """A day or a moment: 2026-11-21, 2026-11-21 14:00, 21. 11. 2026 14:00; without a zone it is the office's."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime | None:
        if isinstance(value, datetime):
            return _aware(value)
        if isinstance(value, date):
            return _aware(datetime(value.year, value.month, value.day))  # noqa: DTZ001
        text = plain_text(value)
        if not text:
            return None
        try:
            if _ISO.fullmatch(text):
                moment = parse_datetime(text if len(text) > 10 else f"{text} 00:00")
                if moment is not None:
                    return _aware(moment)
            elif match := _DAY_FIRST.fullmatch(text):
                day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
                return _aware(datetime(year, month, day, hour, minute, second))  # noqa: DTZ001
        except ValueError:
            pass  # a 31st of November: the same message
        raise ValueError(
            _("“%(text)s” is not a date. Write it like 2026-11-21 or 2026-11-21 14:00.") % {"text": text[:60]}
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> datetime | None:
        return value


class ListCell(Widget):
    """Several texts in one cell, parted by "|"."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        text = plain_text(value)
        return [part.strip() for part in text.split("|")] if text else []

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return " | ".join(str(part) for part in value or [])


class LookupCell(Widget):
    """A row of a small table (a unit, a price list), written by its name; the value is its primary key.

    The table is read once for a whole file. missing: the sentence for an unknown name, with %(text)s in it.
    """

    def __init__(self, queryset: QuerySet[Any], field: str, *, missing: Any) -> None:
        super().__init__()
        self.queryset = queryset
        self.field = field
        self.missing = missing
        self._names: dict[int, str] | None = None
        self._keys: Mapping[str, int] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        text = plain_text(value)
        if not text:
            return None
        self._load()
        key = self._keys.get(self.fold(text))
        if key is None:
            raise ValueError(str(self.missing) % {"text": text[:60]})
        return key

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        return self._load().get(value, "")

    def rows(self) -> Iterable[tuple[int, str]]:
        """Pairs of primary key and name. Subclasses may build the name from several columns."""
        return self.queryset.all().values_list(
            "pk", self.field
        )  # all(): the declared queryset must not cache

    def fold(self, text: str) -> str:
        return text.casefold()

    def _load(self) -> dict[int, str]:
        if self._names is None:
            self._names = dict(self.rows())
            self._keys = {self.fold(name): key for key, name in self._names.items()}
        return self._names


def plain_text(value: Any) -> str:
    """What a person would read in the cell: trimmed, 1001.0 as "1001", without NUL and the mark of `guarded`."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unguarded(str(value).replace("\0", "").strip())


def _aware(moment: datetime) -> datetime:
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
