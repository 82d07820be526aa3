"""Time and peak memory of one piece of work, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
_RESULT = "BENCH-RESULT "


@dataclass(frozen=True, slots=True)
class Measure:
    """seconds: wall clock of the work alone. peak_mb: how far memory rose above what was in use before it.

    figures: what the work reports of itself (rows, requests).
    """

    seconds: float
    peak_mb: float
    figures: dict[str, Any] = field(default_factory=dict)


def measure(work: Callable[[], dict[str, Any]]) -> Measure:
    """Do the work in this process. Memory is measured on Linux only; elsewhere it is NaN."""
    before = _reset_peak_kb()
    began = time.perf_counter()
    figures = work()
    seconds = time.perf_counter() - began
    return Measure(seconds, (_status_kb("VmHWM") - before) / 1024, figures)


def report(result: Measure) -> None:
    """Hand the result to the parent process."""
    sys.stdout.write(f"\n{_RESULT}{json.dumps(asdict(result))}\n")


def in_child(case: str, *arguments: str, environment: dict[str, str]) -> Measure:
    """Run `python -m benchmarks.child CASE ...` and give what it reported. Raises RuntimeError with its output."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", case, *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(_RESULT)]
    if done.returncode or not lines:
        raise RuntimeError(
            f"{case} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
    return Measure(**json.loads(lines[-1].removeprefix(_RESULT)))


def _reset_peak_kb() -> float:
    """Let the peak begin at what is in use now, and give that. ru_maxrss would not do: it begins with the parent's."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return _status_kb("VmHWM")  # not Linux, or not allowed: the peak of the start counts as the beginning
    return _status_kb("VmRSS")


def _status_kb(name: str) -> float:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:")))
