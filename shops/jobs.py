"""The doors of the workers: thin functions, called with ids, that never raise."""

from __future__ import annotations

import logging

from backoffice.lib.enqueue import enqueue
from shops.sync.slices import Outcome, sleepers, work_slice

logger = logging.getLogger(__name__)


def run_slice(run_id: int) -> str:
    """One slice of a run. The failure of a slice stands on its run; here only what nobody foresaw is logged."""
    try:
        return work_slice(run_id).value
    except Exception:
        logger.exception("slice of run %s broke; the sweeper will wake it", run_id)
        return Outcome.LATER.value


def sweep() -> int:
    """Every minute: ring for runs whose worker died, whose waiting time is over, or whose doorbell got lost."""
    try:
        waiting = sleepers()
    except Exception:
        logger.exception("the sweeper could not look")
        return 0
    for run_id in waiting:
        enqueue("shops.jobs.run_slice", run_id)
    return len(waiting)
