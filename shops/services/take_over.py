"""A person wants the shop's version of an order that is known here (O12): in full where nothing stands in the way, else
what stands for itself. What cannot come in yet waits among the parked orders, and is taken over once that is cured."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from orders.errors import OrderRefused
from orders.models import Order
from orders.services import decisions
from orders.services.standing import why_not_whole
from shops.models import IncomingOrder
from shops.services.intake import recount, take_in


def take_version(order_id: int, *, by: AbstractBaseUser) -> Order:
    """Lines, sums and all else as the shop has them now, from what is stored: no request to the shop.

    While something issued stands, or somebody works on a draft, only what stands for itself is taken over (notes,
    contact, addresses). Raises OrderRefused (also where it has to wait), Order.DoesNotExist.
    """
    order = Order.objects.get(pk=order_id)
    if not decisions.needs_whole(order) or why_not_whole(order) is not None:
        return decisions.take_theirs(order_id, by=by)
    row = _stored(order)
    row.take_whole, row.decided_by = True, by  # type: ignore[assignment]
    row.save(update_fields=["take_whole", "decided_by", "changed_at"])
    released = take_in([row], by=by)
    if released.still and not row.message:
        IncomingOrder.objects.filter(pk=row.pk).update(take_whole=False)
        raise _gone(order)
    if released.still:
        raise OrderRefused(
            f"{_('The shop’s version cannot be taken over yet.')} {released.still[0].message}",
            cure=_(
                "It waits under Needs a person > Parked orders: cure it there, then it is taken over by itself."
            ),
        )
    order.refresh_from_db()
    if decisions.needs_whole(order):  # a document was made in the same moment
        raise why_not_whole(order) or _gone(order)
    return order


@transaction.atomic
def keep_version(order_id: int, *, by: AbstractBaseUser) -> Order:
    """Ours is kept, and what waits of the shop's is not wanted any more. Raises Order.DoesNotExist."""
    order = decisions.keep_ours(order_id, by=by)
    waiting = IncomingOrder.objects.filter(
        shop__code=order.source, remote_id=order.source_id, take_whole=True
    )
    causes = set(waiting.exclude(problem=None).values_list("problem", flat=True))
    waiting.update(
        take_whole=False,
        state=IncomingOrder.State.TAKEN,
        problem=None,
        message="",
        cure="",
        cause="",
        data={},
    )
    recount(causes, by=by)
    return order


def waiting_change(order: Order) -> IncomingOrder | None:
    """The shop's newer version of this order, where it waits for a person."""
    rows = IncomingOrder.objects.filter(shop__code=order.source, remote_id=order.source_id)
    return rows.filter(state=IncomingOrder.State.PARKED).defer("payload").first()


def _stored(order: Order) -> IncomingOrder:
    rows = IncomingOrder.objects.select_related("shop").defer("payload")
    row = rows.filter(shop__code=order.source, remote_id=order.source_id).first()
    if row is None:
        raise _gone(order)
    return row


def _gone(order: Order) -> OrderRefused:
    return OrderRefused(
        _("What the shop says of order %(number)s is not stored here any more.") % {"number": order.number},
        cure=_("Press “Import orders …” on the shop's page, from the day of the order; then take it over."),
    )
