"""Single cells of the shop's tables: all come as text, or None for NULL."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from decimal import Decimal

from backoffice.lib import foreign
from shops.platforms.payloads import Malformed

Row = Mapping[str, str | None]


def number(row: Row, field: str) -> int:
    """A whole number; 0 for NULL or an empty text."""
    value = row.get(field)
    if value is None or value == "":
        return 0
    try:
        found = int(value) if len(value) <= foreign.LONGEST_ID else None
    except ValueError:
        found = None
    if found is None:
        raise Malformed(field, value)
    return found


def identity(row: Row, field: str = "id") -> str:
    """An id as text; "" for 0 or NULL, which mean "none"."""
    return str(found) if (found := number(row, field)) else ""


def decimal(row: Row, field: str) -> Decimal:
    """An amount; 0 for NULL."""
    value = row.get(field)
    if value is None or value == "":
        return Decimal(0)
    try:
        return foreign.number(value)
    except ValueError:
        raise Malformed(field, value) from None


def percent(row: Row, field: str) -> Decimal:
    """22 = 22 %; 0 for NULL."""
    try:
        return foreign.percent(str(decimal(row, field)))
    except ValueError:
        raise Malformed(field, row.get(field)) from None


def text(row: Row, field: str) -> str:
    return row.get(field) or ""


def name(row: Row, field: str = "name") -> str:
    """A name as people read it: the shop prints names as HTML, whoever typed an escape meant the letter."""
    return " ".join(html.unescape(text(row, field)).split())


def name_there(name: str) -> str:
    """A name as it may stand in the shop: what would begin a tag is escaped (oscommerce.md, 9.11)."""
    return name.replace("<", "&lt;").replace(">", "&gt;")


def long_text(row: Row, field: str) -> str:
    """HTML as stored, with one kind of line end and no blank at either end."""
    return text(row, field).replace("\r\n", "\n").replace("\r", "\n").strip()


def grouped(rows: Iterable[Row], field: str) -> dict[str, list[Row]]:
    """{id in `field`: its rows}, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(text(row, field), []).append(row)
    return found
