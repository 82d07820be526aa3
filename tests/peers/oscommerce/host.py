"""The web host of an osCommerce shop: its folder with the bridge file in it, served by PHP's own web server.

The shop itself is not here; what the bridge needs of it is: includes/configure.php, includes/version.php, images/.
"""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from shops.platforms.oscommerce.bridge_file import FILE_NAME, bridge_file
from tests import services

SECRET = "5ec4e7" + "0" * 58


class Host:
    """db_server: as in configure.php, "host" or "host:port"."""

    def __init__(
        self, folder: Path, database: str, *, version: str, db_server: str = "", prefix: str = ""
    ) -> None:
        self.folder = folder
        self.requests = folder / "requests.log"
        server = services.mariadb()
        assert server is not None, "ask services.mariadb() before"
        (folder / "includes").mkdir(parents=True)
        (folder / "images").mkdir()
        (folder / "includes" / "version.php").write_text(f"{version}\n")
        (folder / "includes" / "configure.php").write_text(
            "<?php\n"
            f"define('DIR_FS_CATALOG', '{folder}/');\ndefine('DIR_WS_IMAGES', 'images/');\n"
            f"define('DB_SERVER', '{db_server or f'{server.host}:{server.port}'}');\n"
            f"define('DB_SERVER_USERNAME', '{server.user}');\ndefine('DB_SERVER_PASSWORD', '{server.password}');\n"
            f"define('DB_DATABASE', '{database}');\n"
            # Whatever a shop's file prints must not get between the bridge's lines.
            "?>\n\n"
        )
        self.put_bridge(prefix=prefix)
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    def put_bridge(self, secret: str = SECRET, prefix: str = "") -> None:
        (self.folder / FILE_NAME).write_bytes(bridge_file(secret, prefix))

    def start(self) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        with self.requests.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    services.php(),
                    "-d",
                    f"sys_temp_dir={self.folder}",
                    "-S",
                    f"127.0.0.1:{port}",
                    "-t",
                    str(self.folder),
                ],
                stdout=log,
                stderr=log,
            )
        for _try in range(100):
            try:
                urllib.request.urlopen(f"{self.address}/images/", timeout=1)
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.05)
        return self.address

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def log(self) -> str:
        """What PHP's server has written: one line a request, and PHP's own errors."""
        return self.requests.read_text()

    def asked(self) -> int:
        """Requests to the bridge file so far."""
        return sum(1 for line in self.log().splitlines() if FILE_NAME in line and "]: " in line)
