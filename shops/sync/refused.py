"""What the shop refused is set aside: it is not sent again until something changes, or a person says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backoffice.lib.errors import Refused, Retriable
from shops.content import aside_print, content_print, create_print, to_content
from shops.models import Change, RemoteElement, Run
from shops.platforms.base import Result
from shops.records import RECORDS
from shops.sync.local.base import LocalType
from shops.sync.outgoing import Job
from shops.sync.read import fill, upsert
from shops.sync.synced import completed


def set_aside(run: Run, local: LocalType, jobs: Sequence[Job], results: Sequence[Result]) -> None:
    """Refused updates and deletions: both sides as they are now are noted on the element, with its cause.

    A refusal may still tell what the shop has, or that it has the element no more.
    """
    rows = []
    for element, job, result in _refused(jobs, results):
        rows.append(element)
        if isinstance(result.record, RECORDS[local.kind]):
            fill(element, completed(result.record, element.content), local, run)
        elif isinstance(result.error, Refused) and result.error.data.get("gone"):
            element.state, element.local_id = RemoteElement.State.GONE, None
            element.problem, element.problem_print = None, ""  # nothing is left to be tried again
            continue
        element.problem = job.change.problem
        here = content_print(to_content(job.ours) | local.besides(job.ours)) if job.ours is not None else ""
        element.problem_print = "" if _passes(result) else aside_print(here, element.content_print)
    upsert(rows)


def keep_reservations(jobs: Sequence[Job], results: Sequence[Result]) -> None:
    """Refused creates keep their reservation, with what was sent and the cause."""
    rows = []
    for element, job, result in _refused(jobs, results):
        if element.state == RemoteElement.State.CREATING:
            element.state, element.problem = RemoteElement.State.FAILED, job.change.problem
            element.problem_print = "" if _passes(result) else create_print(job.ours)
            rows.append(element)
    upsert(rows)


def _refused(jobs: Sequence[Job], results: Sequence[Result]) -> Iterator[tuple[RemoteElement, Job, Result]]:
    for job, result in zip(jobs, results, strict=True):
        if job.change.state == Change.State.REFUSED and job.element is not None:
            yield job.element, job, result


def _passes(result: Result) -> bool:
    """The next run tries again, whatever changed."""
    return isinstance(result.error, Retriable)
