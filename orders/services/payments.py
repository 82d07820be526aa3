"""Money that comes in for an order and goes back: booked once, whoever says it first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.money import round_cent
from orders.drafts import OrderDraft
from orders.errors import OrderRefused
from orders.locks import lock_order
from orders.models import Order, OrderEvent, Payment
from orders.services.history import record
from orders.services.milestones import money_changed

# The shop's word that all of it was paid, and its refunds, as ids of payments.
_PAID, _REFUND, _UNDONE = "paid", "refund:", "undone:"


@transaction.atomic
def book_payment(
    order: Order,
    amount: Decimal,
    *,
    by: AbstractBaseUser | None = None,
    at: datetime | None = None,
    method: str = "",
    reference: str = "",
    source_id: str = "",
    note: str = "",
) -> Payment:
    """Book what came in (amount above zero) or went back (below), in the order's currency; the order's sums follow.

    source_id: the id that whoever tells it has for it (a shop, a bank's statement); the same id again books nothing
    and gives the first payment back. A refund of more than was received is booked, too: it has happened
    (Order.refunded_too_much shows it). Raises OrderRefused for zero.
    """
    amount = round_cent(amount, order.currency)
    if not amount:
        raise OrderRefused(
            _("A payment of zero is none, so nothing was booked for order %(number)s.")
            % {"number": order.number},
            cure=_("Enter the amount."),
        )
    locked = lock_order(order.pk)
    known = locked.payments.filter(source_id=source_id).first() if source_id else None
    if known is not None:
        return known
    payment = Payment.objects.create(
        order=locked,
        amount=amount,
        currency=locked.currency,
        at=at or timezone.now(),
        method=method[:200],
        reference=reference[:200],
        source_id=source_id[:100],
        note=note[:300],
        by=by,
    )
    _tell(locked, payment)
    money_changed(locked, by=by)
    for name in ("received", "refunded", "paid_state", "paid_at"):
        setattr(order, name, getattr(locked, name))
    return payment


def follow_payments(order: Order, draft: OrderDraft, *, new: bool = False) -> bool:
    """Book what the shop says of payments and refunds, each once; take back a refund that the shop has deleted.

    new: the order was made just now and has no payments yet.
    True where something was booked: then the caller settles (milestones.money_changed). Call inside
    transaction.atomic with the order's row locked or just made, and a cleaned draft.
    """
    before = [] if new else order.payments.exclude(source_id="")
    known = {payment.source_id: payment for payment in before}
    booked: list[Payment] = []

    def book(source_id: str, amount: Decimal, at: datetime, **texts: str) -> None:
        if amount and source_id not in known:
            booked.append(
                Payment(
                    order=order,
                    amount=amount,
                    currency=draft.currency,
                    at=at,
                    source_id=source_id[:100],
                    **texts,
                )
            )

    if draft.paid_at is not None:
        book(_PAID, draft.total, draft.paid_at, method=draft.payment_name, reference=draft.transaction_id)
    now = timezone.now()
    named = set()
    for position, refund in enumerate(draft.refunds, start=1):
        source_id = f"{_REFUND}{refund.source_id or position}"[:100]
        named.add(source_id)
        book(source_id, -abs(round_cent(refund.amount, draft.currency)), now, note=refund.reason[:300])
    for source_id, payment in known.items():
        if source_id.startswith(_REFUND) and source_id not in named:
            note = _("Refund deleted in %(shop)s.") % {"shop": draft.source_label}
            book(_UNDONE + source_id.removeprefix(_REFUND), -payment.amount, now, note=note)
    for payment in booked:
        payment.save(force_insert=True)
        _tell(order, payment, source=draft.source_label)
    return bool(booked)


def _tell(order: Order, payment: Payment, *, source: str = "") -> None:
    kind = OrderEvent.Kind.PAYMENT if payment.amount > 0 else OrderEvent.Kind.REFUND
    record(
        [order],
        kind,
        by=payment.by,
        source=source,
        text=" · ".join(part for part in (source, payment.note) if part),
        amount=f"{abs(payment.amount):f}",
        currency=payment.currency,
    )
