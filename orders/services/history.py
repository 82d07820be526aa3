"""Lines of an order's time line, always written in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from orders.models import Order, OrderEvent


def record(
    orders: Iterable[Order],
    kind: OrderEvent.Kind,
    *,
    by: AbstractBaseUser | None = None,
    source: str = "",
    text: str = "",
    **data: Any,
) -> None:
    """source: the shop's name, when the shop did it. data: the values of the kind's sentence."""
    OrderEvent.objects.bulk_create(
        OrderEvent(order=order, kind=kind, by=by, source=source, text=text[:500], data=data)
        for order in orders
    )
