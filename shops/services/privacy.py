"""What of a customer is kept beside the customer himself: what the shops sent of him."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet

from orders.models import Customer, Order
from orders.services import privacy
from shops.models import CallLog, Change, IncomingOrder, Meaning, RemoteElement


def personal_data(customer: Customer) -> dict[str, Any]:
    """All of it, with the orders as the shops sent them."""
    found = privacy.personal_data(customer)
    numbers = [order["number"] for order in found["orders"]]
    orders = Order.objects.filter(number__in=numbers).values("pk")
    found["as_the_shops_sent_them"] = list(
        IncomingOrder.objects.filter(order_id__in=orders).order_by("pk").values_list("payload", flat=True)
    )
    found["changes_between_here_and_the_shops"] = list(
        _changes(customer.pk, list(orders.values_list("pk", flat=True)))
        .order_by("pk")
        .values("kind", "name", "key", "fields", "message")
    )
    mails = {customer.email, *(order["email"] for order in found["orders"])} - {""}
    found["requests_to_the_shops"] = [
        {**call, "at": call["at"].isoformat()}
        for call in CallLog.objects.filter(_naming(mails))
        .order_by("pk")
        .values("at", "url", "sent", "answer")
    ]
    return found


@transaction.atomic
def forget_customer(customer_id: int, *, by: AbstractBaseUser | None) -> list[int]:
    """Like orders.services.privacy, and also what the shops sent. The shops themselves are not told.

    Of the shops that know him the log of requests is thrown away: answers hold pages of customers, and a name in them
    may be written in many ways. The links are left: without them the next read would bring everything back. A shop that still has the customer
    shows him as ignored.
    """
    orders = privacy.forget_customer(customer_id, by=by)
    _changes(customer_id, orders).update(name="", key="", fields={}, message="", cure="", why="")
    known = Q(kind="order", local_id__in=orders) | Q(kind="customer", local_id=customer_id)
    shops = {
        *RemoteElement.objects.filter(known).values_list("shop_id", flat=True),
        *IncomingOrder.objects.filter(order_id__in=orders).values_list("shop_id", flat=True),
    }
    CallLog.objects.filter(shop__in=shops).delete()
    incoming = IncomingOrder.objects.filter(order_id__in=orders)
    elements = RemoteElement.objects.filter(kind="order", local_id__in=orders)
    elements.update(content={}, name="", state=RemoteElement.State.IGNORED)
    incoming.update(payload={}, data={})
    Meaning.objects.filter(kind="customer", local_id=customer_id).delete()
    customers = RemoteElement.objects.filter(kind="customer", local_id=customer_id)
    customers.update(content={}, name="", natural_key="", state=RemoteElement.State.IGNORED, local_id=None)
    return orders


def _changes(customer_id: int, orders: list[int]) -> QuerySet[Change]:
    return Change.objects.filter(
        Q(kind="customer", local_id=customer_id) | Q(kind="order", local_id__in=orders)
    )


def _naming(mails: set[str]) -> Q:
    """Requests that hold one of these addresses, in the address of the request percent-encoded too."""
    found = Q(pk__in=[])
    for mail in mails:
        found |= Q(sent__icontains=mail) | Q(answer__icontains=mail)
        found |= Q(url__icontains=mail) | Q(url__icontains=quote(mail, safe=""))
    return found
