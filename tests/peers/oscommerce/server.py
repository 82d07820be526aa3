"""A MariaDB server of a test's own, with TLS: the machine's has none. It takes some seconds to make."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pymysql
import pytest

from tests.peers.woocommerce import self_signed


class OwnServer:
    """The user "strict" (secret-password) may use the database "shop", and only over TLS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def certificate(self) -> str:
        return (self.folder / "shop.pem").read_text()

    def __enter__(self) -> OwnServer:
        install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd")
        if not install or not server:
            pytest.skip("needs mariadb-install-db and mariadbd: install mariadb-server")
        certificate, key = self_signed(self.folder)
        data, socket_path = self.folder / "data", self.folder / "s"
        common = ["--no-defaults", f"--datadir={data}", "--user=root"]
        subprocess.run(
            [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [server, *common, f"--port={self.port}", "--bind-address=127.0.0.1", f"--socket={socket_path}",
             f"--pid-file={self.folder / 'pid'}", f"--ssl-cert={certificate}", f"--ssl-key={key}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._prepare(socket_path)
        return self

    def _prepare(self, socket_path: Path) -> None:
        for _try in range(200):
            try:
                with pymysql.connect(unix_socket=str(socket_path), user="root", autocommit=True) as root:
                    for statement in (
                        "CREATE DATABASE shop",
                        "CREATE USER strict@'127.0.0.1' IDENTIFIED BY 'secret-password' REQUIRE SSL",
                        "GRANT ALL ON shop.* TO strict@'127.0.0.1'",
                    ):
                        root.cursor().execute(statement)
                return
            except pymysql.err.OperationalError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def __exit__(self, *_exc: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
