"""Filters of the list of documents."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from orders.models import Document, DocumentKind, DocumentMail, Order
from orders.services.mails import needing_a_person

_PAID = Q(order__paid_state__in=[Order.PaidState.PAID, Order.PaidState.OVERPAID, Order.PaidState.REFUNDED])
_PAID |= Q(paid__gte=F("total"))
_ASKS = Q(kind__in=[DocumentKind.INVOICE, DocumentKind.PROFORMA], state=Document.State.CLOSED)


def unpaid(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Issued invoices and pro formas whose money has not come, and which no credit note took back in full."""
    return documents.filter(_ASKS).exclude(_PAID).exclude(credited__lte=-F("total"))


def overdue(documents: QuerySet[Document]) -> QuerySet[Document]:
    return unpaid(documents).filter(due_date__lt=timezone.localdate())


class PaidFilter(DropdownFilter):
    title = _("payment")
    parameter_name = "paid"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [("yes", _("Paid")), ("open", _("Not paid")), ("overdue", _("Overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        match self.value():
            case "yes":
                return queryset.filter(_ASKS).filter(_PAID)
            case "open":
                return unpaid(queryset)
            case "overdue":
                return overdue(queryset)
        return queryset


class MailFilter(DropdownFilter):
    title = _("e-mail")
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [
            ("person", _("Not sent, or perhaps")),
            ("way", _("On its way")),
            ("sent", _("Sent")),
            ("never", _("Never sent")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        states = DocumentMail.State
        match self.value():
            case "person":
                return queryset.filter(pk__in=needing_a_person().values("document"))
            case "way":
                return queryset.filter(mail_state__in=[states.WAITING, states.SENDING])
            case "sent":
                return queryset.filter(mail_state=states.SENT)
            case "never":
                return queryset.filter(mail_state=None, state=Document.State.CLOSED)
        return queryset


class SourceFilter(DropdownFilter):
    """By shop; the names come from the list of orders, which a higher app may have registered anew."""

    title = _("shop")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        orders: Any = admin.site._registry[Order]
        names = orders.source_names(request)
        codes = Order.objects.order_by().exclude(source="").values_list("source", flat=True).distinct()
        return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1].casefold())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        return queryset.filter(order__source=self.value()) if self.value() else queryset
