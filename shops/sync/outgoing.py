"""One change on its way to the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shops.models import Change, RemoteElement
from shops.records import Record


@dataclass(slots=True)
class Job:
    """ours: our whole record (for the fingerprint). sent: what goes to the shop.

    adopted: the element was found in the shop, nobody knows whether it equals ours: the next run compares.
    """

    change: Change
    sent: Record
    ours: Record | None = None
    element: RemoteElement | None = None
    adopted: bool = False


def main_value(record: Record | None) -> Any:
    """The one number of a stock level or a price, for the screens."""
    value = getattr(record, "quantity", None)
    return value if value is not None else getattr(record, "regular", None)
