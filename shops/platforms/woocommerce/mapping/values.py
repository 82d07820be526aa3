"""Single values of wc/v3: what may stand in a field, and what it means.

Amounts come as strings with a dot, ids as numbers (or as text, or as ""), times in UTC without a zone.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib import foreign
from backoffice.lib.errors import UnexpectedAnswer

Payload = Mapping[str, Any]


class Malformed(UnexpectedAnswer):
    """A field holds what it cannot hold. field: its name; value: what stands there."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(
            _("The shop's answer cannot be read: its field “%(field)s” holds “%(value)s”.")
            % {"field": field, "value": str(value)[:80]},
            cure=_("Open the element in the shop and save it again; a plug-in may have written the field."),
            detail=f"{field}: {str(value)[:200]!r}",
            key=f"field:{field}",
        )
        self.field = field
        self.value = value


def identity(payload: Payload, field: str = "id") -> str:
    """An id as text; "" for 0, "", null or a missing field, all of which mean "none" (woocommerce.md, 9.10)."""
    value = payload.get(field)
    if value in (None, "", 0, "0", False):
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Malformed(field, value)
    try:
        return foreign.identity(str(value))
    except ValueError:
        raise Malformed(field, value) from None


def own_id(payload: Payload) -> str:
    """The id of the element itself: it must have one."""
    if not (number := identity(payload)):
        raise Malformed("id", payload.get("id"))
    return number


def text(payload: Payload, field: str) -> str:
    """A text as it stands; "" for null or a missing field."""
    value = payload.get(field)
    if value is None or value is False:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise Malformed(field, value)
    return str(value)


def slug(payload: Payload, field: str) -> str:
    """The shop's own word for a method or a status, by which it is known here."""
    value = text(payload, field)
    if len(value) > foreign.LONGEST_KEY:
        raise Malformed(field, value)
    return value


def name(payload: Payload, field: str = "name") -> str:
    """A name without the HTML escapes that the shop puts into names, also where it is asked for the raw one."""
    return " ".join(html.unescape(text(payload, field)).split())


def long_text(payload: Payload, field: str) -> str:
    """HTML as stored, with one kind of line end and no blank at either end."""
    return text(payload, field).replace("\r\n", "\n").replace("\r", "\n").strip()


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
    """An amount that must be there."""
    value = decimal(payload, field)
    if value is None:
        raise Malformed(field, payload.get(field))
    return value


def moment(payload: Payload, field: str) -> datetime | None:
    """A time of a *_gmt field, aware UTC; None for null or "". The shop writes no zone."""
    value = payload.get(field)
    if value in (None, ""):
        return None
    try:
        return foreign.moment(str(value), UTC)
    except ValueError:
        raise Malformed(field, value) from None


def rows(payload: Payload, field: str) -> Iterator[Payload]:
    """The objects of a list; nothing for null or a missing field."""
    value = payload.get(field)
    if value is None or value == "":
        return
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Malformed(field, value)
    for row in value:
        if not isinstance(row, Mapping):
            raise Malformed(field, row)
        yield row


def items(payload: Payload, field: str) -> Sequence[Any]:
    """A list as it stands; () for null or a missing field."""
    value = payload.get(field)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Malformed(field, value)
    return value


def part(payload: Payload, field: str) -> Payload:
    """An object inside the payload; {} for null, "", [] (PHP's empty object) or a missing field."""
    value = payload.get(field)
    if value in (None, "", [], {}):
        return {}
    if not isinstance(value, Mapping):
        raise Malformed(field, value)
    return value


def meta(payload: Payload) -> Iterator[tuple[str, Any]]:
    """(key, value) of the meta data that have a key."""
    for row in rows(payload, "meta_data"):
        if isinstance(key := row.get("key"), str) and key:
            yield key, row.get("value")


def first_meta(payload: Payload, keys: Sequence[str]) -> str:
    """The first non-empty text among the meta keys, in the order of `keys`."""
    found = {key: value.strip() for key, value in meta(payload) if isinstance(value, str)}
    return next((found[key] for key in keys if found.get(key)), "")


def plain(value: Any) -> Any:
    """The payload with its Decimals as floats again, as json wrote them: to be stored as it came."""
    if isinstance(value, Decimal):
        return foreign.plain_number(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def number_text(value: Decimal, decimals: int = 0) -> str:
    """A number for the shop: a dot, no exponent, at least `decimals` decimals, no other zeros at its end.

    A comma would multiply the price by a hundred, without any error (woocommerce.md, 9.2).
    """
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    shown = max(decimals, -exponent if isinstance(exponent, int) else 0)
    return f"{normal:.{shown}f}"


def time_text(value: datetime | None) -> str:
    """A time for a *_gmt field or parameter: UTC without a zone, to the second; "" for None."""
    return "" if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
