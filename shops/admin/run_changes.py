"""What a run changed, one page of it, and what it did not do, by cause."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.admin.pages import page_number
from shops.displays import kind_label, moment, number
from shops.elements import ELEMENT_TYPES
from shops.models import Change, Problem, Run

CHANGES_SHOWN: Final = 25
CAUSES_SHOWN: Final = 20
EXAMPLES: Final = 3
_NOT_DONE: Final = (Change.State.REFUSED, Change.State.NOT_POSSIBLE)


@dataclass(slots=True)
class Cause:
    """count: changes of this run that it hit. examples: up to three of them."""

    kind: str
    count: int
    problem: Problem | None
    title: str
    cure: str = ""
    detail: str = ""
    examples: list[Change] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.examples)

    @property
    def since(self) -> str:
        """New today, or since when and how many runs it has been there."""
        if self.problem is None:
            return ""
        if timezone.localtime(self.problem.first_seen).date() == timezone.localdate():
            return _("new today")
        day = moment(self.problem.first_seen)
        return ngettext("since %(day)s, %(runs)s run", "since %(day)s, %(runs)s runs", self.problem.runs) % {
            "day": day,
            "runs": number(self.problem.runs),
        }


def causes_of(run: Run) -> list[Cause]:
    """The causes of what this run did not do, largest first: three queries, however many changes it had."""
    groups = list(
        Change.objects.filter(run=run, state__in=_NOT_DONE)
        .values("problem_id", "kind")
        .annotate(n=Count("id"))
        .order_by("-n")[:CAUSES_SHOWN]
    )
    if not groups:
        return []
    problems = Problem.objects.in_bulk([row["problem_id"] for row in groups if row["problem_id"]])
    ranked = (
        Change.objects.filter(run=run, state__in=_NOT_DONE)
        .annotate(place=Window(RowNumber(), partition_by=[F("problem_id"), F("kind")], order_by="id"))
        .filter(place__lte=EXAMPLES)
    )
    examples: dict[tuple[int | None, str], list[Change]] = {}
    for change in ranked[: CAUSES_SHOWN * EXAMPLES * 2]:
        examples.setdefault((change.problem_id, change.kind), []).append(change)
    causes = []
    for row in groups:
        problem = problems.get(row["problem_id"])
        some = examples.get((row["problem_id"], row["kind"]), [])
        first = some[0] if some else None
        causes.append(
            Cause(
                kind=row["kind"],
                count=row["n"],
                problem=problem,
                title=problem.message if problem else (first.message if first else ""),
                cure=problem.cure if problem else (first.cure if first else ""),
                detail=problem.detail if problem else "",
                examples=some,
            )
        )
    return causes


# The changes


def changes_table(request: HttpRequest, run: Run) -> dict[str, Any]:
    """The run's changes, one page of them, by type, verb, state and search. Never counts more than it shows."""
    kind, verb, state = (request.GET.get(name, "") for name in ("kind", "verb", "state"))
    query = request.GET.get("q", "").strip()[:100]
    rows = Change.objects.filter(run=run).order_by("id")
    if kind in ELEMENT_TYPES:
        rows = rows.filter(kind=kind)
    if verb in Change.Verb.values:
        rows = rows.filter(verb=verb)
    if state in Change.State.values:
        rows = rows.filter(state=state)
    if drift := request.GET.get("drift") == "1":
        rows = rows.filter(drift=True)
    if cause := request.GET.get("cause", ""):
        rows = rows.filter(problem_id=int(cause) if cause.isdigit() else None)
    if query:
        rows = rows.filter(Q(key__icontains=query) | Q(name__icontains=query) | Q(remote_id=query))
    page = page_number(request)
    start = (page - 1) * CHANGES_SHOWN
    found = list(rows[start : start + CHANGES_SHOWN + 1])
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return {
        "rows": found[:CHANGES_SHOWN],
        "kind": kind,
        "verb": verb,
        "state": state,
        "query": query,
        "drift": drift,
        "filtered": bool(kind or verb or state or query or cause or drift),
        "page": page,
        "first": start + 1,
        "last": start + len(found[:CHANGES_SHOWN]),
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if len(found) > CHANGES_SHOWN else None,
        "parameters": parameters.urlencode(),
        "kinds": [
            (step.kind, kind_label(step.kind)) for step in run.steps.only("kind", "position", "run_id")
        ],
        "verbs": Change.Verb.choices,
        "states": Change.State.choices,
    }
