"""A customer's page above the form: what was bought, what is open, the latest orders and documents."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, F, Max, Sum
from django.urls import reverse
from django.utils import formats
from django.utils.safestring import SafeString

from orders.admin.displays import EMPTY, moment, money, paid_tag, tag
from orders.admin.displays import TONES as STATE_TONES
from orders.admin.document_displays import document_url, state_tag, title
from orders.admin.document_displays import paid_tag as document_paid_tag
from orders.models import Customer, Document, Order
from orders.services.work import Queue, in_queue

SHOWN: Final = 15


def customer_page(customer: Customer, user: AbstractBaseUser | AnonymousUser) -> dict[str, Any]:
    """What this user may see of it. A fixed number of queries, however much the customer has bought."""
    page: dict[str, Any] = {}
    if user.has_perm("orders.view_order"):
        page |= {"sums": _sums(customer), "orders": _orders(customer), "orders_url": _url("order", customer)}
    if user.has_perm("orders.view_document"):
        page |= {"documents": _documents(customer), "documents_url": _url("document", customer)}
    return page


def _url(model: str, customer: Customer) -> str:
    return f"{reverse(f'admin:orders_{model}_changelist')}?customer__id__exact={customer.pk}"


def _sums(customer: Customer) -> list[dict[str, Any]]:
    """Per currency: orders, what they are worth less what went back, what is still to come in, the last one."""
    unpaid = in_queue(Queue.UNPAID)
    rows = (
        customer.orders.exclude(state=Order.State.CANCELLED)
        .order_by()
        .values("currency")
        .annotate(
            number=Count("pk"),
            worth=Sum(F("total") - F("refunded")),
            owed=Sum(F("total") - F("received"), filter=unpaid),
            unpaid=Count("pk", filter=unpaid),
            last=Max("placed_at"),
        )
        .order_by("-worth")
    )
    return [
        {
            "number": row["number"],
            "worth": money(row["worth"], row["currency"]),
            "owed": money(row["owed"], row["currency"]) if row["owed"] else "",
            "unpaid": row["unpaid"],
            "last": moment(row["last"]),
        }
        for row in rows
    ]


def _orders(customer: Customer) -> list[dict[str, Any]]:
    orders = customer.orders.select_related("payment_method").defer("source_content", "note", "customer_note")
    return [
        {
            "url": reverse("admin:orders_order_change", args=[order.pk]),
            "number": order.number,
            "placed": moment(order.placed_at),
            "state": tag(order.get_state_display(), STATE_TONES.get(Order.State(order.state), "")),
            "payment": paid_tag(order),
            "total": money(order.total, order.currency),
        }
        for order in orders[:SHOWN]
    ]


def _documents(customer: Customer) -> list[dict[str, str | SafeString]]:
    documents = Document.objects.filter(customer=customer).select_related("order", "corrects")
    return [
        {
            "url": document_url(document),
            "title": title(document),
            "issued": formats.date_format(document.issue_date, "j M Y"),
            "state": state_tag(document),
            "payment": document_paid_tag(document),
            "total": money(document.total, document.currency) if document.total else EMPTY,
        }
        for document in documents.order_by("-issue_date", "-pk")[:SHOWN]
    ]
