"""The parent of `manage.py worker`: keeps one cluster running, and leaves nothing behind when it goes."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

_ROUND_S = 0.2
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class Supervisor:
    """Starts `command` in a session of its own, starts it again whenever it ends, until SIGTERM or SIGINT comes.

    Then the child gets one SIGTERM (itself, not its group: django-q2 hangs when all its processes get it) and
    `grace_s` to finish its slice (SIGQUIT: none). A child that ends before `settled_s` failed at its start (no database, say): the
    pauses between such grow from 1 to 30 s. After every end of the child its whole group is killed: orphans work on unseen.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: dict[str, str],
        grace_s: float,
        settled_s: float,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.env = env
        self.grace_s = grace_s
        self.settled_s = settled_s
        self._child: subprocess.Popen[bytes] | None = None
        self._kill_at: float | None = None

    def run(self) -> int:
        """Exit code: 0 when the last child ended by itself within the grace, 1 when it had to be killed."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGQUIT, self._stop_now)
        pause_s = _PAUSE_S
        while True:
            started = time.monotonic()
            killed = self._run_child()
            if self._stopping:
                return 1 if killed else 0
            settled = time.monotonic() - started > self.settled_s
            pause_s = _PAUSE_S if settled else min(pause_s * 2, _LONGEST_PAUSE_S)
            logger.error("worker %s: the cluster ended unasked; a new one starts in %g s", self.name, pause_s)
            self._sleep(pause_s)
            if self._stopping:
                return 0

    @property
    def _stopping(self) -> bool:
        return self._kill_at is not None

    def _stop(self, number: int, _frame: object) -> None:
        if not self._stopping:
            logger.info("worker %s: %s, finishing what runs", self.name, signal.Signals(number).name)
            self._kill_at = time.monotonic() + self.grace_s
        self._forward()

    def _stop_now(self, _number: int, _frame: object) -> None:
        self._kill_at = time.monotonic() - 1

    def _forward(self) -> None:
        # Not reaped before its group is killed, so the number still is our child's.
        if self._child is not None:
            os.kill(self._child.pid, signal.SIGTERM)

    def _run_child(self) -> bool:
        """Run one child to its end; whether it had to be killed."""
        # Blocked, so that a signal comes either before the child is there or after we know it.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        self._child = subprocess.Popen(
            self.command, env=self.env, start_new_session=True, preexec_fn=_unblock
        )
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
        if self._stopping:  # asked before there was a child to forward it to
            self._forward()
        child, killed = self._child, False
        logger.info("worker %s: cluster %d started", self.name, child.pid)
        while not _has_ended(child.pid):
            if self._kill_at is not None and time.monotonic() > self._kill_at:
                logger.error("worker %s: not finished after %g s, killed", self.name, self.grace_s)
                killed = True
                break
            time.sleep(_ROUND_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        self._child = None
        child.wait()
        return killed

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(_ROUND_S)


def worker_command(manage_py: Path, cluster: str) -> list[str]:
    return [sys.executable, str(manage_py), "worker", "--once", "--cluster", cluster]


def _has_ended(pid: int) -> bool:
    """Whether the child has ended; it stays a zombie, so that its number and its group's are still its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _unblock() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
