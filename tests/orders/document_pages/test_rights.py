"""Who may see and do what with documents."""

from __future__ import annotations

import pytest
from django.urls import reverse

from orders.services.documents import close_document, draft_for_order
from tests.orders.document_pages.pages import LIST, url
from tests.orders.drafts import line
from tests.orders.office import staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["close", "discard", "send", "invoice", "credit", "take_back"])
def test_without_the_right_no_button_does_anything(reader, draft, name):
    assert reader.get(url(draft, name)).status_code == 403
    assert reader.post(url(draft, name), {"_form_submitted": "on", "to": "a@example.org"}).status_code == 403
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize("name", ["change", "pdf", "xml", "open_pdf", "open_xml", "preview"])
def test_who_may_not_see_documents_sees_none(draft, name):
    stranger = staff("view_order", username="stranger")
    assert stranger.get(url(draft, name)).status_code == 403
    assert stranger.get(LIST).status_code == 403


def test_a_reader_sees_no_form(reader, draft):
    page = reader.get(url(draft)).content.decode()
    assert "Edit this draft" not in page
    assert reader.post(url(draft), {"buyer_name": "X"}).status_code == 403


def test_hostile_names_are_escaped_everywhere(petra, make_accepted, clerk):
    name = '<script>alert("x")</script>'
    order = make_accepted(line("MUG", source_id="1", name=name))
    order.billing.company = name
    order.billing.save()
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    pages = [url(draft), LIST]
    closed = close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    pages += [url(closed), url(closed, "take_back"), reverse("admin:orders_order_change", args=[order.pk])]
    for page in pages:
        text = petra.get(page).content.decode()
        assert name not in text
        assert "&lt;script&gt;" in text
