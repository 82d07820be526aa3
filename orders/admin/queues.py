"""The work queues as pills above the order list, and as filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from orders.models import Document, DocumentMail, Order
from orders.services.work import Queue, count_queues, in_queue

QUEUES: dict[Queue, tuple[Any, Any]] = {
    Queue.CHECK: (_("To check"), _("Nobody has accepted them yet.")),
    Queue.PACK: (_("To pack"), _("Accepted. Their documents are to be issued, then they can be packed.")),
    Queue.SHIP: (
        _("To ship"),
        _("Everything is there: hand the parcels over and mark the orders as shipped."),
    ),
    Queue.UNPAID: (_("Unpaid"), _("Money is still to come in.")),
    Queue.PARKED: (_("Parked"), _("Set aside by somebody; each says why.")),
}


@dataclass(frozen=True, slots=True)
class Pill:
    """One pill above the list. alarm: the number is shown in red when it is not 0. words: what is in it."""

    key: str
    label: str
    count: int
    url: str
    current: bool = False
    alarm: bool = False
    words: str = ""


def pills(request: HttpRequest) -> list[Pill]:
    """What is to be done, each with its number. Three queries."""
    counts = count_queues()
    current = request.GET.get(QueueFilter.parameter_name, "")
    base = reverse("admin:orders_order_changelist")
    found = [
        Pill(
            key=queue.value,
            label=str(label),
            count=counts[queue.value],
            url=queue_url(queue),
            current=current == queue.value,
            alarm=queue == Queue.PARKED,
            words=str(words),
        )
        for queue, (label, words) in QUEUES.items()
    ]
    return [*found, Pill("all", str(_("All")), counts["all"], base, not request.GET.keys() - {"p", "o"})]


def queue_url(queue: Queue) -> str:
    return f"{reverse('admin:orders_order_changelist')}?{QueueFilter.parameter_name}={queue.value}"


class QueueFilter(DropdownFilter):
    title = _("work queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [(queue.value, label) for queue, (label, _words) in QUEUES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        known = self.value() in {queue.value for queue in Queue}
        return queryset.filter(in_queue(Queue(self.value()))) if known else queryset


class DocumentsFilter(DropdownFilter):
    title = _("documents")
    parameter_name = "documents"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [
            ("none", _("None yet")),
            ("draft", _("With a draft")),
            ("issued", _("Issued")),
            ("mailed", _("Sent by e-mail")),
            ("unmailed", _("Issued, not sent by e-mail")),
            ("problem", _("Could not be issued")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        documents = Document.objects.filter(order=OuterRef("pk"))
        closed = Exists(documents.closed())  # type: ignore[attr-defined]
        mailed = Exists(
            DocumentMail.objects.filter(document__order=OuterRef("pk"), state=DocumentMail.State.SENT)
        )
        match self.value():
            case "none":
                return queryset.filter(~Exists(documents))
            case "draft":
                return queryset.filter(Exists(documents.drafts()))  # type: ignore[attr-defined]
            case "issued":
                return queryset.filter(closed)
            case "mailed":
                return queryset.filter(mailed)
            case "unmailed":
                return queryset.filter(closed, ~mailed)
            case "problem":
                return queryset.not_issued()  # type: ignore[attr-defined]
        return queryset
