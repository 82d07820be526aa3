"""How tests use the pages of documents."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from orders.models import Document
from tests.orders.office import form_on

LIST = "/orders/document/"
ALL = (
    "view_document", "change_document", "add_document", "delete_document", "close_document", "correct_document",
    "add_documentmail", "view_order", "change_order",
)  # fmt: skip


def url(document: Document, name: str = "change") -> str:
    return reverse(f"admin:orders_document_{name}", args=[document.pk])


def form_of(client: Client, document: Document, **changes: str) -> dict[str, str]:
    return form_on(client, url(document)) | changes


def press(client: Client, document: Document, name: str, **data: str) -> list[str]:
    """The button's dialog, submitted; what was said."""
    answer = client.post(url(document, name), {"_form_submitted": "on", **data})
    assert answer.status_code == 200, answer
    assert "HX-Redirect" in answer.headers, answer.content.decode()[:2000]
    return [str(message) for message in client.get(answer.headers["HX-Redirect"]).context["messages"]]


def rows(client: Client, **query: str) -> list[str]:
    return [one.number or one.kind for one in client.get(LIST, query).context["cl"].result_list]
