"""How far an order is paid: worked out here and nowhere else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Max, Q, Sum
from django.utils import timezone

from orders.models import Order

PaidState = Order.PaidState


def paid_state(total: Decimal, received: Decimal, returned: Decimal) -> Order.PaidState:
    """received, returned: sums of what came in and of what went back, both without sign. Pure.

    A refund of a part does not make an order unpaid: what it cost was paid once, and less of it was kept in the end.
    """
    kept = received - returned
    if returned and kept <= 0 and (received or returned >= total):
        return PaidState.REFUNDED
    if kept > total:
        return PaidState.OVERPAID
    if received >= total:
        return PaidState.PAID
    return PaidState.PARTLY if received else PaidState.UNPAID


def settle(order: Order) -> bool:
    """Bring the order's sums and its state up to its payments and its total; True where it has just become paid.

    Call inside transaction.atomic with the order's row locked or just made. One query, and one more where it changed.
    What follows from having become paid is not done here: see orders.services.milestones.money_changed.
    """
    sums: dict[str, Any] = order.payments.aggregate(
        received=Sum("amount", filter=Q(amount__gt=0)),
        returned=Sum("amount", filter=Q(amount__lt=0)),
        last=Max("at", filter=Q(amount__gt=0)),
    )
    received, returned = sums["received"] or Decimal(0), -(sums["returned"] or Decimal(0))
    state = paid_state(order.total, received, returned)
    was_paid = order.is_paid
    before = (order.received, order.refunded, order.paid_state, order.paid_at)
    order.received, order.refunded, order.paid_state = received, returned, state
    if not order.is_paid:
        order.paid_at = None
    elif order.paid_at is None or not was_paid:
        order.paid_at = sums["last"] or timezone.now()
    if (order.received, order.refunded, order.paid_state, order.paid_at) != before:
        order.save(update_fields=["received", "refunded", "paid_state", "paid_at", "changed_at"])
    return order.is_paid and not was_paid
