"""Carrying out a plan that a person has approved: exactly its changes; what has moved on either side since is held.

The run reads anew what may have changed since the plan was made, then takes the plan's changes over one by one. Each is
compared with what both sides look like now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from shops.content import own_print, plain
from shops.models import Change, RemoteElement, Run, Step
from shops.records import Record
from shops.sync.book import count
from shops.sync.local.base import LocalType, Side

CHUNK = 500
PRESENT = RemoteElement.State.PRESENT


def planned_changes(run: Run) -> QuerySet[Change]:
    """The changes of the plan that `run` carries out: those still planned, or those of the hold that was released."""
    changes = Change.objects.filter(run=run.plan_id)
    if (hold := run.options.get("hold")) is not None:
        return changes.filter(hold=hold, state=Change.State.HELD)
    return changes.filter(state=Change.State.PLANNED)


def kinds_of(run: Run) -> set[str]:
    return set(planned_changes(run).order_by().values_list("kind", flat=True).distinct())


class Carrier:
    """Takes over a plan's changes of one element type, CHUNK at a time, in the plan's order."""

    def __init__(self, side: Side, run: Run, step: Step, local: LocalType) -> None:
        self.side = side
        self.run = run
        self.step = step
        self.local = local

    def chunk(self) -> bool:
        """Take over the next changes. True = none are left."""
        after = self.step.cursor.get("carry_after", 0)
        originals = list(
            planned_changes(self.run).filter(kind=self.step.kind, pk__gt=after).order_by("pk")[:CHUNK]
        )
        elements = RemoteElement.objects.in_bulk([c.element_id for c in originals if c.element_id])
        records = self._records(originals)
        copies, held = [], 0
        for original in originals:
            element = elements.get(original.element_id or 0)
            moved = self._moved(original, element, records.get((original.verb, original.local_id or 0)))
            copies.append(self._copy(original, element, moved))
            held += bool(moved)
        with transaction.atomic():
            Change.objects.bulk_create(copies, batch_size=500)
            self.step.cursor["carry_after"] = originals[-1].pk if originals else after
            self.step.save(update_fields=["cursor"])
            if held:
                count(self.step, held=held)
        return len(originals) < CHUNK

    def _records(self, originals: Sequence[Change]) -> dict[tuple[str, int], Record | KontorError]:
        """Our side as it is now, for what goes into the shop."""
        found: dict[tuple[str, int], Record | KontorError] = {}
        for verb in (Change.Verb.CREATE_SHOP, Change.Verb.UPDATE_SHOP):
            ids = [c.local_id for c in originals if c.verb == verb and c.local_id is not None]
            created = verb == Change.Verb.CREATE_SHOP
            for pk, record in (self.local.records(ids, for_create=created) if ids else {}).items():
                found[verb, pk] = record
        return found

    def _copy(self, original: Change, element: RemoteElement | None, moved: str) -> Change:
        copy = Change(
            run=self.run,
            kind=original.kind,
            verb=original.verb,
            element=element,
            local_id=original.local_id,
            remote_id=original.remote_id,
            key=original.key,
            name=original.name,
            fields=original.fields,
            why=original.why,
            conflict=original.conflict,
            drift=original.drift,
            literal=original.literal,
            here_print=original.here_print,
            shop_print=original.shop_print,
        )
        if moved:
            copy.state, copy.message = Change.State.HELD, moved
            copy.cure = str(_("Make the plan anew to see it as it is now."))
        return copy

    def _moved(
        self, change: Change, element: RemoteElement | None, record: Record | KontorError | None
    ) -> str:
        """Why the change must not be done any more, as a sentence; "" = both sides are as they were."""
        verb = change.verb
        if verb == Change.Verb.CREATE_SHOP:
            if RemoteElement.objects.of(self.run.shop, change.kind).filter(local_id=change.local_id).exists():
                return _("It is in the shop already.")
            here = own_print(record)
            same = not change.here_print or not here or here == change.here_print
            return "" if same else _("It was changed here since the plan was made.")
        if element is None or element.state not in (PRESENT, RemoteElement.State.DELETED_HERE):
            return _("It is no longer in the shop.")
        if change.literal:
            return self._overwritten(change, element)
        if verb in (Change.Verb.CREATE_HERE, Change.Verb.DELETE_SHOP) and element.local_id is not None:
            return _("It was linked since the plan was made.")
        if verb in (Change.Verb.UPDATE_HERE, Change.Verb.UPDATE_SHOP) and element.local_id != change.local_id:
            return _("Its link was changed since the plan was made.")
        if change.shop_print and element.content_print != change.shop_print:
            return _("It was changed in the shop since the plan was made.")
        if verb == Change.Verb.UPDATE_SHOP:
            return self._moved_here(change, element, record)
        return ""

    def _moved_here(self, change: Change, element: RemoteElement, record: Record | KontorError | None) -> str:
        if not isinstance(record, Record):
            return _("It is not meant for this shop any more.") if record is None else str(record.message)
        if change.here_print:
            same = own_print(record) == change.here_print
        else:  # a stock level: the plan knows the two numbers
            same = all(
                plain(getattr(record, name, None)) == after and element.content.get(name) == before
                for name, (before, after) in change.fields.items()
            )
        return "" if same else _("It was changed here since the plan was made.")

    @staticmethod
    def _overwritten(change: Change, element: RemoteElement) -> str:
        """An undo only takes back what is still as the run left it."""
        now: dict[str, Any] = element.content
        left = [name for name, (before, _after) in change.fields.items() if now.get(name) != before]
        return _("The shop shows something else by now, so it was left as it is.") if left else ""
