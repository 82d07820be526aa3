"""Staff at the pages of orders and documents."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from orders.models import Order
from orders.services.accept import IntakeRules, accept_order
from tests.orders.drafts import draft, line

LIST = "/orders/order/"


def staff(*permissions: str, **fields) -> Client:
    user = User.objects.create_user(fields.pop("username", "petra"), is_staff=True, password="x", **fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def order(number: str = "1", *lines, **fields) -> Order:
    lines = lines or (line("MUG", source_id="1"),)
    return accept_order(draft(*lines, source_id=number, number=number, **fields), rules=IntakeRules()).order


def url(order: Order, action: str = "change") -> str:
    name = "orders_order_change" if action == "change" else f"orders_order_{action}"
    return reverse(f"admin:{name}", args=[order.pk])


def posted_form(client: Client, order: Order, **changes: str) -> dict[str, str]:
    return form_on(client, url(order)) | changes


def form_on(client: Client, page: str) -> dict[str, str]:
    """The form of a page as a browser would send it back."""
    context = client.get(page).context
    data = {}
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.initial_forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is True:
                value = "on"
            if value is not False:
                data[bound.html_name] = "" if value is None else str(value)
    return data
