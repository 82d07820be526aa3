"""A short, stable mark of a value's content, by which "nothing has changed" is told without comparing fields."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Set
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

_DIGEST_BYTES = (
    16  # 128 bits: no accidental collision in any catalogue, half the room of SHA-256 in the index
)


def fingerprint(value: Any) -> str:
    """32 hex digits that are the same for equal content, on every machine, in every process and release.

    Equal are: 5, Decimal("5.0") and Decimal("5.00"); the same moment in two time zones; a list and a tuple
    of the same items; dicts and sets in any order; two dataclasses with the same fields, whatever their class.
    Different are: "" and None, "5" and 5, True and 1. A dataclass field that is None counts as absent (a record's
    None means "unknown"), so that a field added to a record later does not make a whole catalogue look changed.

    Raises TypeError for a type it doesn't know, ValueError for a naive datetime or a number that is NaN.
    """
    parts: list[str] = []
    _write(value, parts.append)
    return hashlib.blake2b(
        "".join(parts).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES
    ).hexdigest()


def _write(value: Any, put: Any) -> None:
    # Strings carry their length, so that no content can imitate the structure around it. Ordered by frequency.
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        put(f"s{len(value)}:{value}")
    elif value is None:
        put("n")
    elif isinstance(value, bool):
        put("t" if value else "f")
    elif isinstance(value, (int, Decimal, float)):
        put(f"d{_number(value)};")
    elif isinstance(value, (list, tuple)):
        put(f"l{len(value)}[")
        for item in value:
            _write(item, put)
    elif isinstance(value, Mapping):
        put(f"m{len(value)}[")
        for key, item in sorted((_text(key), item) for key, item in value.items()):
            put(key)
            _write(item, put)
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"a datetime without time zone has no fingerprint: {value!r}")
        put(f"w{value.astimezone(UTC).isoformat()};")
    elif isinstance(value, (date, time)):
        put(f"y{value.isoformat()};")
    elif isinstance(value, timedelta):
        put(f"p{value // timedelta(microseconds=1)};")
    elif isinstance(value, Set):
        put(f"u{len(value)}[")
        for text in sorted(_text(item) for item in value):
            put(text)
    elif isinstance(value, (bytes, bytearray)):
        put(f"b{bytes(value).hex()};")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        put("r[")
        for name in _field_names(type(value)):
            if (item := getattr(value, name)) is not None:
                put(f"{name}=")
                _write(item, put)
        put("]")
    else:
        raise TypeError(f"no fingerprint for {type(value).__name__}")


def _number(value: int | float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"no fingerprint for {value!r}")
    if not number:
        return "0"
    # Not Decimal.normalize(): it would round to 28 digits.
    sign, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    return f"{'-' if sign else ''}{kept}e{int(exponent) + len(digits) - len(kept)}"


def _text(value: Any) -> str:
    parts: list[str] = []
    _write(value, parts.append)
    return "".join(parts)


@cache
def _field_names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(sorted(field.name for field in dataclasses.fields(cls)))
