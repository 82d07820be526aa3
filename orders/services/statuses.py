"""The status of an order as staff see and set it, and what it means for the order's own state (O8).

A status that changed here goes to the shop by the mapping, within seconds (shops.services.changes).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from orders.locks import lock_orders
from orders.models import Order, OrderEvent, OrderStatus
from orders.services import milestones
from orders.services.decisions import Decided
from orders.services.history import record
from orders.services.reimport import cancel_blocked
from orders.services.reservations import OPEN

_Kind = OrderStatus.Kind


@transaction.atomic
def set_status(pks: Iterable[int], status: OrderStatus, *, by: AbstractBaseUser) -> Decided:
    """Give these orders this status; those that it does not fit are named, they do not stop the rest."""
    decided = Decided([], [])
    for order in lock_orders(pks):
        if reason := not_fitting(order, status):
            decided.refused.append((order, reason))
            continue
        decided.done.append(order)
        before = str(order.status) if order.status else "–"
        order.status = status
        order.save(update_fields=["status", "changed_at"])
        record([order], OrderEvent.Kind.STATUS_SET, by=by, before=before, after=str(status))
        follow_status(order, by=by)
    return decided


def follow_status(order: Order, *, by: AbstractBaseUser) -> None:
    """A person chose the order's status: what it says of goods and cancelling happens here too.

    order: locked, in an open state or not; what is over stays over.
    """
    if order.status is None or order.state not in OPEN:
        return
    if order.status.kind in (_Kind.SHIPPED, _Kind.DONE):
        milestones.ship(order, by=by)
    elif order.status.kind == _Kind.RETURNED:
        milestones.come_back(order, by=by)
    elif order.status.kind == _Kind.CANCELLED and not cancel_blocked(order):
        milestones.cancel(order, by=by)


def not_fitting(order: Order, status: OrderStatus) -> str:
    """Why it cannot be given this status; "" = it can."""
    if order.status_id == status.pk:
        return _("it is “%(status)s” already") % {"status": status}
    before_shipping = (_Kind.NEW, _Kind.PROCESSING, _Kind.WAITING)
    if order.state == Order.State.CANCELLED and status.kind != _Kind.CANCELLED:
        return _("it is cancelled")
    if order.state == Order.State.DONE and status.kind in before_shipping:
        return _("its goods have left")
    if status.kind == _Kind.CANCELLED and order.state in OPEN and cancel_blocked(order):
        return _("documents were issued for it; correct them first")
    return ""
