"""The doors of the workers: thin functions, called with ids, that never raise."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from django.utils import timezone

from backoffice.lib.enqueue import enqueue
from backoffice.lib.errors import KontorError
from backoffice.lib.logs import about
from orders.jobs import wake_mails
from shops.files.export import delete_expired_exports
from shops.models import Run, Shop
from shops.services import calls, changes, hearing
from shops.services.alarms import tell_alarms
from shops.services.cured import cured_elsewhere
from shops.services.feeds import refresh_public_feeds
from shops.services.intake import parked, take_in
from shops.services.retention import clean_up
from shops.services.schedules import start_due, stop_unwanted
from shops.sync.doorbell import ring, sleepers
from shops.sync.slices import Outcome, work_slice

SHORT_WAIT_S = 20.0
RELEASED_AT_ONCE = 300

logger = logging.getLogger(__name__)


def run_slice(run_id: int) -> str:
    """One slice of a run. The failure of a slice stands on its run; here only what nobody foresaw is logged."""
    with about(run=run_id):
        try:
            outcome = work_slice(run_id)
            if outcome is Outcome.LATER:
                _ring_soon(run_id)
            if outcome is Outcome.FINISHED:
                _after(run_id)
            return outcome.value
        except Exception:
            logger.exception("a slice of the run broke; the sweeper will wake it")
            return Outcome.LATER.value


@contextmanager
def _about_shop(shop_id: int) -> Iterator[None]:
    """Name the shop on the lines of a job by its code, as the lines of its runs do."""
    try:
        code = Shop.objects.filter(pk=shop_id).values_list("code", flat=True).first()
    except DatabaseError:  # the job will meet it too, and say so
        code = None
    with about(shop=code or shop_id):
        yield


def _after(run_id: int) -> None:
    """What the end of a run tells of the shop's calls: whether they come, and what came meanwhile."""
    run = Run.objects.select_related("shop").defer("detail").get(pk=run_id)
    calls.note_missed(run)
    if run.is_announced and hearing.waiting_calls(run.shop_id):
        hearing.ring_for_calls(run.shop_id)


def hear(shop_id: int) -> None:
    """Have read again what the shop announced."""
    with _about_shop(shop_id):
        try:
            time.sleep(hearing.pause_before_hearing(shop_id))
            hearing.start_hearing(shop_id)
        except Exception:
            logger.exception("the calls of the shop could not be taken up; the tick will")


def look_after_calls(shop_id: int) -> None:
    """Compare what the shop has registered with what it should call for, and mend it."""
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        return
    with about(shop=shop.code):
        try:
            calls.tend(shop)
        except KontorError as error:
            logger.warning("the calls of the shop could not be looked after: %s", error.message)
        except Exception:
            logger.exception("the calls of the shop could not be looked after")


def release_parked(shop_id: int, after: int) -> None:
    """Try the parked orders of a shop once more, those behind `after` (an id): its rules were changed, or a cause cured."""
    with _about_shop(shop_id):
        try:
            rows = list(parked().filter(shop=shop_id, pk__gt=after)[:RELEASED_AT_ONCE])
            take_in(rows)
            if len(rows) == RELEASED_AT_ONCE:
                enqueue("shops.jobs.release_parked", shop_id, rows[-1].pk)
        except Exception:
            logger.exception("parked orders of the shop could not be tried again")


def release_cured() -> None:
    """Parked orders whose cause was cured elsewhere go on."""
    take_in(cured_elsewhere())


def _ring_soon(run_id: int) -> None:
    """A short wait is waited here; the tick of every minute would be too coarse for it."""
    run = Run.objects.defer("detail").get(pk=run_id)
    pause_s = (run.not_before - timezone.now()).total_seconds() if run.not_before else 0.0
    if 0 < pause_s <= SHORT_WAIT_S:
        time.sleep(pause_s)
        ring(run)


def tick() -> None:
    """Every minute: start what is due, stop what was switched off, wake what sleeps, throw away what nobody keeps."""
    jobs = (
        stop_unwanted,
        start_due,
        sweep,
        tend_calls,
        changes.push_everything,
        changes.forget_old_pushes,
        release_cured,
        wake_mails,
        tell_alarms,
        refresh_public_feeds,
        delete_expired_exports,
        clean_up,
    )
    for job in jobs:
        try:
            job()
        except Exception:
            logger.exception("the tick's %s broke", job.__name__)


def look_for_changes() -> None:
    """Every few seconds, by a worker's guard: have what changed here told to the shops."""
    try:
        changes.push_changes()
    except Exception:
        logger.exception("what changed here could not be looked for; the next look will find it")


def tend_calls() -> None:
    """Calls whose doorbell was lost, registrations that nobody has looked at for long, and old calls."""
    hearing.end_rest()
    for shop_id in hearing.shops_to_hear():
        hearing.ring_for_calls(shop_id)
    for shop_id in calls.due_for_a_look():
        enqueue("shops.jobs.look_after_calls", shop_id)
    hearing.forget_old_calls()


def sweep() -> int:
    """Ring for runs whose worker died, whose waiting time is over, or whose doorbell got lost."""
    waiting = sleepers()
    for run in waiting:
        ring(run)
    return len(waiting)
