"""What is done with many documents at once."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from orders.models import Document
from orders.services.documents import draft_for_order
from tests.orders.document_pages.pages import LIST

pytestmark = pytest.mark.django_db


def chosen(action: str, *documents: Document, **more: str) -> dict[str, object]:
    return {"action": action, "_selected_action": [one.pk for one in documents], **more}


def test_many_drafts_are_issued_after_a_question(petra, draft, make_accepted, clerk):
    bad = draft_for_order(make_accepted(number="2").pk, "invoice", by=clerk)
    bad.lines.all().delete()
    page = petra.post(LIST, chosen("close_selected", draft, bad))
    assert "Issue 2 documents" in page.content.decode()
    assert Document.objects.closed().count() == 0
    answer = petra.post(LIST, chosen("close_selected", draft, bad, confirmed="1", today="on"), follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said[0] == "1 document was issued."
    assert "it has no lines" in said[1]
    assert Document.objects.closed().count() == 1


def test_many_are_printed_as_one(petra, invoice, make_accepted, clerk):
    draft_for_order(make_accepted(number="2").pk, "invoice", by=clerk)
    answer = petra.post(LIST, chosen("print_selected", *Document.objects.all()))
    assert answer["Content-Type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(answer.content)).pages) == 1


def test_many_are_sent(petra, invoice, make_accepted, clerk):
    draft = draft_for_order(make_accepted(number="2").pk, "invoice", by=clerk)
    answer = petra.post(LIST, chosen("send_selected", invoice, draft), follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said[0] == "1 document is on its way."
    assert "draft is not sent" in said[1]
