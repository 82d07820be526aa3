"""A known order comes again: rewritten while nobody has built on it, else its status and a difference (O11, O12)."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from orders.drafts import IntakeRules, OrderDraft
from orders.models import Document, Order, OrderEvent, OrderStatus
from orders.services import milestones
from orders.services.buyers import customer_of
from orders.services.content import (
    CANCELLED,
    YES,
    Content,
    changed_keys,
    content_of_draft,
    content_of_order,
)
from orders.services.issuing import after_rewritten
from orders.services.lines import build_lines
from orders.services.order_rows import columns_of, event_of, replace_lines, saved_address, write_events
from orders.services.payments import follow_payments
from orders.services.reservations import changing_lines
from orders.services.standing import standing_documents, why_not_whole
from orders.services.unmapped import check_mapped
from orders.services.vat_rates import VatRates

# What the status of a shop says about our own state: what is over there need not be packed here.
OVER: dict[str, Order.State] = {
    OrderStatus.Kind.CANCELLED: Order.State.CANCELLED,
    OrderStatus.Kind.SHIPPED: Order.State.DONE,
    OrderStatus.Kind.DONE: Order.State.DONE,
    OrderStatus.Kind.RETURNED: Order.State.DONE,
}
_BEFORE_SHIPPING = (OrderStatus.Kind.NEW, OrderStatus.Kind.PROCESSING, OrderStatus.Kind.WAITING)


class Outcome(StrEnum):
    """created; rewritten = a known order, brought up to the shop's version; status = only its status changed;
    paid = only payments or refunds were booked; unchanged; kept = the shop changed it, ours stayed (see
    Accepted.differences)."""

    CREATED = "created"
    REWRITTEN = "rewritten"
    STATUS = "status"
    PAID = "paid"
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
    if order.documents.exclude(state=Document.State.DRAFT, automatic=True, edited_at=None).exists():
        return _("A document was made from the order.")
    if order.shipments.exists():
        return _("A parcel was made from the order.")
    if order.payments.exclude(by=None).exists():
        return _("A payment was booked here.")
    return ""


def take_again(order: Order, draft: OrderDraft, rules: IntakeRules, by: AbstractBaseUser | None) -> Accepted:
    """order: locked. draft: cleaned. Call inside transaction.atomic. Raises Parked like accept_order."""
    status = OrderStatus.objects.filter(pk=draft.status_id).first() if draft.status_id else None
    followed = _follow_status(order, draft, status, rules)
    filled = _fill_methods(order, draft)
    theirs = _their_content(draft, status)
    changed = changed_keys(order.source_content, theirs)
    if rules.overwrite:
        changed = changed_keys(content_of_order(order, order.lines.all()), theirs) or changed
    rewritable = [key for key in changed if key != CANCELLED]
    created: tuple[str, ...] = ()
    new_customer = False
    rewritten = bool(rewritable) and _may_rewrite(order, rules)
    with changing_lines(order) if rewritten else nullcontext():
        if rewritten:
            created, new_customer = _rewrite(order, draft, rules, rewritable, theirs, by)
            changed = [key for key in changed if key == CANCELLED]
            if changed and rules.overwrite:
                _cancel_too(order, draft, by)
                changed = []
        differences = _differences(order, theirs, changed)
        _keep_differences(order, draft, differences)
        if filled:
            order.save(update_fields=[*filled, "changed_at"])
        if rewritten:
            after_rewritten(order)
        booked = follow_payments(order, draft)
        if booked or rewritten:
            milestones.money_changed(order)
    outcome = _outcome(rewritten, bool(differences), followed or "status" in filled, booked)
    return Accepted(order, outcome, differences, created, new_customer)


def _outcome(rewritten: bool, differs: bool, status_changed: bool, booked: bool) -> Outcome:
    """What is told of it: the weightiest that has happened."""
    if rewritten:
        return Outcome.REWRITTEN
    if differs:
        return Outcome.KEPT
    if status_changed:
        return Outcome.STATUS
    return Outcome.PAID if booked else Outcome.UNCHANGED


def cancel_blocked(order: Order) -> bool:
    """An order of which something issued stands is not simply cancelled: that has to be corrected first."""
    return bool(standing_documents(order))


def _may_rewrite(order: Order, rules: IntakeRules) -> bool:
    """Not even where a person asks for it, while something issued stands: it would no longer be what was ordered."""
    if rules.overwrite:
        return why_not_whole(order) is None
    return rules.rewrite and not built_on(order)


def _their_content(draft: OrderDraft, status: OrderStatus | None) -> Content:
    cancelled = {CANCELLED: YES} if status and status.kind == OrderStatus.Kind.CANCELLED else {}
    return content_of_draft(draft) | cancelled


def _follow_status(order: Order, draft: OrderDraft, status: OrderStatus | None, rules: IntakeRules) -> bool:
    """O11. An order that is over in the shop leaves our queues, unless a person has closed it otherwise here.

    What was shipped never goes back to waiting; what documents were issued for is not cancelled by itself.
    """
    if not rules.update_status or status is None or status.pk == order.status_id:
        return False
    if order.state == Order.State.DONE and status.kind in _BEFORE_SHIPPING:
        return False
    over = OVER.get(status.kind)
    closed_here = order.state in (Order.State.CANCELLED, Order.State.DONE)
    if over == Order.State.CANCELLED and not closed_here and cancel_blocked(order):
        return False  # shown as a difference instead
    before = str(order.status) if order.status else "–"
    order.status = status
    order.save(update_fields=["status", "changed_at"])
    event = event_of(draft, OrderEvent.Kind.STATUS, before=before, after=str(status))
    write_events(order, [event])
    if over is not None and not closed_here:
        reached = milestones.cancel if over == Order.State.CANCELLED else milestones.ship
        if status.kind == OrderStatus.Kind.RETURNED:
            reached = milestones.come_back
        reached(order, source=draft.source_label)
    return True


def _fill_methods(order: Order, draft: OrderDraft) -> list[str]:
    """Mapped since the order came in (O8): fill what was empty, never change what staff chose."""
    filled = []
    for name in ("payment_method", "shipping_method", "status"):
        given = getattr(draft, f"{name}_id")
        if given and getattr(order, f"{name}_id") is None:
            setattr(order, f"{name}_id", given)
            filled.append(name)
    return filled


def _rewrite(
    order: Order,
    draft: OrderDraft,
    rules: IntakeRules,
    changed: list[str],
    theirs: Content,
    by: AbstractBaseUser | None,
) -> tuple[tuple[str, ...], bool]:
    """Everything anew from the draft; the order keeps its number, its state and its status."""
    rates = VatRates(draft)
    if rules.park_unmapped:
        check_mapped(draft, rates)
    built = build_lines(draft, rules, rates)
    customer, customer_created = customer_of(draft, rules)
    for name, value in columns_of(draft, built.lines).items():
        setattr(order, name, value)
    order.customer = customer or order.customer
    order.billing = saved_address(order.billing, draft.billing)
    obsolete = order.delivery if draft.delivery is None else None
    order.delivery = saved_address(order.delivery, draft.delivery) if draft.delivery else None
    order.source_content = _without_cancelling(theirs, order.source_content)
    order.differences, order.edited_at = [], None
    order.save()
    if obsolete is not None:
        obsolete.delete()
    kind = OrderEvent.Kind.TAKEN if rules.overwrite else OrderEvent.Kind.REWRITTEN
    events = [event_of(draft, kind, fields=_once_per_label(changed))]
    events[0].by = by
    events += built.events
    if customer_created:
        events.append(event_of(draft, OrderEvent.Kind.CUSTOMER, name=str(customer)))
    write_events(order, events)
    replace_lines(order, built.lines)
    return tuple(article.sku for article in built.created), customer_created


def _cancel_too(order: Order, draft: OrderDraft, by: AbstractBaseUser | None) -> None:
    """Who took the shop's version over took its cancelling over."""
    order.source_content = order.source_content | {CANCELLED: YES}
    order.save(update_fields=["source_content", "changed_at"])
    milestones.cancel(order, by=by, source=draft.source_label)


def _without_cancelling(theirs: Content, before: Content) -> Content:
    """A cancelling in the shop stays a difference until somebody decides about it."""
    content = {key: value for key, value in theirs.items() if key != CANCELLED}
    return content | {key: value for key, value in before.items() if key == CANCELLED}


def _differences(order: Order, theirs: Content, changed: list[str]) -> tuple[Difference, ...]:
    """What the shop changed since we took it over, and that is not the same here anyway."""
    if not changed:
        return ()
    ours = content_of_order(order, order.lines.all())
    return tuple(
        Difference(key, ours.get(key, ""), theirs.get(key, ""))
        for key in changed
        if ours.get(key, "") != theirs.get(key, "")
    )


def _keep_differences(order: Order, draft: OrderDraft, differences: tuple[Difference, ...]) -> None:
    """Written, and told in the time line, once."""
    listed = [asdict(difference) for difference in differences]
    if listed == order.differences:
        return
    order.differences = listed
    order.save(update_fields=["differences", "changed_at"])
    if listed:
        keys = [difference.field for difference in differences]
        write_events(order, [event_of(draft, OrderEvent.Kind.DIFFERS, fields=_once_per_label(keys))])


def _once_per_label(keys: list[str]) -> list[str]:
    """All lines read "lines" in the time line: one of them is enough."""
    seen = {("line" if key.startswith("line.") else key): key for key in reversed(keys)}
    return [key for key in keys if seen["line" if key.startswith("line.") else key] == key]
