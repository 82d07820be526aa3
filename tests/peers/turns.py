"""What a session asks for its turn."""

from __future__ import annotations


class Turns:
    """Remembers what it was asked, and never sleeps."""

    def __init__(self) -> None:
        self.waits, self.penalties = 0, []

    def wait(self, cost: float = 1, max_s: float | None = None) -> float:
        self.waits += 1
        return 0.0

    def penalise(self, after_s: float) -> None:
        self.penalties.append(after_s)
