"""Take a shop's order into the order list: once, and to the cent (O1, O2, O3). What comes again goes to `reimport`."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from orders.drafts import AddressDraft, IntakeRules, LineDraft, OrderDraft, RefundDraft
from orders.errors import Parked, TotalDiffers, UnknownArticles, UnknownCustomer, Unmapped
from orders.locks import lock_known
from orders.models import Order, OrderEvent, OrderStatus
from orders.services import milestones
from orders.services.buyers import customer_of
from orders.services.cleaning import clean_draft
from orders.services.content import content_of_draft
from orders.services.lines import build_lines
from orders.services.order_rows import columns_of, event_of, saved_address, write_events, write_lines
from orders.services.paid_state import settle
from orders.services.payments import follow_payments
from orders.services.reimport import OVER, Accepted, Difference, Outcome, built_on, take_again
from orders.services.reservations import reserve_order
from orders.services.unmapped import check_mapped
from orders.services.vat_rates import VatRates

__all__ = [
    "Accepted",
    "AddressDraft",
    "Difference",
    "IntakeRules",
    "LineDraft",
    "OrderDraft",
    "Outcome",
    "Parked",
    "RefundDraft",
    "TotalDiffers",
    "UnknownArticles",
    "UnknownCustomer",
    "Unmapped",
    "accept_order",
    "built_on",
]

_LONGEST_NUMBER = 40
_NUMBERS_TRIED = 50
# Each failed try means that another worker got ahead, so as many tries as workers are enough.
_TRIES = 8


def accept_order(draft: OrderDraft, *, rules: IntakeRules, by: AbstractBaseUser | None = None) -> Accepted:
    """Create the order, or bring a known one (same source and source_id) up to date. One transaction of its own.

    - The order's total is the shop's total; its lines add up to it to the cent, if need be by a visible rounding
      line within `rules.tolerance`.
    - A known order is rewritten only while nobody has built on it (`built_on`), its status follows only with
      `rules.update_status`; what was not taken over is kept in Order.differences and returned.
    - Payments and refunds of the shop are booked, each once.
    - Its goods are kept back while it is open; done in the shop, they have left. An order that was over when it came
      in (history) moves nothing, and nothing follows from it.
    - The same draft again writes nothing.

    by: who cured what the order had waited for, or asked for the shop's version; None = it came in by itself.
    Raises Parked (Unmapped, UnknownArticles, UnknownCustomer, TotalDiffers, IncompleteOrder); then nothing was written.
    The number of queries does not depend on the number of lines.
    """
    draft = clean_draft(draft)
    for _attempt in range(_TRIES - 1):
        try:
            return _accept_once(draft, rules, by)
        except IntegrityError:
            # Another worker was faster with this order, its number or its customer: now we find what he made.
            continue
    return _accept_once(draft, rules, by)


@transaction.atomic
def _accept_once(draft: OrderDraft, rules: IntakeRules, by: AbstractBaseUser | None) -> Accepted:
    known = lock_known(draft.source, draft.source_id)
    return take_again(known, draft, rules, by) if known else _create(draft, rules, by)


def _create(draft: OrderDraft, rules: IntakeRules, by: AbstractBaseUser | None) -> Accepted:
    rates = VatRates(draft)
    if rules.park_unmapped:
        check_mapped(draft, rates)
    built = build_lines(draft, rules, rates)
    customer, customer_created = customer_of(draft, rules)
    status = OrderStatus.objects.filter(pk=draft.status_id).first() if draft.status_id else None
    order = Order(
        number=_free_number(draft, rules),
        source=draft.source,
        source_id=draft.source_id,
        source_number=draft.number,
        status=status,
        state=OVER.get(status.kind, Order.State.NEW) if status else Order.State.NEW,
        customer=customer,
        placed_at=draft.placed_at,
        note=draft.note,
        billing=saved_address(None, draft.billing),
        delivery=saved_address(None, draft.delivery),
        source_content=content_of_draft(draft),
        **columns_of(draft, built.lines),
    )
    order.save(force_insert=True)
    events = [event_of(draft, OrderEvent.Kind.RECEIVED, number=draft.number)]
    if customer_created:
        events.append(event_of(draft, OrderEvent.Kind.CUSTOMER, name=str(customer)))
    for event in built.events:
        event.by = by if event.kind == OrderEvent.Kind.ROUNDING else None
    write_events(order, events + built.events)
    write_lines(order, built.lines, new=True)
    follow_payments(order, draft, new=True)
    if order.state == Order.State.NEW:
        milestones.money_changed(order)  # before it is accepted: what is paid needs no pro forma invoice
        if rules.accept:
            milestones.accept(order)
    else:
        settle(order)  # it was over before we heard of it: nothing is to follow from that any more
    reserve_order(order)  # last: whatever is issued takes its number before it takes the stock levels
    return Accepted(
        order,
        Outcome.CREATED,
        created_skus=tuple(article.sku for article in built.created),
        customer_created=customer_created,
    )


def _free_number(draft: OrderDraft, rules: IntakeRules) -> str:
    """By the pattern; where the number is taken (two shops with one prefix), with -2, -3 … behind it."""
    number = rules.number_pattern.format(
        SOURCE=draft.source.upper(), source=draft.source, source_number=draft.number
    )[:_LONGEST_NUMBER]
    if not Order.objects.filter(number=number).exists():
        return number
    candidates = [f"{number[: _LONGEST_NUMBER - len(str(n)) - 1]}-{n}" for n in range(2, _NUMBERS_TRIED)]
    taken = set(Order.objects.filter(number__in=candidates).values_list("number", flat=True))
    free = next((candidate for candidate in candidates if candidate not in taken), None)
    return free or f"{draft.source.upper()}-{draft.source_id}"[:_LONGEST_NUMBER]
