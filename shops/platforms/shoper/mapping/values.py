"""Single values of Shoper's answers: types change from answer to answer, so each is read tolerantly (shoper.md, 9.1).

Ids and amounts come as text or numbers, flags as "0", 0, false or "", an empty object as [], no date as
"0000-00-00 00:00:00", times in the shop's zone without an offset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib import foreign
from backoffice.lib.errors import UnexpectedAnswer

Payload = Mapping[str, Any]

_NOTHING = (None, "", 0, "0", False)
_TRUE = (True, 1, "1", "true")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


class Malformed(UnexpectedAnswer):
    """A field holds what it cannot hold. field: its name; value: what stands there."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(
            _("The shop's answer cannot be read: its field “%(field)s” holds “%(value)s”.")
            % {"field": field, "value": str(value)[:80]},
            cure=_("Open the element in the shop and save it again."),
            detail=f"{field}: {str(value)[:200]!r}",
            key=f"field:{field}",
        )
        self.field = field
        self.value = value


def identity(payload: Payload, field: str) -> str:
    """An id as text; "" for 0, "", null or a missing field, all of which mean "none"."""
    value = payload.get(field)
    if value in _NOTHING:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Malformed(field, value)
    try:
        return foreign.identity(str(value))
    except ValueError:
        raise Malformed(field, value) from None


def own_id(payload: Payload, field: str) -> str:
    """The id of the element itself: it must have one."""
    if not (number := identity(payload, field)):
        raise Malformed(field, payload.get(field))
    return number


def text(payload: Payload, field: str) -> str:
    value = payload.get(field)
    if value is None or value is False:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise Malformed(field, value)
    return str(value)


def name(payload: Payload, field: str = "name") -> str:
    """A text of one line, without blanks at its ends or in rows."""
    return " ".join(text(payload, field).split())


def long_text(payload: Payload, field: str) -> str:
    """HTML as stored, with one kind of line end and no blank at either end."""
    return text(payload, field).replace("\r\n", "\n").replace("\r", "\n").strip()


def flag(payload: Payload, field: str) -> bool:
    return payload.get(field) in _TRUE


def decimal(payload: Payload, field: str) -> Decimal | None:
    """A number; None for "", null or a missing field."""
    value = payload.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise Malformed(field, value)
    try:
        return foreign.number(str(value))
    except ValueError:
        raise Malformed(field, value) from None


def percent(payload: Payload, field: str) -> Decimal | None:
    """A percentage, 22 = 22 %; None as of `decimal`."""
    value = decimal(payload, field)
    try:
        return None if value is None else foreign.percent(str(value))
    except ValueError:
        raise Malformed(field, payload.get(field)) from None


def amount(payload: Payload, field: str) -> Decimal:
    """A number that must be there."""
    value = decimal(payload, field)
    if value is None:
        raise Malformed(field, payload.get(field))
    return value


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


def plain(value: Any) -> Any:
    """The payload with its Decimals as floats again, as json wrote them: to be stored as it came."""
    if isinstance(value, Decimal):
        return foreign.plain_number(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def number(value: Decimal) -> int | float:
    """A number for a body: whole ones without a fraction. Amounts have few digits, so a float prints as it was."""
    return int(value) if value == value.to_integral_value() else float(value)
