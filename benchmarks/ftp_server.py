"""A real FTP server (pyftpdlib) in a process of its own, on a folder that goes with it.

    with FtpServer() as server:
        server.address      # its port
        server.ask("counts")

The child reads one command a line from standard input: counts, reset.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections import Counter
from typing import Any

from benchmarks.stand_in import StandIn, say

USER, PASSWORD = "bench", "only-on-loopback"


class FtpServer(StandIn):
    module = "benchmarks.ftp_server"


def main() -> None:
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

    logging.disable(logging.CRITICAL)  # a line for each command would be what is measured
    commands: Counter[str] = Counter()

    class Counting(FTPHandler):  # type: ignore[misc]
        def process_command(self, cmd: str, *args: Any, **kwargs: Any) -> None:
            commands[cmd] += 1
            super().process_command(cmd, *args, **kwargs)

    with tempfile.TemporaryDirectory(prefix="kontor-bench-ftp-") as home:
        Counting.authorizer = DummyAuthorizer()
        Counting.authorizer.add_user(USER, PASSWORD, home, perm="elradfmwMT")
        server = FTPServer(("127.0.0.1", 0), Counting)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say(server.address[1])
        for line in sys.stdin:
            if line.strip() == "reset":
                commands.clear()
            say(
                {
                    "logins": commands["PASS"],
                    "listings": commands["MLSD"] + commands["LIST"],
                    "transfers": commands["STOR"] + commands["RETR"],
                    "commands": sum(commands.values()),
                }
            )


if __name__ == "__main__":
    main()
