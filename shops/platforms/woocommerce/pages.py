"""Where a read stands, one page of a list, and its rows as records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from shops.platforms.base import BadRecord, Page, lost_place
from shops.platforms.payloads import unreadable
from shops.platforms.woocommerce.client import Client, Reply
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.values import Malformed, Payload
from shops.records import Record

PAGE = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read stands: page of how many pages were seen last, elements in all, and those of the phase before."""

    phase: str = ""
    page: int = 1
    total: int | None = None
    before: int = 0
    parent: int = 0

    @classmethod
    def of(cls, cursor: str | None, phase: str) -> Place:
        if cursor is None:
            return cls(phase)
        try:
            phase, page, total, before, parent = cursor.split(":")
            return cls(phase, int(page), int(total) if total else None, int(before), int(parent))
        except ValueError:
            raise lost_place(cursor) from None

    def __str__(self) -> str:
        total = "" if self.total is None else self.total
        return f"{self.phase}:{self.page}:{total}:{self.before}:{self.parent}"


def together(pages: Sequence[Page]) -> Page:
    carried: dict[str, tuple[Record, ...]] = {}
    for page in pages:
        for name, records in page.carried.items():
            carried[name] = carried.get(name, ()) + records
    return Page(
        records=tuple(record for page in pages for record in page.records),
        carried=carried,
        bad=tuple(bad for page in pages for bad in page.bad),
    )


def changed_since(since: datetime | None) -> dict[str, Any]:
    """The parameters of an incremental read, from `since` on.

    The shop's bound is exclusive, and to the second; naive UTC with the flag is the one form that it reads right
    (woocommerce.md, 4: with a Z it misses an hour).
    """
    if since is None:
        return {}
    return {"modified_after": values.time_text(since - timedelta(seconds=1)), "dates_are_gmt": True}


def bad_record(kind: str, row: Any, error: Malformed) -> BadRecord:
    payload: Payload = row if isinstance(row, Mapping) else {}
    label = str(payload.get("name") or payload.get("number") or payload.get("sku") or "")[:200]
    return BadRecord(
        kind=kind,
        remote_id=str(payload.get("id") or ""),
        name=label,
        error=unreadable(
            error,
            kind,
            payload.get("id"),
            label or str(payload.get("id") or ""),
            cure=_("Open the element in the shop and save it again; a plug-in may have written the field."),
        ),
        raw=values.plain(dict(payload)) if kind == "order" else {},
    )


def following(place: Place, reply: Reply) -> Place | None:
    """Where to go on; None after the last page.

    When elements were deleted since the page before, those behind them moved up, some onto a page that was read
    already: that one is read again.
    """
    if place.total is not None and reply.total is not None and reply.total < place.total and place.page > 1:
        return Place(place.phase, place.page - 1, reply.total, place.before, place.parent)
    full = len(reply.data) >= PAGE
    more = place.page < reply.pages if reply.pages is not None else full
    if not more:
        return None
    return Place(place.phase, place.page + 1, reply.total, place.before, place.parent)


def page_of(client: Client, path: str, place: Place, params: Mapping[str, Any]) -> Reply:
    """One page of a list."""
    # Sorted by what never changes: rows do move between pages when they are sorted by date.
    return client.get_list(path, per_page=PAGE, page=place.page, orderby="id", order="asc", **params)


def mapped(
    kind: str, rows: Iterable[Any], to_records: Callable[[Payload], Iterable[Record]]
) -> tuple[list[Record], tuple[BadRecord, ...]]:
    found: list[Record] = []
    bad: list[BadRecord] = []
    for row in rows:
        try:
            if not isinstance(row, Mapping):
                raise Malformed("row", row)
            found += to_records(row)
        except Malformed as error:
            bad.append(bad_record(kind, row, error))
    return found, tuple(bad)
