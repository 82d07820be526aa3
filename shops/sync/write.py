"""Phases c and d, second half, towards the shop: create, update, delete, in the platform's batches (M3, M4).

Creating is the dangerous verb (DESIGN.md §4): reserve the row, commit, send; after a doubtful answer look up by key
and adopt before creating again. Updates and deletions are absolute, so sending them twice does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet, RateLimited, Refused, Retriable, Unreachable
from backoffice.lib.points import passing
from shops.content import from_content
from shops.models import Change, RemoteElement, Run, Step
from shops.platforms.base import Result
from shops.records import RECORDS, Record
from shops.sync.adopt import adopt_unanswered
from shops.sync.book import ProblemBook
from shops.sync.budget import Budget
from shops.sync.local.base import LocalType, Side
from shops.sync.outgoing import Job
from shops.sync.plan import refuse
from shops.sync.settle import Settler, save_changes

CHUNK = 200
NOTHING_SENT = (Unreachable, RateLimited)
VERBS = {"create_shop": "create", "update_shop": "update", "delete_shop": "delete"}


class Writer(Settler):
    """Sends the changes of one step to the shop."""

    def __init__(
        self,
        side: Side,
        run: Run,
        step: Step,
        types: Mapping[str, LocalType],
        problems: ProblemBook,
        budget: Budget,
    ) -> None:
        super().__init__(side, run, step, types, problems)
        self.budget = budget

    def work(self, changes: Sequence[Change]) -> list[tuple[Change, NotYet]]:
        """Send these changes (all of one verb); those that wait for another record come back.

        Raises what the platform raises when nothing more can be sent now; what was done until then is saved.
        """
        verb = VERBS[changes[0].verb]
        if verb == "create":
            unanswered = [change for change in changes if change.state == Change.State.SENDING]
            if unanswered:
                adopted = adopt_unanswered(self, unanswered)
                changes = [change for change in changes if change.pk not in adopted]
        jobs, waiting = self._jobs(verb, changes)
        records = [job.sent for job in jobs]
        groups = self.side.platform.batches(self.step.kind, verb, records)  # type: ignore[arg-type]
        for number, part in enumerate(part for group in groups for part in self._parts(group)):
            # Never before the first: a slice that only prepares would begin anew for ever.
            if number and self.budget.out():
                break
            self._send(verb, [jobs[index] for index in part])
        return waiting

    def _parts(self, group: Sequence[int]) -> list[Sequence[int]]:
        """The platform's group, in smaller parts after the shop did not manage it in time."""
        most = self.step.cursor.get("most") or len(group)
        return [group[start : start + most] for start in range(0, len(group), most)]

    # Building

    def _jobs(self, verb: str, changes: Sequence[Change]) -> tuple[list[Job], list[tuple[Change, NotYet]]]:
        elements = RemoteElement.objects.in_bulk(
            [change.element_id for change in changes if change.element_id]
        )
        if verb == "delete":
            return self._deletions(changes, elements), []
        ids = [change.local_id for change in changes if change.local_id is not None]
        records = self.local.records(ids, for_create=verb == "create")
        jobs: list[Job] = []
        waiting: list[tuple[Change, NotYet]] = []
        dropped: list[Change] = []
        for change in changes:
            record = records.get(change.local_id or 0)
            element = elements.get(change.element_id or 0)
            if isinstance(record, NotYet):
                waiting.append((change, record))
            elif isinstance(record, KontorError):
                refuse(change, record, self.problems, Change.State.NOT_POSSIBLE)
                dropped.append(change)
            elif record is None or (verb == "update" and element is None):
                change.state, change.message = Change.State.HELD, _("It is not meant for this shop any more.")
                dropped.append(change)
            else:
                sent = self._sent(verb, record, element, change)
                jobs.append(Job(change, sent, record, element))
        self.close(dropped)
        return jobs, waiting

    def _deletions(self, changes: Sequence[Change], elements: dict[int, RemoteElement]) -> list[Job]:
        cls = RECORDS[self.step.kind]
        jobs = []
        for change in changes:
            element = elements.get(change.element_id or 0)
            if element is not None:
                jobs.append(Job(change, _with_ids(cls(), element), element=element))
        return jobs

    def _sent(self, verb: str, record: Record, element: RemoteElement | None, change: Change) -> Record:
        if verb == "create":
            return record
        whole = self.side.platform.can(self.step.kind).whole
        if change.literal and element is not None:
            # An undo writes the values that stand in the change, whatever our side has.
            old = {name: after for name, (_before, after) in change.fields.items()}
            beside = element.content if whole else {}
            return _with_ids(from_content(self.step.kind, {**beside, **old}), element)
        if whole and element is not None:
            return _with_ids(record, element)
        return self._partial(record, element, change)

    def _partial(self, record: Record, element: RemoteElement | None, change: Change) -> Record:
        """The record with the planned fields only: what has not changed is not sent."""
        assert element is not None
        hidden = record.not_content
        unchanged: dict[str, Any] = {
            f.name: None for f in fields(record) if f.name not in hidden and f.name not in change.fields
        }
        return _with_ids(replace(record, **unchanged), element)

    # Sending

    def _send(self, verb: str, jobs: list[Job]) -> None:
        self._reserve(verb, jobs)
        passing("write.reserved")
        platform = self.side.platform
        call = {"create": platform.create, "update": platform.update, "delete": platform.delete}[verb]
        try:
            results = call(self.step.kind, [job.sent for job in jobs])
        except Refused as error:
            if len(jobs) > 1:  # somebody in the batch is poisonous: halve until alone
                middle = len(jobs) // 2
                self._send(verb, jobs[:middle])
                self._send(verb, jobs[middle:])
                return
            results = [Result(error=error)]
        except NOTHING_SENT:
            self._unreserve(verb, jobs)
            raise
        except Retriable:
            self._remember_size(len(jobs))
            raise
        passing("write.answered")
        self.settle(verb, jobs, results)
        passing("write.settled")

    def _remember_size(self, size: int) -> None:
        """The shop did not manage so many at once: send half from now on in this step."""
        if size > 1:
            self.step.cursor["most"] = max(size // 2, 1)
            self.step.save(update_fields=["cursor"])

    def _reserve(self, verb: str, jobs: list[Job]) -> None:
        """Before a create: a row of our own that says so, committed. Whatever happens then, somebody will look."""
        with transaction.atomic():
            Change.objects.filter(pk__in=[job.change.pk for job in jobs]).update(state=Change.State.SENDING)
            if verb == "create":
                self._reserve_rows(jobs)
            elif verb == "update":
                self.local.sending([job.sent for job in jobs])

    def _reserve_rows(self, jobs: list[Job]) -> None:
        rows = []
        for job in jobs:
            if job.element is None and job.ours is not None:
                job.element = RemoteElement(
                    shop=self.run.shop,
                    kind=self.step.kind,
                    remote_id=f"new:{job.change.local_id}",
                    local_id=job.change.local_id,
                    natural_key=self.local.natural_key(job.ours),
                    name=job.change.name,
                    state=RemoteElement.State.CREATING,
                    seen_run=self.run.pk,
                )
                rows.append(job.element)
        RemoteElement.objects.bulk_create(rows)
        for job in jobs:
            job.change.element, job.change.state = job.element, Change.State.SENDING
        save_changes([job.change for job in jobs])

    def _unreserve(self, verb: str, jobs: list[Job]) -> None:
        with transaction.atomic():
            ids = [job.change.pk for job in jobs]
            Change.objects.filter(pk__in=ids).update(state=Change.State.PLANNED)
            if verb == "create":
                rows = [job.element.pk for job in jobs if job.element is not None]
                RemoteElement.objects.filter(pk__in=rows, state=RemoteElement.State.CREATING).delete()


def _with_ids(record: Record, element: RemoteElement) -> Record:
    known = {f.name for f in fields(record)}
    ids: dict[str, Any] = {"remote_id": element.remote_id}
    if "parent_id" in known and "parent_id" in record.not_content:
        ids["parent_id"] = element.parent_id
    if "article_id" in known:
        ids["article_id"] = element.natural_key
    return replace(record, **ids)
