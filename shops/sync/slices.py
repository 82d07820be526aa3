"""Runs, cut into slices of about 30 s (DESIGN.md §4): claim the run, work from the cursors, save, let go.

The queue is only a doorbell. A slice that finds its run claimed by another does nothing; a slice that dies leaves a
lease that runs out, and the sweeper rings again.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.claims import claim, new_holder, release
from backoffice.lib.errors import KontorError, RateLimited, Retriable, ShopStopped
from backoffice.lib.logs import about
from backoffice.lib.points import passing
from inventory.models import Company
from shops.elements import ELEMENT_TYPES
from shops.models import Change, Run, RunMessage, Step
from shops.platforms.base import Platform
from shops.sync.book import ProblemBook, say
from shops.sync.breaker import count_failure, forget_failures
from shops.sync.budget import LEASE_S, SLICE_S, Budget, LeaseKeeper, LeaseLost
from shops.sync.carry import kinds_of
from shops.sync.connect import CallBook, open_platform
from shops.sync.doorbell import person_waiting, ring, wake_next
from shops.sync.facts import refresh_facts, without_known
from shops.sync.jobs import Choice, choices, pushed_kinds, referred_to
from shops.sync.local import local_types
from shops.sync.local.base import Side
from shops.sync.schedule import Timing, quiet_until
from shops.sync.step import StepWorker, fail_step, finish_step, skip_step
from shops.sync.undo import KINDS as UNDO_KINDS

logger = logging.getLogger(__name__)

MOST_DEATHS = 3
# One request more than the slice's time must fit into the worker's own time-out (Q_CLUSTER, 120 s).
REQUEST_S = 80.0
RETRY_AFTER_S = (5, 15, 60, 300, 900)  # then the step gives up and says so
State = Run.State


# Lazy: who looks at a run reads them in a language of their own.
CONCLUSIONS = {
    State.DONE: gettext_lazy("Done without exceptions."),
    State.PARTLY: gettext_lazy("Done, but not everything. The steps below say what was left and why."),
}
BACKGROUND = (Run.Trigger.SCHEDULE, Run.Trigger.SHOP, Run.Trigger.CHANGE)


class Outcome(Enum):
    FINISHED = "finished"
    MORE = "more"
    LATER = "later"
    BUSY = "busy"


def work_slice(run_id: int, *, seconds: float = SLICE_S) -> Outcome:
    """One slice of a run. Never raises for what a shop does; database errors go to the caller.

    FINISHED: nothing is left to do. MORE: go on at once. LATER: the run says when (`not_before`), or waits for its
    lane. BUSY: another worker has it.
    """
    holder = new_holder()
    run = _claim(run_id, holder)
    if run is None:
        finished = not Run.objects.unfinished().filter(pk=run_id).exists()
        return Outcome.FINISHED if finished else Outcome.BUSY
    language = Company.load().language or settings.LANGUAGE_CODE
    with about(shop=run.shop.code, run=run.pk), translation.override(language):
        try:
            with LeaseKeeper(run, holder):
                outcome = _work(run, Budget(run, holder, seconds=seconds))
        except LeaseLost:
            logger.warning("another worker took the run over")
            return Outcome.BUSY
        except Exception:  # the run must say so; nobody reads the worker's log
            logger.exception("the run broke")
            Run.objects.filter(pk=run.pk).update(detail=traceback.format_exc(limit=-20)[-8000:])
            raise
        finally:
            release(Run.objects.filter(pk=run.pk), holder=holder)
    if outcome is Outcome.FINISHED:
        wake_next(run.shop_id, run.lane)
    return outcome


def _claim(run_id: int, holder: str) -> Run | None:
    """Take the run's lease and make it the running one of its lane; None when somebody else is at work."""
    now = timezone.now()
    ready = Run.objects.filter(Q(not_before=None) | Q(not_before__lte=now), pk=run_id)
    try:
        with transaction.atomic():
            started = claim(
                ready.unfinished(),
                holder=holder,
                seconds=LEASE_S,
                state=State.RUNNING,
                slice_starts=F("slice_starts") + 1,
            )
    except IntegrityError:  # another run of this shop and lane is running: this one waits for it
        return None
    if not started:
        return None
    run = Run.objects.select_related("shop", "shop__price_list", "shop__sale_price_list", "by").get(pk=run_id)
    if run.started_at is None:
        run.started_at = now
        run.save(update_fields=["started_at"])
    return run


def _work(run: Run, budget: Budget) -> Outcome:
    if run.cancel_asked_at is not None:
        return _cancel(run)
    if (until := _quiet_until(run)) is not None:
        return _rest(run, until)
    if run.slice_starts > MOST_DEATHS:
        return _finish(
            run,
            State.FAILED,
            _("The worker died %(n)d times at the same point, so the run was stopped.") % {"n": MOST_DEATHS},
            _(
                "Start it once more. If it dies again, ask the administrator: this often means too little memory."
            ),
        )
    if run.mode == Run.Mode.FILE:
        return _work_on_files(run, budget)
    try:
        with open_platform(run.shop, run, timeout_s=REQUEST_S, patience_s=SLICE_S, max_wait_s=15) as (
            platform,
            _book,
        ):
            ended = _steps(run, platform, budget) or _file_work(run, platform, budget)
            return ended or _conclude(run)
    except RateLimited as error:
        return _wait(run, error.after_s, error)
    except Retriable as error:
        return _retry(run, error)
    except KontorError as error:
        return _stop(run, error)


def _work_on_files(run: Run, budget: Budget) -> Outcome:
    from shops.files.export import export_slice  # files know the engine's arithmetic, so the engine asks late

    if not export_slice(run, budget.out):
        return _cancel(run) if budget.cancelled else _more(run)
    refused = run.steps.filter(failed__gt=0).order_by("position").first()
    if refused is None:
        return _finish(run, State.DONE, _("The files are ready."))
    if not run.files.exists():
        return _finish(run, State.FAILED, refused.message, refused.cure)
    return _finish(run, State.PARTLY, str(CONCLUSIONS[State.PARTLY]))


def _file_work(run: Run, platform: Platform, budget: Budget) -> Outcome | None:
    """Feeds and the mirror, after the engine's own steps; None = nothing is left of it."""
    from shops.files.outgoing import file_work, has_file_work  # as above

    if not has_file_work(run, platform) or file_work(run, platform, budget.out):
        return None
    return _cancel(run) if budget.cancelled else _more(run)


def _steps(run: Run, platform: Platform, budget: Budget) -> Outcome | None:
    """The engine's part; None when every step of it is finished."""
    todo = _todo(run, platform)
    if not run.steps.exists():
        refresh_facts(run, platform)
        _make_steps(run, without_known(run, todo))
    side = Side(run.shop, platform, todo, changed_since=run.changed_since)
    types = local_types(side)
    problems = ProblemBook(run)
    steps = run.steps.order_by("position")
    if platform.exchanges_files or run.job == Run.Job.SYNC_ATTACHMENTS:
        steps = steps.filter(kind__in=todo)  # the others show how far the files are
    for step in steps:
        if step.finished_at is not None:
            continue
        choice = todo.get(step.kind, Choice())
        if (why := _blocked(run, step)) is not None:
            skip_step(run, step, why)
            continue
        with _step_errors(run, step, problems):
            if not StepWorker(side, run, step, choice, types, problems, budget).work():
                return _cancel(run) if budget.cancelled else _more(run)
            with transaction.atomic():
                finish_step(run, step, choice)
            passing("step.finished")
        # Whatever happened to this step, the slice has not died in it.
        Run.objects.filter(pk=run.pk).update(slice_starts=1, retries=0)
        if budget.out():
            return _cancel(run) if budget.cancelled else _more(run)
    return None


def _todo(run: Run, platform: Platform) -> dict[str, Choice]:
    """What each step may do; a run that carries out or takes back a plan has the plan's types only."""
    todo = choices(run.shop, type(platform), run.job)
    if run.is_push:  # a tick that was taken off meanwhile stops it (O14)
        ruled = pushed_kinds(run.shop, type(platform))
        todo = {kind: choice for kind, choice in todo.items() if kind in ruled}
    if run.job == Run.Job.APPLY:
        if run.steps.exists():
            return {
                step.kind: todo[step.kind] for step in run.steps.order_by("position") if step.kind in todo
            }
        # References are read along, so that what was linked or removed since the plan is known.
        wanted = kinds_of(run)
        return {kind: choice for kind, choice in todo.items() if kind in wanted | referred_to(wanted)}
    if run.job == Run.Job.UNDO:
        return {kind: choice for kind, choice in todo.items() if kind in UNDO_KINDS}
    return todo


@contextmanager
def _step_errors(run: Run, step: Step, problems: ProblemBook) -> Iterator[None]:
    """The one place that decides: what ends the step alone, and what ends or delays the whole run."""
    try:
        yield
    except (Retriable, ShopStopped, LeaseLost):
        raise
    except KontorError as error:
        fail_step(run, step, error, problems)


def _make_steps(run: Run, todo: dict[str, Choice]) -> None:
    Step.objects.bulk_create(
        [Step(run=run, kind=kind, position=position) for position, kind in enumerate(todo, start=1)],
        ignore_conflicts=True,
    )


def _blocked(run: Run, step: Step) -> str | None:
    """M9, M10: the sentence why the step must not run, when a type it needs has failed in this run."""
    needed = set(ELEMENT_TYPES[step.kind].requires)
    if follows := ELEMENT_TYPES[step.kind].follows:
        needed.add(follows)
    failed = run.steps.filter(kind__in=needed, state__in=[Step.State.FAILED, Step.State.SKIPPED])
    kinds = [str(ELEMENT_TYPES[kind].label) for kind in failed.values_list("kind", flat=True)]
    if not kinds:
        return None
    return _("Skipped, because this did not end without error before: %(kinds)s.") % {
        "kinds": ", ".join(kinds)
    }


# How a slice ends


def _more(run: Run) -> Outcome:
    run.slice_starts = 0
    run.save(update_fields=["slice_starts"])
    if (person := person_waiting(run)) is not None:
        # A person's click goes before background work: this run waits behind, and goes on where it stands.
        Run.objects.filter(pk=run.pk).update(state=State.WAITING)
        ring(person)
    else:
        ring(run)
    return Outcome.MORE


def _wait(run: Run, after_s: float, error: KontorError) -> Outcome:
    run.not_before = timezone.now() + timedelta(seconds=after_s)
    run.slice_starts = 0
    if after_s > SLICE_S:
        run.state = State.WAITING  # it need not keep others from the lane for so long
    run.save(update_fields=["not_before", "slice_starts", "state"])
    say(run, f"{error.message} {error.cure}".strip(), RunMessage.Level.WARNING)
    return Outcome.LATER  # the tick rings when the time has come


def _quiet_until(run: Run) -> datetime | None:
    """The end of the shop's quiet hours, for what nobody has ordered by hand."""
    if run.trigger not in BACKGROUND or run.shop.quiet_hours is None:
        return None
    hours = Timing(zone=timezone.get_default_timezone(), quiet=run.shop.quiet_hours)
    return quiet_until(hours, timezone.now())


def _rest(run: Run, until: datetime) -> Outcome:
    run.not_before, run.slice_starts, run.state = until, 0, State.WAITING
    run.save(update_fields=["not_before", "slice_starts", "state"])
    until_words = date_format(timezone.localtime(until), "H:i")
    say(run, _("Quiet hours of the shop: it goes on at %(time)s.") % {"time": until_words})
    return Outcome.LATER


def _retry(run: Run, error: Retriable) -> Outcome:
    delays = getattr(settings, "SYNC_RETRY_AFTER_S", RETRY_AFTER_S)
    Run.objects.filter(pk=run.pk).update(retries=F("retries") + 1)
    run.refresh_from_db(fields=["retries"])
    if run.retries <= len(delays):
        return _wait(run, delays[run.retries - 1], error)
    step = run.steps.filter(finished_at=None).order_by("position").first()
    if step is None or step.state == Step.State.WAITING:
        return _stop(run, error)
    fail_step(run, step, error, ProblemBook(run))
    run.retries, run.slice_starts = 0, 0
    run.save(update_fields=["retries", "slice_starts"])
    count_failure(run.shop, error)
    ring(run)
    return Outcome.MORE


def _stop(run: Run, error: KontorError) -> Outcome:
    """The shop cannot be worked with at all: end the run, say why, name the cure."""
    current = run.steps.filter(finished_at=None).order_by("position").first()
    if current is not None:
        fail_step(run, current, error, ProblemBook(run))
    count_failure(run.shop, error)
    return _finish(run, State.FAILED, str(error.message or error), str(error.cure), error.detail)


def _cancel(run: Run) -> Outcome:
    run.refresh_from_db(fields=["cancel_asked_by", "message"])
    who = str(run.cancel_asked_by) if run.cancel_asked_by else _("the command line")
    stopped = _("Stopped by %(who)s. What was done stays done.") % {"who": who}
    if run.message:
        stopped = f"{run.message} {_('What was done stays done.')}"
    Change.objects.filter(run=run, state__in=("planned", "sending")).update(
        state=Change.State.HELD, message=_("The run was stopped before it was its turn.")
    )
    return _finish(run, State.CANCELLED, stopped)


def _conclude(run: Run) -> Outcome:
    if run.shop.failures:
        forget_failures(run.shop)
    states = set(run.steps.values_list("state", flat=True))
    if states <= {Step.State.DONE}:
        return _finish(run, State.DONE, str(CONCLUSIONS[State.DONE]))
    if states <= {Step.State.FAILED, Step.State.SKIPPED}:
        return _finish(run, State.FAILED, _("Nothing could be done. The steps below say why."))
    return _finish(run, State.PARTLY, str(CONCLUSIONS[State.PARTLY]))


def _finish(run: Run, state: str, message: str, cure: str = "", detail: str = "") -> Outcome:
    now = timezone.now()
    run.steps.filter(finished_at=None).update(
        state=Step.State.SKIPPED, finished_at=now, message=_("The run ended before.")
    )
    run.state, run.finished_at = state, now
    run.message, run.cure, run.detail = message[:500], cure[:500], detail
    run.save(update_fields=["state", "finished_at", "message", "cure", "detail"])
    logger.info("%s ended: %s", run.job, state)
    level = {State.DONE: "ok", State.FAILED: "error"}.get(State(state), "warning")
    say(run, f"{message} {cure}".strip(), level)
    CallBook(run.shop, run).trim()
    return Outcome.FINISHED
