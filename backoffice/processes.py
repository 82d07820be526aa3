"""Several processes under one start: started together, watched, stopped in good order, nothing left behind.

Used by start.py before anything is installed: Python's standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

_AT_ONCE_S = 3.0  # what ends sooner cannot run at all
_HURRIED_S = 3.0


class Stop(Exception):
    """Said to the person in plain words, then the start ends."""


@dataclass
class Member:
    name: str
    command: list[str]
    grace_s: float
    process: subprocess.Popen[bytes]
    started: float


class Family:
    """The processes of one start. Each in a session of its own, so that Ctrl-C reaches only us and we stop them."""

    def __init__(self, settings: dict[str, str], logs: Path) -> None:
        self.settings = settings
        self.logs = logs
        self.asked = 0
        self._members: dict[str, Member] = {}
        logs.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked += 1

    def add(self, name: str, command: list[str], grace_s: float = 5) -> None:
        """Start a process; its output goes to NAME.log. grace_s: what it may take to end after SIGTERM."""
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                command,
                env=self.settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._members[name] = Member(name, command, grace_s, process, time.monotonic())

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def end_of_log(self, name: str) -> str:
        return f"The end of {self.log(name)}:\n{tail(self.log(name).read_text(errors='replace'))}"

    def check(self) -> None:
        """Start again what has ended. Raises Stop for what ended as soon as it began."""
        for member in list(self._members.values()):
            if member.process.poll() is None:
                continue
            _kill_group(member.process)
            if time.monotonic() - member.started < _AT_ONCE_S:
                raise Stop(f"{member.name} ended at once. {self.end_of_log(member.name)}")
            print(
                f"  {member.name} ended unexpectedly and is started again; see {self.log(member.name)}",
                flush=True,
            )
            self.add(member.name, member.command, member.grace_s)

    def watch(self) -> int:
        """Until somebody asks to stop."""
        while not self.asked:
            self.check()
            time.sleep(0.3)
        return 0

    def stop(self) -> None:
        """Ask all to finish, wait, kill what is left. A second Ctrl-C shortens the wait."""
        if not self._members:
            return
        print("\nStopping. Running work is finished first; Ctrl-C again stops at once.", flush=True)
        asked_before = max(self.asked, 1)
        members = list(self._members.values())
        for member in members:
            _signal(member.process, signal.SIGTERM)
        began, hurried = time.monotonic(), False
        while running := [member for member in members if member.process.poll() is None]:
            if self.asked > asked_before and not hurried:
                hurried, began = True, time.monotonic()
                for member in running:
                    _signal(member.process, signal.SIGQUIT)  # a worker then kills its cluster
            for member in running:
                if time.monotonic() - began > (_HURRIED_S if hurried else member.grace_s):
                    _kill_group(member.process)
            time.sleep(0.1)
        for member in members:
            _kill_group(member.process)
        self._members.clear()
        print("Stopped.", flush=True)


def wait_for_page(family: Family, name: str, url: str, seconds: float = 60) -> None:
    """Return as soon as the process answers at url, with whatever status."""
    until = time.monotonic() + seconds
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is no proxy's business
    while time.monotonic() < until:
        if family.asked:
            raise KeyboardInterrupt
        family.check()
        try:
            with opener.open(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise Stop(f"{name} does not answer at {url}. {family.end_of_log(name)}")


def free_port(host: str, port: int, instead: str) -> None:
    """Raise Stop, with what to type instead, when nothing can listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise Stop(
                f"Port {port} needs the rights of root. Take another:  python3 start.py {instead}"
            ) from error
        except OSError as error:
            raise Stop(
                f"Port {port} on {host} is taken by another program ({error.strerror}).\n"
                f"Stop that program, or start with:  python3 start.py {instead}"
            ) from error


def tail(text: str, lines: int = 15) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:])


def _end_with_parent() -> None:
    """In a new child: get SIGTERM when the parent dies, however it dies (Linux's PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
