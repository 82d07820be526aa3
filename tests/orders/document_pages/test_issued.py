"""The page of an issued document: only read; taking back, sending, files."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from inventory.models import StockLevel
from orders.models import Document, DocumentMail
from orders.services.documents import close_document, credit_note, draft_for_order
from orders.services.mails import queue_mail
from tests.orders.document_pages.pages import press, url
from tests.orders.office import staff

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.mark.requirement("O4")
def test_an_issued_one_is_only_read(petra, invoice):
    page = petra.get(url(invoice)).content.decode()
    assert "Issued documents stay as they are" in page
    assert 'name="_save"' not in page
    assert "buyer_name" not in page
    assert petra.post(url(invoice), {"buyer_name": "Other"}).status_code == 302
    invoice.refresh_from_db()
    assert invoice.buyer["name"] == "Maja Zupan"


def test_stock_movements_and_corrections_stand_on_the_page(petra, invoice, clerk):
    note = close_document(credit_note(invoice.pk, None, with_return=True, reason="", by=clerk).pk, by=clerk)
    page = petra.get(url(invoice)).content.decode()
    assert "Stock movements" in page
    assert note.number in page
    assert "+1" in petra.get(url(note)).content.decode()


def test_the_files(petra, invoice):
    answer = petra.get(url(invoice, "pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"] == f'inline; filename="invoice-{invoice.number}.pdf"'
    assert invoice.number in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert petra.get(url(invoice, "xml"))["Content-Disposition"].startswith("attachment")
    assert petra.get("/media/" + Document.objects.get().pdf.name).status_code == 404


def test_a_draft_has_a_preview_and_no_e_invoice(petra, draft):
    assert petra.get(url(draft, "pdf")).content.startswith(b"%PDF")
    assert "no number yet" in petra.get(url(draft, "xml"), follow=True).content.decode()


@pytest.mark.requirement("O4")
def test_taking_back_by_line(petra, invoice):
    mug, cup = invoice.lines.all()
    page = petra.get(url(invoice, "take_back")).content.decode()
    assert f'name="line_{mug.pk}" value="1"' in page
    answer = petra.post(
        url(invoice, "take_back"),
        {f"line_{mug.pk}": "1", f"back_{mug.pk}": "on", f"line_{cup.pk}": "0", "reason": "Broken"},
    )
    note = Document.objects.get(kind="credit_note")
    assert answer["Location"] == url(note)
    assert (note.state, note.total, note.reason) == ("closed", D("-12.20"), "Broken")
    assert StockLevel.objects.get(article__sku="MUG").on_hand == 100
    assert StockLevel.objects.get(article__sku="CUP").on_hand == 99


@pytest.mark.parametrize(
    ("pieces", "message"), [("2", "Enter at most 1."), ("x", "is not a number"), ("-1", "Enter at most 1.")]
)
def test_taking_back_too_much_is_said_at_the_line(petra, invoice, pieces, message):
    mug = invoice.lines.first()
    answer = petra.post(url(invoice, "take_back"), {f"line_{mug.pk}": pieces, "reason": "x"})
    assert message in answer.content.decode()
    assert Document.objects.count() == 1


def test_taking_back_as_a_draft_and_without_the_right(petra, invoice):
    data = {f"line_{one.pk}": "1" for one in invoice.lines.all()} | {"reason": "x", "as_draft": "1"}
    petra.post(url(invoice, "take_back"), data)
    assert Document.objects.get(kind="credit_note").is_draft
    without = staff("view_document", username="jan")
    assert without.get(url(invoice, "take_back")).status_code == 403
    assert without.post(url(invoice, "take_back"), data).status_code == 403


def test_a_pro_forma_becomes_an_invoice(petra, make_accepted, clerk):
    proforma = close_document(draft_for_order(make_accepted().pk, "proforma", by=clerk).pk, by=clerk)
    assert press(petra, proforma, "invoice") == ["A draft of the invoice was made."]
    assert Document.objects.get(kind="invoice").is_draft


@pytest.mark.requirement("O5")
def test_sending_by_a_button(petra, invoice):
    assert 'value="maja@example.org"' in petra.get(url(invoice, "send")).content.decode()
    said = press(petra, invoice, "send", to="other@example.org")
    assert said == [f"Invoice {invoice.number} is on its way."]
    mail = DocumentMail.objects.get()
    assert (mail.to, mail.created_by.username, mail.automatic) == ("other@example.org", "petra", False)
    answer = petra.post(url(invoice, "send"), {"_form_submitted": "on", "to": "nobody"})
    assert "No mail server would take" in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [("doubtful", "arrived", "sent"), ("waiting", "stop", "failed"), ("waiting", "now", "waiting")],
)
def test_what_a_person_decides_about_an_e_mail(petra, reader, invoice, clerk, state, verb, after):
    mail = queue_mail(invoice.pk, by=clerk)
    DocumentMail.objects.filter(pk=mail.pk).update(state=state, not_before=timezone.now())
    target = reverse("admin:orders_document_mail", args=[mail.pk, verb])
    assert reader.post(target).status_code == 403
    assert petra.get(target).status_code == 405
    assert petra.post(target)["Location"] == url(invoice)
    mail.refresh_from_db()
    assert mail.state == after
