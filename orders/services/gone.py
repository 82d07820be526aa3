"""An order that its shop has deleted: it stays here, with a line in its history; what it kept back is given free."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext as _

from orders.locks import lock_known
from orders.models import Order, OrderEvent
from orders.services import milestones
from orders.services.content import CANCELLED, YES
from orders.services.history import record
from orders.services.reimport import Difference, cancel_blocked
from orders.services.reservations import OPEN


@transaction.atomic
def gone_in_shop(source: str, source_id: str, *, source_label: str, follow: bool) -> Order | None:
    """The shop has this order no more: deleted, or in its trash. None = it was not known here, or told before.

    While it is open it counts as cancelled in the shop: followed where statuses are (`follow`), else shown as a
    difference for a person to decide, and always so where something issued stands. What is over stays as it is.
    """
    order = lock_known(source, source_id)
    if order is None or _told(order):
        return None
    record([order], OrderEvent.Kind.GONE, source=source_label)
    known = order.source_content.get(CANCELLED) == YES
    if order.state not in OPEN or (known and not follow):
        return order
    if follow and not cancel_blocked(order):
        order.source_content = order.source_content | {CANCELLED: YES}
        order.differences = []
        order.save(update_fields=["source_content", "differences", "changed_at"])
        reason = _("Deleted in %(shop)s.") % {"shop": source_label}
        milestones.cancel(order, reason=reason, source=source_label)
        return order
    others = [one for one in order.differences if one["field"] != CANCELLED]
    order.differences = [*others, asdict(Difference(CANCELLED, "", YES))]
    order.save(update_fields=["differences", "changed_at"])
    return order


def _told(order: Order) -> bool:
    """Whether the shop has said nothing else of it since it was told gone."""
    last = order.events.exclude(source="").exclude(kind=OrderEvent.Kind.CANCELLED).order_by("-pk").first()
    return last is not None and last.kind == OrderEvent.Kind.GONE
