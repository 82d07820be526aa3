"""Small hosts on this machine: network namespaces, each joined to us by one cable that a test can pull."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

from tests.crash.door import Door


def why_not() -> str:
    """Why there can be no hosts here; "" = they can be made."""
    if os.geteuid() != 0:
        return "needs root to make network namespaces"
    if shutil.which("ip") is None:
        return "needs the program ip (package iproute2)"
    probe = subprocess.run(["ip", "netns", "add", "kontor-probe"], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", "kontor-probe"], capture_output=True, check=False)
    return "" if probe.returncode == 0 else "this machine lets nobody make network namespaces"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Host:
    """A namespace with one cable. `gateway` is our end of it: services of ours are reached there through `serve`."""

    def __init__(self, number: int) -> None:
        self.name = f"kontor{os.getpid() % 10000}n{number}"
        self.cable = f"kv{os.getpid() % 10000}n{number}"
        net = f"10.{200 + number}.{os.getpid() % 250}"
        self.gateway, self.address = f"{net}.1", f"{net}.2"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._doors: list[Door] = []

    def up(self) -> None:
        _ip("netns", "add", self.name)
        _ip("link", "add", self.cable, "type", "veth", "peer", "name", "cable", "netns", self.name)
        _ip("addr", "add", f"{self.gateway}/30", "dev", self.cable)
        _ip("link", "set", self.cable, "up")
        for command in (
            ["addr", "add", f"{self.address}/30", "dev", "cable"],
            ["link", "set", "cable", "up"],
            ["link", "set", "lo", "up"],
        ):
            _ip("-n", self.name, *command)

    def down(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for door in self._doors:
            door.close()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", self.cable], capture_output=True, check=False)

    def pids(self) -> list[int]:
        listed = subprocess.run(
            ["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in listed.stdout.split()]

    def pull_the_cable(self) -> None:
        _ip("link", "set", self.cable, "down")

    def plug_it_in(self) -> None:
        _ip("link", "set", self.cable, "up")

    def serve(self, port: int) -> int:
        """Have what listens on 127.0.0.1:port of ours answer on the gateway; the port there."""
        self._doors.append(Door((self.gateway, 0), ("127.0.0.1", port)))
        return self._doors[-1].port

    def mirror(self, port: int, log: Path) -> None:
        """127.0.0.1:port in there is 127.0.0.1:port here: a shop has one address for all hosts."""
        target = f"{self.gateway}:{self.serve(port)}"
        self.run([sys.executable, "tests/crash/door.py", str(port), target], dict(os.environ), log)

    def run(self, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as out:
            self.processes.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", self.name, *command],
                    cwd=settings.BASE_DIR,
                    env=environment,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            )


@contextlib.contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    made = [Host(number) for number in range(count)]
    try:
        for host in made:
            host.up()
        yield made
    finally:
        for host in made:
            host.down()
