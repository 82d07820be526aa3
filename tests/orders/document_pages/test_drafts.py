"""A draft's form: editing, issuing, deleting."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.admin.document_forms import DocumentForm
from orders.models import Document
from orders.services.documents import close_document, credit_note, draft_for_order
from tests.orders.document_pages.pages import form_of, press, url
from tests.orders.drafts import line

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.mark.requirement("O4")
def test_a_draft_is_edited_and_adds_up_anew(petra, draft):
    data = form_of(petra, draft, buyer_name="Zupan d.o.o.", note="Thank you", delivery_city="Maribor")
    mug = next(
        key.removesuffix("-name") for key, value in data.items() if value == "MUG" and key.endswith("-name")
    )
    answer = petra.post(url(draft), data | {f"{mug}-quantity": "3", f"{mug}-net_price": "9"})
    assert answer.status_code == 302, answer.context["errors"]
    draft.refresh_from_db()
    assert (draft.buyer["name"], draft.note, draft.delivery["city"]) == (
        "Zupan d.o.o.",
        "Thank you",
        "Maribor",
    )
    assert [(one.quantity, one.net, one.vat) for one in draft.lines.all()] == [
        (3, 27, D("5.94")),
        (1, D("4.1"), D("0.902")),
    ]
    assert draft.total == D("37.94")
    assert draft.vat_rows[0]["gross"] == "37.94"
    assert draft.edited_at is not None


def test_lines_are_added_and_taken_away(petra, draft):
    data = form_of(petra, draft)
    data |= {
        "lines-TOTAL_FORMS": "3", "lines-0-DELETE": "on", "lines-2-name": "Extra", "lines-2-quantity": "2",
        "lines-2-net_price": "5", "lines-2-discount": "1", "lines-2-vat_percent": "22", "lines-2-unit": "h",
        "lines-2-article": "", "lines-2-id": "", "lines-2-document": str(draft.pk),
    }  # fmt: skip
    assert petra.post(url(draft), data).status_code == 302
    draft.refresh_from_db()
    assert [(one.position, one.name, one.net) for one in draft.lines.all()] == [
        (2, "CUP", D("4.1")),
        (3, "Extra", 9),
    ]
    assert draft.total == D("15.98")


def test_an_unchanged_draft_keeps_its_amounts_to_the_last_digit(petra, make_accepted, clerk):
    order = make_accepted(line("MUG", "3.333333", "0.733334", quantity=D(7), source_id="1"))
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    assert petra.post(url(draft), form_of(petra, draft)).status_code == 302
    one = draft.lines.get()
    assert (one.net, one.vat) == (D("3.333333"), D("0.733334"))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("due_date", "2020-01-01", "cannot be due before it is issued"),
        ("buyer_email", "nobody", "No mail server would take"),
        ("buyer_country", "Slovenia", "two-letter country code"),
    ],
)
def test_what_is_wrong_in_a_draft_is_said(petra, draft, field, value, message):
    answer = petra.post(url(draft), form_of(petra, draft, **{field: value}))
    assert answer.status_code == 200
    assert message in answer.content.decode()


def test_a_draft_that_was_issued_meanwhile_is_not_saved(petra, draft, clerk):
    data = form_of(petra, draft, buyer_name="Late")
    close_document(draft.pk, by=clerk)
    answer = petra.post(url(draft), data, follow=True)
    assert "It was issued meanwhile" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.buyer["name"] == "Maja Zupan"


def test_nor_is_one_that_is_issued_in_the_same_moment(petra, draft, clerk, monkeypatch):
    """After the form was found right, and before it is saved."""
    data = form_of(petra, draft, buyer_name="Late")
    real = DocumentForm.save_parties

    def issued_first(form) -> None:
        close_document(draft.pk, by=clerk)
        real(form)

    monkeypatch.setattr(DocumentForm, "clean", lambda form: (issued_first(form), form.cleaned_data)[1])
    answer = petra.post(url(draft), data, follow=True)
    assert "is closed already" in answer.content.decode()
    draft.refresh_from_db()
    assert (draft.buyer["name"], draft.state) == (
        "Maja Zupan",
        "draft",
    )  # all of it was rolled back, here even both


def test_a_draft_credit_note_takes_less_and_is_added_up(petra, invoice, clerk):
    note = credit_note(invoice.pk, None, with_return=True, reason="x", by=clerk)
    data = form_of(petra, note)
    del data["lines-1-returns"]
    data["lines-1-DELETE"] = "on"
    answer = petra.post(url(note), data)
    assert answer.status_code == 302
    note.refresh_from_db()
    assert (note.total, note.moves_stock) == (D("-12.20"), True)
    answer = petra.post(url(note), form_of(petra, note, **{"lines-0-quantity": "2"}))
    assert "Only 1 can still be credited" in answer.content.decode()


def test_a_draft_is_issued_by_a_button(petra, draft):
    assert petra.get(url(draft, "close")).status_code == 200
    draft.refresh_from_db()
    assert draft.is_draft
    said = press(petra, draft, "close")
    draft.refresh_from_db()
    assert said == [f"Invoice {draft.number} was issued."]
    assert press(petra, draft, "close")[0].endswith("A closed document is corrected with a credit note.")


def test_an_old_draft_asks_for_the_day(petra, draft):
    Document.objects.filter(pk=draft.pk).update(issue_date=timezone.localdate() - timedelta(3))
    assert "The draft says" in petra.get(url(draft, "close")).content.decode()
    press(petra, draft, "close", today="on")
    draft.refresh_from_db()
    assert draft.issue_date == timezone.localdate()


def test_a_draft_is_deleted_by_a_button(petra, draft):
    assert press(petra, draft, "discard") == ["The draft was deleted."]
    assert not Document.objects.exists()
    assert "deleted meanwhile" in press(petra, draft, "discard")[0]
