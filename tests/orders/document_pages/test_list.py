"""The list of documents: what it shows, its pills and filters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import DocumentMail
from orders.services.documents import close_document, credit_note, draft_for_order
from orders.services.mails import queue_mail
from tests.orders.document_pages.pages import LIST, rows, url
from tests.orders.drafts import line

pytestmark = pytest.mark.django_db


def test_the_list_shows_what_is_needed(petra, invoice, make_accepted, clerk):
    draft_for_order(make_accepted(number="2").pk, "delivery_note", by=clerk)
    queue_mail(invoice.pk, by=clerk)
    page = petra.get(LIST).content.decode()
    for text in (
        invoice.number,
        "LIPA-1",
        "Maja Zupan",
        "Ljubljana, SI",
        "17.20\N{NO-BREAK SPACE}EUR",
        "due on",
    ):
        assert text in page
    assert "no number yet" in page
    assert "waiting" in page


def test_pills_filters_and_search(petra, invoice, make_accepted, clerk):
    other = make_accepted(number="77", email="x@example.org", paid_at=timezone.now())
    paid = close_document(draft_for_order(other.pk, "invoice", by=clerk).pk, by=clerk)
    draft_for_order(other.pk, "delivery_note", by=clerk)
    assert rows(petra, paid="open") == [invoice.number]
    assert rows(petra, paid="yes") == [paid.number]
    assert rows(petra, paid="overdue") == []
    assert rows(petra, state__exact="draft") == ["delivery_note"]
    assert rows(petra, kind__exact="invoice") == [paid.number, invoice.number]
    assert rows(petra, mail="never") == [paid.number, invoice.number]
    assert rows(petra, q="LIPA-77") == ["delivery_note", paid.number]
    assert rows(petra, q="zupan x@example") == ["delivery_note", paid.number]
    assert rows(petra, q=invoice.number) == [invoice.number]
    assert rows(petra, source="lipa") == ["delivery_note", paid.number, invoice.number]
    queues = {queue.key: queue.count for queue in petra.get(LIST).context["queues"]}
    assert queues == {"drafts": 1, "open": 1, "overdue": 0, "mail": 0, "all": 3}


def test_what_is_credited_in_full_is_not_unpaid(petra, invoice, clerk):
    close_document(credit_note(invoice.pk, None, with_return=False, reason="", by=clerk).pk, by=clerk)
    assert rows(petra, paid="open") == []
    assert "credited in full" in petra.get(LIST).content.decode()


def test_overdue(petra, make_accepted, clerk):
    draft = draft_for_order(make_accepted().pk, "invoice", by=clerk)
    close_document(draft.pk, by=clerk, issue_date=timezone.localdate() - timedelta(30))
    assert len(rows(petra, paid="overdue")) == 1
    assert "was due on" in petra.get(LIST).content.decode()


def test_e_mails_to_look_at(petra, invoice, clerk):
    mail = queue_mail(invoice.pk, by=clerk)
    assert rows(petra, mail="way") == [invoice.number]
    DocumentMail.objects.filter(pk=mail.pk).update(state="doubtful")
    assert rows(petra, mail="person") == [invoice.number]


@pytest.mark.parametrize("size", [2, 12])
def test_the_list_needs_the_same_queries_for_any_number_of_rows(petra, make_accepted, clerk, size):
    for number in range(size):
        invoice = close_document(
            draft_for_order(make_accepted(number=str(number)).pk, "invoice", by=clerk).pk, by=clerk
        )
        queue_mail(invoice.pk, by=clerk, to="a@example.org")
    petra.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        petra.get(LIST)
    assert len(queries) <= 16


@pytest.mark.parametrize("size", [2, 40])
def test_the_page_needs_the_same_queries_for_any_number_of_lines(petra, make_accepted, clerk, size):
    order = make_accepted(*[line("MUG", source_id=str(n)) for n in range(size)])
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    petra.get(url(closed))
    with CaptureQueriesContext(connection) as queries:
        assert petra.get(url(closed)).status_code == 200
    assert len(queries) <= 22
