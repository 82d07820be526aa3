"""The bench of osCommerce on both kinds of shop, by both ways in."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from tests import services
from tests.peers.oscommerce.fixtures import need_php
from tests.peers.oscommerce.host import SECRET, Host
from tests.peers.oscommerce.shape import NEW, OLD
from tests.platforms.oscommerce.bench import OscBench


class DatabaseBench(OscBench):
    """Straight on the database. Its pictures are served by a plain web server."""

    options: Mapping[str, str] = {"way": "database", "weight_unit": "kg"}

    def open_way(self) -> None:
        server = services.mariadb()
        assert server is not None
        self.credentials = {
            "host": "127.0.0.1",
            "port": str(self.wire.port),
            "database": self.store.database,
            "user": server.user,
            "password": server.password,
        }
        self.wrong_credentials = {**self.credentials, "password": "wrong"}
        (self.folder / "images").mkdir()
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(self.folder)))
        threading.Thread(target=self._web.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._web.server_address[1]}"

    def stop(self) -> None:
        self._web.shutdown()
        self._web.server_close()
        super().stop()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


class BridgeBench(OscBench):
    """Through the bridge file, which reaches the database over the same wire."""

    options: Mapping[str, str] = {"way": "bridge", "weight_unit": "kg"}
    credentials: ClassVar[dict[str, str]] = {"bridge_secret": SECRET}
    wrong_credentials: ClassVar[dict[str, str]] = {"bridge_secret": "1" * 64}

    def open_way(self) -> None:
        need_php()
        self.folder = self.folder / "host"
        self.host = Host(
            self.folder,
            self.store.database,
            version=self.shape.version,
            db_server=f"127.0.0.1:{self.wire.port}",
        )
        self.address = self.host.start()

    def stop(self) -> None:
        self.host.stop()
        super().stop()


class OldByBridge(BridgeBench):
    shape = OLD


class NewByDatabase(DatabaseBench):
    shape = NEW


class OldByDatabase(DatabaseBench):
    shape = OLD
