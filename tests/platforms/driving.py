"""What the engine does with a platform, in the fewest words: read all pages, write in groups."""

from __future__ import annotations

from typing import Any

from shops.platforms.base import Page, Platform, Result, Verb
from shops.records import Record


def pages(platform: Platform, kind: str, **how: Any) -> list[Page]:
    found: list[Page] = []
    cursor: str | None = None
    while True:
        found.append(platform.read(kind, cursor=cursor, **how))
        cursor = found[-1].next_cursor
        if cursor is None:
            return found


def records(platform: Platform, kind: str, **how: Any) -> list[Any]:
    return [record for page in pages(platform, kind, **how) for record in page.records]


def write(platform: Platform, verb: Verb, kind: str, wanted: list[Record]) -> list[Result]:
    """As the engine does: in the groups that the platform asks for; results in the order of `wanted`."""
    results: dict[int, Result] = {}
    for group in platform.batches(kind, verb, wanted):
        answers = getattr(platform, verb)(kind, [wanted[position] for position in group])
        results |= dict(zip(group, answers, strict=True))
    assert sorted(results) == list(range(len(wanted)))
    return [results[position] for position in range(len(wanted))]


def errors(results: list[Result]) -> list[str]:
    return [result.error.key if result.error else "" for result in results]
