"""What a run has done and how long it still takes, from its steps: no counting of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count
from django.utils import timezone

from shops.models import Change, Run, Step

STEADY_AFTER_S: Final = 20  # before that a forecast jumps about and helps nobody
SIGN_OF_LIFE: Final = timedelta(minutes=2)

_PHASES: Final = (Step.Phase.READ, Step.Phase.LINK, Step.Phase.LINKED, Step.Phase.UNLINKED)
_OVER: Final = {Step.State.DONE, Step.State.PARTLY, Step.State.FAILED, Step.State.SKIPPED}


@dataclass(frozen=True, slots=True)
class RunFigures:
    """done: changes made on either side. failed: refused or not possible. held: by the brake, or moved meanwhile.
    equal: compared and found equal.

    share: 0.0 to 1.0 of the whole run. left_s: None while nobody can tell. a_minute: elements handled a minute,
    None before there is a pace. phase_done / phase_total: the acts of the present phase (total None = unknown).
    """

    done: int = 0
    here: int = 0
    shop: int = 0
    failed: int = 0
    held: int = 0
    equal: int = 0
    read: int = 0
    share: float = 0.0
    phase_done: int = 0
    phase_total: int | None = None
    elapsed_s: float = 0.0
    left_s: float | None = None
    a_minute: int | None = None
    requests: int = 0

    @property
    def percent(self) -> int:
        return int(self.share * 100)


def run_figures(run: Run, steps: Sequence[Step] | None = None, *, now: datetime | None = None) -> RunFigures:
    """The figures of a run. Pass the steps when they are loaded already: then it costs no query."""
    steps = list(run.steps.all()) if steps is None else steps
    now = now or timezone.now()
    share = 1.0 if run.is_finished else _share(steps)
    elapsed = ((run.finished_at or now) - run.started_at).total_seconds() if run.started_at else 0.0
    current = next((step for step in steps if step.state == Step.State.RUNNING), None)
    handled = sum(step.read + step.here + step.shop + step.failed + step.held + step.equal for step in steps)
    return RunFigures(
        done=sum(step.here + step.shop for step in steps),
        here=sum(step.here for step in steps),
        shop=sum(step.shop for step in steps),
        failed=sum(step.failed for step in steps),
        held=sum(step.held for step in steps),
        equal=sum(step.equal for step in steps),
        read=sum(step.read for step in steps),
        share=share,
        phase_done=current.done if current else 0,
        phase_total=current.total if current else None,
        elapsed_s=max(elapsed, 0.0),
        left_s=_left(run, share, elapsed),
        a_minute=round(handled / elapsed * 60) if elapsed >= 1 and handled else None,
        requests=run.requests,
    )


def step_share(step: Step) -> float:
    """How much of a step is over, 0.0 to 1.0: each of its four phases counts a quarter; files have but one."""
    if step.state in _OVER or step.phase == Step.Phase.FINISHED:
        return 1.0
    if step.state == Step.State.WAITING:
        return 0.0
    within = min(step.done / step.total, 1.0) if step.total else 0.0
    if step.writes_files:
        return within
    phases_over = _PHASES.index(Step.Phase(step.phase))
    return (phases_over + within) / len(_PHASES)


def _share(steps: Sequence[Step]) -> float:
    return sum(step_share(step) for step in steps) / len(steps) if steps else 0.0


def _left(run: Run, share: float, elapsed: float) -> float | None:
    if run.state != Run.State.RUNNING or elapsed < STEADY_AFTER_S or share < 0.02:
        return None
    return elapsed * (1 - share) / share


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many changes of a run ended in each state (DESIGN.md §3: four outcomes, no others)."""

    done: int = 0
    refused: int = 0
    not_possible: int = 0
    held: int = 0
    planned: int = 0

    @property
    def not_done(self) -> int:
        return self.refused + self.not_possible

    @property
    def all(self) -> int:
        return self.done + self.not_done + self.held + self.planned


def outcome(run: Run) -> Outcome:
    """One grouped query over the run's changes."""
    counts = dict(
        Change.objects.filter(run=run)
        .values_list("state")
        .annotate(n=Count("id"))
        .order_by()
        .values_list("state", "n")
    )
    return Outcome(
        done=counts.get(Change.State.DONE, 0),
        refused=counts.get(Change.State.REFUSED, 0),
        not_possible=counts.get(Change.State.NOT_POSSIBLE, 0),
        held=counts.get(Change.State.HELD, 0),
        planned=counts.get(Change.State.PLANNED, 0) + counts.get(Change.State.SENDING, 0),
    )


def ahead_of(run: Run) -> Run | None:
    """The run in the same lane of the same shop that a waiting run waits for; None when nothing is in the way."""
    if run.state != Run.State.WAITING:
        return None
    return (
        Run.objects.filter(shop_id=run.shop_id, lane=run.lane)
        .unfinished()
        .filter(pk__lt=run.pk)
        .order_by("pk")
        .first()
    )


def is_silent(run: Run, *, now: datetime | None = None) -> bool:
    """Whether a running run has given no sign of life for two minutes: its worker was interrupted."""
    now = now or timezone.now()
    if run.state != Run.State.RUNNING or (run.not_before and run.not_before > now):
        return False
    return run.lease_until is not None and run.lease_until + SIGN_OF_LIFE < now


def is_untouched(run: Run, *, now: datetime | None = None) -> bool:
    """Whether a run that waits for nobody has not been taken by a worker for two minutes."""
    now = now or timezone.now()
    return run.state == Run.State.WAITING and run.not_before is None and run.created_at + SIGN_OF_LIFE < now
