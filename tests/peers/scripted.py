"""A small HTTP server on loopback that answers what a test tells it, and remembers what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    """parts are written one by one, pause_s apart. length: None = that of the parts; cut closes after the parts."""

    status: int = 200
    body: bytes | str = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: list[bytes] | None = None
    pause_s: float = 0.0
    wait_s: float = 0.0
    length: int | None = None
    drop: bool = False


class ScriptedServer:
    """Answers with `replies` in turn, the last one for ever; a reply may be a function of the request."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.replies: list[Reply | Callable[[Asked], Reply]] = [Reply()]
        self.asked: list[Asked] = []
        self.connections = 0
        self._stop = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                owner.connections += 1

            def log_message(self, *args: object) -> None:
                pass

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, self.path, dict(self.headers), body)
                owner.asked.append(asked)
                reply = owner.replies.pop(0) if len(owner.replies) > 1 else owner.replies[0]
                self.send(reply(asked) if callable(reply) else reply)

            def send(self, reply: Reply) -> None:
                owner._stop.wait(reply.wait_s)
                if reply.drop:
                    self.close_connection = True
                    return
                content = reply.body.encode() if isinstance(reply.body, str) else reply.body
                parts = reply.parts if reply.parts is not None else [content]
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", **reply.headers}
                if "Transfer-Encoding" not in headers:
                    headers["Content-Length"] = str(
                        sum(map(len, parts)) if reply.length is None else reply.length
                    )
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for part in parts if self.command != "HEAD" else []:
                        self.wfile.write(part)
                        self.wfile.flush()
                        if reply.pause_s and owner._stop.wait(reply.pause_s):
                            break
                except OSError:  # the client had enough
                    self.close_connection = True
                if reply.length is not None:
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                """A client that breaks off is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
