"""What a preview holds, counted and sorted for the person who approves it, and compared with the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shops.elements import ELEMENT_TYPES, Text
from shops.models import Change, Hold, Run, Step

CHUNK: Final = 500
Verb, State = Change.Verb, Change.State

INTO_SHOP: Final = (Verb.CREATE_SHOP, Verb.UPDATE_SHOP)
INTO_KONTOR: Final = (Verb.CREATE_HERE, Verb.UPDATE_HERE)
_IN_PLAN: Final = (State.PLANNED, State.HELD)
# `cure` tells what a person has left out from what an undo could not take back: both are held without a brake.
LEFT_OUT: Final = Q(state=State.HELD, hold=None) & ~Q(cure="")

FILTERS: Final[dict[str, tuple[Text, Q]]] = {
    "all": (_("All"), Q(state__in=_IN_PLAN)),
    "shop": (_("Into %(shop)s"), Q(state__in=_IN_PLAN, verb__in=INTO_SHOP)),
    "here": (_("Into Kontor"), Q(state__in=_IN_PLAN, verb__in=INTO_KONTOR)),
    "delete": (_("Deletions"), Q(state__in=_IN_PLAN, verb=Verb.DELETE_SHOP)),
    "both": (_("Changed on both sides"), Q(state__in=_IN_PLAN, conflict=True)),
    "held": (_("Held"), Q(state=State.HELD, hold__isnull=False)),
    "left": (_("Left out"), LEFT_OUT),
    "kept": (_("Left as they are"), Q(state=State.HELD, hold=None, cure="")),
    "not": (_("Not possible"), Q(state__in=(State.NOT_POSSIBLE, State.REFUSED))),
}


@dataclass(slots=True)
class Line:
    """The planned changes of one element type. held: of them, by the brake. equal: compared and found equal."""

    kind: str
    label: str
    create_here: int = 0
    update_here: int = 0
    create_shop: int = 0
    update_shop: int = 0
    delete_shop: int = 0
    held: int = 0
    equal: int = 0
    not_possible: int = 0


@dataclass(slots=True)
class Totals:
    """counts: rows that each of FILTERS shows. deletions: those that would be carried out.

    planned - held - released - left_out - kept = to_do, what an approval carries out.
    """

    lines: list[Line] = field(default_factory=list)
    all: Line = field(default_factory=lambda: Line("", ""))
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FILTERS, 0))
    to_do: int = 0
    held: int = 0
    released: int = 0
    left_out: int = 0
    kept: int = 0
    deletions: int = 0

    @property
    def planned(self) -> int:
        return self.counts["all"]


_COLUMNS: Final = ("create_here", "update_here", "create_shop", "update_shop", "delete_shop")


def totals(run: Run, steps: list[Step]) -> Totals:
    """All figures of a preview by one grouped query over its changes."""
    found = Totals(lines=[Line(step.kind, str(ELEMENT_TYPES[step.kind].label)) for step in steps])
    lines = {line.kind: line for line in found.lines}
    for step in steps:
        lines[step.kind].equal = step.equal
        found.all.equal += step.equal
    rows = (
        Change.objects.filter(run=run)
        .order_by()
        .values("kind", "verb", "state", "conflict", "hold__state")
        .annotate(n=Count("id"), left=Count("id", filter=LEFT_OUT))
    )
    for row in rows:
        line = lines.get(row["kind"])
        if line is None:
            line = lines[row["kind"]] = Line(row["kind"], str(ELEMENT_TYPES[row["kind"]].label))
            found.lines.append(line)
        for part in (line, found.all):
            _add_to_line(part, row)
        _add_to_sums(found, row)
    return found


def _add_to_line(line: Line, row: Mapping[str, Any]) -> None:
    if row["state"] in (State.NOT_POSSIBLE, State.REFUSED):
        line.not_possible += row["n"]
    elif row["state"] in _IN_PLAN and row["verb"] in _COLUMNS:
        setattr(line, row["verb"], getattr(line, row["verb"]) + row["n"])
        if row["hold__state"] == Hold.State.OPEN:
            line.held += row["n"]


def _add_to_sums(found: Totals, row: Mapping[str, Any]) -> None:
    n, verb, counts = row["n"], row["verb"], found.counts
    if row["state"] in (State.NOT_POSSIBLE, State.REFUSED):
        counts["not"] += n
        return
    if row["state"] not in _IN_PLAN:
        return
    counts["all"] += n
    counts["shop"] += n if verb in INTO_SHOP else 0
    counts["here"] += n if verb in INTO_KONTOR else 0
    counts["delete"] += n if verb == Verb.DELETE_SHOP else 0
    counts["both"] += n if row["conflict"] else 0
    if row["state"] == State.PLANNED:
        found.to_do += n
        found.deletions += n if verb == Verb.DELETE_SHOP else 0
    elif row["hold__state"] is not None:
        counts["held"] += n
        if row["hold__state"] == Hold.State.RELEASED:
            found.released += n
        else:
            found.held += n
    else:
        counts["left"] += row["left"]
        counts["kept"] += n - row["left"]
        found.left_out += row["left"]
        found.kept += n - row["left"]


def shown(run: Run, name: str, *, kind: str = "", query: str = "") -> QuerySet[Change]:
    """The changes that a filter shows, in the plan's order. An unknown filter shows all."""
    rows = Change.objects.filter(FILTERS.get(name, FILTERS["all"])[1], run=run)
    if kind in ELEMENT_TYPES:
        rows = rows.filter(kind=kind)
    if query:
        rows = rows.filter(Q(key__icontains=query) | Q(name__icontains=query) | Q(remote_id=query))
    return rows.order_by("id")


def chunks_of_ids(rows: QuerySet[Change]) -> Iterator[list[int]]:
    """The ids of all these changes, CHUNK at a time; what is done with a chunk may take its rows out of `rows`."""
    after = 0
    while ids := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield ids
        after = ids[-1]


# Compared with the preview before


def preview_before(run: Run) -> Run | None:
    """The newest finished preview of the same job and shop before this one; None when there is none to compare with."""
    if run.job == Run.Job.UNDO:
        return None  # each undo is of another run
    return (
        Run.objects.filter(shop=run.shop_id, job=run.job, mode=Run.Mode.PREVIEW, pk__lt=run.pk)
        .filter(state__in=(Run.State.DONE, Run.State.PARTLY))
        .order_by("-pk")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Changes (by type, verb, key and id in the shop) of two previews: how many are new, gone, the same."""

    new: int
    gone: int
    same: int


def _compared(run: Run, before: Run) -> Any:
    """Rows {kind, verb, key, remote_id, label, now, then}: a queryset whose columns the type checker cannot follow."""
    return (
        Change.objects.filter(run__in=(run.pk, before.pk), state__in=_IN_PLAN)
        .order_by()
        .values("kind", "verb", "key", "remote_id")
        .annotate(
            label=Max("name"),
            now=Count("id", filter=Q(run=run.pk)),
            then=Count("id", filter=Q(run=before.pk)),
        )
    )


def compare_previews(run: Run, before: Run) -> Comparison:
    groups = _compared(run, before)
    new, gone = groups.filter(then=0).count(), groups.filter(now=0).count()
    return Comparison(new=new, gone=gone, same=groups.filter(now__gt=0, then__gt=0).count())


def differing(run: Run, before: Run, which: str, start: int, limit: int) -> list[dict[str, Any]]:
    """Rows of a comparison. which: "new", "gone" or "same". [{kind, verb, key, remote_id, label, now, then}]"""
    wanted = {"new": Q(then=0), "gone": Q(now=0)}.get(which, Q(now__gt=0, then__gt=0))
    rows = _compared(run, before).filter(wanted).order_by("kind", "verb", "key", "remote_id")
    return list(rows[start : start + limit])
