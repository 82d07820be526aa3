"""The shop on the wire: an HTTP/1.1 server with keep-alive, and DemoShop, which holds it all together."""

import json
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from backoffice.demo.shop import gate
from backoffice.demo.shop.api import Api
from backoffice.demo.shop.controls import Controls
from backoffice.demo.shop.faults import Asked
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.storage import Storage
from backoffice.demo.shop.storefront.site import Site
from backoffice.demo.shop.webhooks import Deliverer
from backoffice.demo.shop.wire import Reply

logger = logging.getLogger(__name__)
MAX_BODY = 80 * 1024 * 1024


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], shop: "DemoShop"):
        self.shop = shop
        self.connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.debug("connection broken", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for headers and body
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(Reply(raw=b"", status=413, content_type="text/html; charset=UTF-8"))
            return
        body = self.rfile.read(int(length)) if int(length) else b""
        try:
            reply = self.server.shop.answer(self.command, self.path, self.headers, body)
        except Exception as error:
            self.server.shop.crashes.append(error)
            logger.exception("the demo shop failed at %s %s", self.command, self.path)
            reply = gate.fatal_error()
        if reply is None:
            self._drop()
        else:
            self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def _drop(self) -> None:
        """Close without an answer, as a server does that dies after its work."""
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            logger.debug("already gone")

    def _send(self, reply: Reply) -> None:
        payload = reply.payload()
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)
        self.wfile.flush()


class DemoShop(Controls):
    """A small WooCommerce on loopback: the API, a storefront, webhooks; with counting and faults for tests.

    `https` makes the shop behave as if PHP saw TLS (Basic and query keys count); `tls` really serves it. `home`
    is the address the shop believes to have; by default the one it listens on. `permalinks` is "pretty",
    "index" (only /index.php/wp-json/ works) or "plain".

        with DemoShop(seeded(ShopState())) as shop:
            requests.get(f"{shop.url}/wp-json/")
    """

    def __init__(
        self,
        state: ShopState | None = None,
        *,
        https: bool = False,
        home: str | None = None,
        version: str = "10.5.2",
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        data: Path | str | None = None,
        keep_requests: int = 100_000,
    ):
        super().__init__(keep_requests)
        self.state = state if state is not None else ShopState()
        self.storage = Storage(self.state, Path(data)) if data else None
        self.host, self.port, self.tls = host, port, tls
        self._home = home
        self.api = Api(
            self.state, home=home or f"http://{host}:{port}", version=version, https=https or tls is not None
        )
        self.webhooks = Deliverer(
            self.state,
            lambda: self.api.home,
            self.api.payload,
            version=version,
            wp_version=self.api.wp_version,
        )
        self.site = Site(self.api)
        self.permalinks = "pretty"
        self.maintenance = False
        self.database_down = False
        self._server: _Server | None = None

    # Start and stop

    @property
    def https(self) -> bool:
        return self.api.https

    @https.setter
    def https(self, value: bool) -> None:
        self.api.https = value

    @property
    def url(self) -> str:
        """Where to reach the shop, whatever it believes its address is."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def start(self) -> str:
        """Listen in a thread of its own and return the address."""
        self._server = _Server((self.host, self.port), self)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        if self._home is None:
            self.api.home = self.url
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="shop", daemon=True
        ).start()
        self.webhooks.start()
        if self.storage is not None:
            self.storage.start()
        return self.url

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            for connection in list(self._server.connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    logger.debug("already gone")
            self._server = None
        self.webhooks.stop()
        if self.storage is not None:
            self.storage.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # One request

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """The answer to a request, or None to close the connection without one."""
        parts = urlsplit(target)
        query = parsed_query(parts.query)
        closed = self._closed()
        if closed is not None:
            return closed
        folder = urlsplit(self.api.home).path.rstrip("/")
        path = parts.path.removeprefix(folder) if folder else parts.path
        if "rest_route" in query:
            return gate.by_rest_route(query["rest_route"], headers, self.api.home)
        rest = gate.rest_path(path, self.permalinks)
        if rest is None:
            reply = gate.misdirected(path, target, self.permalinks, self.api)
            if reply is None:
                page = (
                    "/" if path.startswith("/wp-json") else path
                )  # plain permalinks: the home page, with 200
                reply = self.site.answer(method, page, query, headers, body)
                reply.headers.setdefault("Link", gate.api_link(self.api.home, self.permalinks))
            self.webhooks.tell(self._events())
            return reply
        return self._rest(method, path, rest, query, headers, body)

    def _closed(self) -> Reply | None:
        if self.maintenance:
            return gate.maintenance()
        return gate.database_down() if self.database_down else None

    def _events(self) -> list[tuple[str, int]]:
        with self.state.lock:
            return self.state.take_events()

    def _rest(
        self,
        method: str,
        request_path: str,
        rest: str,
        query: dict[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply | None:
        signed = method
        if method == "POST":
            wanted = headers.get("X-HTTP-Method-Override") or query.get("_method") or "POST"
            method = wanted.upper()
        path = rest.removeprefix("/wc/v3") if rest.startswith("/wc/v3") else None
        name = (self.api.route_name(path) or "/") if path is not None else f"/wp-json{rest}"
        asked = Asked(method, name, rest, query, _json(body), dict(headers.items()), at=time.time())
        self.record.add(asked)
        fault = next((f for f in list(self.faults) if f.meets(method, name, query)), None)
        reply = self._faulty(
            fault,
            asked,
            lambda sent: self._served(signed, method, request_path, path, rest, query, headers, sent),
            body,
        )
        self.webhooks.tell(self._events())
        asked.status = reply.status if reply is not None else 0
        return reply

    def _served(
        self, signed: str, method: str, request_path: str, path: str | None, rest: str, query: dict[str, str],
        headers: Mapping[str, str], body: bytes,
    ) -> Reply:  # fmt: skip
        if path is None or (path and not path.startswith("/")):
            return gate.outside(rest, method, self.api, request_path, query, headers)
        # Pictures are fetched before the lock is taken, but not for everybody who asks.
        known = method in ("POST", "PUT", "PATCH") and self.api.doorkeeper.names_a_key(query, headers)
        fetched = self.api.pictures.prefetch(_json(body)) if known else {}
        return self.api.handle(
            method, request_path, path.rstrip("/"), query, headers, body, fetched, signed_method=signed
        )


def parsed_query(text: str) -> dict[str, str]:
    """Query parameters; PHP's name[]=a&name[]=b becomes a comma list."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        plain = re.sub(r"\[\d*\]$", "", name)
        found[plain] = f"{found[plain]},{value}" if plain != name and plain in found else value
    return found


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
