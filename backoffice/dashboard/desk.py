"""Whose dashboard it is: what somebody may see is cut down to what their work is about (docs/user-guide)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_PACKS = ("orders.add_shipment", "inventory.change_stocklevel")
_BOOKS = ("orders.add_payment",)


@dataclass(frozen=True, slots=True)
class Desk:
    """everything: the one who takes orders on (and who only looks) sees all. packs: parcels and stock. books: documents
    and payments. technical: also what only an administrator can cure. Rights to see a thing hold beside it."""

    everything: bool
    packs: bool
    books: bool
    technical: bool

    @classmethod
    def of(cls, user: Any) -> Desk:
        packs = any(map(user.has_perm, _PACKS))
        books = any(map(user.has_perm, _BOOKS))
        sells = user.has_perm("orders.accept_order")
        everything = sells or not (packs or books)
        return cls(
            everything=everything,
            packs=everything or packs,
            books=everything or books,
            technical=not sells or user.has_perm("shops.change_shop"),
        )
