"""What became of a request to the shop is saved: links, fingerprints, carried elements, changes, counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from shops.content import Content, aside_print, content_print, to_content
from shops.models import Change, RemoteElement, Run, Step
from shops.platforms.base import Result
from shops.records import RECORDS, ArticleRecord, Record
from shops.sync.adopt import adopt_holder
from shops.sync.book import ProblemBook, count
from shops.sync.local.base import LocalType, Side
from shops.sync.outgoing import Job, main_value
from shops.sync.plan import refuse
from shops.sync.read import absorb, fill, upsert
from shops.sync.refused import keep_reservations, set_aside
from shops.sync.synced import completed, half_done, sent


class Settler:
    """The work on one step, as far as its outcome is saved; a Writer sends as well."""

    def __init__(
        self, side: Side, run: Run, step: Step, types: Mapping[str, LocalType], problems: ProblemBook
    ) -> None:
        self.side = side
        self.run = run
        self.step = step
        self.types = types
        self.local = types[step.kind]
        self.problems = problems

    def settle(self, verb: str, jobs: list[Job], results: Sequence[Result]) -> None:
        """Save what became of one request: links, fingerprints, carried elements, changes, counters."""
        settled = []
        for job, result in zip(jobs, results, strict=True):
            if result.error is not None and verb == "create":
                result = adopt_holder(self, job, result)
            if result.error is not None:
                refuse(job.change, result.error, self.problems)
            settled.append(result)
        self._save_done(verb, jobs, settled)

    def _save_done(self, verb: str, jobs: list[Job], results: Sequence[Result]) -> None:
        done = [
            (job, result) for job, result in zip(jobs, results, strict=True) if job.change.state != "refused"
        ]
        with transaction.atomic():
            if verb == "create":
                self.settle_created(done)
                keep_reservations(jobs, results)
            elif verb == "update":
                self._settle_updated(done)
                set_aside(self.run, self.local, jobs, results)
                self.local.sent([job.sent for job, _result in done])
            else:
                gone = [job.element.pk for job, _result in done if job.element is not None]
                RemoteElement.objects.filter(pk__in=gone).update(
                    state=RemoteElement.State.GONE,
                    local_id=None,
                    problem=None,
                    problem_print="",
                    seen_at=timezone.now(),
                )
                set_aside(self.run, self.local, jobs, results)
            for job, _result in done:
                if job.change.state != Change.State.DONE:
                    job.change.state = Change.State.DONE
                if not job.adopted:
                    job.change.message = job.change.cure = ""  # it may have waited for another record before
            self.close([job.change for job in jobs])

    def settle_created(self, done: Sequence[tuple[Job, Result]]) -> None:
        """Turn reservations into links. A row that a read put there meanwhile takes the link instead."""
        known = {
            row.remote_id: row
            for row in RemoteElement.objects.of(self.run.shop, self.step.kind).filter(
                remote_id__in=[result.remote_id for _job, result in done if result.remote_id]
            )
        }
        rows, superseded = [], []
        for job, result in done:
            if job.change.state == Change.State.DONE:  # adopted: it is linked already
                continue
            row = job.element
            assert row is not None
            if (there := known.get(result.remote_id)) is not None and there.pk != row.pk:
                superseded.append(row.pk)
                there.local_id = row.local_id
                row = job.element = job.change.element = there
            self._fill_synced(row, job, result)
            rows.append(row)
        RemoteElement.objects.filter(pk__in=superseded).delete()
        upsert(rows)
        if rows:
            self.side.forget(self.step.kind)
        self._link_carried(done)

    def _settle_updated(self, done: Sequence[tuple[Job, Result]]) -> None:
        rows = [job.element for job, _result in done if job.element is not None]
        halves = half_done(self.run, self.step.kind, "update_shop", [row.pk for row in rows])
        for job, result in done:
            assert job.element is not None
            self._fill_synced(job.element, job, result, whole=job.element.pk not in halves)
        upsert(rows)
        self._link_carried(done)

    def _fill_synced(self, row: RemoteElement, job: Job, result: Result, *, whole: bool = True) -> None:
        """What the shop says it has now (or what it was sent), and whether both sides are equal by that."""
        row.remote_id = result.remote_id or row.remote_id
        job.change.remote_id = row.remote_id
        before = row.content
        shown = result.record or job.sent
        if isinstance(shown, RECORDS[self.step.kind]):
            fill(row, completed(shown, row.content), self.local, self.run)
        else:  # a status of an order, which says nothing of the rest of it
            there: Content = {**row.content, **to_content(shown)}
            row.content, row.content_print = there, content_print(there)
            row.state, row.seen_run = RemoteElement.State.PRESENT, self.run.pk
        row.sent_value = main_value(job.ours)
        row.sent_at = timezone.now()
        row.problem, row.problem_print = None, ""
        if job.ours is None or job.adopted:
            row.synced_here_print = row.synced_shop_print = ""
        elif job.change.literal:
            # Our side still differs: the next run must not send it again, unless something changes.
            row.synced_here_print = row.synced_shop_print = ""
            row.problem_print = aside_print(content_print(to_content(job.ours)), row.content_print)
        elif job.change.verb == Change.Verb.UPDATE_SHOP:
            streams = self.local.two_streams
            sent(row, job.ours, before, job.change.fields, two_streams=streams, whole=whole)
        else:
            row.synced_here_print = content_print(to_content(job.ours))
            row.synced_shop_print = row.content_print

    def _link_carried(self, done: Sequence[tuple[Job, Result]]) -> None:
        """Stock and prices that came with an article belong to the same article here."""
        by_kind: dict[str, dict[str, tuple[Record, Job]]] = {}
        for job, result in done:
            for record in result.carried:
                by_kind.setdefault(record.kind, {})[record.remote_id] = (record, job)
        for kind, found in by_kind.items():
            if kind not in self.types or kind == "image":
                continue
            absorb(self.run, self.types[kind], [record for record, _job in found.values()])
            elements = RemoteElement.objects.of(self.run.shop, kind)
            rows = list(elements.filter(remote_id__in=found))
            # What followed an article that the shop has lost meanwhile makes room for what follows its successor.
            articles = {job.change.local_id for _record, job in found.values()}
            elements.filter(local_id__in=articles - {None}).exclude(remote_id__in=found).update(local_id=None)
            for row in rows:
                _record, job = found[row.remote_id]
                row.local_id = job.change.local_id
                ours = getattr(job.ours, kind, None) if isinstance(job.ours, ArticleRecord) else None
                if ours is not None and job.change.verb == Change.Verb.CREATE_SHOP:
                    row.synced_here_print = content_print(to_content(ours))
                    row.synced_shop_print = row.content_print
                    row.sent_value, row.sent_at = main_value(ours), timezone.now()
            upsert(rows)

    def close(self, changes: Sequence[Change]) -> None:
        save_changes(changes)
        done = sum(1 for change in changes if change.state == Change.State.DONE)
        failed = sum(1 for change in changes if change.state in ("refused", "not_possible"))
        count(self.step, done=len(changes), shop=done, failed=failed)


def save_changes(changes: Sequence[Change]) -> None:
    """Write the outcome of changes, 500 in a statement."""
    Change.objects.bulk_create(
        changes,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[
            "verb",
            "state",
            "element",
            "local_id",
            "remote_id",
            "message",
            "cure",
            "problem",
            "fields",
        ],
    )
