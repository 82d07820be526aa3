"""Single values of the JSON that web shops answer with: each is read tolerantly, and what it cannot be is named.

What a platform reads otherwise than others stands in its own mapping/values.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib import foreign
from backoffice.lib.errors import UnexpectedAnswer

Payload = Mapping[str, Any]

_NOTHING = (None, "", 0, "0", False)


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


def unreadable(
    error: Malformed, kind: str, remote_id: object, name: str, *, cure: str = ""
) -> UnexpectedAnswer:
    """The error of the element that such a field sets aside. name: what staff know the element by."""
    return UnexpectedAnswer(
        _("“%(name)s” cannot be read: its field “%(field)s” holds “%(value)s”.")
        % {"name": name[:200] or "?", "field": error.field, "value": str(error.value)[:80]},
        cure=cure or error.cure,
        detail=f"{kind} {remote_id}: {error.detail}",
        key=error.key,
    )


def identity(payload: Payload, field: str = "id") -> str:
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


def own_id(payload: Payload, field: str = "id") -> str:
    """The id of the element itself: it must have one."""
    if not (number := identity(payload, field)):
        raise Malformed(field, payload.get(field))
    return number


def text(payload: Payload, field: str) -> str:
    """A text as it stands; "" for null, false or a missing field."""
    value = payload.get(field)
    if value is None or value is False:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise Malformed(field, value)
    return str(value)


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
    """A number that must be there."""
    value = decimal(payload, field)
    if value is None:
        raise Malformed(field, payload.get(field))
    return value


def plain(value: Any) -> Any:
    """The payload with its Decimals as floats again, as json wrote them: to be stored as it came."""
    if isinstance(value, Decimal):
        return foreign.plain_number(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
