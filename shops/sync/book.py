"""The bookkeeping of a step: counters, messages, problems; written in few queries."""

from __future__ import annotations

from collections import Counter

from django.db.models import F, Q
from django.utils import timezone

from backoffice.lib.errors import KontorError
from shops.models import Change, Problem, RemoteElement, Run, RunMessage, Shop, Step


def say(run: Run, text: str, level: str = RunMessage.Level.INFO, *, technical: bool = False) -> None:
    """One line of the run's story."""
    RunMessage.objects.create(run=run, level=level, text=text[:500], technical=technical)


def problem_key(error: KontorError) -> str:
    return f"{error.code}:{error.key}"[:200] if error.key else error.code


class ProblemBook:
    """Finds or makes the Problem of an error, once per slice and cause."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._known: dict[tuple[str, str], Problem] = {}

    def of(self, kind: str, error: KontorError) -> Problem:
        key = problem_key(error)
        if (kind, key) not in self._known:
            self._known[kind, key] = note_problem(self.run.shop, kind, error, self.run)
        return self._known[kind, key]


def note_problem(shop: Shop, kind: str, error: KontorError, run: Run | None = None) -> Problem:
    """The Problem of an error, made or brought up to date. run: which one met it; None = a person's click did."""
    now, key = timezone.now(), problem_key(error)
    problem, created = Problem.objects.get_or_create(
        shop=shop,
        kind=kind,
        key=key,
        defaults={
            "message": str(error.message or error)[:500],
            "cure": str(error.cure)[:500],
            "detail": error.detail,
            "last_seen": now,
            "last_run": run,
            "runs": 1,
        },
    )
    if not created:
        problem.message, problem.cure = str(error.message or error)[:500], str(error.cure)[:500]
        problem.detail, problem.last_seen = error.detail, now
        if run is not None and problem.last_run_id != run.pk:
            problem.runs += 1
            problem.last_run = run
        if problem.state == Problem.State.CURED:
            problem.state, problem.first_seen = Problem.State.OPEN, now
        problem.save()
    return problem


def settle_problems(run: Run, kind: str, *, complete: bool) -> None:
    """Count what each problem hits now. One that a complete step met no more is cured."""
    now = Change.objects.filter(run=run, kind=kind, problem__isnull=False)
    # What is set aside counts by its element: it is not tried in every run.
    met = Counter(now.filter(Q(element=None) | Q(element__problem=None)).values_list("problem_id", flat=True))
    aside = RemoteElement.objects.of(run.shop, kind).filter(problem__isnull=False)
    met.update(aside.values_list("problem_id", flat=True))
    for problem in Problem.objects.filter(shop=run.shop, kind=kind).exclude(state=Problem.State.CURED):
        if problem.pk in met:
            Problem.objects.filter(pk=problem.pk).update(count=met[problem.pk])
        elif complete and problem.orders.count() == 0:
            Problem.objects.filter(pk=problem.pk).update(count=0, state=Problem.State.CURED)


def count(step: Step, **more: int) -> None:
    """Add to the step's counters, in the database and in the instance: step.read += 100."""
    Step.objects.filter(pk=step.pk).update(**{name: F(name) + value for name, value in more.items()})
    for name, value in more.items():
        setattr(step, name, getattr(step, name) + value)
