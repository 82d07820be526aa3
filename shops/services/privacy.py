"""What of a customer is kept beside the customer himself: what the shops sent of him."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from orders.models import Customer, Order
from orders.services import privacy
from shops.models import IncomingOrder, Meaning, RemoteElement


def personal_data(customer: Customer) -> dict[str, Any]:
    """All of it, with the orders as the shops sent them."""
    found = privacy.personal_data(customer)
    numbers = [order["number"] for order in found["orders"]]
    orders = Order.objects.filter(number__in=numbers).values("pk")
    found["as_the_shops_sent_them"] = list(
        IncomingOrder.objects.filter(order_id__in=orders).order_by("pk").values_list("payload", flat=True)
    )
    return found


@transaction.atomic
def forget_customer(customer_id: int, *, by: AbstractBaseUser | None) -> list[int]:
    """Like orders.services.privacy, and also what the shops sent. The shops themselves are not told.

    The links are left: without them the next read would bring everything back. A shop that still has the customer
    shows him as ignored.
    """
    orders = privacy.forget_customer(customer_id, by=by)
    incoming = IncomingOrder.objects.filter(order_id__in=orders)
    elements = RemoteElement.objects.filter(kind="order", local_id__in=orders)
    elements.update(content={}, name="", state=RemoteElement.State.IGNORED)
    incoming.update(payload={}, data={})
    Meaning.objects.filter(kind="customer", local_id=customer_id).delete()
    customers = RemoteElement.objects.filter(kind="customer", local_id=customer_id)
    customers.update(content={}, name="", natural_key="", state=RemoteElement.State.IGNORED, local_id=None)
    return orders
