"""The doors of the workers: thin functions, called with ids, that never raise."""

from __future__ import annotations

import logging

from backoffice.lib.enqueue import enqueue
from shops.files.export import delete_expired_exports
from shops.sync.slices import Outcome, sleepers, work_slice

logger = logging.getLogger(__name__)


def run_slice(run_id: int) -> str:
    """One slice of a run. The failure of a slice stands on its run; here only what nobody foresaw is logged."""
    try:
        return work_slice(run_id).value
    except Exception:
        logger.exception("slice of run %s broke; the sweeper will wake it", run_id)
        return Outcome.LATER.value


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
    for run_id in waiting:
        enqueue("shops.jobs.run_slice", run_id)
    return len(waiting)
