"""Kontor behind gunicorn as docs/operations.md starts it (2 processes with 4 threads each), and many clients at once."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.measure import PROJECT


@contextmanager
def web_server(url: str, media: str) -> Iterator[int]:
    """Its port on loopback, as soon as it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "MEDIA_ROOT": media,
        "DJANGO_SETTINGS_MODULE": "benchmarks.web_settings",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
    }
    arguments = f"-b 127.0.0.1:{port} --worker-class gthread --workers 2 --threads 4 --log-level warning"
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "backoffice.wsgi", *arguments.split()],
        cwd=PROJECT,
        env=environment,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with {process.returncode}")
        try:
            if Client(port).ask("GET", "/healthz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not answer within a minute")


class Client:
    """One connection that is kept, as a browser or a shop keeps it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """(status, body). A connection that the server has closed meanwhile is opened anew, once."""
        try:
            return self._ask(method, path, body, headers or {})
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()
            return self._ask(method, path, body, headers or {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


@dataclass
class Answers:
    """What the clients saw. seconds: from the moment when a request was due, so that a queue counts as waiting."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0

    def percentile_ms(self, percent: float) -> float:
        known = sorted(self.seconds)
        return round(known[min(int(len(known) * percent / 100), len(known) - 1)] * 1000, 1) if known else 0.0


def at_a_rate(
    sends: Sequence[Callable[[Client], bool]], port: int, *, a_second: float, clients: int = 32
) -> Answers:
    """Every send at its moment, whether those before have been answered or not. a_second 0 = as fast as they go."""
    found, lock = Answers(), threading.Lock()
    began = time.perf_counter() + 0.2
    waiting = iter(enumerate(sends))

    def work() -> None:
        client = Client(port)
        while True:
            with lock:
                number, send = next(waiting, (-1, None))
            if send is None:
                return
            due = began + number / a_second if a_second else time.perf_counter()
            time.sleep(max(due - time.perf_counter(), 0))
            try:
                well = send(client)
            except OSError:
                well, client = False, Client(port)
            taken = time.perf_counter() - due
            with lock:
                found.seconds.append(taken)
                found.failures += not well

    threads = [threading.Thread(target=work, daemon=True) for _number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
