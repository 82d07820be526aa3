"""Whose turn it is: ringing for a worker, the next run of a lane, the runs that nobody rang for."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Case, Q, When
from django.utils import timezone

from backoffice.lib.enqueue import enqueue
from shops.models import Run

State = Run.State
PERSON_FIRST = Case(When(trigger=Run.Trigger.PERSON, then=0), default=1)
QUICK = (Run.Lane.STOCK, Run.Lane.ORDERS)


def ring(run: Run) -> None:
    """Have a worker take the run. Stock and orders have workers of their own, so that nothing long is before them."""
    quick = run.lane in QUICK and "quick" in settings.WORKER_CLUSTERS
    # A file cannot be gone on with in the middle, so that its slice may take longer than the others.
    timeout_s = settings.EXPORT_TIMEOUT_S if run.lane == Run.Lane.FILES else None
    enqueue("shops.jobs.run_slice", run.pk, cluster="quick" if quick else None, timeout_s=timeout_s)


def person_waiting(run: Run) -> Run | None:
    if run.trigger == Run.Trigger.PERSON:
        return None
    waiting = Run.objects.filter(
        shop=run.shop, lane=run.lane, state=State.WAITING, trigger=Run.Trigger.PERSON
    )
    return waiting.order_by("pk").first()


def wake_next(shop_id: int, lane: str) -> None:
    """Ring for the next run of this lane: a person's click first, then the one that has waited longest."""
    waiting = (
        Run.objects.filter(shop=shop_id, lane=lane, state=State.WAITING).order_by(PERSON_FIRST, "pk").first()
    )
    if waiting is not None:
        ring(waiting)


def sleepers() -> list[Run]:
    """Runs that should be at work and are not: lease run out, waiting time over, or their doorbell was lost."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Q(not_before=None) | Q(not_before__lte=now)
    taken = set(Run.objects.filter(state=State.RUNNING).values_list("shop_id", "lane"))
    woken = list(Run.objects.filter(free, due, state=State.RUNNING).defer("detail"))
    for run in (
        Run.objects.filter(free, due, state=State.WAITING).order_by(PERSON_FIRST, "pk").defer("detail")
    ):
        if (run.shop_id, run.lane) not in taken:
            taken.add((run.shop_id, run.lane))
            woken.append(run)
    return woken
