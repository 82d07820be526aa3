"""How long a slice may go on: until its time is up, somebody asks it to stop, or another worker took its lease."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from backoffice.lib.alive import sign_of_life
from backoffice.lib.claims import renew
from shops.models import Run

logger = logging.getLogger(__name__)

SLICE_S = 30.0
# A killed worker's run is taken over after this long (the tests that wait for it set less).
LEASE_S = float(getattr(settings, "SYNC_LEASE_S", 45.0))
RENEW_EVERY_S = LEASE_S / 3
# A slice that hangs longer than any task may last does not keep its run for ever.
LONGEST_S = 180.0


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

    def keep(self) -> None:
        """Prolong the lease. Raises LeaseLost."""
        if not renew(Run.objects.filter(pk=self.run.pk), holder=self.holder, seconds=LEASE_S):
            raise LeaseLost(self.run.pk)
        sign_of_life()

    def out(self) -> bool:
        """Whether to stop here and go on in the next slice. Raises LeaseLost."""
        self.keep()
        self.cancelled = Run.objects.filter(pk=self.run.pk, cancel_asked_at__isnull=False).exists()
        return self.cancelled or self.left_s <= 0


class LeaseKeeper:
    """Renews the lease from a thread while a request to a slow shop keeps the slice waiting.

    The thread dies with its process, so a killed worker's lease runs out after LEASE_S.
    """

    def __init__(self, run: Run, holder: str) -> None:
        self._run_id = run.pk
        self._holder = holder
        self._stop = threading.Event()
        # In a copy of our context: a thread's own is empty, and its lines would not say which run they are about.
        within = contextvars.copy_context().run
        self._thread = threading.Thread(
            target=within, args=(self._renew,), name=f"lease-{run.pk}", daemon=True
        )

    def __enter__(self) -> LeaseKeeper:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _renew(self) -> None:
        until = time.monotonic() + LONGEST_S
        try:
            while not self._stop.wait(RENEW_EVERY_S) and time.monotonic() < until:
                try:
                    renew(Run.objects.filter(pk=self._run_id), holder=self._holder, seconds=LEASE_S)
                except DatabaseError:
                    logger.warning("the lease of run %s could not be renewed", self._run_id, exc_info=True)
                    connection.close()
        finally:
            connection.close()
