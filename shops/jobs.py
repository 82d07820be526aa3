"""The doors of the workers: thin functions, called with ids, that never raise."""

from __future__ import annotations

import logging
import time

from django.utils import timezone

from shops.files.export import delete_expired_exports
from shops.models import Run
from shops.sync.slices import Outcome, ring, sleepers, work_slice

SHORT_WAIT_S = 20.0

logger = logging.getLogger(__name__)


def run_slice(run_id: int) -> str:
    """One slice of a run. The failure of a slice stands on its run; here only what nobody foresaw is logged."""
    try:
        outcome = work_slice(run_id)
        if outcome is Outcome.LATER:
            _ring_soon(run_id)
        return outcome.value
    except Exception:
        logger.exception("slice of run %s broke; the sweeper will wake it", run_id)
        return Outcome.LATER.value


def _ring_soon(run_id: int) -> None:
    """A short wait is waited here; the tick of every minute would be too coarse for it."""
    run = Run.objects.defer("detail").get(pk=run_id)
    pause_s = (run.not_before - timezone.now()).total_seconds() if run.not_before else 0.0
    if 0 < pause_s <= SHORT_WAIT_S:
        time.sleep(pause_s)
        ring(run)


def tick() -> None:
    """Every minute: wake what sleeps, and throw away what nobody keeps any longer."""
    sweep()
    try:
        delete_expired_exports()
    except Exception:
        logger.exception("expired export files could not be removed")


def sweep() -> int:
    """Ring for runs whose worker died, whose waiting time is over, or whose doorbell got lost."""
    try:
        waiting = sleepers()
    except Exception:
        logger.exception("the sweeper could not look")
        return 0
    for run in waiting:
        ring(run)
    return len(waiting)
