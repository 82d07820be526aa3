"""What was issued of an order keeps its lines; its page says why and what to do, and what does not follow an edit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Document, Order
from orders.services.documents import close_document, credit_note, draft_for_order
from orders.services.standing import standing_documents, why_lines_stay, why_not_editable
from tests.orders.office import posted_form

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O4", "O12")]


@pytest.fixture
def page(clerk) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def url(order: Order) -> str:
    return f"/orders/order/{order.pk}/change/"


def issue(order: Order, kind: str = "invoice") -> Document:
    return close_document(draft_for_order(order.pk, kind, by=None).pk, by=None)


def credit(document: Document, *, back: bool = True, pieces: dict[int, Decimal] | None = None) -> Document:
    note = credit_note(document.pk, pieces, with_return=back, reason="", by=None)
    return close_document(note.pk, by=None)


def test_an_invoice_stands_until_all_of_it_is_credited(make_accepted):
    order = make_accepted()
    assert why_not_editable(order) is None
    invoice = issue(order)
    assert standing_documents(order) == [invoice]
    first, _second = invoice.lines.order_by("position")
    credit(invoice, pieces={first.pk: Decimal(1)})
    assert standing_documents(order) == [invoice]
    draft = credit_note(invoice.pk, None, with_return=True, reason="", by=None)
    assert standing_documents(order) == [invoice]  # a draft takes nothing back yet
    close_document(draft.pk, by=None)
    assert (standing_documents(order), why_lines_stay(order)) == ([], None)


def test_a_delivery_note_stands_until_its_goods_are_back(make_accepted, channel):
    channel.becomes, channel.moment = "both", "paid"
    channel.save()
    order = make_accepted()
    note, invoice = issue(order, "delivery_note"), issue(order)
    assert standing_documents(order) == [note, invoice]
    credit(invoice, back=False)
    obstacle = why_lines_stay(order)
    assert note.number in obstacle.message
    assert "come back" in obstacle.cure
    credit(note)
    assert why_lines_stay(order) is None


def test_one_credit_note_with_the_goods_frees_invoice_and_delivery_note(make_accepted, channel):
    channel.becomes, channel.moment = "both", "paid"
    channel.save()
    order = make_accepted()
    issue(order, "delivery_note")
    credit(issue(order))
    assert standing_documents(order) == []


def test_lines_cannot_be_edited_beside_an_invoice_and_the_page_says_why(make_accepted, page):
    order = make_accepted()
    opened = posted_form(page, order, note="Call first", **{"lines-0-quantity": "5"})
    invoice = issue(order)
    html = page.get(url(order)).content.decode()
    assert f"stand on what was issued: Invoice {invoice.number}." in html
    assert "Correct the invoice in full with a credit note" in html
    assert 'name="lines-0-quantity"' not in html
    # Somebody had opened the page before: the lines stay, the rest is saved, and he is told.
    html = page.post(url(order), opened, follow=True).content.decode()
    order.refresh_from_db()
    assert (order.note, order.lines.first().quantity, order.total) == ("Call first", 1, invoice.total)
    assert "The lines were left as they are." in html
    credit(invoice)
    assert 'name="lines-0-quantity"' in page.get(url(order)).content.decode()


def test_an_address_may_change_and_the_page_says_that_the_invoice_does_not(make_accepted, page):
    order = make_accepted()
    invoice = issue(order)
    html = page.post(url(order), posted_form(page, order, billing_street="Trg 2"), follow=True)
    assert f"What was issued keeps what it says: Invoice {invoice.number}." in html.content.decode()
    order.refresh_from_db()
    assert (order.billing.street, invoice.buyer["street"]) == ("Trg 2", "Trg 1")


def test_a_draft_of_the_rule_follows_and_one_of_a_person_is_named(make_accepted, channel, page):
    channel.becomes, channel.as_draft = "invoice", True
    channel.save()
    order = make_accepted()
    page.post(url(order), posted_form(page, order, **{"lines-0-quantity": "3"}))
    order.refresh_from_db()
    assert Document.objects.get().total == order.total == Decimal("41.60")
    Document.objects.update(automatic=False)
    said = page.post(url(order), posted_form(page, order, **{"lines-0-quantity": "4"}), follow=True)
    assert "This was made of the order as it was before: Invoice (draft)." in said.content.decode()
    assert Document.objects.get().total == Decimal("41.60")


def test_a_new_invoice_is_offered_after_the_whole_credit(make_accepted, page, clerk: User):
    order = make_accepted()
    invoice = issue(order)
    assert "New invoice" not in page.get(url(order)).content.decode()
    credit(invoice)
    assert "New invoice" in page.get(url(order)).content.decode()
    page.post(f"/orders/order/{order.pk}/issue_invoice/", {"_form_submitted": "on"})
    assert [one.total for one in standing_documents(order)] == [order.total]


def test_an_unpaid_order_with_its_pro_forma_can_be_invoiced_all_the_same(make_accepted, channel, page):
    channel.becomes = "proforma"
    channel.save()
    order = make_accepted()
    html = page.get(url(order)).content.decode()
    assert "issue_invoice" in html
    page.post(f"/orders/order/{order.pk}/issue_invoice/", {"_form_submitted": "on"})
    assert set(order.documents.values_list("kind", "state")) == {
        ("proforma", "closed"),
        ("invoice", "closed"),
    }


def test_the_way_to_the_credit_note_leads_to_the_invoice(make_accepted, channel, page):
    """Although the delivery note was issued before it."""
    channel.becomes, channel.moment = "both", "paid"
    channel.save()
    order = make_accepted()
    issue(order, "delivery_note")
    invoice = issue(order)
    Order.objects.update(differences=[{"field": "total", "here": "1", "shop": "2"}])
    other = page.get(url(order)).context["page"]["other"]
    assert other.correct_url == f"/orders/document/{invoice.pk}/take-back/"
