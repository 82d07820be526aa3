"""Stands between a client and the database: counts the statements, and lets things go wrong on the way.

It knows so much of MySQL's protocol: a packet is three bytes of length, one number, and the content; a command begins
with number 0; command 3 is a statement.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests import services

_QUERY = 3


@dataclass(frozen=True)
class Fate:
    """What becomes of one statement. rewritten: it goes on in this form. error: the client is told this instead.

    lost: "before" = the connection breaks and nothing is done, "after" = it is done, and then the connection breaks.
    """

    rewritten: str = ""
    error: tuple[int, str] | None = None
    lost: str = ""


PASSES = Fate()
Decide = Callable[[str], Fate]


@dataclass
class Wire:
    """`decide` is asked for every statement, in the order in which they come."""

    decide: Decide = lambda _sql: PASSES
    statements: list[str] = field(default_factory=list)
    _sockets: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._server.close()
        for one in self._sockets:
            one.close()

    @property
    def writes(self) -> list[str]:
        """Statements that write; one whose condition nothing meets only asks for the right to."""
        return [
            sql
            for sql in self.statements
            if sql.split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE")
            and not sql.endswith("WHERE 1=0")
        ]

    def _serve(self) -> None:
        server = services.mariadb()
        assert server is not None
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            there = socket.create_connection((server.host, server.port))
            self._sockets += [client, there]
            link = _Link(self, client, there)
            threading.Thread(target=link.forth, daemon=True).start()
            threading.Thread(target=link.back, daemon=True).start()

    def fate_of(self, sql: str) -> Fate:
        with self._lock:
            if not sql.upper().startswith("SET "):
                self.statements.append(sql)
            return self.decide(sql)


@dataclass
class _Link:
    wire: Wire
    client: socket.socket
    there: socket.socket
    swallows: bool = False

    def forth(self) -> None:
        try:
            while (packet := _packet(self.client)) is not None:
                number, content = packet
                if number == 0 and content[:1] == bytes([_QUERY]):
                    content = self._statement(content)
                    if content is None:
                        return
                    if content == b"":
                        continue
                self.there.sendall(_framed(number, content))
        except OSError:
            pass
        finally:
            self.close()

    def _statement(self, content: bytes) -> bytes | None:
        """The content that goes on; b"" = nothing goes on, None = the line is cut."""
        fate = self.wire.fate_of(content[1:].decode("utf-8", "replace"))
        if fate.lost == "before":
            return None
        if fate.lost == "after":
            self.swallows = True
        if fate.error is not None:
            code, said = fate.error
            self.client.sendall(_framed(1, b"\xff" + struct.pack("<H", code) + b"#HY000" + said.encode()))
            return b""
        return content[:1] + fate.rewritten.encode() if fate.rewritten else content

    def back(self) -> None:
        try:
            while data := self.there.recv(65536):
                if self.swallows:
                    return
                self.client.sendall(data)
        except OSError:
            pass
        finally:
            self.close()

    def close(self) -> None:
        for one in (self.client, self.there):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _packet(client: socket.socket) -> tuple[int, bytes] | None:
    head = _exactly(client, 4)
    if head is None:
        return None
    body = _exactly(client, int.from_bytes(head[:3], "little"))
    return None if body is None else (head[3], body)


def _exactly(client: socket.socket, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        data = client.recv(length - len(parts))
        if not data:
            return None
        parts += data
    return bytes(parts)


def _framed(number: int, content: bytes) -> bytes:
    return len(content).to_bytes(3, "little") + bytes([number]) + content
