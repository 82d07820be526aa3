"""Row locks of this app, always taken in the order of the keys, so that two workers never wait in a ring.

On SQLite select_for_update does nothing: there a transaction is IMMEDIATE and holds the whole file (ECOSYSTEM.md §2.4).
"""

from __future__ import annotations

from collections.abc import Iterable

from orders.models import Order


def lock_order(pk: int) -> Order:
    """Call inside transaction.atomic. Raises Order.DoesNotExist."""
    return Order.objects.select_for_update(of=("self",)).get(pk=pk)


def lock_orders(pks: Iterable[int]) -> list[Order]:
    """Call inside transaction.atomic."""
    return list(Order.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk"))


def lock_known(source: str, source_id: str) -> Order | None:
    """The order that came from there with this id, locked, or None."""
    return (
        Order.objects.select_for_update(of=("self",)).filter(source=source, source_id=source_id).first()
        if source_id
        else None
    )
