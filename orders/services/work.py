"""What an order waits for: its next step, and the work queues that the steps make.

The conditions of the queues ask the database, `next_step` asks one order whose papers are known; both say the same
(tests/orders/test_work.py holds them together).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import and_

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from orders.locks import lock_order
from orders.models import Document, DocumentKind, DocumentMail, Order, SalesChannel, Shipment
from orders.services.document_drafts import RELATED
from orders.services.documents import close_document
from orders.services.issuing import Issued, issue_locked, kinds_due, kinds_left, kinds_of

_State = Order.State
_OPEN_MONEY = (Order.PaidState.UNPAID, Order.PaidState.PARTLY)


class Step(StrEnum):
    """What somebody does next about an order."""

    ACCEPT = "accept"
    CLOSE = "close"  # a draft waits to be issued
    ISSUE = "issue"
    PAY = "pay"
    SHIP = "ship"


class Queue(StrEnum):
    """CHECK: nobody has accepted it. PACK: accepted, its documents are to be made. SHIP: only the parcel is missing.

    UNPAID: money is open, of orders that somebody took on or may still take on (never of a shop's history).
    """

    CHECK = "check"
    PACK = "pack"
    SHIP = "ship"
    UNPAID = "unpaid"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of an order. mail: state of its newest sending, "" = none."""

    id: int
    kind: str
    number: str
    mail: str = ""
    mailed_at: datetime | None = None

    @property
    def is_draft(self) -> bool:
        return not self.number


@dataclass(slots=True)
class Handling:
    """papers: oldest first. parcels: newest first."""

    papers: list[Paper] = field(default_factory=list)
    parcels: list[Shipment] = field(default_factory=list)

    @property
    def draft(self) -> bool:
        return any(paper.is_draft and paper.kind != DocumentKind.CREDIT_NOTE for paper in self.papers)


def handling_of(orders: Sequence[Order]) -> dict[int, Handling]:
    """{order id: what was made of it and sent}, in three queries."""
    ids = [order.pk for order in orders]
    found = {pk: Handling() for pk in ids}
    mails: dict[int, tuple[str, datetime | None]] = {
        document: (state, sent_at)
        for document, state, sent_at in DocumentMail.objects.filter(document__order__in=ids)
        .order_by("pk")
        .values_list("document", "state", "sent_at")
    }
    documents = Document.objects.filter(order__in=ids).order_by("pk")
    for pk, order, kind, number in documents.values_list("pk", "order", "kind", "number"):
        found[order].papers.append(Paper(pk, kind, number, *mails.get(pk, ("", None))))
    for parcel in Shipment.objects.filter(order__in=ids):
        found[parcel.order_id].parcels.append(parcel)
    return found


def channels_of(sources: Iterable[str]) -> dict[str, SalesChannel]:
    """{Order.source: its rules}, in one query."""
    wanted = set(sources)
    known = {channel.code: channel for channel in SalesChannel.objects.filter(code__in=wanted)}
    return {code: known.get(code) or SalesChannel(code=code) for code in wanted}


def next_step(order: Order, channel: SalesChannel, handling: Handling) -> Step | None:
    """None = nobody has to do anything. order: with its payment method selected."""
    if order.state in (_State.NEW, _State.PARKED):
        return Step.ACCEPT
    if order.state == _State.CANCELLED:
        return None
    if handling.draft:
        return Step.CLOSE
    if _due(order, channel, handling):
        return Step.ISSUE
    if order.state == _State.ACCEPTED:
        return Step.PAY if _waits_for_money(order) else Step.SHIP
    return Step.PAY if order.accepted_at and _money_is_open(order) else None


def in_queue(queue: Queue) -> Q:
    """The condition on Order; one query for the channels where it is about documents."""
    about_documents = queue in (Queue.PACK, Queue.SHIP)
    return _condition(queue, _documents_open() if about_documents else Q())


def _condition(queue: Queue, documents_open: Q) -> Q:
    match queue:
        case Queue.CHECK:
            return Q(state=_State.NEW)
        case Queue.PARKED:
            return Q(state=_State.PARKED)
        case Queue.UNPAID:
            taken = Q(state=_State.DONE, accepted_at__isnull=False)
            living = Q(state__in=[_State.NEW, _State.PARKED, _State.ACCEPTED])
            return _unpaid() & (living | taken)
    if queue == Queue.PACK:
        return Q(state=_State.ACCEPTED) & documents_open
    waits = _unpaid() & Q(payment_method__isnull=False, payment_method__prepaid=True)
    return Q(state=_State.ACCEPTED) & ~documents_open & ~waits


def count_queues(orders: QuerySet[Order] | None = None) -> dict[str, int]:
    """{queue: how many orders are in it, "all": all of them}."""
    every = Order.objects.all() if orders is None else orders
    living = [_State.NEW, _State.PARKED, _State.ACCEPTED]
    documents_open = _documents_open()
    flags = {queue.value: Count("pk", filter=_condition(queue, documents_open)) for queue in Queue}
    # What is done and paid is in no queue: the costly conditions look at the rest only.
    counts = (
        every.filter(Q(state__in=living) | (Q(state=_State.DONE) & _unpaid())).order_by().aggregate(**flags)
    )
    return {**counts, "all": every.count()}


def finish_documents(
    order_ids: Iterable[int], *, by: AbstractBaseUser, kinds: Collection[str] = DocumentKind.values
) -> list[Issued]:
    """Issue the drafts of these orders and what they lack, each order in a transaction of its own. kinds: no others.

    Those that do not fit are named and stop nobody. One order's documents are issued all or none.
    """
    results = []
    for order in Order.objects.filter(pk__in=order_ids).order_by("pk"):
        try:
            results.append(_finish(order.pk, by, kinds))
        except KontorError as error:
            results.append(Issued(order, problem=f"{error.message} {error.cure}".strip()))
    return results


def why_no_documents(
    order: Order, channel: SalesChannel, handling: Handling, kinds: Collection[str] = DocumentKind.values
) -> str:
    """Why `finish_documents` would do nothing for it; "" = it would."""
    if order.state not in (_State.ACCEPTED, _State.DONE):
        return _("it is %(state)s") % {"state": order.get_state_display().lower()}
    waiting = {paper.kind for paper in handling.papers if paper.is_draft} - {DocumentKind.CREDIT_NOTE}
    lacking = set(kinds_of(channel, paid=order.is_paid) or (DocumentKind.INVOICE,)) - {
        paper.kind for paper in handling.papers
    }
    if (waiting | lacking).intersection(kinds):
        return ""
    return _("you may not issue what it lacks") if waiting | lacking else _("it has its documents")


@transaction.atomic
def _finish(order_id: int, by: AbstractBaseUser, allowed: Collection[str]) -> Issued:
    order = lock_order(order_id, *RELATED)
    drafts = Document.objects.filter(order=order).drafts().exclude(kind=DocumentKind.CREDIT_NOTE)  # type: ignore[attr-defined]
    # The delivery note first: it moves the goods, the invoice beside it does not.
    waiting = sorted(
        drafts.filter(kind__in=allowed),
        key=lambda draft: (draft.kind != DocumentKind.DELIVERY_NOTE, draft.pk),
    )
    closed = tuple(close_document(draft.pk, by=by) for draft in waiting)
    # Where the channel has no rule, a draft that somebody made is all that was wanted.
    kinds = kinds_left(order, order.channel) if kinds_of(order.channel) or not closed else ()
    mine = [kind for kind in kinds if kind in allowed]
    issued = issue_locked(order, mine, by=by) if mine else Issued(order)
    made = closed + issued.documents
    if made:
        return Issued(order, made)
    others = bool(kinds) or drafts.exists()
    return Issued(
        order, problem=_("you may not issue what it lacks") if others else _("it has its documents")
    )


def _due(order: Order, channel: SalesChannel, handling: Handling) -> bool:
    """Whether the rule wants a document by now that is not there."""
    there = {paper.kind for paper in handling.papers}
    if order.state == _State.DONE:
        lacking = set(kinds_of(channel, paid=order.is_paid)) - there
        return bool(lacking) and order.accepted_at is not None
    return bool(set(kinds_due(channel, paid=order.is_paid)) - there)


def _waits_for_money(order: Order) -> bool:
    prepaid = order.payment_method is not None and order.payment_method.prepaid
    return prepaid and _money_is_open(order)


def _money_is_open(order: Order) -> bool:
    return order.paid_state in _OPEN_MONEY and order.total > 0


def _unpaid() -> Q:
    return Q(paid_state__in=_OPEN_MONEY, total__gt=0)


def _documents_open() -> Q:
    """A draft waits, or the channel's rule wants more: as many conditions as there are different rules, not shops."""
    drafts = Document.objects.filter(order=OuterRef("pk"), state=Document.State.DRAFT)
    rules: Mapping[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for channel in SalesChannel.objects.all():
        wanted = kinds_due(channel, paid=False), kinds_due(channel, paid=True)
        if any(wanted):
            rules[wanted].append(channel.code)
    due = Q(Exists(drafts.exclude(kind=DocumentKind.CREDIT_NOTE)))
    paid = ~Q(paid_state__in=_OPEN_MONEY)
    for (unpaid_kinds, paid_kinds), codes in rules.items():
        rule = Q(source__in=codes)
        if unpaid_kinds == paid_kinds:
            due |= rule & _lacking(paid_kinds)
            continue
        due |= rule & paid & _lacking(paid_kinds)
        if unpaid_kinds:
            due |= rule & ~paid & _lacking(unpaid_kinds)
    return due


def _lacking(kinds: tuple[str, ...]) -> Q:
    made = [Q(Exists(Document.objects.filter(order=OuterRef("pk"), kind=kind))) for kind in kinds]
    return ~reduce(and_, made)
