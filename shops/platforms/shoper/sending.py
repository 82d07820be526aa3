"""One call for each record of a group, in one request, and a Result for each in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from backoffice.lib.errors import KontorError, Refused, Retriable
from shops.platforms.base import Result
from shops.platforms.shoper.client import Call, Client
from shops.platforms.shoper.mapping import values
from shops.records import Record

Build = Callable[[Any], Call]
Outcome = Callable[[Any, Any], Result]


def send(
    client: Client, records: Sequence[Record], build: Build, outcome: Outcome | None = None
) -> list[Result]:
    """What cannot be built is refused without being sent. outcome: of a record and its call's body, by default success."""
    results: dict[int, Result] = {}
    sent: list[tuple[int, Call]] = []
    for position, record in enumerate(records):
        try:
            sent.append((position, build(record)))
        except Refused as error:
            results[position] = Result(remote_id=record.remote_id, error=error)
    bodies = client.bulks([call for _position, call in sent])
    for (position, _call), body in zip(sent, bodies, strict=True):
        record = records[position]
        if isinstance(body, KontorError):
            results[position] = failed(record, body)
        elif outcome is None:
            results[position] = Result(remote_id=record.remote_id)
        else:
            results[position] = outcome(record, body)
    return [results[position] for position in range(len(records))]


def failed(record: Record, error: KontorError) -> Result:
    """The Result of a record that the shop did not take; what concerns more than this record is raised."""
    if not isinstance(error, (Refused, Retriable)):
        raise error
    return Result(remote_id=record.remote_id, error=error)


def deleted(client: Client, path: str, records: Sequence[Record], ids: Sequence[str]) -> list[Result]:
    """What is gone already counts as done."""
    bodies = client.bulks([Call("DELETE", f"{path}/{int(one)}") for one in ids])
    results = []
    for record, body in zip(records, bodies, strict=True):
        gone = not isinstance(body, KontorError) or (isinstance(body, Refused) and "gone" in body.data)
        results.append(Result(remote_id=record.remote_id) if gone else failed(record, body))
    return results


def new_id(body: Any) -> str:
    """The id of what was created: the shop answers it bare. Raises Malformed."""
    return values.own_id({"id": body}, "id")
