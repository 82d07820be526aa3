"""What an order reaches: accepted, paid, shipped, cancelled. Each in one place, with its line of history.

What follows from it (goods leave or are free again, documents are issued) is called from here, in the same transaction.
Call all of these inside transaction.atomic with the order's row locked or just made, and its lines written. Orders that
are over already when they come in from a shop's history reach nothing here.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from orders.models import Order, OrderEvent, OrderStatus
from orders.services.history import record
from orders.services.issuing import after_accept, after_paid, after_shipped
from orders.services.paid_state import settle
from orders.services.reservations import goods_left, release_order_stock

_State = Order.State
_SHIPPED = (OrderStatus.Kind.SHIPPED, OrderStatus.Kind.DONE)
_User = AbstractBaseUser | None


def accept(order: Order, *, by: _User = None) -> None:
    """by None = by the shop's rules."""
    order.state, order.state_reason = _State.ACCEPTED, ""
    order.accepted_at, order.accepted_by = timezone.now(), by
    order.save(update_fields=["state", "state_reason", "accepted_at", "accepted_by", "changed_at"])
    record([order], OrderEvent.Kind.ACCEPTED, by=by)
    after_accept(order)


def money_changed(order: Order, *, by: _User = None) -> None:
    """A payment was booked, or the total is another one."""
    if settle(order):
        record([order], OrderEvent.Kind.PAID, by=by)
        after_paid(order)


def ship(order: Order, *, by: _User = None, source: str = "") -> None:
    """The goods have left. source: the shop that said so; else the order gets the status that says it to the shop."""
    if not source:
        _set_shipped(order, by)
    _end(order, _State.DONE)
    record([order], OrderEvent.Kind.SHIPPED, by=by, source=source)
    after_shipped(order)  # its delivery note is the paper on which the goods leave
    goods_left(order, by=by, source=source)


def _set_shipped(order: Order, by: _User) -> None:
    if order.status is not None and order.status.kind in _SHIPPED:
        return
    status = order.channel.shipped_status or _first_shipped()
    if status is None:
        return
    before, order.status = str(order.status) if order.status else "–", status
    order.save(update_fields=["status", "changed_at"])
    record([order], OrderEvent.Kind.STATUS_SET, by=by, before=before, after=str(status))


def _first_shipped() -> OrderStatus | None:
    """The first that means shipped; where there is none, the first that means done."""
    found = list(OrderStatus.objects.filter(kind__in=_SHIPPED).order_by("position", "name"))
    shipped = (status for status in found if status.kind == OrderStatus.Kind.SHIPPED)
    return next(shipped, found[0] if found else None)


def come_back(order: Order, *, by: _User = None, source: str = "") -> None:
    """An open order that was returned straight away: it is done, and its goods have never left for good."""
    _end(order, _State.DONE)
    release_order_stock(order)


def cancel(order: Order, *, reason: str = "", by: _User = None, source: str = "") -> None:
    """source: the shop that cancelled it."""
    _end(order, _State.CANCELLED, reason)
    record([order], OrderEvent.Kind.CANCELLED, by=by, source=source, text=reason)
    release_order_stock(order)


def _end(order: Order, state: Order.State, reason: str = "") -> None:
    order.state, order.state_reason = state, reason[:500]
    order.save(update_fields=["state", "state_reason", "changed_at"])
