"""What people decide about an order, each with its line of history in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.money import round_cent
from orders.errors import OrderRefused
from orders.locks import lock_order, lock_orders
from orders.models import Address, Order, OrderEvent, OrderLine
from orders.services.content import can_take

_State = Order.State
_OURS = frozenset({"note", "status"})


@dataclass(frozen=True, slots=True)
class Decided:
    """done: orders that took the step. refused: (order, why not)."""

    done: list[Order]
    refused: list[tuple[Order, str]]


@transaction.atomic
def accept_orders(pks: Iterable[int], *, by: AbstractBaseUser) -> Decided:
    """Accept all that can be accepted; the others are named, they do not stop the rest."""
    decided = Decided([], [])
    for order in lock_orders(pks):
        if reason := _not_acceptable(order):
            decided.refused.append((order, reason))
        else:
            decided.done.append(order)
    now = timezone.now()
    Order.objects.filter(pk__in=[order.pk for order in decided.done]).update(
        state=_State.ACCEPTED, state_reason="", accepted_at=now, accepted_by=by, changed_at=now
    )
    _record(decided.done, OrderEvent.Kind.ACCEPTED, by)
    return decided


@transaction.atomic
def cancel_order(pk: int, *, reason: str, by: AbstractBaseUser) -> Order:
    """Cancel it here; the shop is not told. Raises OrderRefused."""
    order = lock_order(pk)
    if order.state in (_State.CANCELLED, _State.DONE):
        raise _refused(order, _("Order %(number)s is already closed: %(state)s."))
    return _move(order, _State.CANCELLED, OrderEvent.Kind.CANCELLED, reason, by)


@transaction.atomic
def park_order(pk: int, *, reason: str, by: AbstractBaseUser) -> Order:
    """Set it aside with a reason, until release_order or accept_orders. Raises OrderRefused."""
    order = lock_order(pk)
    if order.state not in (_State.NEW, _State.ACCEPTED):
        raise _refused(order, _("Order %(number)s cannot be set aside, it is %(state)s."))
    return _move(order, _State.PARKED, OrderEvent.Kind.PARKED, reason, by)


@transaction.atomic
def release_order(pk: int, *, by: AbstractBaseUser) -> Order:
    """Back among the new ones. Raises OrderRefused."""
    order = lock_order(pk)
    if order.state != _State.PARKED:
        raise _refused(order, _("Order %(number)s is not set aside, it is %(state)s."))
    return _move(order, _State.NEW, OrderEvent.Kind.RELEASED, "", by)


@transaction.atomic
def keep_ours(pk: int, *, by: AbstractBaseUser) -> Order:
    """The shop's changes are known and not wanted: they are shown no more, unless the shop changes them again."""
    order = lock_order(pk)
    keys = _remember_theirs(order)
    order.save(update_fields=["source_content", "differences", "changed_at"])
    _record([order], OrderEvent.Kind.KEPT, by, fields=keys)
    return order


@transaction.atomic
def take_theirs(pk: int, *, by: AbstractBaseUser) -> Order:
    """Take the shop's values over, where they stand for themselves (address, contact, note, payment).

    Raises OrderRefused where lines or the sum changed: those come only with the whole order.
    """
    order = Order.objects.select_related("billing", "delivery").get(pk=lock_order(pk).pk)
    if not takeable(order):
        raise OrderRefused(
            _("The shop changed the lines of order %(number)s; they cannot be taken over one by one.")
            % {"number": order.number},
            cure=_("Correct the lines here, then choose “Keep ours”."),
        )
    addresses = set()
    for difference in order.differences:
        part, _dot, name = difference["field"].partition(".")
        if name:
            address = getattr(order, part) or Address()
            setattr(address, name, difference["shop"])
            setattr(order, part, address)
            addresses.add(part)
        else:
            setattr(order, part, _value(part, difference["shop"]))
    for part in sorted(addresses):
        address = getattr(order, part)
        address.save()
        setattr(order, part, address)
    keys = _remember_theirs(order)
    order.save()
    _record([order], OrderEvent.Kind.TAKEN, by, fields=keys)
    return order


def takeable(order: Order) -> bool:
    return bool(order.differences) and all(can_take(d["field"]) for d in order.differences)


@transaction.atomic
def record_edit(order: Order, fields: Sequence[str], *, by: AbstractBaseUser) -> None:
    """Staff changed these fields (keys of orders.services.content); from now on the shop does not overwrite (O12).

    Our note and the status are ours anyway: changing only them leaves the order open to the shop.
    """
    if set(fields) - _OURS:
        now = timezone.now()
        Order.objects.filter(pk=order.pk).update(edited_at=now, changed_at=now)
        order.edited_at = now
    _record([order], OrderEvent.Kind.EDITED, by, fields=list(fields))


@transaction.atomic
def add_up(order: Order) -> bool:
    """Set total and VAT to the sum of the lines, after staff changed them. True where the total changed."""
    lines = list(order.lines.all())
    total = round_cent(sum((line.gross for line in lines), Decimal(0)), order.currency)
    vat = round_cent(sum((line.vat for line in lines), Decimal(0)), order.currency)
    changed = order.total != total
    order.total, order.total_vat = total, vat
    Order.objects.filter(pk=order.pk).update(total=total, total_vat=vat, changed_at=timezone.now())
    return changed


def next_position(order: Order) -> int:
    last = (
        OrderLine.objects.filter(order=order)
        .order_by(F("position").desc())
        .values_list("position", flat=True)
    )
    return (last.first() or 0) + 1


def _not_acceptable(order: Order) -> str:
    if order.state in (_State.NEW, _State.PARKED):
        return ""
    return _("it is already %(state)s") % {"state": order.get_state_display().lower()}


def _move(
    order: Order, state: Order.State, kind: OrderEvent.Kind, reason: str, by: AbstractBaseUser
) -> Order:
    order.state, order.state_reason = state, reason[:500]
    order.save(update_fields=["state", "state_reason", "changed_at"])
    _record([order], kind, by, text=reason)
    return order


def _remember_theirs(order: Order) -> list[str]:
    """The shop's version becomes what the next one is compared with."""
    keys = [difference["field"] for difference in order.differences]
    order.source_content = order.source_content | {d["field"]: d["shop"] for d in order.differences}
    order.differences = []
    return keys


def _value(field: str, text: str) -> Any:
    if field == "refunded":
        return Decimal(text or "0")
    if field == "paid_at":
        return datetime.fromisoformat(text) if text else None
    return text


def _record(
    orders: Sequence[Order], kind: OrderEvent.Kind, by: AbstractBaseUser, text: str = "", **data: Any
) -> None:
    OrderEvent.objects.bulk_create(
        [OrderEvent(order=order, kind=kind, by=by, text=text[:500], data=data) for order in orders]
    )


def _refused(order: Order, sentence: str) -> OrderRefused:
    return OrderRefused(
        sentence % {"number": order.number, "state": order.get_state_display().lower()},
        cure=_("Reload the page: somebody may have been faster."),
    )
