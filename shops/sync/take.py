"""Phases c and d, second half, towards Kontor: create and update here what the shop has (M3, M4)."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet, Refused
from backoffice.lib.points import passing
from shops.content import from_content
from shops.models import Change, RemoteElement, Run, Step
from shops.records import RECORDS
from shops.sync.book import ProblemBook, count
from shops.sync.local.base import Incoming, LocalType, Side
from shops.sync.plan import refuse
from shops.sync.read import upsert
from shops.sync.settle import save_changes
from shops.sync.synced import half_done, taken


class Taker:
    """Applies the changes of one step here: our rows, the links and the changes in one transaction."""

    def __init__(self, side: Side, run: Run, step: Step, local: LocalType, problems: ProblemBook) -> None:
        self.side = side
        self.run = run
        self.step = step
        self.local = local
        self.problems = problems

    def work(self, changes: Sequence[Change]) -> list[tuple[Change, NotYet]]:
        """Apply these changes; those that wait for another record come back."""
        elements = RemoteElement.objects.in_bulk(
            [change.element_id for change in changes if change.element_id]
        )
        pairs: list[tuple[Change, Incoming]] = []
        vanished: list[Change] = []
        for change in changes:
            element = elements.get(change.element_id or 0)
            if element is None or element.state != RemoteElement.State.PRESENT:
                change.state, change.message = Change.State.HELD, _("It is no longer in the shop.")
                vanished.append(change)
                continue
            pairs.append((change, self._incoming(change, element)))
        if vanished:
            save_changes(vanished)
            count(self.step, done=len(vanished))
        self.local.prepare([item for _change, item in pairs])
        if self.local.alone:
            return [waiting for pair in pairs for waiting in self._apply_alone(pair)]
        try:
            return self._apply(pairs)
        except (IntegrityError, DataError, ValidationError):
            # One of them does not fit the database: alone, each shows whether it was the one.
            return [waiting for pair in pairs for waiting in self._apply_alone(pair)]

    def _incoming(self, change: Change, element: RemoteElement) -> Incoming:
        record = from_content(self.step.kind, element.content, **_ids(self.step.kind, element))
        fields = frozenset(change.fields) if change.verb == Change.Verb.UPDATE_HERE else None
        return Incoming(element, record, element.local_id, fields)

    def _apply_alone(self, pair: tuple[Change, Incoming]) -> list[tuple[Change, NotYet]]:
        try:
            return self._apply([pair])
        except (IntegrityError, DataError, ValidationError) as error:
            change, _item = pair
            refusal = Refused(
                _("“%(name)s” does not fit into Kontor's own rules.") % {"name": change.name or change.key},
                cure=_(
                    "Correct it in the shop: a key that is used twice, a text that is too long, or a missing field."
                ),
                detail=str(error)[:1000],
                key="does_not_fit",
            )
            refuse(change, refusal, self.problems)
            save_changes([change])
            count(self.step, done=1, failed=1)
            return []

    def _apply(self, pairs: Sequence[tuple[Change, Incoming]]) -> list[tuple[Change, NotYet]]:
        if not pairs:
            return []
        waiting: list[tuple[Change, NotYet]] = []
        with transaction.atomic():
            results = self.local.apply([item for _change, item in pairs])
            done: list[tuple[Change, RemoteElement]] = []
            failed: list[Change] = []
            for (change, item), result in zip(pairs, results, strict=True):
                if isinstance(result, NotYet):
                    waiting.append((change, result))
                elif isinstance(result, KontorError):
                    refuse(change, result, self.problems)
                    self.local.refused(item, change.problem)
                    failed.append(change)
                else:
                    item.element.local_id = result
                    change.local_id, change.state = result, Change.State.DONE
                    change.message = change.cure = ""  # it may have waited for another record before
                    done.append((change, item.element))
            self._link(done)
            save_changes([*(change for change, _element in done), *failed])
            count(self.step, done=len(done) + len(failed), here=len(done), failed=len(failed))
            passing("take.saving")
        passing("take.saved")
        self.side.forget(self.step.kind)
        return waiting

    def _link(self, done: Sequence[tuple[Change, RemoteElement]]) -> None:
        """Keep what both sides look like now, so that the next run knows who changes first."""
        elements = [element for _change, element in done]
        if self.local.asks_own_links:
            upsert(elements)
        self.side.forget(self.step.kind)
        ours = self.local.records([element.local_id for element in elements if element.local_id is not None])
        halves = half_done(self.run, self.step.kind, "update_here", [element.pk for element in elements])
        now = timezone.now()
        for change, element in done:
            taken(
                element,
                ours.get(element.local_id or 0),
                created=change.verb == Change.Verb.CREATE_HERE,
                two_streams=self.local.two_streams,
                whole=element.pk not in halves,
            )
            element.seen_at = element.seen_at or now
        upsert(elements)


def _ids(kind: str, element: RemoteElement) -> dict[str, str]:
    cls = RECORDS[kind]
    ids = {"remote_id": element.remote_id}
    known = cls.__dataclass_fields__
    if "parent_id" in known and "parent_id" in cls.not_content:
        ids["parent_id"] = element.parent_id
    if "article_id" in known:
        # Of a picture the key is the article's id and the file's name.
        ids["article_id"] = element.natural_key.partition("/")[0] if kind == "image" else element.natural_key
    return ids
