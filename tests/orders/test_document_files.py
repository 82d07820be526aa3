"""The view of a document, its PDF as it was issued, and many of them as one file."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from lxml import etree
from pypdf import PdfReader

from orders import jobs
from orders.documents_view import BankAccount
from orders.errors import DocumentRefused, EInvoiceImpossible
from orders.models import Document
from orders.services import document_files
from orders.services.accept import AddressDraft
from orders.services.document_files import merged_pdf, pdf_of, preview_pdf, xml_of
from orders.services.document_view import view_of
from orders.services.documents import close_document, credit_note, draft_for_order
from tests.orders.drafts import line

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def invoice(make_accepted, clerk) -> Document:
    order = make_accepted(
        line("MUG", "8.188525", "1.801475", source_id="1"),
        line("CUP", "3.333333", "0.316667", vat_percent=D("9.5"), quantity=D(3), source_id="2"),
        total=D("13.65"),
        prices_gross=True,
    )
    return close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def check_sums(document: Document) -> None:
    """What orders.documents_view promises."""
    view = view_of(document)
    assert view.total_net == sum(row.net for row in view.vat_rows)
    assert view.total_vat == sum(row.vat for row in view.vat_rows)
    assert view.total == view.total_net + view.total_vat + view.rounding
    assert view.total_net == sum(one.net for one in view.lines)
    assert view.total_vat == sum(one.vat for one in view.lines)
    assert all(one.net + one.vat == one.gross for one in view.lines)
    assert all(row.net + row.vat == row.gross for row in view.vat_rows)


def test_the_view_adds_up_and_shows_what_the_shop_showed(invoice):
    check_sums(invoice)
    view = view_of(invoice)
    assert [one.gross for one in view.lines] == [D("9.99"), D("3.65")]
    assert (view.total, view.rounding) == (D("13.65"), D("0.01"))
    assert view.bank == BankAccount(iban="SI56191000000123438", bic="LJBASI2X", bank_country="SI")
    assert (view.seller.vat_id, view.buyer.name, view.order_source_number) == (
        "SI15012557",
        "Maja Zupan",
        "1",
    )


def test_a_credit_note_is_shown_positive(invoice, clerk):
    note = close_document(
        credit_note(invoice.pk, None, with_return=False, reason="Broken", by=clerk).pk, by=clerk
    )
    check_sums(note)
    view = view_of(note)
    assert (view.total, view.corrects_number, view.corrects_date) == (
        D("13.65"), invoice.number, invoice.issue_date
    )  # fmt: skip
    assert [one.quantity for one in view.lines] == [1, 3]
    assert (view.bank, view.note) == (None, "Broken")


def test_delivery_notes_and_what_takes_them_back_show_no_prices(make_accepted, clerk):
    order = make_accepted()
    note = close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    back = close_document(credit_note(note.pk, None, with_return=True, reason="", by=clerk).pk, by=clerk)
    assert not view_of(note).show_prices
    assert not view_of(back).show_prices
    assert "17.20" not in text_of(pdf_of(note.pk)[1])


@pytest.mark.parametrize(("total", "decimals"), [("122", 0), ("122.5", 2)])
def test_forint_without_filler_have_no_decimals(make_accepted, clerk, total, decimals):
    vat = D(total) - 100
    order = make_accepted(line("MUG", "100", str(vat), source_id="1"), currency="HUF", total=D(total))
    assert view_of(draft_for_order(order.pk, "invoice", by=clerk)).decimals == decimals


def test_the_pdf_is_made_once_and_kept_with_its_checksum(invoice):
    name, content = pdf_of(invoice.pk)
    invoice.refresh_from_db()
    assert name == f"invoice-{invoice.number}.pdf"
    assert invoice.pdf_sha256 == hashlib.sha256(content).hexdigest()
    assert default_storage.open(invoice.pdf.name).read() == content
    assert invoice.number in text_of(content)
    assert "Maja Zupan" in text_of(content)
    assert pdf_of(invoice.pk) == (name, content)
    assert len(list(default_storage.listdir(invoice.pdf.name.rpartition("/")[0])[1])) == 1


def test_a_lost_file_comes_back_as_it_was(invoice):
    _name, content = pdf_of(invoice.pk)
    invoice.refresh_from_db()
    default_storage.delete(invoice.pdf.name)
    assert pdf_of(invoice.pk)[1] == content
    assert default_storage.exists(invoice.pdf.name)


def test_another_file_is_never_passed_off_as_the_issued_one(invoice, company):
    pdf_of(invoice.pk)
    invoice.refresh_from_db()
    with open(default_storage.path(invoice.pdf.name), "wb") as file:
        file.write(b"%PDF forged")
    assert pdf_of(invoice.pk)[1] != b"%PDF forged"
    Document.objects.filter(pk=invoice.pk)
    with open(default_storage.path(invoice.pdf.name), "wb") as file:
        file.write(b"%PDF forged")
    invoice.order.number = "ANOTHER"  # the order's number is no part of the document's row
    invoice.order.save()
    with pytest.raises(DocumentRefused, match="lost or was changed"):
        pdf_of(invoice.pk)


def test_the_e_invoice_stands_beside_the_pdf_and_inside_it(invoice, clerk):
    name, content = xml_of(invoice.pk)
    assert name == f"invoice-{invoice.number}.xml"
    root = etree.fromstring(content)
    assert root.findtext("{*}LegalMonetaryTotal/{*}PayableAmount") == "13.65"
    attached = PdfReader(io.BytesIO(pdf_of(invoice.pk)[1])).attachments
    assert attached == {"invoice.xml": [content]}
    note = close_document(credit_note(invoice.pk, None, with_return=False, reason="", by=clerk).pk, by=clerk)
    assert b"<CreditNote" in xml_of(note.pk)[1]


def test_without_the_buyers_country_there_is_a_pdf_and_no_e_invoice(make_accepted, clerk):
    order = make_accepted(billing=AddressDraft(last_name="Somebody"))
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    with pytest.raises(EInvoiceImpossible, match="buyer's country"):
        xml_of(closed.pk)
    assert not PdfReader(io.BytesIO(pdf_of(closed.pk)[1])).attachments


def test_a_draft_has_a_preview_and_nothing_is_stored(make_accepted, clerk):
    draft = draft_for_order(make_accepted().pk, "invoice", by=clerk)
    with pytest.raises(DocumentRefused, match="draft has no PDF"):
        pdf_of(draft.pk)
    _name, content = preview_pdf(draft.pk)
    assert "Maja Zupan" in text_of(content)
    draft.refresh_from_db()
    assert not draft.pdf


def test_many_are_printed_as_one(invoice, make_accepted, clerk):
    second = close_document(draft_for_order(make_accepted(number="2").pk, "invoice", by=clerk).pk, by=clerk)
    draft = draft_for_order(make_accepted(number="3").pk, "invoice", by=clerk)
    content = merged_pdf([second.pk, draft.pk, invoice.pk])
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert second.number in pages[0]
    assert invoice.number in pages[-1]
    assert len(pages) == 2
    with pytest.raises(DocumentRefused, match="0 documents"):
        merged_pdf([draft.pk])


def test_hostile_names_are_text_on_the_page(make_accepted, clerk):
    name = '#panic("x") <b>& $x$ \\ "'
    order = make_accepted(line("MUG", source_id="1", name=name))
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert "panic" in text_of(pdf_of(closed.pk)[1])


def test_the_job_never_raises(invoice, monkeypatch):
    jobs.make_pdf(invoice.pk)
    invoice.refresh_from_db()
    assert invoice.pdf
    jobs.make_pdf(0)
    monkeypatch.setattr(document_files, "pdf_of", lambda key: 1 / 0)
    jobs.make_pdf(invoice.pk)


@pytest.mark.django_db(transaction=True)
def test_four_who_ask_at_once_get_the_same_bytes(make_accepted):
    closed = close_document(draft_for_order(make_accepted().pk, "invoice", by=None).pk, by=None)

    def ask(_n: int) -> bytes:
        try:
            return pdf_of(closed.pk)[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        contents = set(pool.map(ask, range(4)))
    closed.refresh_from_db()
    assert len(contents) == 1
    assert default_storage.listdir(closed.pdf.name.rpartition("/")[0])[1] == [
        closed.pdf.name.rpartition("/")[2]
    ]
