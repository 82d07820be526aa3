"""Closed inventory counts and transfers never change, by triggers (backoffice.lib.frozen_rows).

Who made or closed one may be deleted as a user; nothing else of it can become another.
"""

from __future__ import annotations

from backoffice.lib.frozen_rows import Papers

_BY = ("created_by_id", "closed_by_id")

STOCK_PAPERS = (
    Papers(
        name="stock_count",
        table="inventory_stockcount",
        lines="inventory_stockcountline",
        refusal="A closed inventory count never changes; count again.",
        emptied=_BY,
    ),
    Papers(
        name="stock_transfer",
        table="inventory_stocktransfer",
        lines="inventory_stocktransferline",
        refusal="A closed transfer never changes; carry the goods back with another one.",
        emptied=_BY,
    ),
)
