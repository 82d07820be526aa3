"""What the web server writes, its access log too: no token that opens something, in the form that was set."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.backoffice.test_settings import GOOD

PROJECT = Path(__file__).resolve().parents[2]
TOKEN = "Zk9-" + "aB3_" * 9


def get(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def written(tmp_path: Path, port: int, log_format: str) -> list[str]:
    """The lines of gunicorn, started as in the Dockerfile, after a call, a feed, and a link from a feed."""
    env = {
        **{"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "LOG_FORMAT": log_format},
        **{
            **GOOD,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3",
            "STATIC_ROOT": str(tmp_path),
        },
    }
    command = [
        str(Path(sys.executable).parent / "gunicorn"),
        "backoffice.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    log = tmp_path / "log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [*command, "--access-logfile", "-", "--no-control-socket"],
            cwd=PROJECT, env=env, stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            for _ in range(300):
                try:
                    get(f"http://127.0.0.1:{port}/healthz")
                    break
                except OSError:
                    assert server.poll() is None, log.read_text()
                    time.sleep(0.1)
            assert get(f"http://127.0.0.1:{port}/calls/{TOKEN}") == 405
            get(f"http://127.0.0.1:{port}/feeds/3/{TOKEN}/prices.csv?key={TOKEN}")
            get(f"http://127.0.0.1:{port}/healthz", Referer=f"https://k.example/feeds/3/{TOKEN}/prices.csv")
        finally:
            server.terminate()
            server.wait(30)
    return log.read_text().splitlines()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_line_of_the_web_server_carries_a_token(log_format, tmp_path, unused_port):
    lines = written(tmp_path, unused_port, log_format)
    text = "\n".join(lines)
    assert TOKEN not in text
    assert "GET /calls/••• HTTP/1.1" in text.replace("\\u2022", "•")
    assert "/feeds/3/•••/prices.csv" in text.replace("\\u2022", "•")
    if log_format == "json":
        entries = [json.loads(line) for line in lines]
        assert {"gunicorn.error", "gunicorn.access", "django.request"} <= {entry["name"] for entry in entries}
