"""How long a slice may go on: until its time is up, somebody asks it to stop, or another worker took its lease."""

from __future__ import annotations

import time
from collections.abc import Callable

from backoffice.lib.claims import renew
from shops.models import Run

SLICE_S = 30.0
# Longer than the longest step between two renewals: one request of 120 s and its bookkeeping.
LEASE_S = 150.0


class LeaseLost(Exception):
    """Another worker has this run now; whatever we did is saved, and we write nothing more."""


class Budget:
    """out() is asked between any two pieces of work; it renews the lease on the way."""

    def __init__(
        self, run: Run, holder: str, *, seconds: float = SLICE_S, clock: Callable[[], float] = time.monotonic
    ):
        self.run = run
        self.holder = holder
        self.seconds = seconds
        self._clock = clock
        self._began = clock()
        self.cancelled = False

    @property
    def left_s(self) -> float:
        return self.seconds - (self._clock() - self._began)

    def out(self) -> bool:
        """Whether to stop here and go on in the next slice. Raises LeaseLost."""
        if not renew(Run.objects.filter(pk=self.run.pk), holder=self.holder, seconds=LEASE_S):
            raise LeaseLost(self.run.pk)
        self.cancelled = Run.objects.filter(pk=self.run.pk, cancel_asked_at__isnull=False).exists()
        return self.cancelled or self.left_s <= 0
