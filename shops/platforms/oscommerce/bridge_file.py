"""The bridge file as staff download it: bridge.php with this shop's secret and every statement there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from shops.platforms.oscommerce.operations import OPERATIONS
from shops.platforms.oscommerce.statements import Operation

FILE_NAME: Final = "kontor-bridge.php"
_TEMPLATE: Final = Path(__file__).with_name("bridge.php")
_SECRET: Final = re.compile(r"[0-9a-f]{64}")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_]{0,30}")


def is_prefix(text: str) -> bool:
    """Whether the names of tables may begin so: it stands in statements without quotes around it."""
    return bool(_PREFIX.fullmatch(text))


def wire_name(name: str, operation: Operation) -> str:
    """An operation as it is called over the line: an older file does not know a statement that has changed since."""
    return f"{name}#{operation.mark}"


def bridge_file(secret: str, prefix: str) -> bytes:
    """Raises ValueError for a secret that is not 64 hexadecimal digits, or a prefix that is none of table names."""
    if not _SECRET.fullmatch(secret) or not is_prefix(prefix):
        raise ValueError("no secret or prefix for a bridge file")
    lines = [
        f"    {_text(wire_name(name, operation))} => array({'true' if operation.writes else 'false'}, {_text(operation.sql)}),"
        for name, operation in OPERATIONS.items()
    ]
    text = _TEMPLATE.read_text(encoding="utf-8")
    for mark, value in (
        ("/*OPERATIONS*/", "\n" + "\n".join(lines) + "\n"),
        ("/*SECRET*/", secret),
        ("/*PREFIX*/", prefix),
    ):
        text = text.replace(mark, value)
    return text.encode()


def _text(value: str) -> str:
    """A PHP string; between single quotes only these two mean something."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
