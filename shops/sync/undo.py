"""Undo: a run's updates in the shop, planned backwards from the old values that its changes keep."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from shops.models import Change, RemoteElement, Run, Step
from shops.sync.book import count

CHUNK = 500
# Pictures are not taken back: their old files are no longer ours to send.
KINDS = ("category", "producer", "article", "stock", "price", "customer", "order")
KEPT = timedelta(days=30)


class UndoPlanner:
    """Plans the way back for one element type of the run that `run.plan` names, CHUNK changes at a time."""

    def __init__(self, run: Run, step: Step) -> None:
        self.run = run
        self.step = step

    def chunk(self) -> bool:
        """Plan the next changes backwards. True = none are left."""
        after = self.step.cursor.get("undo_after", 0)
        done = list(
            Change.objects.filter(
                run=self.run.plan_id,
                kind=self.step.kind,
                verb=Change.Verb.UPDATE_SHOP,
                state=Change.State.DONE,
            )
            .filter(pk__gt=after)
            .order_by("pk")[:CHUNK]
        )
        elements = RemoteElement.objects.in_bulk([change.element_id for change in done if change.element_id])
        rows = [self._backwards(change, elements.get(change.element_id or 0)) for change in done]
        with transaction.atomic():
            Change.objects.bulk_create(rows, batch_size=500)
            self.step.cursor["undo_after"] = done[-1].pk if done else after
            self.step.save(update_fields=["cursor"])
            held = sum(1 for row in rows if row.state == Change.State.HELD)
            if held:
                count(self.step, held=held)
        return len(done) < CHUNK

    def _backwards(self, change: Change, element: RemoteElement | None) -> Change:
        """Fields that the shop shows otherwise by now, or whose old value is unknown, are left and named."""
        back, left = {}, []
        for name, (before, after) in change.fields.items():
            if before is None or element is None or element.content.get(name) != after:
                left.append(name)
            else:
                back[name] = [after, before]
        row = Change(
            run=self.run,
            kind=change.kind,
            verb=Change.Verb.UPDATE_SHOP,
            element=element,
            local_id=change.local_id,
            remote_id=change.remote_id,
            key=change.key,
            name=change.name,
            fields=back,
            literal=True,
            why=_("back to what the shop had before run %(run)d") % {"run": change.run_id},
        )
        if left:
            row.message = _("Changed since, so left as it is: %(fields)s.") % {"fields": ", ".join(left)}
        if not back:
            row.state = Change.State.HELD
            row.fields = change.fields
        return row
