"""A parcel leaves: the order is shipped, and its shop is told the number (L2, O8)."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.errors import OrderRefused
from orders.locks import lock_order
from orders.models import Order, OrderEvent, Shipment
from orders.services import milestones
from orders.services.history import record

_State = Order.State


@transaction.atomic
def ship_order(
    pk: int,
    *,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    by: AbstractBaseUser | None,
) -> Order:
    """Record the parcel, if anything is known of it; the order is shipped with it: goods leave, the status moves on.

    The same parcel (order, carrier, number) again changes nothing. An order that is done already may get further
    parcels. Raises OrderRefused; then nothing was written.
    """
    order = lock_order(pk)
    if order.state not in (_State.ACCEPTED, _State.DONE):
        raise OrderRefused(
            _("Order %(number)s cannot be shipped, it is %(state)s.")
            % {"number": order.number, "state": order.get_state_display().lower()},
            cure=_("Accept it first.")
            if order.state != _State.CANCELLED
            else _("Make a new order for the goods."),
        )
    known = _record_parcel(order, carrier.strip(), tracking_number.strip(), tracking_url.strip(), by)
    if order.state == _State.ACCEPTED:
        milestones.ship(order, by=by)
    elif not known:
        order.save(update_fields=["changed_at"])  # the shop has to be told of it
    return order


def _record_parcel(order: Order, carrier: str, number: str, url: str, by: AbstractBaseUser | None) -> bool:
    """Whether there is nothing new in it."""
    if not (carrier or number or url):
        return True
    if number and Shipment.objects.filter(order=order, carrier=carrier, tracking_number=number).exists():
        return True
    Shipment.objects.create(
        order=order,
        carrier=carrier,
        tracking_number=number,
        tracking_url=url,
        shipped_at=timezone.now(),
        by=by,
    )
    record([order], OrderEvent.Kind.PARCEL, by=by, carrier=carrier, number=number or url)
    return False
