"""Take a shop's order into the order list: once, to the cent, and again when the shop changes it (O1, O2, O11, O12)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.money import round_cent
from orders.drafts import AddressDraft, IntakeRules, LineDraft, OrderDraft
from orders.errors import Parked, TotalDiffers, UnknownArticles, UnknownCustomer
from orders.locks import lock_known
from orders.models import Address, Order, OrderEvent, OrderLine, OrderStatus
from orders.services.buyers import customer_of
from orders.services.cleaning import clean_draft
from orders.services.content import (
    changed_keys,
    content_of_draft,
    content_of_order,
    coupons_text,
    refunded,
)
from orders.services.lines import build_lines

__all__ = [
    "Accepted",
    "AddressDraft",
    "Difference",
    "IntakeRules",
    "LineDraft",
    "OrderDraft",
    "Outcome",
    "Parked",
    "TotalDiffers",
    "UnknownArticles",
    "UnknownCustomer",
    "accept_order",
    "built_on",
]

_LONGEST_NUMBER = 40
_NUMBERS_TRIED = 50
# Each failed try means that another worker got ahead, so as many tries as workers are enough.
_TRIES = 8
# What the status of a shop says about our own state of a new order: what is over there need not be packed here.
_STATE_OF_KIND: dict[str, Order.State] = {
    OrderStatus.Kind.CANCELLED: Order.State.CANCELLED,
    OrderStatus.Kind.SHIPPED: Order.State.DONE,
    OrderStatus.Kind.DONE: Order.State.DONE,
    OrderStatus.Kind.RETURNED: Order.State.DONE,
}


class Outcome(StrEnum):
    """created; rewritten = a known order, brought up to the shop's version; status = only its status changed;
    unchanged; kept = the shop changed it, ours stayed (see Accepted.differences)."""

    CREATED = "created"
    REWRITTEN = "rewritten"
    STATUS = "status"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Difference:
    """field: a key of orders.services.content; here, shop: both values as text."""

    field: str
    here: str
    shop: str


@dataclass(frozen=True, slots=True)
class Accepted:
    order: Order
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    created_skus: tuple[str, ...] = ()
    customer_created: bool = False


def accept_order(draft: OrderDraft, *, rules: IntakeRules) -> Accepted:
    """Create the order, or bring a known one (same source and source_id) up to date. One transaction of its own.

    - The order's total is the shop's total; its lines add up to it to the cent, if need be by a visible rounding
      line within `rules.tolerance`.
    - A known order is rewritten only while nobody has built on it (`built_on`), its status follows only with
      `rules.update_status`; what was not taken over is kept in Order.differences and returned.
    - The same draft again writes nothing.

    Raises Parked (UnknownArticles, UnknownCustomer, TotalDiffers, IncompleteOrder); then nothing was written.
    The number of queries does not depend on the number of lines. No stock is reserved here.
    """
    draft = clean_draft(draft)
    for _attempt in range(_TRIES - 1):
        try:
            return _accept_once(draft, rules)
        except IntegrityError:
            # Another worker was faster with this order, its number or its customer: now we find what he made.
            continue
    return _accept_once(draft, rules)


@transaction.atomic
def _accept_once(draft: OrderDraft, rules: IntakeRules) -> Accepted:
    known = lock_known(draft.source, draft.source_id)
    return _update(known, draft, rules) if known else _create(draft, rules)


def built_on(order: Order) -> str:
    """Why the order may not be rewritten any more, as a sentence; "" = it may (O12)."""
    if order.edited_at:
        return _("Staff edited the order here.")
    if order.state == Order.State.CANCELLED:
        return _("The order was cancelled here.")
    if order.state == Order.State.DONE:
        return _("The order is done.")
    if order.accepted_by_id:
        return _("The order was checked and accepted by a person.")
    return ""


def _create(draft: OrderDraft, rules: IntakeRules) -> Accepted:
    built = build_lines(draft, rules)
    customer, customer_created = customer_of(draft, rules)
    status = OrderStatus.objects.filter(pk=draft.status_id).first() if draft.status_id else None
    state = _STATE_OF_KIND.get(status.kind, Order.State.NEW) if status else Order.State.NEW
    order = Order(
        number=_free_number(draft, rules),
        source=draft.source,
        source_id=draft.source_id,
        source_number=draft.number,
        status=status,
        state=state,
        customer=customer,
        placed_at=draft.placed_at,
        billing=_saved_address(None, draft.billing),
        delivery=_saved_address(None, draft.delivery),
        **_content_fields(draft, built.lines),
    )
    if state == Order.State.NEW and rules.accept:
        order.state, order.accepted_at = Order.State.ACCEPTED, timezone.now()
    order.source_content = content_of_draft(draft)
    order.save(force_insert=True)
    events = [_event(order, draft, OrderEvent.Kind.RECEIVED, number=draft.number)]
    if customer_created:
        events.append(_event(order, draft, OrderEvent.Kind.CUSTOMER, name=str(customer)))
    events += built.events
    if order.state == Order.State.ACCEPTED:
        events.append(OrderEvent(kind=OrderEvent.Kind.ACCEPTED))
    _write_lines(order, built.lines)
    _write_events(order, events)
    return Accepted(
        order,
        Outcome.CREATED,
        created_skus=tuple(article.sku for article in built.created),
        customer_created=customer_created,
    )


def _update(order: Order, draft: OrderDraft, rules: IntakeRules) -> Accepted:
    events, columns = _follow_status(order, draft, rules)
    columns |= _fill_methods(order, draft)
    theirs = content_of_draft(draft)
    changed = changed_keys(order.source_content, theirs)
    blocked = built_on(order) and not (rules.overwrite and order.state != Order.State.CANCELLED)
    if rules.overwrite and not blocked:
        changed = changed_keys(content_of_order(order, order.lines.all()), theirs) or changed
    outcome = Outcome.UNCHANGED
    differences: tuple[Difference, ...] = ()
    created: tuple[str, ...] = ()
    new_customer = False
    if changed and not blocked:
        outcome = Outcome.REWRITTEN
        created, new_customer = _rewrite(order, draft, rules, changed, theirs, events)
        columns = set()
    else:
        differences = _differences(order, theirs, changed)
        listed = [asdict(difference) for difference in differences]
        if listed != order.differences:
            order.differences = listed
            columns.add("differences")
            if listed:
                keys = [difference.field for difference in differences]
                events.append(_event(order, draft, OrderEvent.Kind.DIFFERS, fields=keys))
        if differences:
            outcome = Outcome.KEPT
        elif "status" in columns:
            outcome = Outcome.STATUS
    if columns:
        order.save(update_fields=[*columns, "changed_at"])
    _write_events(order, events)
    return Accepted(order, outcome, differences, created, new_customer)


def _rewrite(
    order: Order,
    draft: OrderDraft,
    rules: IntakeRules,
    changed: list[str],
    theirs: dict[str, str],
    events: list[OrderEvent],
) -> tuple[tuple[str, ...], bool]:
    """Everything anew from the draft; the order keeps its number, its state and its status."""
    built = build_lines(draft, rules)
    customer, customer_created = customer_of(draft, rules)
    for name, value in _content_fields(draft, built.lines).items():
        setattr(order, name, value)
    order.customer = customer or order.customer
    order.billing = _saved_address(order.billing, draft.billing)
    obsolete = order.delivery if draft.delivery is None else None
    order.delivery = _saved_address(order.delivery, draft.delivery) if draft.delivery else None
    order.source_content, order.differences, order.edited_at = theirs, [], None
    order.save()
    if obsolete is not None:
        obsolete.delete()
    _write_lines(order, built.lines)
    events.append(_event(order, draft, OrderEvent.Kind.REWRITTEN, fields=_once_per_label(changed)))
    events += built.events
    if customer_created:
        events.append(_event(order, draft, OrderEvent.Kind.CUSTOMER, name=str(customer)))
    return tuple(article.sku for article in built.created), customer_created


def _follow_status(order: Order, draft: OrderDraft, rules: IntakeRules) -> tuple[list[OrderEvent], set[str]]:
    """O11. An order that is over in the shop leaves our queues, unless a person has closed it otherwise here."""
    if not rules.update_status or draft.status_id in (None, order.status_id):
        return [], set()
    status = OrderStatus.objects.filter(pk=draft.status_id).first()
    if status is None:
        return [], set()
    before = str(order.status) if order.status else "–"
    order.status = status
    columns = {"status"}
    state = _STATE_OF_KIND.get(status.kind)
    if state and order.state not in (Order.State.CANCELLED, Order.State.DONE):
        order.state = state
        columns.add("state")
    event = _event(order, draft, OrderEvent.Kind.STATUS, before=before, after=str(status))
    return [event], columns


def _fill_methods(order: Order, draft: OrderDraft) -> set[str]:
    """Mapped since the order came in (O8): fill what was empty, never change what staff chose."""
    filled = set()
    for name in ("payment_method", "shipping_method", "status"):
        given = getattr(draft, f"{name}_id")
        if given and getattr(order, f"{name}_id") is None:
            setattr(order, f"{name}_id", given)
            filled.add(name)
    return filled


def _differences(order: Order, theirs: dict[str, str], changed: list[str]) -> tuple[Difference, ...]:
    """What the shop changed since we took it over, and that is not the same here anyway."""
    if not changed:
        return ()
    ours = content_of_order(order, order.lines.all())
    return tuple(
        Difference(key, ours.get(key, ""), theirs.get(key, ""))
        for key in changed
        if ours.get(key, "") != theirs.get(key, "")
    )


def _content_fields(draft: OrderDraft, lines: list[OrderLine]) -> dict[str, Any]:
    vat = sum((line.vat for line in lines), start=draft.total - draft.total)
    return {
        "email": draft.email,
        "vat_id": draft.vat_id,
        "currency": draft.currency,
        "prices_gross": draft.prices_gross,
        "vat_exempt": draft.vat_exempt,
        "payment_method_id": draft.payment_method_id,
        "payment_name": draft.payment_name,
        "transaction_id": draft.transaction_id,
        "shipping_method_id": draft.shipping_method_id,
        "shipping_name": draft.shipping_name,
        "total": draft.total,
        "source_total": draft.total,
        "total_vat": round_cent(vat, draft.currency) if draft.total_vat is None else draft.total_vat,
        "refunded": refunded(draft),
        "coupons": coupons_text(draft),
        "customer_note": draft.customer_note,
        "paid_at": draft.paid_at,
    }


def _saved_address(row: Address | None, draft: AddressDraft | None) -> Address | None:
    if draft is None or (row is None and draft == AddressDraft()):
        return row
    row = row or Address()
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    row.save()
    return row


def _write_lines(order: Order, lines: list[OrderLine]) -> None:
    """Rows of the same position keep their id, so that what points to a line keeps pointing to it."""
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["order", "position"],
        update_fields=[
            "kind", "article", "sku", "name", "quantity", "net", "vat", "discount",
            "vat_percent", "vat_rate", "source_id", "note",
        ],
        batch_size=200,
    )  # fmt: skip
    order.lines.filter(position__gt=len(lines)).delete()


def _write_events(order: Order, events: list[OrderEvent]) -> None:
    for event in events:
        event.order = order
    OrderEvent.objects.bulk_create(events)


def _event(order: Order, draft: OrderDraft, kind: OrderEvent.Kind, **data: Any) -> OrderEvent:
    return OrderEvent(order=order, kind=kind, source=draft.source_label, data=data)


def _once_per_label(keys: list[str]) -> list[str]:
    """All lines read "lines" in the time line: one of them is enough."""
    seen = {("line" if key.startswith("line.") else key): key for key in reversed(keys)}
    return [key for key in keys if seen["line" if key.startswith("line.") else key] == key]


def _free_number(draft: OrderDraft, rules: IntakeRules) -> str:
    """By the pattern; where the number is taken (two shops with one prefix), with -2, -3 … behind it."""
    number = rules.number_pattern.format(
        SOURCE=draft.source.upper(), source=draft.source, source_number=draft.number
    )[:_LONGEST_NUMBER]
    candidates = [number]
    for n in range(2, _NUMBERS_TRIED):
        candidates.append(f"{number[: _LONGEST_NUMBER - len(str(n)) - 1]}-{n}")
    taken = set(Order.objects.filter(number__in=candidates).values_list("number", flat=True))
    free = next((candidate for candidate in candidates if candidate not in taken), None)
    return free or f"{draft.source.upper()}-{draft.source_id}"[:_LONGEST_NUMBER]
