"""What happens to documents, in the time line of their order."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from backoffice.lib.money import round_cent
from orders.models import Document, OrderEvent
from orders.services.history import record as record_order


def record(
    document: Document,
    kind: OrderEvent.Kind,
    by: AbstractBaseUser | None,
    *,
    text: str = "",
    **data: Any,
) -> None:
    """One line, in the caller's transaction; nothing for a document without an order."""
    if document.order is None:
        return
    record_order(
        [document.order],
        kind,
        by=by,
        text=text,
        document=document.kind,
        number=document.number,
        total=f"{round_cent(document.total, document.currency):f} {document.currency}",
        id=document.pk,
        **data,
    )
