"""A real FTP server (pyftpdlib) on loopback, with and without TLS, that can break in the ways real ones do."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)


@dataclass
class Faults:
    """What goes wrong, once set. cut_after: bytes of one upload or download; cuts: how often in all.

    refuse: {command: reply} instead of carrying it out. slow_s: before every reply to STOR. no_rename_over: as Windows.
    unanswered: commands that are carried out, each once, before the connection breaks without an answer.
    greetings: what the next connections are sent away with.
    """

    cut_after: int = 0
    cuts: int = 0
    full_after: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0
    no_rename_over: bool = False
    unanswered: set[str] = field(default_factory=set)
    greetings: list[str] = field(default_factory=list)


class FtpPeer:
    """user "lipa", password "geheim"; `home` is what it sees. commands counts what clients asked for."""

    user, password = "lipa", "geheim"

    def __init__(
        self,
        home: Path,
        *,
        certificate: Path | None = None,
        perm: str = "elradfmwMT",
        without: tuple[str, ...] = (),
        encoding: str = "utf-8",
        max_connections: int = 64,
    ) -> None:
        self.home = home
        self.faults = Faults()
        self.commands: Counter[str] = Counter()
        authorizer = DummyAuthorizer()
        authorizer.add_user(self.user, self.password, str(home), perm=perm)
        base = TLS_FTPHandler if certificate else FTPHandler
        options: dict[str, Any] = {
            "authorizer": authorizer,
            "dtp_handler": _data(TLS_DTPHandler if certificate else DTPHandler, self),
            "encoding": encoding,
            "proto_cmds": {name: spec for name, spec in base.proto_cmds.items() if name not in without},
            "timeout": 30,
            "auth_failed_timeout": 0,  # real ones wait some seconds
            "banner": "peer",
            "use_sendfile": False,  # the faults of a download are in `send`
        }
        if certificate:
            options |= {
                "certfile": str(certificate),
                "tls_control_required": True,
                "tls_data_required": True,
                "ssl_context": None,
            }
        handler = _control(base, self, options)
        self._loop = IOLoop()
        self._server = FTPServer(("127.0.0.1", 0), handler, ioloop=self._loop)
        self._server.max_cons = max_connections
        self.port: int = self._server.address[1]
        self._running = True
        self._thread = threading.Thread(target=self._serve, name="ftp-peer", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._running:
            self._loop.loop(timeout=0.02, blocking=False)
        self._server.close_all()

    def stop(self) -> None:
        self._running = False
        self._thread.join(5)


def _control(base: type[FTPHandler], peer: FtpPeer, options: dict[str, Any]) -> type[FTPHandler]:
    class Control(base):  # type: ignore[misc, valid-type]
        mute = False

        def handle(self) -> None:
            if peer.faults.greetings:
                self.respond(peer.faults.greetings.pop(0))
                self.close_when_done()
                return
            super().handle()

        def push(self, data: str) -> None:
            if not self.mute:
                super().push(data)

        def process_command(self, cmd: str, *args: Any, **kwargs: Any) -> None:
            peer.commands[cmd] += 1
            if cmd in peer.faults.refuse:
                self.respond(peer.faults.refuse[cmd])
                return
            if cmd == "STOR" and peer.faults.slow_s:
                time.sleep(peer.faults.slow_s)
            self.mute = cmd in peer.faults.unanswered
            super().process_command(cmd, *args, **kwargs)
            if self.mute:
                peer.faults.unanswered.discard(cmd)
                self.close()

        def ftp_RNTO(self, path: str) -> Any:
            if peer.faults.no_rename_over and self.fs.lexists(path):
                self.respond("550 Cannot create a file when that file already exists.")
                self._rnfr = None
                return None
            return super().ftp_RNTO(path)

    return type("Control", (Control,), options)


def _data(base: type[DTPHandler], peer: FtpPeer) -> type[DTPHandler]:
    class Data(base):  # type: ignore[misc, valid-type]
        moved = 0

        def recv(self, size: int) -> bytes:
            faults = peer.faults
            data: bytes = super().recv(min(size, 4096) if faults.cut_after or faults.full_after else size)
            self._moved(len(data))
            if faults.full_after and self.moved >= faults.full_after:
                self._resp = ("452 Error writing file: No space left on device.", logging.debug)
                self.close()
                return b""
            return data

        def send(self, data: bytes) -> int:
            sent: int = super().send(data[:4096] if peer.faults.cut_after else data)
            self._moved(sent)
            return sent

        def _moved(self, count: int) -> None:
            self.moved += count
            faults = peer.faults
            if faults.cuts and faults.cut_after and self.moved >= faults.cut_after:
                faults.cuts -= 1
                if self.file_obj is not None:
                    self.file_obj.flush() if self.receive else None
                self.cmd_channel.close()

    return Data
