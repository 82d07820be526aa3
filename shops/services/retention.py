"""Throws away what nobody needs any longer, a little at each tick, so that no table grows without bound.

What an undo needs (30 days) stays, and so does what a person still has to decide about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from shops.models import CallLog, Change, Hold, Problem, RemoteElement, Run, RunMessage
from shops.sync.undo import KEPT as UNDO_KEPT

# A preview can be approved for a day; it is kept a while to compare the next one with it.
PREVIEWS_KEPT: Final = timedelta(days=14)
# Runs that started by themselves and changed nothing say no more than that all was well.
IDLE_KEPT: Final = timedelta(days=3)
BY_ITSELF: Final = (Run.Trigger.SCHEDULE, Run.Trigger.SHOP, Run.Trigger.CHANGE)
BATCH: Final = 1000
TURN_S: Final = 5.0
REST_S: Final = 3600


# What higher apps want thrown away with the rest: each adds its function when it is loaded.
SOURCES: list[Callable[[datetime], Iterable[QuerySet[Any]]]] = []


def clean_up(now: datetime | None = None, *, seconds: float = TURN_S) -> int:
    """One turn: at most so many seconds. How many rows went. When nothing is left it rests for an hour."""
    if cache.get("kontor-cleaned-up"):
        return 0
    began, gone = time.monotonic(), 0
    for rows in _old(now or timezone.now()):
        while time.monotonic() - began < seconds:
            ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
            if not ids:
                break
            rows.model._default_manager.filter(pk__in=ids).delete()
            gone += len(ids)
        else:
            return gone
    cache.set("kontor-cleaned-up", True, REST_S)
    return gone


def _old(now: datetime) -> Iterator[QuerySet[Any]]:
    """What may go, the small parts of a run before the run itself."""
    keep = timedelta(days=settings.RUN_RETENTION_DAYS)
    details = now - max(timedelta(days=settings.CHANGE_RETENTION_DAYS), UNDO_KEPT)
    held = Hold.objects.filter(state=Hold.State.OPEN)
    finished = Run.objects.exclude(finished_at=None).exclude(Exists(held.filter(run=OuterRef("pk"))))
    # A plan is needed as long as who carries it out.
    finished = finished.exclude(Exists(Run.objects.unfinished().filter(plan=OuterRef("pk"))))
    idle = finished.filter(
        trigger__in=BY_ITSELF,
        state__in=[Run.State.DONE, Run.State.CANCELLED],
        finished_at__lt=now - IDLE_KEPT,
    ).exclude(Exists(Change.objects.filter(run=OuterRef("pk"))))
    plans = finished.filter(mode=Run.Mode.PREVIEW, finished_at__lt=now - PREVIEWS_KEPT)
    stale = finished.filter(finished_at__lt=details)
    old = finished.filter(finished_at__lt=now - max(keep, UNDO_KEPT))
    yield from [
        Change.objects.filter(Q(run__in=plans.values("pk")) | Q(run__in=stale.values("pk"))),
        RunMessage.objects.filter(run__in=stale.values("pk")),
        idle,
        old,
        CallLog.objects.filter(at__lt=now - timedelta(days=settings.CALL_RETENTION_DAYS)),
        RemoteElement.objects.filter(state=RemoteElement.State.GONE, seen_at__lt=now - keep),
        Problem.objects.filter(state=Problem.State.CURED, last_seen__lt=now - keep),
    ]
    for source in SOURCES:
        yield from source(now)
