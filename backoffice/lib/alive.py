"""Signs of life of a long task: who watches over the workers need not wait for the end of it."""

from __future__ import annotations

from collections.abc import Callable

_watcher: Callable[[], None] | None = None


def watch(watcher: Callable[[], None] | None) -> None:
    """Call `watcher` at every sign of life in this process and its forks; None = nobody watches."""
    global _watcher
    _watcher = watcher


def sign_of_life() -> None:
    """The task is at work and gets on. Cheap: it may be given for every piece of work."""
    if _watcher is not None:
        _watcher()
