"""Row locks of this app: orders, then documents, then counters of series, each in the order of the keys, so that two
workers never wait in a ring.

On SQLite select_for_update does nothing: there a transaction is IMMEDIATE and holds the whole file (ECOSYSTEM.md §2.4).
"""

from __future__ import annotations

from collections.abc import Iterable

from orders.models import Document, Order


def lock_order(pk: int, *related: str) -> Order:
    """Call inside transaction.atomic. related: foreign keys to fetch along. Raises Order.DoesNotExist."""
    orders = Order.objects.select_for_update(of=("self",))
    return (orders.select_related(*related) if related else orders).get(pk=pk)


def lock_documents(pks: Iterable[int]) -> dict[int, Document]:
    """Call inside transaction.atomic, after the order's row."""
    rows = Document.objects.select_for_update(of=("self",)).select_related("series", "warehouse")
    return {document.pk: document for document in rows.filter(pk__in=set(pks)).order_by("pk")}


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
