"""The handles by which tests watch the shop and let things go wrong in it."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from backoffice.demo.shop.api import Api
from backoffice.demo.shop.faults import Asked, Fault, Kind, Record, Refusal
from backoffice.demo.shop.resources.customers import new_customer
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.wire import Reply


class Controls:
    """Counting and faults of a DemoShop. Nothing here is used unless a test asks for it."""

    state: ShopState
    api: Api
    maintenance: bool
    database_down: bool
    permalinks: str

    def __init__(self, keep_requests: int):
        self.record = Record(keep_requests)
        self.faults: list[Fault] = []
        self.crashes: list[Exception] = []  # errors of the shop's own code; a test's fixture wants none

    @property
    def calls(self) -> Mapping[tuple[str, str], int]:
        """How often each (method, route) was asked, e.g. ("POST", "/products/batch")."""
        return self.record.calls

    @property
    def requests(self) -> list[Asked]:
        return self.record.requests

    @property
    def writes(self) -> list[Asked]:
        """Requests that carried rows to write, whatever came of them; the empty batch of a probe is none."""
        return self.record.writes

    def reset_counts(self) -> None:
        self.record.reset()

    # Rows without asking the API; fields are those of a request body, unchecked as in a batch

    def add_product(self, *, parent: Product | None = None, **fields: Any) -> Product:
        """A product, or a variation of `parent`. Raises ApiError where the shop would refuse it."""
        with self.state.lock:
            return self.api.rules.create(fields, parent=parent)

    def add_order(self, **fields: Any) -> dict[str, Any]:
        """An order; stock goes down when its status says so. Webhooks hear of it with the next request."""
        with self.state.lock:
            return self.api.orders.create(fields)

    def add_customer(self, email: str, **fields: Any) -> dict[str, Any]:
        with self.state.lock:
            row = new_customer(self.state, email) | fields
            return self.state.customers.put(row["id"], row)

    # Faults

    def fault(self, kind: Kind | None, **options: Any) -> Fault:
        """Add a rule; see Fault for the options. Later rules only see what earlier ones let pass."""
        rule = Fault(kind, **options)
        self.faults.append(rule)
        return rule

    def fails(self, method: str | None = None, route: str | None = None, *, status: int = 500, times: int | None = 1,
              code: str = "internal_server_error", message: str = "There has been a critical error on this website.",
              **options: Any) -> Fault:  # fmt: skip
        """Answer an API error with this status instead of doing anything."""
        body = json.dumps({"code": code, "message": message, "data": {"status": status}}).encode()
        return self.fault(
            "answer", method=method, route=route, status=status, times=times, body=body, **options
        )

    def answers_html(self, method: str | None = None, route: str | None = None, *, status: int = 200,
                     times: int | None = 1, **options: Any) -> Fault:  # fmt: skip
        page = b"<!DOCTYPE html><html><head><title>One moment</title></head><body>Checking your browser.</body></html>"
        return self.fault("answer", method=method, route=route, status=status, times=times, body=page,
                          content_type="text/html; charset=UTF-8", **options)  # fmt: skip

    def limits_rate(self, times: int | None = 1, *, retry_after: int | None = 1, **options: Any) -> Fault:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return self.fails(
            status=429,
            times=times,
            code="too_many_requests",
            message="Slow down.",
            headers=headers,
            **options,
        )

    def delays(self, seconds: float, times: int | None = 1, **options: Any) -> Fault:
        return self.fault(None, delay_s=seconds, times=times, **options)

    def refuses(self, pattern: str, **options: Any) -> Refusal:
        """Refuse rows whose SKU, name or e-mail (each a line) matches; see Refusal for the options."""
        rule = Refusal(re.compile(pattern, re.MULTILINE), **options)
        self.api.refusals.append(rule)
        return rule

    def shrinks(self, route: str, times: int | None = 1, **options: Any) -> Fault:
        """Answer lists of a route as if nothing were there."""
        return self.fault("shrink", method="GET", route=route, times=times, **options)

    def change_currency(self, currency: str) -> None:
        with self.state.lock:
            self.state.set("woocommerce_currency", currency)

    def heal(self) -> None:
        """Forget all faults, refusals and closures."""
        self.faults.clear()
        self.api.refusals.clear()
        self.maintenance = self.database_down = False
        self.permalinks = "pretty"

    def _faulty(
        self, fault: Fault | None, asked: Asked, serve: Callable[[bytes], Reply], body: bytes
    ) -> Reply | None:
        """Serve, with what the fault does before, instead of, or after it."""
        if fault is None:
            return serve(body)
        if fault.delay_s:
            time.sleep(fault.delay_s)
        wrong = Reply(
            raw=fault.body, status=fault.status, headers=dict(fault.headers), content_type=fault.content_type
        )
        match fault.kind:
            case "answer":
                return wrong
            case "drop":
                return None
            case "commit_then_drop":
                serve(body)
                return None
            case "commit_then_answer":
                serve(body)
                return wrong
            case "half_batch":
                serve(_half(asked.body))
                return wrong if fault.status else None
        reply = serve(body)
        if fault.kind == "shrink" and reply.status == 200:
            reply.body, reply.raw = [], None
            reply.headers |= {"X-WP-Total": "0", "X-WP-TotalPages": "0"}
        elif fault.kind == "break_json":
            whole = reply.payload()
            reply.raw = whole[: max(1, len(whole) * 2 // 3)]
        return reply


def _half(body: Any) -> bytes:
    """The first half of a batch's items, as a script leaves that runs into its time limit."""
    if not isinstance(body, dict):
        return json.dumps(body).encode()
    left = sum(len(v) for v in body.values() if isinstance(v, list)) // 2
    kept: dict[str, Any] = {}
    for name in ("create", "update", "delete"):
        items = body.get(name)
        if isinstance(items, list):
            kept[name], left = items[:left], max(0, left - len(items))
    return json.dumps(kept).encode()
