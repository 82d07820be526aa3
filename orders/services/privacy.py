"""What is kept about a customer: giving it out, and forgetting it (GDPR, articles 15, 17 and 20).

Closed documents stay as they were issued: the law on bookkeeping wants them whole for years, and the database refuses to
change them. Everything else that tells who the customer was is emptied.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.errors import OrderRefused
from orders.locks import lock_orders
from orders.models import Address, Customer, Document, DocumentMail, Order, OrderEvent

_ADDRESS = [field.name for field in Address._meta.fields if field.name != "id"]
_OPEN = (Order.State.NEW, Order.State.PARKED, Order.State.ACCEPTED)


def personal_data(customer: Customer) -> dict[str, Any]:
    """All that is kept about this customer, as plain values that JSON takes."""
    orders = (
        Order.objects.filter(_of(customer)).select_related("billing", "delivery").prefetch_related("lines")
    )
    return {
        "customer": {
            **{name: getattr(customer, name) for name in _CUSTOMER},
            "billing": _address(customer.billing),
            "delivery": _address(customer.delivery),
            "created": customer.created_at.isoformat(),
        },
        "orders": [
            {
                "number": order.number,
                "placed": order.placed_at.isoformat(),
                "email": order.email,
                "vat_id": order.vat_id,
                "billing": _address(order.billing),
                "delivery": _address(order.delivery),
                "customer_note": order.customer_note,
                "note": order.note,
                "total": f"{order.total} {order.currency}",
                "lines": [
                    {"sku": line.sku, "name": line.name, "quantity": str(line.quantity)}
                    for line in order.lines.all()
                ],
            }
            for order in orders.order_by("pk")
        ],
        "documents": [
            {
                "kind": kind,
                "number": number,
                "date": date.isoformat(),
                "total": f"{total} {currency}",
                "buyer": buyer,
            }
            for kind, number, date, total, currency, buyer in Document.objects.filter(_documents_of(customer))
            .order_by("pk")
            .values_list("kind", "number", "issue_date", "total", "currency", "buyer")
        ],
        "mails": [
            {"to": to, "subject": subject, "body": body}
            for to, subject, body in DocumentMail.objects.filter(
                document__in=_documents(customer)
            ).values_list("to", "subject", "body")
        ],
    }


_CUSTOMER = ("kind", "first_name", "last_name", "company", "vat_id", "email", "phone", "language", "note")


@transaction.atomic
def forget_customer(customer_id: int, *, by: AbstractBaseUser | None) -> list[int]:
    """Empty what tells who this was, on the customer and his orders; the ids of those orders.

    Raises OrderRefused while an order of his is still open: it could not be delivered any more.
    """
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer_id)
    orders = lock_orders(Order.objects.filter(_of(customer)).values_list("pk", flat=True))
    if still := [order.number for order in orders if order.state in _OPEN]:
        raise OrderRefused(
            _("This customer has open orders: %(orders)s.") % {"orders": ", ".join(still[:5])},
            cure=_("Finish or cancel them first."),
        )
    ids = [order.pk for order in orders]
    addresses = {customer.billing_id, customer.delivery_id}
    addresses |= {pk for order in orders for pk in (order.billing_id, order.delivery_id)}
    # The country stays: the VAT of an old order could not be understood without it.
    Address.objects.filter(pk__in=addresses - {None}).update(
        **{name: "" for name in _ADDRESS if name != "country"}
    )
    Order.objects.filter(pk__in=ids).update(
        email="", vat_id="", customer_note="", note="", transaction_id="", source_content={}, differences=[]
    )
    drafts = Document.objects.drafts().filter(_documents_of(customer))
    drafts.delete()
    DocumentMail.objects.filter(document__in=_documents(customer)).update(to="", body="")
    Customer.objects.filter(pk=customer.pk).update(
        kind=Customer.Kind.PERSON, first_name="", last_name="", company="", vat_id="", vat_id_checked=False,
        email="", phone="", note=_("Forgotten on request."), changed_at=timezone.now(),
    )  # fmt: skip
    events = OrderEvent.objects.filter(order__in=ids, kind=OrderEvent.Kind.CUSTOMER)
    events.update(data={})
    OrderEvent.objects.bulk_create(
        [OrderEvent(order_id=pk, by=by, text=_("The customer's data were removed on request.")) for pk in ids]
    )
    return ids


def _of(customer: Customer) -> Q:
    """His orders, and those that came under his e-mail address without being his."""
    return Q(customer=customer) | (Q(email__iexact=customer.email) if customer.email else Q(pk__in=[]))


def _documents_of(customer: Customer) -> Q:
    return Q(customer=customer) | Q(order__in=Order.objects.filter(_of(customer)).values("pk"))


def _documents(customer: Customer) -> Any:
    return Document.objects.filter(_documents_of(customer)).values("pk")


def _address(address: Address | None) -> dict[str, str]:
    return {name: getattr(address, name) for name in _ADDRESS} if address else {}
