"""From an order to a closed document: what is copied, what is added up, what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import StockLevel, StockMovement
from orders.errors import DocumentRefused
from orders.models import Document, OrderEvent, PaymentMethod, SeriesCounter
from orders.services.accept import AddressDraft
from orders.services.documents import (
    close_document,
    delete_draft,
    draft_for_order,
    invoice_from_proforma,
    lock_draft,
    recalculate,
)
from orders.services.payments import book_payment
from tests.factories import make_vat_rate
from tests.orders.drafts import line

pytestmark = pytest.mark.django_db
D = Decimal


def on_hand(sku: str) -> Decimal:
    return StockLevel.objects.get(article__sku=sku).on_hand


@pytest.mark.requirement("O3", "O4")
def test_a_draft_copies_all_that_it_says(make_accepted, clerk):
    order = make_accepted(email="maja@example.org", vat_id="SI12345679")
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    assert (draft.state, draft.number, draft.created_by) == ("draft", "", clerk)
    assert draft.seller["name"] == "Lipa d.o.o."
    assert draft.seller["vat_id"] == "SI15012557"
    assert (draft.buyer["name"], draft.buyer["vat_id"]) == ("Maja Zupan", "SI12345679")
    assert draft.buyer["email"] == "maja@example.org"
    assert draft.delivery == {}
    assert (draft.language, draft.currency) == ("en", "EUR")
    assert (draft.issue_date, draft.due_date) == (timezone.localdate(), timezone.localdate() + timedelta(14))
    assert draft.bank == {"iban": "SI56191000000123438", "bic": "LJBASI2X", "bank_country": "SI"}
    rows = list(
        draft.lines.values_list("position", "sku", "quantity", "net", "vat", "vat_percent", "net_price")
    )
    assert rows == [(1, "MUG", 1, 10, D("2.2"), 22, 10), (2, "CUP", 1, D("4.1"), D("0.902"), 22, D("4.1"))]
    assert draft.total == order.total == D("17.20")
    assert draft.vat_rows == [
        {"percent": "22", "net": "14.10", "vat": "3.10", "gross": "17.20", "country": "", "legal": ""}
    ]
    assert order.events.get(kind="drafted").sentence == "Draft made: Invoice, 17.20 EUR."


def test_an_old_document_does_not_change_with_its_customer(make_accepted, company, clerk):
    order = make_accepted()
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    company.name = "New name d.o.o."
    company.save()
    order.billing.last_name = "Novak"
    order.billing.save()
    closed.refresh_from_db()
    assert (closed.seller["name"], closed.buyer["name"]) == ("Lipa d.o.o.", "Maja Zupan")


@pytest.mark.requirement("O4", "O7")
def test_closing_numbers_freezes_and_moves_the_stock(make_accepted, clerk):
    order = make_accepted()
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    year = timezone.localdate().year
    assert (closed.state, closed.number, closed.closed_by) == ("closed", f"{year}-00001", clerk)
    assert closed.payment_reference == f"SI00{year}00001"
    assert closed.moved_at is not None
    assert (on_hand("MUG"), on_hand("CUP")) == (99, 99)
    assert set(StockMovement.objects.filter(kind="issue").values_list("cause", flat=True)) == {closed.number}
    assert SeriesCounter.objects.get().last_number == 1
    [event] = order.events.filter(kind="issued")
    assert (event.by, event.sentence) == (clerk, f"Document issued: Invoice {year}-00001, 17.20 EUR.")
    with pytest.raises(DocumentRefused, match="closed already"):
        close_document(closed.pk, by=clerk)
    with pytest.raises(DocumentRefused, match="closed already"):
        delete_draft(closed.pk, by=clerk)


def test_the_number_counts_in_the_year_of_issue(make_accepted, clerk):
    for number, day in (("1", date(2025, 12, 31)), ("2", date(2026, 1, 2)), ("3", date(2025, 12, 30))):
        draft = draft_for_order(make_accepted(number=number).pk, "proforma", by=clerk)
        close_document(draft.pk, by=clerk, issue_date=day)
    numbers = list(Document.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == ["PF2025-00001", "PF2026-00001", "PF2025-00002"]
    first = Document.objects.get(number="PF2025-00001")
    assert first.due_date == date(2026, 1, 14)


def test_a_future_date_of_issue_is_refused(make_accepted, clerk):
    draft = draft_for_order(make_accepted().pk, "invoice", by=clerk)
    with pytest.raises(DocumentRefused, match="lies in the future"):
        close_document(draft.pk, by=clerk, issue_date=timezone.localdate() + timedelta(1))
    assert not SeriesCounter.objects.exists()


@pytest.mark.requirement("O6")
def test_a_line_with_an_unknown_sku_moves_nothing_and_blocks_nothing(make_accepted, clerk):
    order = make_accepted(line("MUG", source_id="1"), line("", name="Gift wrap", source_id="2"))
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert closed.lines.count() == 2
    assert on_hand("MUG") == 99
    assert StockMovement.objects.filter(kind="issue").count() == 1


@pytest.mark.requirement("O7")
def test_with_a_delivery_note_the_invoice_moves_nothing(make_accepted, clerk):
    order = make_accepted()
    note = close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    invoice = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert (note.moves_stock, invoice.moves_stock, invoice.moved_at) == (True, False, None)
    assert on_hand("MUG") == 99


@pytest.mark.requirement("O7")
def test_a_delivery_note_after_an_invoice_that_moved_moves_nothing_again(make_accepted, clerk):
    order = make_accepted()
    close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    assert on_hand("MUG") == 99


def test_an_invoice_moves_nothing_where_the_channel_says_so(make_accepted, channel, clerk):
    channel.invoice_moves_stock = False
    channel.save()
    order = make_accepted()
    close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert on_hand("MUG") == 100


def test_a_delivery_note_lists_goods_only(make_accepted, clerk):
    order = make_accepted(
        line("MUG", source_id="1"), line(kind="shipping", name="Packeta", source_id="s", net="3", vat="0.66")
    )
    note = draft_for_order(order.pk, "delivery_note", by=clerk)
    assert list(note.lines.values_list("sku", flat=True)) == ["MUG"]
    invoice = draft_for_order(order.pk, "invoice", by=clerk)
    assert invoice.total == order.total == D("15.86")


def test_what_one_document_covers_no_other_one_repeats(make_accepted, clerk):
    order = make_accepted(line("MUG", "40", "8.80", quantity=D(4), source_id="1"))
    first = draft_for_order(order.pk, "delivery_note", by=clerk)
    with pytest.raises(DocumentRefused, match="stands on documents of this kind already"):
        draft_for_order(order.pk, "delivery_note", by=clerk)
    first.lines.update(quantity=1)
    second = draft_for_order(order.pk, "delivery_note", by=clerk)
    assert second.lines.get().quantity == 3
    for one in (first, second):
        close_document(one.pk, by=clerk)
    assert on_hand("MUG") == 96


def test_a_part_of_an_order_is_invoiced_in_proportion(make_accepted, clerk):
    order = make_accepted(line("MUG", "10", "2.20", quantity=D(3), source_id="1"))
    first = draft_for_order(order.pk, "invoice", by=clerk)
    part = first.lines.get()
    part.quantity, part.net, part.vat = D(1), D("3.333333"), D("0.733333")
    part.save()
    recalculate(lock_draft(first.pk))
    second = draft_for_order(order.pk, "invoice", by=clerk)
    assert second.lines.get().quantity == 2
    assert (Document.objects.get(pk=first.pk).total, second.total) == (D("4.07"), D("8.13"))


@pytest.mark.parametrize("state", ["cancelled", "parked", "new"])
def test_only_an_accepted_order_is_invoiced(make_accepted, clerk, state):
    order = make_accepted()
    order.state = state
    order.save()
    with pytest.raises(DocumentRefused, match="no document of this kind"):
        draft_for_order(order.pk, "invoice", by=clerk)
    assert not Document.objects.exists()


def test_a_new_order_may_get_a_pro_forma_which_becomes_the_invoice(make_accepted, clerk):
    order = make_accepted()
    order.state = "new"
    order.save()
    proforma = draft_for_order(order.pk, "proforma", by=clerk)
    with pytest.raises(DocumentRefused, match="issued pro forma"):
        invoice_from_proforma(proforma.pk, by=clerk)
    proforma = close_document(proforma.pk, by=clerk)
    assert (proforma.moves_stock, on_hand("MUG")) == (False, 100)
    order.state = "accepted"
    order.save()
    invoice = close_document(invoice_from_proforma(proforma.pk, by=clerk).pk, by=clerk)
    assert (invoice.kind, invoice.total, on_hand("MUG")) == ("invoice", order.total, 99)
    with pytest.raises(DocumentRefused):
        invoice_from_proforma(proforma.pk, by=clerk)


# Money


@pytest.mark.requirement("O3")
def test_rounding_lines_are_in_the_total_and_in_no_row(make_accepted, clerk):
    order = make_accepted(line("MUG", "10", "2.20", source_id="1"), total=D("12.22"))
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    assert (draft.total, draft.total_net, draft.total_vat) == (D("12.22"), D("10"), D("2.20"))
    assert [row["gross"] for row in draft.vat_rows] == ["12.20"]


def test_yen_have_no_decimals(make_accepted, clerk):
    order = make_accepted(
        line("MUG", "1000", "100", source_id="1", vat_percent=D(10)), currency="JPY", total=D(1100)
    )
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    assert (draft.currency, draft.total) == ("JPY", 1100)
    assert draft.vat_rows[0]["gross"] == "1100"


@pytest.mark.parametrize(
    ("kind", "paid", "asked"),
    [("transfer", False, True), ("other", False, True), ("delivery", False, False), ("card", False, False), ("transfer", True, False)],
)  # fmt: skip
def test_a_transfer_is_asked_for_only_where_one_may_come(make_accepted, clerk, kind, paid, asked):
    method = PaymentMethod.objects.create(name="Way", kind=kind)
    order = make_accepted(payment_method_id=method.pk, paid_at=timezone.now() if paid else None)
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    assert bool(draft.bank) is asked
    assert draft.paid == (order.total if paid else 0)


def test_what_was_booked_counts_as_paid(make_accepted, clerk):
    order = make_accepted()
    book_payment(order, D("10"), by=clerk)
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    assert (draft.paid, bool(draft.bank)) == (10, True)
    book_payment(order, D("7.20"), by=clerk)
    closed = close_document(draft.pk, by=clerk)
    assert (closed.paid, closed.bank) == (D("17.20"), {})


# VAT across borders


def berlin() -> AddressDraft:
    return AddressDraft(first_name="Karl", last_name="Maier", city="Berlin", postcode="10115", country="DE")


def test_oss_names_the_country_whose_vat_it_is(make_accepted, clerk):
    make_vat_rate("19", "DE")
    order = make_accepted(line("MUG", "10", "1.90", vat_percent=D(19), source_id="1"), billing=berlin())
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert [(row["percent"], row["country"], row["vat"]) for row in closed.vat_rows] == [("19", "DE", "1.90")]
    assert closed.language == "de"


def test_home_vat_below_the_threshold_has_no_country(make_accepted, clerk):
    order = make_accepted(line("MUG", source_id="1"), billing=berlin())
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert [(row["percent"], row["country"]) for row in closed.vat_rows] == [("22", "")]


def test_a_rate_that_nobody_entered_is_not_guessed(make_accepted, clerk):
    order = make_accepted(line("MUG", "10", "1.90", vat_percent=D(19), source_id="1"), billing=berlin())
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    with pytest.raises(DocumentRefused, match=r"whose VAT 19 % is, that of SI or of DE.*VAT rates"):
        close_document(draft.pk, by=clerk)
    delete_draft(draft.pk, by=clerk)
    make_vat_rate("19", "DE")
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert closed.vat_rows[0]["country"] == "DE"


@pytest.mark.parametrize(
    ("country", "language", "words"),
    [
        ("DE", "de", "Steuerschuldnerschaft"),
        ("PL", "pl", "Odwrotne obciążenie"),
        ("CZ", "cs", "Daň odvede zákazník"),
        ("HU", "hu", "Fordított adózás"),
        ("FR", "en", "Reverse charge"),
        ("CH", "en", "Export of goods"),
    ],
)
def test_without_vat_the_law_is_named_in_the_buyers_language(make_accepted, clerk, country, language, words):
    order = make_accepted(
        line("MUG", "10", "0", vat_percent=D(0), source_id="1"),
        billing=AddressDraft(company="Firma", city="X", country=country),
        vat_exempt=True,
    )
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert closed.language == language
    assert closed.legal_notes[0].startswith(words)
    assert closed.vat_rows[0]["legal"] == closed.legal_notes[0]


def test_without_vat_and_with_vat_at_once_is_refused(make_accepted, clerk):
    order = make_accepted(vat_exempt=True)
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    with pytest.raises(DocumentRefused, match="to be without VAT"):
        close_document(draft.pk, by=clerk)


def test_the_firm_must_have_a_name(make_accepted, company, clerk):
    company.name = ""
    company.save()
    draft = draft_for_order(make_accepted().pk, "invoice", by=clerk)
    with pytest.raises(DocumentRefused, match="your company has no name yet"):
        close_document(draft.pk, by=clerk)


def test_a_draft_without_lines_is_not_issued(make_accepted, clerk):
    draft = draft_for_order(make_accepted().pk, "invoice", by=clerk)
    draft.lines.all().delete()
    with pytest.raises(DocumentRefused, match="no lines"):
        close_document(draft.pk, by=clerk)


def test_a_deleted_draft_leaves_its_line_in_the_time_line(make_accepted, clerk):
    order = make_accepted()
    delete_draft(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert not Document.objects.exists()
    assert order.events.first().sentence == "Draft deleted: Invoice, 17.20 EUR."
    assert OrderEvent.objects.filter(kind="discarded").count() == 1


def test_hostile_names_are_kept_as_they_are(make_accepted, clerk):
    name = "<script>alert(1)</script> {number} %(total)s 'x' \"y\""
    order = make_accepted(
        line("MUG", source_id="1", name=name),
        billing=AddressDraft(company=name, city="<b>X</b>", country="SI"),
    )
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert closed.buyer["name"] == name
    assert closed.lines.get().name == name


@pytest.mark.parametrize(("kind", "drafting", "closing"), [("invoice", 13, 30), ("delivery_note", 11, 29)])
def test_queries_do_not_grow_with_the_lines(make_accepted, clerk, kind, drafting, closing):
    counts = []
    for number, size in (
        ("0", 1),
        ("1", 2),
        ("2", 40),
    ):  # the first one of the year makes the counter's row too
        lines = [line("MUG" if n % 2 else "CUP", source_id=str(n)) for n in range(size)]
        order = make_accepted(*lines, number=number)
        with CaptureQueriesContext(connection) as drafted:
            draft = draft_for_order(order.pk, kind, by=clerk)
        with CaptureQueriesContext(connection) as closed:
            close_document(draft.pk, by=clerk)
        counts.append((len(drafted), len(closed)))
    assert counts[1:] == [(drafting, closing), (drafting, closing)]


def test_a_document_of_five_hundred_lines(make_accepted, clerk):
    order = make_accepted(*[line("MUG" if n % 2 else "CUP", source_id=str(n)) for n in range(500)])
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert (closed.lines.count(), closed.total) == (500, order.total)
    assert on_hand("MUG") + on_hand("CUP") == 200 - 500
