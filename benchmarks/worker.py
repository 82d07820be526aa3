"""A worker in a process of its own, as on a server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import PROJECT


@contextmanager
def quick_worker(environment: dict[str, str]) -> Iterator[None]:
    """The worker of the short runs, as `manage.py worker --cluster quick` starts it on a server."""
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--cluster", "quick"],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.settings", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=60)
