"""What the mirror writes down for people: changes, causes, the sentence of a step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError
from shops.elements import ELEMENT_TYPES
from shops.models import Change, MirrorFile, Run, RunMessage, Step
from shops.sync.book import ProblemBook, count, say, settle_problems

Fields = dict[str, list[Any]]


def remember(run: Run, step: Step, verb: str, done: Sequence[tuple[MirrorFile, Fields]]) -> None:
    """One change for each file, and the counters."""
    if not done:
        return
    Change.objects.bulk_create(
        [
            Change(
                run=run,
                kind=step.kind,
                verb=verb,
                state=Change.State.DONE,
                key=row.path[:300],
                name=row.sku,
                local_id=row.source_id,
                fields=fields,
            )
            for row, fields in done
        ],
        batch_size=500,
    )
    count(step, done=len(done), shop=len(done))


def refuse_rows(
    run: Run, step: Step, problems: ProblemBook, rows: Iterable[MirrorFile], error: KontorError
) -> None:
    """These could not be sent, all for one cause."""
    refused = [
        Change(
            run=run,
            kind=step.kind,
            verb=Change.Verb.CREATE_SHOP,
            state=Change.State.NOT_POSSIBLE,
            key=row.path[:300],
            name=row.sku,
            local_id=row.source_id,
            message=str(error.message)[:500],
            cure=str(error.cure)[:500],
        )
        for row in rows
    ]
    if not refused:
        return
    problem = problems.of(step.kind, error)
    for change in refused:
        change.problem = problem
    Change.objects.bulk_create(refused, batch_size=500)
    count(step, failed=len(refused))


def finish(run: Run, step: Step) -> None:
    step.refresh_from_db()
    step.state = Step.State.PARTLY if step.failed or step.held else Step.State.DONE
    step.finished_at = timezone.now()
    there = MirrorFile.objects.filter(shop=run.shop, kind=step.kind).there().count()
    step.message = sentence(step, there)
    step.save(update_fields=["state", "finished_at", "message"])
    settle_problems(run, step.kind, complete=True)
    level = RunMessage.Level.WARNING if step.failed or step.held else RunMessage.Level.OK
    say(run, f"{ELEMENT_TYPES[step.kind].label}: {step.message}", level)


def sentence(step: Step, there: int) -> str:
    """What a step of the mirror has done. there: how many files lie on the server now."""
    parts = [ngettext("%(n)d file is on the server", "%(n)d files are on the server", there) % {"n": there}]
    if step.shop:
        parts.append(ngettext("%(n)d changed there", "%(n)d changed there", step.shop) % {"n": step.shop})
    if step.held:
        parts.append(ngettext("%(n)d held", "%(n)d held", step.held) % {"n": step.held})
    if step.failed:
        parts.append(ngettext("%(n)d not done", "%(n)d not done", step.failed) % {"n": step.failed})
    if len(parts) == 1:
        parts.append(_("nothing to change"))
    return ", ".join(parts)
