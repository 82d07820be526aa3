"""Reads a long list from its beginning to its end, by the rows' own ids: what is deleted or added meanwhile shifts nothing.

A piece is up to 25 pages of 50 rows in one request (shoper.md, 3). The next piece begins behind the last id that was
seen, so a cursor is that id, with the number of rows still to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import UnexpectedAnswer
from shops.platforms.base import lost_place
from shops.platforms.shoper.client import BULK_MOST, LIMIT, Call, Client, Rows, listing, restless
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Payload

TRIES = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read stands. after: the last id seen. left: rows behind it, None = not known yet. total: of all."""

    after: int = 0
    left: int | None = None
    total: int | None = None

    @classmethod
    def of(cls, cursor: str | None) -> Place:
        if cursor is None:
            return cls()
        parts = cursor.split(":")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
            raise lost_place(cursor)
        return cls(*(int(part) for part in parts))

    def __str__(self) -> str:
        return f"{self.after}:{self.left or 0}:{self.total or 0}"


@dataclass(frozen=True, slots=True)
class Piece:
    rows: list[Payload]
    following: Place | None
    total: int


@dataclass(frozen=True, slots=True)
class LongList:
    """A list of the shop. key: the name of its rows' id. pages: how many at most in one request."""

    client: Client
    path: str
    key: str
    pages: int = BULK_MOST
    filters: Mapping[str, Any] | None = None

    def piece(self, place: Place) -> Piece:
        """The next rows. Raises RemoteDown when the list does not come to rest."""
        for _attempt in range(TRIES):
            pages = self._pages(place)
            rows = [row for page in pages for row in page.rows]
            counts = {page.count for page in pages}
            # All pages must be of one state of the list, or a row between two of them would be missed.
            if len(counts) == 1 and len(rows) == min(pages[0].count, len(pages) * LIMIT):
                return self._found(place, rows, pages[0].count)
        raise restless(f"GET {self.path}")

    def _pages(self, place: Place) -> list[Rows]:
        """One request where it is known how many there are; else the first page says so."""
        left, first = place.left, []
        if left is None:
            first = self.client.lists([self._page(place.after, 1)])
            left = first[0].count
        last = max(min(-(-left // LIMIT), self.pages), 1)
        return first + self.client.lists(
            [self._page(place.after, number) for number in range(len(first) + 1, last + 1)]
        )

    def _found(self, place: Place, rows: list[Payload], count: int) -> Piece:
        ids = [int(values.own_id(row, self.key)) for row in rows]
        if ids != sorted(ids) or (ids and ids[0] <= place.after):
            raise UnexpectedAnswer(
                _(
                    "The shop does not give its list in the order that was asked for, so it cannot be read safely."
                ),
                cure=_("Tell Kontor's developers which version of Shoper the shop has."),
                detail=f"GET {self.path} after {place.after}: {ids[:20]}",
                key="unordered",
            )
        total = place.total if place.total is not None else count
        left = count - len(rows)
        following = Place(ids[-1], left, total) if left and ids else None
        return Piece(rows, following, total)

    def _page(self, after: int, number: int) -> Call:
        filters = {**(self.filters or {}), **({self.key: {">": after}} if after else {})}
        return listing(self.path, page=number, order=f"{self.key} asc", filters=filters)
