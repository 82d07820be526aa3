"""Faults to order: what a test lets go wrong, where, and how often. And the log of what was asked."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "answer", "drop", "commit_then_drop", "commit_then_answer", "half_batch", "shrink", "break_json"
]


@dataclass(slots=True)
class Fault:
    """One rule. It meets requests by method, route (a piece of its short name) and query; it is used up after
    `times` requests (None: never) and lets the first `skip` pass. `delay_s` is waited before anything else."""

    kind: Kind | None = "answer"
    method: str | None = None
    route: str | None = None
    where: Callable[[str, str, Mapping[str, str]], bool] | None = None
    times: int | None = 1
    skip: int = 0
    status: int = 500
    body: bytes = b""
    content_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    met: int = 0

    def meets(self, method: str, route: str, query: Mapping[str, str]) -> bool:
        if self.times == 0 or (self.method and self.method != method):
            return False
        if self.route and self.route not in route:
            return False
        if self.where is not None and not self.where(method, route, query):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.met += 1
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Refusal:
    """Rows that are refused: items of a batch, or single writes, whose SKU, name or e-mail matches.

    With `whole` a single such row makes the whole batch fail with `status`, and nothing is done.
    """

    pattern: re.Pattern[str]
    code: str = "woocommerce_rest_product_not_created"
    message: str = "The row was refused."
    status: int = 400
    whole: bool = False
    operations: tuple[str, ...] = ("create", "update")
    times: int | None = None

    def meets(self, operation: str, names: str) -> bool:
        if self.times == 0 or operation not in self.operations or not self.pattern.search(names):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Asked:
    """A request as it came; `body` is parsed JSON where it was JSON. `status` 0 means no answer was sent."""

    method: str
    route: str
    path: str
    query: dict[str, str]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    at: float = 0.0

    @property
    def items(self) -> int:
        """How many rows a write carried: the items of a batch, else 1."""
        if self.route.endswith("/batch") and isinstance(self.body, dict):
            return sum(
                len(v)
                for k, v in self.body.items()
                if k in ("create", "update", "delete") and isinstance(v, list)
            )
        return 1

    @property
    def writes(self) -> bool:
        """True unless it only reads; an empty batch, the probe for write permission, writes nothing."""
        return self.method in ("POST", "PUT", "PATCH", "DELETE") and self.items > 0


class Record:
    """All API requests since the start or the last `reset`, newest last, with counts by (method, route)."""

    def __init__(self, keep: int = 100_000):
        self._lock = threading.Lock()
        self._keep = keep
        self.requests: list[Asked] = []
        self.calls: Counter[tuple[str, str]] = Counter()

    def add(self, asked: Asked) -> None:
        with self._lock:
            self.requests.append(asked)
            self.calls[asked.method, asked.route] += 1
            if len(self.requests) > self._keep:
                del self.requests[: self._keep // 10]

    def reset(self) -> None:
        with self._lock:
            self.requests.clear()
            self.calls.clear()

    @property
    def total(self) -> int:
        return sum(self.calls.values())

    @property
    def writes(self) -> list[Asked]:
        return [asked for asked in self.requests if asked.writes]

    @property
    def reads(self) -> list[Asked]:
        return [asked for asked in self.requests if not asked.writes]
