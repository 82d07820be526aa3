"""Answers of the stand-in and the errors that become one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


class Failure(Exception):
    """An error body: {"error": ..., "error_description": ...} (shoper.md, 7)."""

    def __init__(self, status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> None:  # fmt: skip
        super().__init__(description)
        self.status, self.error, self.description = status, error, description
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json; charset=utf-8"

    def payload(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return json.dumps(self.body, ensure_ascii=False, default=_plain).encode()


@dataclass
class Asked:
    """One HTTP request. parts: (method, resource) of what it did: those of a bulk, else its own."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]
    parts: list[tuple[str, str]] = field(default_factory=list)
    status: int = 0

    @property
    def writes(self) -> bool:
        return any(method != "GET" for method, resource in self.parts if resource not in ("auth",))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
