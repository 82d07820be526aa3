"""Single values of wc/v3: what may stand in a field, and what it means.

Amounts come as strings with a dot, ids as numbers (or as text, or as ""), times in UTC without a zone.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
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


def slug(payload: Payload, field: str) -> str:
    """The shop's own word for a method or a status, by which it is known here."""
    value = text(payload, field)
    if len(value) > foreign.LONGEST_KEY:
        raise Malformed(field, value)
    return value


def name(payload: Payload, field: str = "name") -> str:
    """A name without the HTML escapes that the shop puts into names, also where it is asked for the raw one."""
    return " ".join(html.unescape(text(payload, field)).split())


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
