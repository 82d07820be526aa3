"""What differs between our side of an element and the shop's. Pure: contents in, differences out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from shops.content import Content, content_print


@dataclass(frozen=True, slots=True)
class Difference:
    """fields: {field: [here, there]}, both plain values; empty = both sides are equal where both are known.

    here_moved, there_moved: which side has changed since both were last made equal (False when they never were).
    """

    fields: dict[str, list[Any]]
    here_print: str
    here_moved: bool = False
    there_moved: bool = False

    @property
    def empty(self) -> bool:
        return not self.fields

    @property
    def conflict(self) -> bool:
        return self.here_moved and self.there_moved


def compare(
    here: Content,
    there: Content,
    *,
    there_print: str,
    synced_here: str = "",
    synced_there: str = "",
    only: Collection[str] | None = None,
    everything: bool = False,
) -> Difference:
    """What differs between our content and the shop's.

    A shop may store something else than it was sent (it strips a tag, rounds a price): where neither side has changed
    since both were last made equal, they count as equal, else the same change would be sent for ever.
    only:       the fields that can be changed on the other side (M7); None = all.
    everything: report all known fields, also equal ones ("Everything, every time").
    """
    here_print = content_print(here)
    here_moved = bool(synced_here) and here_print != synced_here
    there_moved = bool(synced_here) and there_print != synced_there
    if synced_here and not here_moved and not there_moved and not everything:
        return Difference({}, here_print)
    fields = {
        name: [value, there.get(name)]
        for name, value in here.items()
        if (name in there or everything)
        and (everything or value != there[name])
        and (only is None or name in only)
    }
    return Difference(fields, here_print, here_moved, there_moved)
