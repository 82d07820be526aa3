"""Statements as data: SQL with typed places, one text for both ways into the shop.

Straight on the database Kontor fills the places in itself (`render`); the bridge file holds the same texts and fills
them in on the shop's host, so that only names and values travel and no SQL. A place is {name:type}:

    int dec text time   one value; with a "?" behind it may be NULL. time: "2026-11-21 20:03:14", the shop's clock
    ints texts          a list for IN (...); an empty one becomes NULL, which nothing is in
    rows(int,text?,now) a list of rows for VALUES (...), (...); `now` takes no value and becomes NOW()
    cases(int,dec)      pairs for CASE id ... ELSE column END: " WHEN 1 THEN 2.5"; none becomes a WHEN that never holds

[name] is a table, with the shop's prefix.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

Encode = Callable[[str], bytes]

PLACE: Final = re.compile(r"\{(\w+):([a-z]+\??)(?:\(([a-z?,]*)\))?\}|\[(\w+)\]")
_FORMS: Final = {
    "int": re.compile(rb"-?[0-9]{1,18}"),
    "dec": re.compile(rb"-?[0-9]{1,15}(\.[0-9]{1,8})?"),
    "time": re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"),
}
_ESCAPES: Final = {
    b"\0": b"\\0", b"\n": b"\\n", b"\r": b"\\r", b"\x1a": b"\\Z", b"'": b"\\'", b'"': b'\\"', b"\\": b"\\\\",
}  # fmt: skip
_ESCAPED: Final = re.compile(b"[\\0\\n\\r\\x1a'\"\\\\]")
_PLAIN: Final = re.compile(rb"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Operation:
    """One named statement. writes: it changes rows. again: doing it twice leaves the shop as doing it once."""

    sql: str
    writes: bool = False
    again: bool = True

    @property
    def mark(self) -> str:
        """Changes with the text: a bridge file that has another one does not know this operation."""
        return hashlib.sha256(self.sql.encode()).hexdigest()[:8]


def reading(sql: str) -> Operation:
    return Operation(_one_line(sql))


def writing(sql: str, *, again: bool = True) -> Operation:
    return Operation(_one_line(sql), writes=True, again=again)


def _one_line(sql: str) -> str:
    return " ".join(sql.split())


def render(operation: Operation, params: Mapping[str, Any], *, prefix: str, encode: Encode) -> bytes:
    """The statement as bytes for the database. encode: texts to the bytes of the shop's character set.

    Raises KeyError for a value that is missing, ValueError for one that is not of its type, and what `encode` raises.
    """
    parts: list[bytes] = []
    end = 0
    for place in PLACE.finditer(operation.sql):
        parts.append(operation.sql[end : place.start()].encode())
        name, kind, inner, table = place.groups()
        if table:
            parts.append(f"`{prefix}{table}`".encode())
        else:
            parts.append(_filled(kind, (inner or "").split(","), params[name], encode))
        end = place.end()
    parts.append(operation.sql[end:].encode())
    return b"".join(parts)


def _filled(kind: str, inner: Sequence[str], value: Any, encode: Encode) -> bytes:
    if kind in ("ints", "texts"):
        return b",".join(_value(kind[:-1], item, encode) for item in value) or b"NULL"
    if kind == "rows":
        if not value:
            raise ValueError("rows need at least one row")
        return b",".join(_row(inner, row, encode) for row in value)
    if kind == "cases":
        when, then = inner
        pairs = [
            b" WHEN " + _value(when, left, encode) + b" THEN " + _value(then, right, encode)
            for left, right in value
        ]
        return b"".join(pairs) or b" WHEN NULL THEN NULL"
    return _value(kind, value, encode)


def _row(types: Sequence[str], row: Sequence[Any], encode: Encode) -> bytes:
    values = iter(row)
    cells = [b"NOW()" if kind == "now" else _value(kind, next(values), encode) for kind in types]
    if next(values, row) is not row:
        raise ValueError("a row has more values than places")
    return b"(" + b",".join(cells) + b")"


def _value(kind: str, value: Any, encode: Encode) -> bytes:
    if kind.endswith("?"):
        if value is None:
            return b"NULL"
        kind = kind[:-1]
    if kind == "text":
        if not isinstance(value, str):
            raise ValueError(f"a text is needed, not {type(value).__name__}")
        return b"'" + _ESCAPED.sub(lambda found: _ESCAPES[found[0]], encode(value)) + b"'"
    plain = as_text(value).encode()
    if not _FORMS[kind].fullmatch(plain):
        raise ValueError(f"{plain[:40]!r} is no {kind}")
    return b"'" + plain + b"'" if kind == "time" else plain


def as_text(value: Any) -> str:
    """A number or a moment (naive, the shop's clock) as the statements take it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return str(int(value))
    return str(value)


def on_wire(value: Any, encode: Encode) -> Any:
    """A value for the bridge's JSON: text of visible ASCII as it is, all other as {"b": base64 of its bytes}."""
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return [on_wire(item, encode) for item in value]
    raw = encode(value) if isinstance(value, str) else as_text(value).encode()
    return raw.decode() if _PLAIN.fullmatch(raw) else {"b": base64.b64encode(raw).decode()}


def off_wire(value: Any) -> bytes | None:
    """What the bridge answers for one cell. Raises ValueError for anything that `on_wire` would not have made."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and isinstance(value.get("b"), str):
        return base64.b64decode(value["b"], validate=True)
    raise ValueError(f"a cell holds {type(value).__name__}")
