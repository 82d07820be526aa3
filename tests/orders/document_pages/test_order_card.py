"""The documents on the page of their order."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Document, NumberSeries, Order
from orders.services.issuing import issue_order
from orders.services.mails import queue_mail
from orders.services.payments import book_payment
from tests.orders.document_pages.pages import LIST, rows
from tests.orders.office import staff

pytestmark = pytest.mark.django_db


def card(client: Client, order: Order):
    return client.get(reverse("admin:orders_order_change", args=[order.pk])).context["page"]["documents"]


def order_action(client: Client, order: Order, name: str) -> list[str]:
    answer = client.post(reverse(f"admin:orders_order_{name}", args=[order.pk]), {"_form_submitted": "on"})
    assert answer.status_code == 200
    return [str(message) for message in client.get(answer.headers["HX-Redirect"]).context["messages"]]


@pytest.mark.requirement("O3")
def test_the_next_step_of_an_order_walks_from_issue_to_credit(petra, make_accepted, channel, clerk):
    channel.becomes = "both"
    channel.moment = "shipped"
    channel.save()
    order = make_accepted(email="maja@example.org")
    shown = card(petra, order)
    assert (shown.next_step.label, [one.label for one in shown.more]) == (
        "Issue invoice and delivery note …",
        ["Make a draft", "Pro forma"],
    )
    assert "when the order is shipped" in shown.explanation
    year = timezone.localdate().year
    assert order_action(petra, order, "issue") == [
        f"Delivery note DN{year}-00001 was issued.",
        f"Invoice {year}-00001 was issued.",
    ]
    shown = card(petra, order)
    assert [row.title for row in shown.rows] == [f"Delivery note DN{year}-00001", f"Invoice {year}-00001"]
    assert shown.next_step.label == "Send by e-mail …"
    queue_mail(Document.objects.get(kind="invoice").pk, by=clerk)
    shown = card(petra, order)
    assert shown.next_step is None
    assert "Correct with a credit note" in [one.label for one in shown.more]


def test_a_draft_is_the_next_step(petra, make_accepted):
    order = make_accepted()
    assert order_action(petra, order, "issue_draft") == ["Drafts made: Invoice, draft."]
    shown = card(petra, order)
    assert shown.next_step.label == "Issue draft …"
    assert len(order_action(petra, order, "issue")) == 1
    assert Document.objects.get().number


def test_why_nothing_was_issued_stands_on_the_order_and_in_the_lists(petra, make_accepted, channel, clerk):
    channel.becomes = "invoice"
    channel.save()
    NumberSeries.objects.filter(kind="invoice").update(active=False)
    order = make_accepted()
    assert card(petra, order).problem.startswith("There is no number series")
    found = petra.get("/orders/order/", {"look": "unissued"}).context["cl"].result_list
    assert [one.pk for one in found] == [order.pk]
    seer = staff("view_order", "view_document", "view_problem", username="seer")
    pills = seer.get("/shops/problem/", {"state__exact": "open"}).context["pills"]
    assert [(one["label"], one["count"]) for one in pills if one["key"] == "unissued"] == [
        ("Documents not issued", 1)
    ]


def test_the_card_is_absent_for_who_may_not_see_documents(make_accepted):
    assert card(staff("view_order", username="jan"), make_accepted()) is None


@pytest.mark.parametrize(
    "name", ["issue", "issue_draft", "issue_invoice", "issue_proforma", "issue_delivery_note"]
)
def test_issuing_needs_the_right(reader, make_accepted, name):
    order = make_accepted()
    target = reverse(f"admin:orders_order_{name}", args=[order.pk])
    assert reader.get(target).status_code == 403
    assert reader.post(target, {"_form_submitted": "on"}).status_code == 403
    assert not Document.objects.exists()


def test_a_paid_order_says_so_on_its_document(petra, make_accepted, clerk):
    order = make_accepted()
    issue_order(order.pk, by=clerk)
    book_payment(order, order.total, by=clerk)
    assert "paid" in petra.get(LIST).content.decode()
    assert rows(petra, paid="open") == []
