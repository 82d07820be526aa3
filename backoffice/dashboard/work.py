"""The counts of work on top: each leads into the list that shows exactly as many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.dashboard.desk import Desk
from inventory.models import StockLevel
from orders.admin.queues import queue_url
from orders.models import Document
from orders.services.work import Queue, count_queues
from shops.models import IncomingOrder
from shops.services.parked import parked_url


@dataclass(frozen=True, slots=True)
class Work:
    """One count of work and the list in which it is done. alarm: a number above 0 is shown in red."""

    count: int
    label: str
    url: str
    alarm: bool = False


def work_of(user: Any, desk: Desk) -> list[Work]:
    found: list[Work] = []
    if user.has_perm("orders.view_order"):
        if desk.everything and user.has_perm("shops.view_problem"):
            found += _not_taken_in()
        found += _queues(desk)
    if desk.books and not desk.everything and user.has_perm("orders.view_document"):
        found.append(_drafts())
    if desk.packs and user.has_perm("inventory.view_stocklevel"):
        found.append(_low())
    return found


def _not_taken_in() -> list[Work]:
    """Orders that wait outside the list; nothing is said where none does."""
    count = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED, order_id__isnull=True).count()
    return [Work(count, _("not taken in yet"), parked_url(), alarm=True)] if count else []


def _queues(desk: Desk) -> list[Work]:
    counts = count_queues()
    words = {
        Queue.PARKED: (ngettext("order parked", "orders parked", counts[Queue.PARKED]), desk.everything),
        Queue.CHECK: (ngettext("order to check", "orders to check", counts[Queue.CHECK]), desk.everything),
        Queue.PACK: (_("to pack"), desk.packs),
        Queue.SHIP: (_("to ship"), desk.packs),
        Queue.UNPAID: (_("unpaid"), desk.books),
    }
    return [
        Work(counts[queue], label, queue_url(queue), alarm=queue == Queue.PARKED)
        for queue, (label, shown) in words.items()
        if shown
    ]


def _drafts() -> Work:
    count = Document.objects.drafts().count()  # type: ignore[attr-defined]
    url = f"{reverse('admin:orders_document_changelist')}?state__exact={Document.State.DRAFT}"
    return Work(count, ngettext("draft to issue", "drafts to issue", count), url)


def _low() -> Work:
    count = StockLevel.objects.low().count()
    url = f"{reverse('admin:inventory_stocklevel_changelist')}?level=low"
    return Work(count, ngettext("article low", "articles low", count), url)
