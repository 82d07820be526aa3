"""Phases c and d, first half: what would have to change, as Change rows; nothing is written to either side here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet
from backoffice.lib.points import passing
from shops.content import aside_print, content_print, create_print, own_print, to_content
from shops.models import Change, RemoteElement, Run, Shop, Step
from shops.records import Record
from shops.sync.book import ProblemBook, count
from shops.sync.compare import Difference, compare
from shops.sync.jobs import Choice
from shops.sync.local.base import LocalType, Planned, Side
from shops.sync.owners import direction_of
from shops.sync.read import upsert

CHUNK = 500


class Planner:
    """Plans one element type for one step, CHUNK elements at a time; the cursor says how far it is."""

    def __init__(
        self, side: Side, run: Run, step: Step, local: LocalType, choice: Choice, problems: ProblemBook
    ) -> None:
        self.side = side
        self.run = run
        self.step = step
        self.local = local
        self.choice = choice
        self.problems = problems

    @property
    def shop(self) -> Shop:
        return self.run.shop

    # Phase c: linked

    def linked_chunk(self) -> bool:
        """Plan the next linked elements. True = none are left."""
        directions = self.choice.directions
        turn = self.step.cursor.get("direction", 0)
        if turn >= len(directions):
            return True
        choice = directions[turn]
        planned, last, seen = self._linked_plan(choice, self.step.cursor.get("plan_after", 0))
        with transaction.atomic():
            self._save(planned)
            self.step.cursor.update(plan_after=last, direction=turn if last else turn + 1)
            self.step.save(update_fields=["cursor"])
            count(self.step, equal=max(seen - len(planned), 0))
        passing("plan.saved")
        return False

    def _linked_plan(self, choice: Choice, after: int) -> tuple[list[Planned], int, int]:
        if choice.linked == "nothing":
            return [], 0, 0
        quick = self.local.plan_linked(choice, after=after, limit=CHUNK)
        return quick if quick is not None else self._compare_chunk(choice, after)

    def _compare_chunk(self, choice: Choice, after: int) -> tuple[list[Planned], int, int]:
        linked = RemoteElement.objects.of(self.shop, self.step.kind).present().linked()
        if self.run.is_announced:
            linked = linked.filter(seen_run=self.run.pk)
        if choice.linked == "shop":
            linked = self.local.worth_comparing(linked)
        elements = list(linked.filter(pk__gt=after).order_by("pk")[:CHUNK])
        ids = [element.local_id for element in elements if element.local_id is not None]
        records = self.local.records(ids)
        planned: list[Planned] = []
        equal: list[RemoteElement] = []
        for element in elements:
            record = records.get(element.local_id) if element.local_id is not None else None
            if record is None:
                continue
            planned += self._compare_one(choice, element, record, equal)
        upsert(equal)
        names = self.local.describe([change.local_id for change in planned if change.local_id is not None])
        planned = [_named(change, names) for change in planned]
        return planned, (elements[-1].pk if len(elements) == CHUNK else 0), len(elements)

    def _compare_one(
        self, choice: Choice, element: RemoteElement, record: Record | KontorError, equal: list[RemoteElement]
    ) -> list[Planned]:
        """No change, one, or two where a field group is decided by the other side."""
        to_shop = choice.linked == "shop"
        if isinstance(record, KontorError):
            return [Planned("update_shop", element, element.local_id, error=record)] if to_shop else []
        difference = compare(
            to_content(record),
            element.content,
            there_print=element.content_print,
            synced_here=element.synced_here_print,
            synced_there=element.synced_shop_print,
            only=self.side.platform.can(self.step.kind).fields if to_shop else None,
            everything=to_shop and self.shop.scope == Shop.Scope.ALL,
        )
        besides = self.local.besides(record) if to_shop else {}
        if difference.empty and not besides:
            there = element.synced_shop_print if self.local.two_streams else element.content_print
            prints = (difference.here_print, there)
            if (element.synced_here_print, element.synced_shop_print) != prints:
                element.synced_here_print, element.synced_shop_print = prints
                equal.append(element)
            return []
        if self.local.two_streams and not difference.here_moved and element.synced_here_print:
            difference = replace(difference, fields={})  # the shop has moved on by itself
            if not besides:
                return []
        if besides:
            here = content_print(to_content(record) | besides)
            difference = replace(difference, fields=difference.fields | besides, here_print=here)
        changes = self._in_directions(choice, element, difference, own_print(record))
        if element.problem_print == aside_print(difference.here_print, element.content_print):
            # The shop refused just this, or a person discarded it; it waits until something changes. A refusal by the
            # shop is no reason to take nothing from it.
            return [change for change in changes if element.problem_id and change.verb == "update_here"]
        return changes

    def _in_directions(
        self, choice: Choice, element: RemoteElement, difference: Difference, here_print: str
    ) -> list[Planned]:
        found: dict[str, dict[str, list[Any]]] = {}
        for name, (here, there) in difference.fields.items():
            way = direction_of(self.shop, self.step.kind, name, choice.linked)
            found.setdefault(way, {})[name] = [there, here] if way == "shop" else [here, there]
        return [
            Planned(
                verb="update_shop" if way == "shop" else "update_here",
                element=element,
                local_id=element.local_id,
                fields=fields,
                why=_why(difference),
                conflict=difference.conflict,
                here_print=here_print,
                shop_print=element.content_print,
                drift=way == "shop" and difference.there_moved and not difference.here_moved,
            )
            for way, fields in found.items()
        ]

    # Phase d: unlinked

    def unlinked_chunk(self) -> bool:
        """Plan the next unlinked elements: exports first, then imports, then deletions. True = none are left."""
        stage = self.step.cursor.setdefault("stage", "failed")
        if stage == "failed":
            if not self.choice.export_there or self._failed_chunk():
                self._next_stage("export")
            return False
        if stage == "export":
            if not self.choice.export_there or self._export_chunk():
                self._next_stage("import")
            return False
        if stage == "import":
            if not self.choice.import_here or self._shop_chunk("create_here"):
                self._next_stage("delete")
            return False
        return not self.choice.delete_there or self._shop_chunk("delete_shop")

    def _next_stage(self, stage: str) -> None:
        self.step.cursor.update(stage=stage, unlinked_after=0, wave=0)
        self.step.save(update_fields=["cursor"])

    def _failed_chunk(self) -> bool:
        """Give up the reservations of refused creates whose article has changed since: they are planned anew."""
        after = self.step.cursor.get("unlinked_after", 0)
        rows = list(
            RemoteElement.objects.of(self.shop, self.step.kind)
            .filter(state=RemoteElement.State.FAILED, pk__gt=after)
            .order_by("pk")[:CHUNK]
        )
        records = self.local.records(
            [row.local_id for row in rows if row.local_id is not None], for_create=True
        )
        changed = [
            row.pk for row in rows if row.problem_print != create_print(records.get(row.local_id or 0))
        ]
        with transaction.atomic():
            RemoteElement.objects.filter(pk__in=changed).delete()
            self.step.cursor["unlinked_after"] = rows[-1].pk if rows else after
            self.step.save(update_fields=["cursor"])
        return len(rows) < CHUNK

    def _export_chunk(self) -> bool:
        """Plan creates, wave by wave. The reserved rows of an interrupted create count as linked already."""
        waves = self.local.waves()
        wave, after = self.step.cursor.get("wave", 0), self.step.cursor.get("unlinked_after", 0)
        if wave >= len(waves):
            return True
        ids = list(waves[wave].filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        names = self.local.describe(ids)
        planned = [_named(change, names) for change in self._creates(ids)]
        with transaction.atomic():
            self._save(planned)
            if len(ids) < CHUNK:
                self.step.cursor.update(wave=wave + 1, unlinked_after=0)
            else:
                self.step.cursor.update(wave=wave, unlinked_after=ids[-1])
            self.step.save(update_fields=["cursor"])
        return False

    def _creates(self, ids: list[int]) -> list[Planned]:
        """A preview says beforehand what is not possible, and remembers what it would send."""
        if self.run.mode != Run.Mode.PREVIEW:
            return [Planned("create_shop", local_id=pk) for pk in ids]
        records = self.local.records(ids, for_create=True)
        planned = []
        for pk in ids:
            record = records.get(pk)
            error = record if isinstance(record, KontorError) and not isinstance(record, NotYet) else None
            why = str(record.message) if isinstance(record, NotYet) else ""
            planned.append(
                Planned("create_shop", local_id=pk, error=error, why=why, here_print=own_print(record))
            )
        return planned

    def _shop_chunk(self, verb: str) -> bool:
        """Plan imports or deletions of what only the shop has. Parents before what refers to them."""
        after = self.step.cursor.get("unlinked_after", 0)
        state = RemoteElement.State
        # Deleted here = must not come back by an import, but "delete in shop" means just these too.
        states = [state.PRESENT] if verb == "create_here" else [state.PRESENT, state.DELETED_HERE]
        elements = list(
            RemoteElement.objects.of(self.shop, self.step.kind)
            .filter(state__in=states, pk__gt=after, problem_print="")
            .unlinked()
            .defer("content")
            .order_by("pk")[:CHUNK]
        )
        planned = [
            Planned(
                verb, element, name=element.name, key=element.natural_key, shop_print=element.content_print
            )
            for element in elements
        ]
        with transaction.atomic():
            self._save(planned)
            self.step.cursor["unlinked_after"] = elements[-1].pk if elements else after
            self.step.save(update_fields=["cursor"])
        return len(elements) < CHUNK

    # Saving

    def _save(self, planned: list[Planned]) -> None:
        rows, failed = [], 0
        for change in planned:
            row = Change(
                run=self.run,
                kind=self.step.kind,
                verb=change.verb,
                element=change.element,
                local_id=change.local_id,
                remote_id=change.element.remote_id if change.element else "",
                key=change.key[:300],
                name=change.name[:300],
                fields=change.fields,
                why=change.why[:300],
                conflict=change.conflict,
                here_print=change.here_print,
                shop_print=change.shop_print,
                drift=change.drift,
            )
            if change.error is not None:
                refuse(row, change.error, self.problems, Change.State.NOT_POSSIBLE)
                failed += 1
            rows.append(row)
        Change.objects.bulk_create(rows, batch_size=500)
        if failed:
            count(self.step, failed=failed)


def _why(difference: Difference) -> str:
    if difference.conflict:
        return _("changed on both sides since they were last equal")
    if difference.there_moved:
        return _("the shop shows something else than when both were last equal")
    return _("changed here since both were last equal") if difference.here_moved else ""


def refuse(
    change: Change, error: KontorError, problems: ProblemBook, state: str = Change.State.REFUSED
) -> None:
    """Write onto the change why it was not done (not saved)."""
    change.state = state
    change.message = str(error.message or error)[:500]
    change.cure = str(error.cure)[:500]
    change.problem = problems.of(change.kind, error)


def _named(change: Planned, names: Mapping[int, tuple[str, str]]) -> Planned:
    key, name = names.get(change.local_id or 0, (change.key, change.name))
    return replace(change, key=key, name=name)
