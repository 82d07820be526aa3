"""Records as plain JSON values and back: how the engine keeps what a shop has.

A content dict holds the known fields of a record ({field: value}); decimals are texts without trailing zeros, times
ISO texts in UTC, nested records dicts. Two records are equal where their contents are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from shops.records import RECORDS, Record

Content = dict[str, Any]


def plain(value: Any) -> Any:
    """A value of a record's field as JSON: Decimal("5.00") -> "5", tuples -> lists, nested records -> dicts."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: plain(item) for name in _names(type(value)) if (item := getattr(value, name)) is not None
        }
    raise TypeError(f"a record cannot hold {type(value).__name__}")


def to_content(record: Record) -> Content:
    """What can differ between two sides of an element, without the ids of the record itself."""
    hidden = record.not_content
    return {
        name: plain(value)
        for name in _names(cast(Any, type(record)))
        if name not in hidden and (value := getattr(record, name)) is not None
    }


def from_content(kind: str, content: Mapping[str, Any], **ids: Any) -> Record:
    """The record that `to_content` made the content of; `ids` sets what the content leaves out (remote_id, ...)."""
    cls = RECORDS[kind]
    known = _types(cast(Any, cls))
    values = {name: _revive(known[name], value) for name, value in content.items() if name in known}
    return cls(**{**values, **ids})


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


@cache
def _types(cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {name: hints[name] for name in _names(cls)}


def _revive(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _revive(next(arg for arg in typing.get_args(hint) if arg is not type(None)), value)
    if hint is Decimal:
        return Decimal(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if origin is tuple:
        args = typing.get_args(hint)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_revive(args[0], item) for item in value)
        return tuple(_revive(arg, item) for arg, item in zip(args, value, strict=True))
    if dataclasses.is_dataclass(hint):
        known = _types(typing.cast(type, hint))
        return hint(**{name: _revive(known[name], item) for name, item in value.items() if name in known})  # type: ignore[operator]
    return value


def content_print(content: Content) -> str:
    """A fingerprint of a content dict. Contents are plain JSON already, so the C encoder does the walking."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def aside_print(here_print: str, shop_print: str) -> str:
    """Both sides at the moment of a refusal, in one mark."""
    return f"{here_print[:16]}{shop_print[:16]}"


# References are the shop's ids: they appear as the plan's own creates are done.
_REFERENCES = frozenset(
    {"unit_id", "vat_rate_id", "producer_id", "category_ids", "parent_id", "status_id", "url"}
)


def own_print(record: object) -> str:
    """What our side itself says of an element, without references to others, in one mark; "" when there is none."""
    if not isinstance(record, Record):
        return ""
    return content_print(
        {name: value for name, value in to_content(record).items() if name not in _REFERENCES}
    )


def create_print(record: object) -> str:
    """Everything that goes into a create, in one mark; "" when `record` is none."""
    if not isinstance(record, Record):
        return ""
    content = to_content(record)
    for name in ("stock", "price"):
        if (part := getattr(record, name, None)) is not None:
            content[name] = to_content(part)
    return content_print(content)
