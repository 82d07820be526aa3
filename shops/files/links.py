"""How elements are linked with a shop, as the cells of a row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shops.models import RemoteElement, Shop

_STATES: dict[str, str] = {
    RemoteElement.State.PRESENT: "linked",
    RemoteElement.State.CREATING: "creating",
    RemoteElement.State.GONE: "gone",
}


@dataclass(frozen=True, slots=True)
class Link:
    """state: a key of schema.LINK_STATES. sent, seen: the value (a quantity) last sent and last read."""

    state: str = "none"
    remote_id: str | None = None
    sent: Decimal | None = None
    sent_at: datetime | None = None
    seen: Decimal | None = None
    seen_at: datetime | None = None

    def cells(self) -> dict[str, str | None]:
        return {"link": self.state, "remote_id": self.remote_id}


def links_of(shop: Shop, kind: str, local_ids: Collection[int]) -> dict[int, Link]:
    """{our id: its link}, in one query; elements that aren't linked are absent."""
    rows = (
        RemoteElement.objects.of(shop, kind)
        .filter(local_id__in=local_ids)
        .values_list("local_id", "state", "remote_id", "sent_value", "sent_at", "seen_value", "seen_at")
    )
    return {
        local_id: Link(
            _STATES[state],
            # A reservation holds a placeholder, not an id of the shop.
            None if state == RemoteElement.State.CREATING else remote_id,
            sent,
            sent_at,
            seen,
            seen_at,
        )
        for local_id, state, remote_id, sent, sent_at, seen, seen_at in rows
        if local_id is not None and state in _STATES
    }
