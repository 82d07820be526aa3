"""What people decide about an order, each with its line of history in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.money import round_cent
from orders.errors import OrderRefused
from orders.locks import lock_order, lock_orders
from orders.models import Address, Order, OrderEvent, OrderLine
from orders.services import milestones
from orders.services.content import CANCELLED, YES, can_take
from orders.services.history import record
from orders.services.reimport import cancel_blocked
from orders.services.standing import why_not_whole

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
    return _each(pks, not_acceptable, lambda order: milestones.accept(order, by=by))


@transaction.atomic
def ship_orders(pks: Iterable[int], *, by: AbstractBaseUser) -> Decided:
    """The goods of these orders have left; the others are named, they do not stop the rest."""
    return _each(pks, not_shippable, lambda order: milestones.ship(order, by=by))


def _each(pks: Iterable[int], why_not: Callable[[Order], str], step: Callable[[Order], object]) -> Decided:
    decided = Decided([], [])
    for order in lock_orders(pks):
        if reason := why_not(order):
            decided.refused.append((order, reason))
        else:
            step(order)
            decided.done.append(order)
    return decided


@transaction.atomic
def cancel_order(pk: int, *, reason: str, by: AbstractBaseUser) -> Order:
    """Cancel it here; the shop is not told. Raises OrderRefused."""
    order = lock_order(pk)
    if order.state in (_State.CANCELLED, _State.DONE):
        raise _refused(order, _("Order %(number)s is already closed: %(state)s."))
    milestones.cancel(order, reason=reason, by=by)
    return order


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
    keys = _remember_theirs(order, order.differences)
    order.save(update_fields=["source_content", "differences", "changed_at"])
    record([order], OrderEvent.Kind.KEPT, by=by, fields=keys)
    return order


@transaction.atomic
def take_theirs(pk: int, *, by: AbstractBaseUser) -> Order:
    """Take the shop's values over, where they stand for themselves: address, contact, note, cancelling. Lines and the sum
    come only with the whole order (shops.services.take_over); their difference stays shown.

    Raises OrderRefused where nothing stands for itself, and where an order is to be cancelled whose documents stand.
    """
    order = Order.objects.select_related("billing", "delivery").get(pk=lock_order(pk).pk)
    taken = [difference for difference in order.differences if can_take(difference["field"])]
    if not taken:
        raise why_not_whole(order) or OrderRefused(
            _("The shop changed the lines of order %(number)s; they cannot be taken over one by one.")
            % {"number": order.number},
            cure=_("Correct the lines here, then choose “Keep ours”."),
        )
    cancelled = any(found["field"] == CANCELLED and found["shop"] == YES for found in taken)
    if order.state == _State.CANCELLED and any(found["field"] == CANCELLED for found in taken):
        raise OrderRefused(
            _("Order %(number)s was cancelled here, and stays so although the shop goes on with it.")
            % {"number": order.number},
            cure=_("Cancel it in the shop too, or let it be ordered anew; then choose “Keep ours”."),
        )
    if cancelled and cancel_blocked(order):
        raise OrderRefused(
            _("Order %(number)s has documents that were issued, so it is not simply cancelled.")
            % {"number": order.number},
            cure=_("Correct them with a credit note, then take the shop's version over."),
        )
    addresses = set()
    for difference in taken:
        part, _dot, name = difference["field"].partition(".")
        if part == CANCELLED:
            continue
        if name:
            address = getattr(order, part) or Address()
            setattr(address, name, difference["shop"])
            setattr(order, part, address)
            addresses.add(part)
        else:
            setattr(order, part, difference["shop"])
    for part in sorted(addresses):
        address = getattr(order, part)
        address.save()
        setattr(order, part, address)
    keys = _remember_theirs(order, taken)
    order.save()
    record([order], OrderEvent.Kind.TAKEN, by=by, fields=keys)
    if cancelled:
        milestones.cancel(order, by=by)
    return order


def takeable(order: Order) -> bool:
    """Whether something of what the shop changed stands for itself."""
    return any(can_take(difference["field"]) for difference in order.differences)


def needs_whole(order: Order) -> bool:
    """Whether the shop changed what comes only with the whole order: its lines or its sum."""
    return any(not can_take(difference["field"]) for difference in order.differences)


@transaction.atomic
def record_edit(order: Order, fields: Sequence[str], *, by: AbstractBaseUser) -> None:
    """Staff changed these fields (keys of orders.services.content); from now on the shop does not overwrite (O12).

    Our note and the status are ours anyway: changing only them leaves the order open to the shop.
    """
    if set(fields) - _OURS:
        now = timezone.now()
        Order.objects.filter(pk=order.pk).update(edited_at=now, changed_at=now)
        order.edited_at = now
    record([order], OrderEvent.Kind.EDITED, by=by, fields=list(fields))


@transaction.atomic
def add_up(order: Order) -> bool:
    """Set total and VAT to the sum of the lines, after staff changed them. True where the total changed."""
    lines = list(order.lines.all())
    total = round_cent(sum((line.gross for line in lines), Decimal(0)), order.currency)
    vat = round_cent(sum((line.vat for line in lines), Decimal(0)), order.currency)
    changed = order.total != total
    order.total, order.total_vat = total, vat
    Order.objects.filter(pk=order.pk).update(total=total, total_vat=vat, changed_at=timezone.now())
    if changed:
        milestones.money_changed(order)
    return changed


def next_position(order: Order) -> int:
    last = (
        OrderLine.objects.filter(order=order)
        .order_by(F("position").desc())
        .values_list("position", flat=True)
    )
    return (last.first() or 0) + 1


def not_acceptable(order: Order) -> str:
    """Why it cannot be accepted; "" = it can."""
    if order.state in (_State.NEW, _State.PARKED):
        return ""
    return _("it is already %(state)s") % {"state": order.get_state_display().lower()}


def not_shippable(order: Order) -> str:
    """Why it cannot be marked as shipped; "" = it can."""
    if order.state == _State.ACCEPTED:
        return ""
    return _("it is %(state)s") % {"state": order.get_state_display().lower()}


def _move(
    order: Order, state: Order.State, kind: OrderEvent.Kind, reason: str, by: AbstractBaseUser
) -> Order:
    order.state, order.state_reason = state, reason[:500]
    order.save(update_fields=["state", "state_reason", "changed_at"])
    record([order], kind, by=by, text=reason)
    return order


def _remember_theirs(order: Order, differences: list[dict[str, str]]) -> list[str]:
    """The shop's version of these becomes what the next one is compared with."""
    keys = [difference["field"] for difference in differences]
    order.source_content = order.source_content | {d["field"]: d["shop"] for d in differences}
    order.differences = [one for one in order.differences if one["field"] not in keys]
    return keys


def _refused(order: Order, sentence: str) -> OrderRefused:
    return OrderRefused(
        sentence % {"number": order.number, "state": order.get_state_display().lower()},
        cure=_("Reload the page: somebody may have been faster."),
    )
