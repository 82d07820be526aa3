"""Single values of Shoper's answers: types change from answer to answer, so each is read tolerantly (shoper.md, 9.1).

Ids and amounts come as text or numbers, flags as "0", 0, false or "", an empty object as [], no date as
"0000-00-00 00:00:00", times in the shop's zone without an offset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from backoffice.lib import foreign
from shops.platforms.payloads import (  # noqa: F401 (the mapping has all readers from here)
    Malformed,
    Payload,
    amount,
    decimal,
    identity,
    long_text,
    own_id,
    percent,
    plain,
    text,
)

_TRUE = (True, 1, "1", "true")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def name(payload: Payload, field: str = "name") -> str:
    """A text of one line, without blanks at its ends or in rows."""
    return " ".join(text(payload, field).split())


def flag(payload: Payload, field: str) -> bool:
    return payload.get(field) in _TRUE


def moment(payload: Payload, field: str, zone: tzinfo) -> datetime | None:
    """A time of the shop as aware UTC; None for null, "" or the date of zeros. In October's hour twice: the first."""
    value = payload.get(field)
    if value in (None, "") or str(value).startswith("0000-00-00"):
        return None
    try:
        return foreign.moment(str(value), zone)
    except ValueError:
        raise Malformed(field, value) from None


def shop_time(value: datetime, zone: tzinfo) -> str:
    return value.astimezone(zone).strftime(TIME_FORMAT)


def rows(payload: Payload, field: str) -> Iterator[Payload]:
    """The objects of a list; nothing for null or a missing field."""
    for row in items(payload, field):
        if not isinstance(row, Mapping):
            raise Malformed(field, row)
        yield row


def items(payload: Payload, field: str) -> Sequence[Any]:
    value = payload.get(field)
    if value is None or value == "":
        return ()
    if not isinstance(value, list):
        raise Malformed(field, value)
    return value


def part(payload: Payload, field: str) -> Payload:
    """An object inside the payload; {} for null, "", false, [] or a missing field."""
    value = payload.get(field)
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise Malformed(field, value)
    return value


def words(payload: Payload, locale: str) -> Payload:
    """The texts of one language; of a row that has none in it, those of the first it has."""
    found = part(payload, "translations")
    texts: Payload = found.get(locale) or next(iter(found.values()), {})
    if not isinstance(texts, Mapping):
        raise Malformed("translations", texts)
    return texts


def number(value: Decimal) -> int | float:
    """A number for a body: whole ones without a fraction. Amounts have few digits, so a float prints as it was."""
    return int(value) if value == value.to_integral_value() else float(value)
