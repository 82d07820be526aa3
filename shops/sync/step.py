"""One step of a run: its four phases, each cut into pieces that may be interrupted anywhere (M2, M8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError, NotYet
from backoffice.lib.points import passing
from shops.elements import ELEMENT_TYPES
from shops.models import Change, Rule, Run, RunMessage, Step
from shops.sync.book import ProblemBook, count, say, settle_problems
from shops.sync.brake import hold_risky
from shops.sync.budget import Budget
from shops.sync.carry import Carrier
from shops.sync.jobs import Choice
from shops.sync.link import Linker
from shops.sync.local.base import LocalType, Side
from shops.sync.plan import Planner, refuse
from shops.sync.read import Reader
from shops.sync.settle import save_changes
from shops.sync.take import Taker
from shops.sync.undo import UndoPlanner
from shops.sync.write import CHUNK, Writer
from shops.sync.write_images import ImageWriter

State, Phase = Step.State, Step.Phase
HERE = (Change.Verb.CREATE_HERE, Change.Verb.UPDATE_HERE)
ALONE_AT_ONCE = 50  # of what takes a transaction each (orders), so that a slice ends in time
COUNTED = ("read", "linked", "here", "shop", "held", "failed")


class StepWorker:
    """Works on one step until it is finished or the budget is out."""

    def __init__(
        self,
        side: Side,
        run: Run,
        step: Step,
        choice: Choice,
        types: Mapping[str, LocalType],
        problems: ProblemBook,
        budget: Budget,
    ) -> None:
        self.side, self.run, self.step, self.choice = side, run, step, choice
        self.types, self.local = types, types[step.kind]
        self.problems, self.budget = problems, budget
        writer = ImageWriter if step.kind == "image" else Writer
        self.writer = writer(side, run, step, types, problems, budget)
        self.taker = Taker(side, run, step, self.local, problems)
        self.planner = Planner(side, run, step, self.local, choice, problems)
        self._reasons: dict[int, NotYet] = {}

    def work(self) -> bool:
        """True = the step is finished; False = the budget is out, go on in the next slice."""
        if self.step.state == State.WAITING:
            self._begin()
        self.local.guard(self.choice)
        phases = {
            Phase.READ: self._read,
            Phase.LINK: self._link,
            Phase.LINKED: self._linked,
            Phase.UNLINKED: self._unlinked,
        }
        while self.step.phase != Phase.FINISHED:
            if not phases[Phase(self.step.phase)]():
                return False
        if (self.step.shop or self.step.here) and not self.run.is_push:
            # What was written has changed the numbers of the matrix row.
            Linker(self.side, self.run, self.step, self.local, self.problems).finish()
        return True

    def _begin(self) -> None:
        self.step.state, self.step.started_at = State.RUNNING, timezone.now()
        self.step.save(update_fields=["state", "started_at"])

    def _enter(self, phase: str, total: int | None = None) -> bool:
        passing("phase.ending")
        self.step.phase, self.step.total, self.step.done = phase, total, 0
        self.step.save(update_fields=["phase", "total", "done", "cursor"])
        return True

    # a

    def _read(self) -> bool:
        if not self.choice.read or self._came_along():
            return self._enter(Phase.LINK)
        reader = Reader(self.side, self.run, self.step, self.types, self.problems)
        while not reader.page():
            if self.budget.out():
                return False
        self.step.cursor["read_done"] = True
        return self._enter(Phase.LINK)

    def _came_along(self) -> bool:
        """Whether another type's pages already brought these elements in this run (stock inside of articles)."""
        carriers = [
            kind for kind, can in self.side.platform.capabilities.items() if self.step.kind in can.carries
        ]
        done = self.run.steps.filter(kind__in=carriers).exclude(state__in=[State.FAILED, State.SKIPPED])
        read = [step for step in done if step.cursor.get("read_done")]
        if not read or any(step.cursor.get("adopted") for step in read):
            return False
        self.step.cursor.update(since=read[0].cursor.get("since"), read_done=True)
        count(self.step, read=self.types[self.step.kind].seen_in(self.run.pk))
        return True

    # b

    def _link(self) -> bool:
        if self.run.is_push:  # links do not change by what changes here, and a push must stay cheap
            return self._enter(Phase.LINKED)
        linker = Linker(self.side, self.run, self.step, self.local, self.problems)
        if not self.step.cursor.get("link_began"):
            if not self.run.is_announced:  # a few elements are no reason to look at all links
                linker.start()
            self.step.cursor["link_began"] = True
        if self.local.linkable:
            while not linker.chunk():
                if self.budget.out():
                    return False
        linker.finish()
        self.side.forget(self.step.kind)
        return self._enter(Phase.LINKED)

    # c, d

    def _linked(self) -> bool:
        if self.run.job == Run.Job.APPLY:
            carrier = Carrier(self.side, self.run, self.step, self.local)
            return self._plan_and_do("carried", carrier.chunk, Phase.FINISHED)
        if self.run.job == Run.Job.UNDO:
            return self._plan_and_do("undone", UndoPlanner(self.run, self.step).chunk, Phase.FINISHED)
        return self._plan_and_do("planned_linked", self.planner.linked_chunk, Phase.UNLINKED)

    def _unlinked(self) -> bool:
        return self._plan_and_do("planned_unlinked", self.planner.unlinked_chunk, Phase.FINISHED)

    def _plan_and_do(self, mark: str, plan_chunk: Callable[[], bool], following: str) -> bool:
        if not self.step.cursor.get(mark):
            while not plan_chunk():
                if self.budget.out():
                    return False
            if self.run.job != Run.Job.APPLY:  # what is carried out here a person has seen
                hold_risky(self.run, self.step)
            self.step.cursor[mark] = True
            self.step.total, self.step.done = self._open().count(), 0
            self.step.save(update_fields=["cursor", "total", "done"])
        if self.run.mode == Run.Mode.PREVIEW:
            return self._enter(following)
        return self._do() and self._enter(following)

    def _open(self) -> QuerySet[Change]:
        return Change.objects.filter(run=self.run, kind=self.step.kind, state__in=("planned", "sending"))

    def _do(self) -> bool:
        """Work off the open changes in their order.

        Those that wait for another record come round again, as long as a round gets something done.
        """
        while True:
            after = self.step.cursor.get("do_after", 0)
            changes = list(self._open().filter(pk__gt=after).order_by("pk")[:CHUNK])
            if not changes:
                if not self._another_round():
                    return True
                continue
            batch = self._same_verb(changes)
            before = self.step.done
            waiting = self._work(batch)
            if self.step.done > before:
                self.step.cursor["progress"] = True
            if len(waiting) + (self.step.done - before) < len(batch):
                return False  # the budget ran out on the way
            self.step.cursor["do_after"] = batch[-1].pk
            self._remember_waiting(waiting)
            self.step.save(update_fields=["cursor"])
            if self.budget.out():
                return False

    def _work(self, batch: list[Change]) -> list[tuple[Change, NotYet]]:
        worker = self.taker if batch[0].verb in HERE else self.writer
        return worker.work(batch)

    def _same_verb(self, changes: list[Change]) -> list[Change]:
        """The first changes that go in one direction by one verb. Image sets take all verbs together."""
        first = changes[0]
        together = self.step.kind == "image" and first.verb not in HERE

        def belongs(change: Change) -> bool:
            return change.verb not in HERE if together else change.verb == first.verb

        batch = list(takewhile(belongs, changes))
        return batch[:ALONE_AT_ONCE] if self.local.alone and first.verb in HERE else batch

    def _remember_waiting(self, waiting: list[tuple[Change, NotYet]]) -> None:
        """Why they wait is written down at once, so that the last round need not ask again."""
        for change, error in waiting:
            change.message, change.cure = str(error.message)[:500], str(error.cure)[:500]
            change.problem = None
            self._reasons[change.pk] = error
        if waiting:
            self.step.cursor["waiting"] = True
            save_changes([change for change, _error in waiting])

    def _another_round(self) -> bool:
        """After the last open change: once more from the start if the round helped, else the rest is not possible."""
        cursor = self.step.cursor
        if not cursor.pop("waiting", False):
            cursor.pop("progress", None)
            cursor["do_after"] = 0
            self.step.save(update_fields=["cursor"])
            return False
        again = cursor.pop("progress", False)
        cursor["do_after"] = 0
        self.step.save(update_fields=["cursor"])
        if again:
            return True
        self._give_up_waiting()
        return False

    def _give_up_waiting(self) -> None:
        while changes := list(self._open().order_by("pk")[:CHUNK]):
            for change in changes:
                error: KontorError = self._reasons.get(change.pk) or NotYet(
                    change.message or _("It waits for another record."), cure=change.cure, key="waits"
                )
                refuse(change, error, self.problems, Change.State.NOT_POSSIBLE)
            save_changes(changes)
            count(self.step, done=len(changes), failed=len(changes))


def finish_step(run: Run, step: Step, choice: Choice) -> None:
    """Close a step that went through: its state, its sentence, the numbers of its matrix row."""
    step.state = State.PARTLY if step.failed or step.held else State.DONE
    step.finished_at = timezone.now()
    step.message = summary(run, step)[:500]
    step.save(update_fields=["state", "finished_at", "message"])
    whole = bool(step.cursor.get("read_done")) and not step.cursor.get("since")
    # Orders are read since a moment, but those that wait are tried again in every run.
    planned_all = choice.does_something and run.mode == Run.Mode.WEB
    complete = planned_all and (whole or step.kind == "order") and not run.is_push
    settle_problems(run, step.kind, complete=complete)
    _remember_on_rule(run, step)
    level = RunMessage.Level.WARNING if step.failed or step.held else RunMessage.Level.OK
    say(run, f"{ELEMENT_TYPES[step.kind].label}: {step.message}", level)


def fail_step(run: Run, step: Step, error: KontorError, problems: ProblemBook) -> None:
    """Close a step that cannot go on. What it has done stays; what was being sent is looked after by the next run."""
    step.state, step.finished_at = State.FAILED, timezone.now()
    step.message, step.cure = str(error.message or error)[:500], str(error.cure)[:500]
    step.detail = error.detail
    step.failed += 1
    step.save()
    problem = problems.of(step.kind, error)
    problem.count = max(problem.count, 1)
    problem.save(update_fields=["count"])
    Change.objects.filter(run=run, kind=step.kind, state__in=("planned", "sending")).exclude(
        run__mode="preview"
    ).update(
        state=Change.State.HELD,
        message=_("The step ended before it was its turn. The next run takes it up again."),
    )
    _remember_on_rule(run, step)
    say(run, f"{ELEMENT_TYPES[step.kind].label}: {step.message} {step.cure}".strip(), RunMessage.Level.ERROR)


def skip_step(run: Run, step: Step, why: str, cure: str = "") -> None:
    step.state, step.finished_at = State.SKIPPED, timezone.now()
    step.message, step.cure = why[:500], cure[:500]
    step.save(update_fields=["state", "finished_at", "message", "cure"])
    _remember_on_rule(run, step)
    say(run, f"{ELEMENT_TYPES[step.kind].label}: {why}", RunMessage.Level.WARNING)


def _remember_on_rule(run: Run, step: Step) -> None:
    if run.mode != Run.Mode.WEB or run.is_push:
        return  # a push of three articles says nothing of the whole type
    went_through = step.state in (State.DONE, State.PARTLY)
    Rule.objects.filter(shop=run.shop, kind=step.kind).update(
        last_state=step.state,
        last_counts={name: getattr(step, name) for name in COUNTED} if went_through else {},
        last_text="" if went_through else step.message[:200],
        last_at=timezone.now(),
    )


def summary(run: Run, step: Step) -> str:
    """What the step did, as a person would say it."""
    counts = {name: getattr(step, name) for name in COUNTED}
    if run.mode != Run.Mode.PREVIEW:
        return in_words(counts)
    planned = Change.objects.filter(run=run, kind=step.kind, state=Change.State.PLANNED).count()
    return in_words(counts, planned=planned)


def in_words(counts: Mapping[str, int], *, planned: int | None = None) -> str:
    """The figures of a step as a person would say them. planned: changes that a preview has planned."""
    parts = []
    if n := counts.get("read"):
        parts.append(ngettext("%(n)d read", "%(n)d read", n) % {"n": n})
    if n := counts.get("linked"):
        parts.append(ngettext("%(n)d newly linked", "%(n)d newly linked", n) % {"n": n})
    if planned is not None:
        parts.append(ngettext("%(n)d change planned", "%(n)d changes planned", planned) % {"n": planned})
    if n := counts.get("here"):
        parts.append(ngettext("%(n)d changed here", "%(n)d changed here", n) % {"n": n})
    if n := counts.get("shop"):
        parts.append(ngettext("%(n)d changed in the shop", "%(n)d changed in the shop", n) % {"n": n})
    if n := counts.get("held"):
        parts.append(ngettext("%(n)d held", "%(n)d held", n) % {"n": n})
    if n := counts.get("failed"):
        parts.append(ngettext("%(n)d not done", "%(n)d not done", n) % {"n": n})
    if planned is None and not any(counts.get(name) for name in ("here", "shop", "failed", "held")):
        parts.append(_("nothing to change"))
    return ", ".join(parts)
