"""How far an order is, from received to done, and the orders before and after it in its work queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.admin.columns import documents_words
from orders.admin.displays import moment, money, person
from orders.admin.queues import QUEUES, QueueFilter
from orders.models import Order, OrderEvent, SalesChannel
from orders.services.issuing import kinds_of
from orders.services.work import Handling, Queue, Step, in_queue

_State = Order.State


@dataclass(frozen=True, slots=True)
class Station:
    """state: done, now, later or stopped. detail: when, by whom, or what is to be done."""

    label: str
    icon: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """queue: the name of the work queue in which one leafs; before, after: addresses, "" = there is none."""

    queue: str
    before: str
    after: str


def stations(order: Order, channel: SalesChannel, handling: Handling, step: Step | None) -> list[Station]:
    received = Station(_("Received"), "check_circle", "done", moment(order.created_at))
    if order.state == _State.CANCELLED:
        return [received, Station(_("Cancelled"), "cancel", "stopped", order.state_reason)]
    return [
        received,
        _checked(order),
        _paid(order, step),
        _documents(order, channel, handling, step),
        _shipped(order, handling, step),
        _done(order, step),
    ]


def neighbours(request: HttpRequest, order: Order) -> Neighbours | None:
    """In the queue from which the page was opened, else in the one in which the order stands; None = in no queue.

    Three queries at most.
    """
    kept = request.GET.get("_changelist_filters", "")
    chosen = QueryDict(kept).get(QueueFilter.parameter_name, "")
    queue = Queue(chosen) if chosen in {queue.value for queue in Queue} else _queue_of(order)
    if queue is None:
        return None
    orders = Order.objects.filter(in_queue(queue))
    here = order.placed_at
    newer = orders.filter(Q(placed_at__gt=here) | Q(placed_at=here, pk__gt=order.pk))
    older = orders.filter(Q(placed_at__lt=here) | Q(placed_at=here, pk__lt=order.pk))
    before = newer.order_by("placed_at", "pk").values_list("pk", flat=True).first()
    after = older.order_by("-placed_at", "-pk").values_list("pk", flat=True).first()
    params = QueryDict(mutable=True)
    params["_changelist_filters"] = kept or f"{QueueFilter.parameter_name}={queue.value}"
    query = f"?{params.urlencode()}"

    def url(pk: int | None) -> str:
        return reverse("admin:orders_order_change", args=[pk]) + query if pk else ""

    return Neighbours(str(QUEUES[queue][0]), url(before), url(after))


def _queue_of(order: Order) -> Queue | None:
    match order.state:
        case _State.NEW:
            return Queue.CHECK
        case _State.PARKED:
            return Queue.PARKED
        case _State.ACCEPTED:
            pack = Order.objects.filter(in_queue(Queue.PACK), pk=order.pk).exists()
            return Queue.PACK if pack else Queue.SHIP
    return None


def _checked(order: Order) -> Station:
    if order.state == _State.PARKED:
        return Station(_("Set aside"), "pause_circle", "stopped", order.state_reason)
    if order.state == _State.NEW:
        return Station(_("Checked"), "fact_check", "now", _("next step"))
    who = person(order.accepted_by) if order.accepted_by else _("by the shop's rules")
    detail = f"{moment(order.accepted_at)} · {who}" if order.accepted_at else ""
    return Station(_("Checked"), "check_circle", "done", detail)


def _paid(order: Order, step: Step | None) -> Station:
    if order.is_paid or not order.total:
        return Station(_("Paid"), "check_circle", "done", moment(order.paid_at) if order.paid_at else "")
    if order.received:
        open_amount = _("%(amount)s still open") % {"amount": money(order.open_amount, order.currency)}
    else:
        open_amount = _("not yet")
    return Station(_("Paid"), "payments", "now" if step == Step.PAY else "later", open_amount)


def _documents(order: Order, channel: SalesChannel, handling: Handling, step: Step | None) -> Station:
    words, _rest, _bad = documents_words(order, handling)
    if step in (Step.CLOSE, Step.ISSUE):
        return Station(_("Documents"), "description", "now", words if handling.papers else _("next step"))
    if any(not paper.is_draft for paper in handling.papers):
        return Station(_("Documents"), "check_circle", "done", words)
    if order.issue_problem:
        return Station(_("Documents"), "warning", "stopped", _("not issued"))
    none = _("none by the shop's rule") if not kinds_of(channel) else _("not yet")
    return Station(_("Documents"), "description", "later", none)


def _shipped(order: Order, handling: Handling, step: Step | None) -> Station:
    if handling.parcels:
        return Station(_("Shipped"), "check_circle", "done", moment(handling.parcels[0].shipped_at))
    if order.state == _State.DONE:
        left = order.events.filter(kind=OrderEvent.Kind.SHIPPED).first()
        return Station(_("Shipped"), "check_circle", "done", moment(left.at) if left else "")
    now = step == Step.SHIP
    return Station(_("Shipped"), "local_shipping", "now" if now else "later", _("next step") if now else "")


def _done(order: Order, step: Step | None) -> Station:
    if order.state == _State.DONE and step is None:
        return Station(_("Done"), "check_circle", "done")
    return Station(_("Done"), "flag", "later")


def step_button(order: Order, step: Step | None, wanted: Step, allowed: set[Step]) -> dict[str, Any] | None:
    """The button of a card at the right, where this is what it is for and the user may."""
    if wanted not in allowed:
        return None
    from_here = {
        Step.SHIP: order.state == _State.ACCEPTED,
        Step.PAY: order.state != _State.CANCELLED and order.open_amount > 0,
    }
    if not from_here.get(wanted):
        return None
    words = {Step.SHIP: _("Mark as shipped …"), Step.PAY: _("Book payment …")}[wanted]
    name = {Step.SHIP: "ship", Step.PAY: "payment"}[wanted]
    url = reverse(f"admin:orders_order_{name}", args=[order.pk])
    return {"text": words, "url": url, "primary": step == wanted}
