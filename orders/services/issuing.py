"""Documents by the rule of the sales channel: which ones an order becomes, when, as a draft or at once (O3-O5).

The three `after_…` are called where an order reaches a milestone, in the same transaction and with its row locked. They
never undo it: an order whose documents cannot be issued stays accepted (or paid, or shipped), and the reason stands on
it until somebody has seen to it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from inventory.models import Company
from orders.locks import lock_order
from orders.models import Document, DocumentKind, Order, OrderEvent, SalesChannel
from orders.services.document_drafts import RELATED, drafted
from orders.services.documents import issue_document
from orders.services.history import record

_Becomes, _Moment = SalesChannel.Becomes, SalesChannel.Moment
# The delivery note first: it moves the goods, the invoice beside it does not.
_KINDS: dict[str, tuple[str, ...]] = {
    _Becomes.NOTHING: (),
    _Becomes.INVOICE: (DocumentKind.INVOICE,),
    _Becomes.PROFORMA: (DocumentKind.PROFORMA,),
    _Becomes.DELIVERY_NOTE: (DocumentKind.DELIVERY_NOTE,),
    _Becomes.BOTH: (DocumentKind.DELIVERY_NOTE, DocumentKind.INVOICE),
}

_TRIES = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """documents: made for one order. problem: why not all of them; "" = nothing was in the way."""

    order: Order
    documents: tuple[Document, ...] = ()
    problem: str = ""


def after_accept(order: Order) -> Issued:
    """Also where the order was paid or shipped before it was accepted."""
    if not kinds_of(order.channel):
        return Issued(order)
    return _by_rule(order, {_Moment.ACCEPTED, *_reached(order)})


def after_paid(order: Order) -> Issued:
    return _by_rule(order, {_Moment.PAID})


def after_shipped(order: Order) -> Issued:
    return _by_rule(order, {_Moment.SHIPPED})


def kinds_of(channel: SalesChannel, *, paid: bool = False) -> tuple[str, ...]:
    """What an order of this channel becomes, in the order of issuing; () = nothing by itself.

    A pro forma invoice asks for money: an order that is paid becomes the invoice instead.
    """
    if paid and channel.becomes == _Becomes.PROFORMA:
        return (DocumentKind.INVOICE,)
    return _KINDS[channel.becomes]


def kinds_due(channel: SalesChannel, *, paid: bool) -> tuple[str, ...]:
    """What an accepted order of this channel should have by now, before it is shipped."""
    asked_for = paid and channel.becomes == _Becomes.PROFORMA
    reached = channel.moment == _Moment.ACCEPTED or (paid and channel.moment == _Moment.PAID)
    return kinds_of(channel, paid=paid) if reached or asked_for else ()


def kinds_left(order: Order, channel: SalesChannel) -> tuple[str, ...]:
    """What the order still lacks of it; of a channel that makes nothing by itself, the invoice."""
    there = set(Document.objects.filter(order=order).values_list("kind", flat=True))
    wanted = kinds_of(channel, paid=order.is_paid) or (DocumentKind.INVOICE,)
    return tuple(kind for kind in wanted if kind not in there)


def issue_order(
    order_id: int, *, by: AbstractBaseUser, kinds: Sequence[str] = (), as_draft: bool = False
) -> Issued:
    """By hand: make and close what the order lacks, or the given kinds; all of them or none.

    Raises KontorError (DocumentRefused, StockError), Order.DoesNotExist.
    """
    with transaction.atomic():
        order = lock_order(order_id, *RELATED)
        return issue_locked(order, tuple(kinds) or kinds_left(order, order.channel), by=by, as_draft=as_draft)


def issue_locked(
    order: Order, kinds: Sequence[str], *, by: AbstractBaseUser, as_draft: bool = False
) -> Issued:
    """`issue_order` in the caller's transaction. order: locked, with document_drafts.RELATED selected."""
    return Issued(order, tuple(_make(order, kinds, as_draft=as_draft, by=by)))


def after_rewritten(order: Order) -> None:
    """The shop's version replaced the lines: drafts that were made by the rule and that nobody has touched follow."""
    for draft in Document.objects.filter(order=order, automatic=True, edited_at=None).drafts():  # type: ignore[attr-defined]
        kind = draft.kind
        draft.delete()
        _try(order, [kind], as_draft=True)


def _reached(order: Order) -> set[str]:
    reached: set[str] = set()
    if order.is_paid:
        reached.add(_Moment.PAID)
    if order.shipments.exists():
        reached.add(_Moment.SHIPPED)
    return reached


def _by_rule(order: Order, moments: set[str]) -> Issued:
    """Nothing for orders that nobody has accepted (history, paid later), unless their goods leave just now."""
    channel = order.channel
    kinds = kinds_of(channel, paid=order.is_paid)
    taken_on = order.accepted_at is not None or _Moment.SHIPPED in moments
    asked_for = channel.becomes == _Becomes.PROFORMA and _Moment.PAID in moments
    if not kinds or not taken_on or not (channel.moment in moments or asked_for):
        return Issued(order)
    there = set(Document.objects.filter(order=order).values_list("kind", flat=True))
    wanted = [kind for kind in kinds if kind not in there]
    return _try(order, wanted, as_draft=channel.as_draft) if wanted else Issued(order)


def _try(order: Order, kinds: Sequence[str], *, as_draft: bool) -> Issued:
    """All or none, in a savepoint: what fails takes nothing of the order with it."""
    try:
        made = _make_all(order, kinds, as_draft=as_draft)
    except KontorError as error:
        return _failed(order, f"{error.message} {error.cure}".strip())
    except Exception:  # whatever it is, it must not cost us the order
        logger.exception("documents of order %s could not be issued", order.number)
        return _failed(
            order, _("Something unforeseen happened; the log says what. Issue the documents by hand.")
        )
    if order.issue_problem:
        order.issue_problem = ""
        Order.objects.filter(pk=order.pk).update(issue_problem="")
    return Issued(order, tuple(made))


def _make_all(order: Order, kinds: Sequence[str], *, as_draft: bool) -> list[Document]:
    for _attempt in range(_TRIES - 1):
        try:
            with transaction.atomic():
                return _make_anew(order, kinds, as_draft=as_draft)
        except OperationalError:
            continue  # the victim of a deadlock: the savepoint has let go of its locks, so the other one is through
    with transaction.atomic():
        return _make_anew(order, kinds, as_draft=as_draft)


def _make_anew(order: Order, kinds: Sequence[str], *, as_draft: bool) -> list[Document]:
    """From the order as it is stored: what the caller holds may have been rolled back."""
    return _make(lock_order(order.pk, *RELATED), kinds, as_draft=as_draft, by=None, automatic=True)


def _make(
    order: Order,
    kinds: Sequence[str],
    *,
    as_draft: bool,
    by: AbstractBaseUser | None,
    automatic: bool = False,
) -> list[Document]:
    company = Company.load()
    if as_draft:
        return [drafted(order, kind, company, by=by, automatic=automatic)[0] for kind in kinds]
    return [issue_document(order, kind, company, by=by, automatic=automatic) for kind in kinds]


def _failed(order: Order, reason: str) -> Issued:
    order.issue_problem = reason[:500]
    Order.objects.filter(pk=order.pk).update(issue_problem=order.issue_problem)
    record([order], OrderEvent.Kind.UNISSUED, text=reason)
    return Issued(order, problem=reason)
