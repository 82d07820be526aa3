"""After a create whose answer is unknown, or that met an element already there: look, and link instead of creating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError, Refused
from shops.models import Change, RemoteElement
from shops.platforms.base import Result
from shops.records import Record
from shops.sync.outgoing import Job
from shops.sync.plan import refuse

if TYPE_CHECKING:
    from shops.sync.settle import Settler


def adopt_unanswered(settler: Settler, changes: Sequence[Change]) -> set[int]:
    """Look for what unanswered creates may have left in the shop; the changes that are settled by it.

    Found once: linked, the create is done. Found several times: reported. Not found: the create is sent again.
    """
    ids = [change.local_id for change in changes if change.local_id is not None]
    records = settler.local.records(ids, for_create=True)
    asked = [change for change in changes if isinstance(records.get(change.local_id or 0), Record)]
    if not asked:
        return set()
    ours = [records[change.local_id or 0] for change in asked]
    found = settler.side.platform.lookup(
        settler.step.kind, [record for record in ours if isinstance(record, Record)]
    )
    rows = RemoteElement.objects.in_bulk([change.element_id for change in asked if change.element_id])
    done: list[tuple[Job, Result]] = []
    refused: list[Change] = []
    for change, record, there in zip(asked, ours, found, strict=True):
        assert isinstance(record, Record)
        if len(there) == 1:
            job = Job(change, record, record, rows.get(change.element_id or 0), adopted=True)
            if job.element is None:
                job.element = RemoteElement(
                    shop=settler.run.shop, kind=settler.step.kind, remote_id="", local_id=change.local_id
                )
            done.append((job, Result(remote_id=there[0].remote_id, record=there[0])))
        elif there:
            refuse(change, _several(settler, change, len(there)), settler.problems)
            refused.append(change)
    with transaction.atomic():
        settler.settle_created(done)
        for job, _result in done:
            job.change.state = Change.State.DONE
            job.change.message = _("The shop had created it although its answer never came.")
        settler.close([*(job.change for job, _result in done), *refused])
        if done:
            _note(settler)
    return {job.change.pk for job, _result in done} | {change.pk for change in refused}


def _note(settler: Settler) -> None:
    """What comes with such elements (stock, prices) was not in the answer: their types are read anew in this run."""
    settler.step.cursor["adopted"] = True
    settler.step.save(update_fields=["cursor"])


def _several(settler: Settler, change: Change, times: int) -> KontorError:
    return Conflict(
        _("%(key)s is in %(shop)s %(n)d times, so none of them was linked.")
        % {"key": change.key or change.name, "shop": settler.run.shop.name, "n": times},
        cure=_("Give each its own key in the shop, or link the right one on the Mappings page."),
        key=f"twice_in_shop:{change.key}",
    )


def adopt_holder(settler: Settler, job: Job, result: Result) -> Result:
    """The shop refused a create because it has this very element already: link it, if it is the same and free.

    Returns the result to settle: a success with the element as the shop has it, or the refusal as it was.
    """
    error = result.error
    holder = error.data.get("holder", "") if isinstance(error, Refused) else ""
    if not holder or job.ours is None:
        return result
    row = RemoteElement.objects.of(settler.run.shop, settler.step.kind).filter(remote_id=holder).first()
    if row is not None and row.local_id is not None:
        return result
    parent_id = str(getattr(job.ours, "parent_id", "") or "")
    there = settler.side.platform.read_one(settler.step.kind, holder, parent_id=parent_id)
    if there is None or settler.local.natural_key(there) != settler.local.natural_key(job.ours):
        return result
    job.adopted = True
    _note(settler)
    job.change.verb = Change.Verb.LINK
    job.change.message = _("It was in the shop already and was linked.")
    return Result(remote_id=holder, record=there)
