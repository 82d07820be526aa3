"""Values as the cells of a file: no control characters, no text that a spreadsheet would run as a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

# What XML 1.0 and the XLSX format cannot hold, lone surrogates included (no UTF-8 for them). CR and CR LF
# become LF: in XLSX a CR shows as "_x000D_".
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NEWLINES = re.compile("\r\n?")
# A spreadsheet takes a text that begins so for a formula; the wide forms too, where the input method maps them
# (OWASP, "CSV Injection"). Blanks before it do not protect, and tab and line break count themselves.
_FORMULA = re.compile("[\t\n]|[\\s\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")

LIST_SEPARATOR: Final = " | "


def printable(text: str) -> str:
    """`text` without the characters that files cannot hold, its line breaks as LF."""
    if text.isascii() and text.isprintable():
        return text
    return _NEWLINES.sub("\n", _UNPRINTABLE.sub("", text))


def formula_safe(text: str) -> str:
    """`text`, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if text and _FORMULA.match(text) else text


def number_text(value: Decimal | int) -> str:
    """Plain digits without trailing zeros: Decimal("12.500") -> "12.5", Decimal("1E+3") -> "1000"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment_text(value: datetime) -> str:
    """ISO 8601 in UTC to the second: "2026-11-21T17:00:00Z"."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_moment(value: datetime) -> datetime:
    """The same moment as office staff read it: in the installation's time zone, without the zone, to the second."""
    return timezone.localtime(value).replace(tzinfo=None, microsecond=0)


def joined(value: Sequence[Any]) -> str:
    """A list or pairs as one cell: "Kitchen | Mugs", "Size: M | Colour: Red"; a pair without a value is its name."""
    return LIST_SEPARATOR.join(
        item if isinstance(item, str) else f"{item[0]}: {item[1]}" if item[1] else item[0] for item in value
    )
