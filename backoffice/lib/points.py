"""Named points of the engine, where tests let a worker die or a rival step in. In production nothing listens.

Each verb passes its point before, between and after the steps that must hold together, so that a test can kill a
process at every one of them and see that the next worker ends in the same place.
"""

from __future__ import annotations

from collections.abc import Callable

_listener: Callable[[str], None] | None = None


def listen(listener: Callable[[str], None] | None) -> None:
    """Call `listener` with the name of each point that is passed in this process; None = nobody listens."""
    global _listener
    _listener = listener


def passing(point: str) -> None:
    if _listener is not None:
        _listener(point)
