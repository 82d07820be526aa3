"""The stand-in of a Shoper shop on the wire: signing in, the bucket, bulks, and ways to break it."""

from __future__ import annotations

import base64
import json
import re
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.peers.shoper.lists import listed
from tests.peers.shoper.rules import Rules
from tests.peers.shoper.store import KEYS, Store
from tests.peers.shoper.wire import Asked, Failure, Reply

API = "/webapi/rest/"
BULK_MOST = 25
# What a token may lack: {area: resources}. (shoper.md, 2: rights are per area.)
AREAS = {
    "products": ("products", "product-images", "product-files", "specialoffers", "option-groups", "options", "option-values"),
    "product_stocks": ("product-stocks",),
    "categories": ("categories", "categories-tree"),
    "taxes": ("taxes",),
    "units": ("units",),
    "producers": ("producers",),
    "users": ("users", "user-addresses"),
    "orders": ("orders", "order-products"),
    "parcels": ("parcels",),
    "statuses": ("statuses",),
    "shippings": ("shippings",),
    "payments": ("payments",),
    "webhooks": ("webhooks",),
}  # fmt: skip


@dataclass
class Fault:
    """Meets requests that touch `resource` by `method` (in a bulk too), `times` times (None = always).

    kind: answer (instead), drop, commit_then_drop, commit_then_answer, half_bulk (the first half of a bulk is done,
    then the connection breaks), delay.
    """

    kind: str
    method: str = ""
    resource: str = ""
    times: int | None = 1
    status: int = 500
    raw: bytes | None = None
    headers: Mapping[str, str] | None = None
    seconds: float = 0.0
    error: str = "server_error"

    def meets(self, asked: Asked) -> bool:
        fits = any(
            (not self.method or method == self.method) and (not self.resource or resource == self.resource)
            for method, resource in asked.parts
        )
        if not fits or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def reply(self) -> Reply:
        if self.raw is not None:
            return Reply(self.status, raw=self.raw, content_type="text/html; charset=utf-8", headers=dict(self.headers or {}))  # fmt: skip
        return Reply(self.status, {"error": self.error, "error_description": "…"}, dict(self.headers or {}))


@dataclass
class Bucket:
    """The leaky bucket: `limit` calls fit, `bandwidth` a second run out. bulk_cost: what a bulk of n calls costs."""

    limit: int = 100_000
    bandwidth: float = 100_000.0
    bulk_cost: Callable[[int], int] = lambda _n: 1
    level: float = 0.0
    at: float = 0.0

    def take(self, cost: int) -> tuple[bool, dict[str, str]]:
        now = time.monotonic()
        self.level = max(0.0, self.level - (now - self.at) * self.bandwidth) if self.at else 0.0
        self.at = now
        fits = self.level + cost <= self.limit
        if fits:
            self.level += cost
        headers = {
            "X-Shop-Api-Calls": str(round(self.level)),
            "X-Shop-Api-Limit": str(self.limit),
            "X-Shop-Api-Bandwidth": f"{self.bandwidth:g}",
        }
        return fits, headers


class ShoperShop:
    """with ShoperShop() as shop: shop.url is its address; shop.store its rows, shop.rules what it makes of writes.

    Signing in: POST /auth with `login` and `password` lends a token; those in `tokens` are accepted besides.
    one_token: a new one makes the older ones invalid. lifetime_s: how long a lent token lasts.
    """

    def __init__(self, **store: Any) -> None:
        self.store = Store(**store)
        self.rules = Rules(self.store)
        self.bucket = Bucket()
        self.login, self.password = "kontor", "dlugie-haslo-1"
        self.tokens: dict[str, float] = {}  # token: when it ends (seconds since 1970)
        self.one_token, self.lifetime_s = True, 2_592_000
        self.lacking: set[str] = set()  # areas that no token may use
        self.auth_error = ""
        self.without_headers = False
        self.faults: list[Fault] = []
        self.hidden: set[str] = set()  # resources whose lists show nothing
        self.before_list: Callable[[str, Mapping[str, Any]], None] | None = None
        self.asked: list[Asked] = []
        self.logins = 0
        self.crashes: list[Exception] = []
        self._server: ThreadingHTTPServer | None = None
        self._lock = threading.Lock()

    # Watching

    @property
    def calls(self) -> Counter[tuple[str, str]]:
        """How often each (method, resource) was asked in an HTTP request of its own; a bulk is ("POST", "bulk")."""
        found: Counter[tuple[str, str]] = Counter()
        for asked in self.asked:
            found["POST" if asked.path.endswith("/bulk") else asked.method, _resource(asked.path)] += 1
        return found

    @property
    def parts(self) -> Counter[tuple[str, str]]:
        """The same with every call inside of bulks."""
        return Counter(part for asked in self.asked for part in asked.parts)

    @property
    def writes(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.writes]

    def forget(self) -> None:
        self.asked.clear()

    def fault(self, kind: str, **options: Any) -> Fault:
        self.faults.append(Fault(kind, **options))
        return self.faults[-1]

    def refuses(self, pattern: str) -> None:
        """Refuse every write whose code, name or e-mail matches."""
        self.rules.refused.append(re.compile(pattern))

    def heal(self) -> None:
        self.faults.clear()
        self.rules.refused.clear()
        self.hidden.clear()
        self.before_list = None

    # Running

    def __enter__(self) -> ShoperShop:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> str:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def log_message(self, *args: object) -> None:
                pass

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    reply = shop._answer(self.command, self.path, self.headers, body)
                except Exception as error:
                    shop.crashes.append(error)
                    reply = Reply(500, {"error": "server_error", "error_description": repr(error)})
                if reply is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                payload = reply.payload()
                self.send_response_only(reply.status)
                for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)
                self.wfile.flush()

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *args: object) -> None:
                """A client that breaks off is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.store.config["shop_url"] = self.store.config["technical_url"] = self.url
        return self.url

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    # One request

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        parts = urlsplit(target)
        path = unquote(parts.path)
        if path.startswith("/userdata/public/gfx/"):
            number = path.split("/")[4]
            content = self.store.files.get(int(number)) if number.isdigit() else None
            if content is None:
                return Reply(404, raw=b"gone", content_type="text/html")
            return Reply(raw=content, content_type="image/png")
        if not path.startswith(API):
            return Reply(404, raw=b"<html>Nie znaleziono strony</html>", content_type="text/html")
        asked = Asked(method, path, dict(parse_qsl(parts.query)), _json(body), dict(headers.items()))
        asked.parts = _parts(asked)
        with self._lock:
            self.asked.append(asked)
            fault = next((one for one in self.faults if one.meets(asked)), None)
        reply = self._with_fault(fault, asked)
        asked.status = 0 if reply is None else reply.status
        return reply

    def _with_fault(self, fault: Fault | None, asked: Asked) -> Reply | None:
        if fault is None:
            return self._served(asked)
        if fault.kind == "delay":
            time.sleep(fault.seconds)
            return self._served(asked)
        if fault.kind == "drop":
            return None
        if fault.kind == "answer":
            return fault.reply()
        if fault.kind == "half_bulk":
            asked.body = asked.body[: len(asked.body) // 2] if isinstance(asked.body, list) else asked.body
        self._served(asked)
        return fault.reply() if fault.kind == "commit_then_answer" else None

    def _served(self, asked: Asked) -> Reply:
        cost = 1
        if asked.path == f"{API}bulk" and isinstance(asked.body, list):
            cost = self.bucket.bulk_cost(len(asked.body))
        with self._lock:
            fits, headers = self.bucket.take(cost)
        if self.without_headers:
            headers = {}
        try:
            if not fits:
                wait_s = max(1, round((self.bucket.level + cost - self.bucket.limit) / self.bucket.bandwidth))
                raise Failure(429, "temporarily_unavailable", "calls limit", {"Retry-After": str(wait_s)})
            reply = self._routed(asked)
        except Failure as failure:
            reply = Reply(failure.status, failure.body, failure.headers)
        reply.headers = {**headers, **reply.headers}
        return reply

    def _routed(self, asked: Asked) -> Reply:
        if asked.path == f"{API}auth":
            return Reply(body=self._lend(asked))
        self._check_token(asked)
        if asked.path == f"{API}bulk":
            return Reply(body=self._bulk(asked))
        with self.store.lock:
            return self._call(asked.method, asked.path, asked.query, asked.body)

    # Signing in

    def _lend(self, asked: Asked) -> dict[str, Any]:
        kind, _blank, value = asked.headers.get("Authorization", "").partition(" ")
        given = base64.b64decode(value).decode() if kind == "Basic" and value else ""
        if self.auth_error:
            raise Failure(401 if self.auth_error == "auth_failure" else 403, self.auth_error, "…")
        if given != f"{self.login}:{self.password}":
            raise Failure(401, "auth_failure", "Login lub hasło jest niepoprawne")
        with self._lock:
            self.logins += 1
            if self.one_token:
                self.tokens = {token: end for token, end in self.tokens.items() if token.startswith("panel-")}
            token = secrets.token_hex(20)
            self.tokens[token] = time.time() + self.lifetime_s
        return {"access_token": token, "expires_in": self.lifetime_s, "token_type": "bearer"}

    def _check_token(self, asked: Asked) -> None:
        kind, _blank, token = asked.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or self.tokens.get(token, 0) < time.time():
            raise Failure(401, "unauthorized_client", "Provided access token is invalid")

    def panel_token(self) -> str:
        """A token of the panel's "Dodaj integrację": it does not expire."""
        token = f"panel-{secrets.token_hex(20)}"
        self.tokens[token] = float("inf")
        return token

    # Calls

    def _bulk(self, asked: Asked) -> dict[str, Any]:
        if asked.method != "POST" or not isinstance(asked.body, list):
            raise Failure(400, "invalid_request", "bulk wants a list")
        if len(asked.body) > BULK_MOST:
            raise Failure(400, "invalid_request", f"more than {BULK_MOST} calls")
        items = []
        for call in asked.body:
            try:
                if set(call) - {"id", "path", "method", "params", "body"}:
                    raise Failure(400, "invalid_request", "unknown key in a call")
                with self.store.lock:
                    reply = self._call(call["method"], call["path"], call.get("params") or {}, call.get("body"))  # fmt: skip
                items.append({"code": reply.status, "body": reply.body, "id": call["id"]})
            except Failure as failure:
                items.append({"code": failure.status, "body": failure.body, "id": call["id"]})
        return {"errors": any(item["code"] >= 400 for item in items), "items": items}

    def _call(self, method: str, path: str, params: Mapping[str, Any], body: Any) -> Reply:
        resource, _slash, number = path.removeprefix(API).partition("/")
        self._check_area(resource)
        if resource == "application-version":
            return Reply(body={"version": "5.26.35"})
        if resource == "application-config":
            return Reply(body=dict(self.store.config))
        if resource == "categories-tree" and method == "GET":
            return Reply(body=[] if "categories" in self.hidden else self.store.tree())
        if resource not in KEYS:
            raise Failure(404, "invalid_request", "Resource not found")
        if not number:
            return self._collection(method, resource, params, body)
        row = self.store.get(resource, number)
        if row is None:
            raise Failure(404, "invalid_request", "Resource not found")
        if method == "GET":
            return Reply(body=self.store.shown(resource, row))
        if method == "PUT":
            return Reply(body=self.rules.update(resource, row, body))
        if method == "DELETE":
            return Reply(body=self.rules.delete(resource, row))
        raise Failure(405, "invalid_request", "Method not allowed")

    def _collection(self, method: str, resource: str, params: Mapping[str, Any], body: Any) -> Reply:
        if method == "POST":
            return Reply(body=self.rules.create(resource, body))
        if method != "GET":
            raise Failure(405, "invalid_request", "Method not allowed")
        if self.before_list is not None:
            self.before_list(resource, params)
        rows = [] if resource in self.hidden else self.store.rows(resource)
        page = listed(rows, lambda row: self.store.shown(resource, row), params, KEYS[resource])
        headers = {f"X-Shop-Result-{name.title()}": str(page[name]) for name in ("count", "pages", "page")}
        return Reply(body=page, headers=headers)

    def _check_area(self, resource: str) -> None:
        for area in self.lacking:
            if resource in AREAS[area]:
                raise Failure(403, "insufficient_scope", f"Scope {area} is required")


def _resource(path: str) -> str:
    return path.removeprefix(API).partition("/")[0]


def _parts(asked: Asked) -> list[tuple[str, str]]:
    if asked.path == f"{API}bulk" and isinstance(asked.body, list):
        return [(str(call.get("method")), _resource(str(call.get("path")))) for call in asked.body]
    return [(asked.method, _resource(asked.path))]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal) if body else None
    except ValueError:
        return None
