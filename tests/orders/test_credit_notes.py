"""Credit notes take back what was issued, in whole or by line, never more, and to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import StockLevel
from orders.errors import DocumentRefused
from orders.models import Document, DocumentLine
from orders.services.credit_amounts import left_to_credit
from orders.services.documents import (
    close_document,
    credit_note,
    draft_for_order,
    lock_draft,
    recalculate,
)
from tests.factories import make_order
from tests.orders.drafts import line

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O4")]
D = Decimal


def on_hand(sku: str) -> Decimal:
    return StockLevel.objects.get(article__sku=sku).on_hand


@pytest.fixture
def invoice(make_accepted, clerk) -> Document:
    """4 mugs at 10, 3 cups at 3.333333, shipping 3: 22 %."""
    order = make_accepted(
        line("MUG", "40", "8.80", quantity=D(4), source_id="1"),
        line("CUP", "10", "2.20", quantity=D(3), source_id="2"),
        line(kind="shipping", name="Packeta", net="3", vat="0.66", source_id="3"),
    )
    return close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)


def lines_of(document: Document) -> dict[str, DocumentLine]:
    return {one.sku or one.kind: one for one in document.lines.all()}


def test_a_whole_one_takes_everything_back(invoice, clerk):
    note = credit_note(invoice.pk, None, with_return=True, reason="Cancelled", by=clerk)
    assert (note.state, note.kind, note.corrects) == ("draft", "credit_note", invoice)
    assert note.buyer == invoice.buyer
    closed = close_document(note.pk, by=clerk)
    assert closed.total == -invoice.total == D("-64.66")
    assert (closed.total_net, closed.total_vat) == (D("-53"), D("-11.66"))
    assert closed.vat_rows == [
        {"percent": "22", "net": "-53.00", "vat": "-11.66", "gross": "-64.66", "country": "", "legal": ""}
    ]
    assert (closed.number[:2], closed.bank, closed.payment_reference) == ("CN", {}, "")
    assert (on_hand("MUG"), on_hand("CUP")) == (100, 100)
    assert invoice.order.events.first().sentence.endswith("-64.66 EUR. Reason: Cancelled")
    with pytest.raises(DocumentRefused, match="is left to credit"):
        credit_note(invoice.pk, None, with_return=False, reason="", by=clerk)


def test_by_line_with_return_of_some(invoice, clerk):
    lines = lines_of(invoice)
    mug, cup = lines["MUG"].pk, lines["CUP"].pk
    note = credit_note(invoice.pk, {mug: D(1), cup: D(2)}, with_return={mug: True}, reason="", by=clerk)
    closed = close_document(note.pk, by=clerk)
    assert closed.total == D("-20.33")
    assert [(one.sku, one.quantity, one.returns) for one in closed.lines.all()] == [
        ("MUG", -1, True),
        ("CUP", -2, False),
    ]
    assert (on_hand("MUG"), on_hand("CUP")) == (97, 97)
    rest = close_document(credit_note(invoice.pk, None, with_return=False, reason="", by=clerk).pk, by=clerk)
    assert closed.total + rest.total == -invoice.total
    assert {one.sku or one.kind: one.quantity for one in rest.lines.all()} == {
        "MUG": -3,
        "CUP": -1,
        "shipping": -1,
    }


@pytest.mark.parametrize("pieces", ["5", "-1", "4.001"])
def test_more_than_is_left_is_refused(invoice, clerk, pieces):
    mug = lines_of(invoice)["MUG"].pk
    with pytest.raises(DocumentRefused, match=r"only 4 can still be credited"):
        credit_note(invoice.pk, {mug: D(pieces)}, with_return=False, reason="", by=clerk)
    assert Document.objects.count() == 1


def test_a_line_of_another_document_and_none_at_all_are_refused(invoice, clerk):
    with pytest.raises(DocumentRefused):
        credit_note(invoice.pk, {0: D(1)}, with_return=False, reason="", by=clerk)
    with pytest.raises(DocumentRefused, match="No line was chosen"):
        credit_note(invoice.pk, {lines_of(invoice)["MUG"].pk: D(0)}, with_return=False, reason="", by=clerk)


def test_drafts_count_as_credited(invoice, clerk):
    mug = lines_of(invoice)["MUG"].pk
    credit_note(invoice.pk, {mug: D(3)}, with_return=False, reason="", by=clerk)
    with pytest.raises(DocumentRefused, match="only 1 can still be credited"):
        credit_note(invoice.pk, {mug: D(2)}, with_return=False, reason="", by=clerk)


def test_a_draft_that_was_edited_upwards_is_not_closed(invoice, clerk):
    note = credit_note(
        invoice.pk, {lines_of(invoice)["MUG"].pk: D(3)}, with_return=False, reason="", by=clerk
    )
    note.lines.update(quantity=-7, net=-70, vat=D("-15.4"))
    with pytest.raises(DocumentRefused, match="only 4 can still be credited, not 7"):
        close_document(note.pk, by=clerk)


def test_an_amount_that_was_edited_upwards_is_not_closed(invoice, clerk):
    note = credit_note(
        invoice.pk, {lines_of(invoice)["MUG"].pk: D(4)}, with_return=False, reason="", by=clerk
    )
    note.lines.update(net=-99, vat=D("-21.78"))
    with pytest.raises(DocumentRefused, match="to credit"):
        close_document(note.pk, by=clerk)


def test_an_article_without_its_discount_is_more_than_was_paid(make_accepted, clerk):
    order = make_accepted(
        line("MUG", "100", "22", source_id="1"),
        line(kind="discount", name="Voucher", net="-30", vat="-6.60", source_id="2"),
    )
    invoice = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    with pytest.raises(DocumentRefused, match="discounts that belong"):
        credit_note(invoice.pk, {lines_of(invoice)["MUG"].pk: D(1)}, with_return=False, reason="", by=clerk)
    note = credit_note(invoice.pk, None, with_return=False, reason="", by=clerk)
    assert close_document(note.pk, by=clerk).total == D("-85.40")


def test_the_rounding_goes_with_the_last_line(make_accepted, clerk):
    order = make_accepted(
        line("MUG", "10", "2.20", source_id="1"), line("CUP", "10", "2.20", source_id="2"), total=D("24.41")
    )
    invoice = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    lines = lines_of(invoice)
    totals = [
        close_document(
            credit_note(invoice.pk, {lines[sku].pk: D(1)}, with_return=False, reason="", by=clerk).pk,
            by=clerk,
        ).total
        for sku in ("MUG", "CUP")
    ]
    assert totals == [D("-12.20"), D("-12.21")]


def test_goods_come_back_once_for_invoice_and_delivery_note(make_accepted, clerk):
    order = make_accepted(line("MUG", "40", "8.80", quantity=D(4), source_id="1"))
    note = close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    invoice = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    close_document(credit_note(invoice.pk, None, with_return=True, reason="", by=clerk).pk, by=clerk)
    assert on_hand("MUG") == 100
    second = credit_note(note.pk, None, with_return=True, reason="", by=clerk)
    with pytest.raises(DocumentRefused, match="only 0 left the warehouse"):
        close_document(second.pk, by=clerk)
    assert on_hand("MUG") == 100


def test_a_delivery_note_is_taken_back_without_amounts(make_accepted, clerk):
    order = make_accepted(line("MUG", "40", "8.80", quantity=D(4), source_id="1"))
    note = close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    back = close_document(credit_note(note.pk, None, with_return=True, reason="", by=clerk).pk, by=clerk)
    assert (back.total, back.vat_rows, on_hand("MUG")) == (0, [], 100)
    again = close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    assert (again.lines.get().quantity, on_hand("MUG")) == (4, 96)


@pytest.mark.parametrize("with_return", [True, False])
def test_a_credited_order_is_invoiced_again_and_its_goods_leave_once(invoice, clerk, with_return):
    close_document(credit_note(invoice.pk, None, with_return=with_return, reason="", by=clerk).pk, by=clerk)
    assert on_hand("MUG") == (100 if with_return else 96)
    again = close_document(draft_for_order(invoice.order_id, "invoice", by=clerk).pk, by=clerk)
    assert (again.total, on_hand("MUG")) == (invoice.total, 96)


def test_drafts_pro_formas_and_credit_notes_are_not_corrected(make_accepted, invoice, clerk):
    proforma = draft_for_order(invoice.order_id, "proforma", by=clerk)
    with pytest.raises(DocumentRefused, match="is a draft"):
        credit_note(proforma.pk, None, with_return=False, reason="", by=clerk)
    close_document(proforma.pk, by=clerk)
    note = close_document(credit_note(invoice.pk, None, with_return=False, reason="", by=clerk).pk, by=clerk)
    for one in (proforma, note):
        with pytest.raises(DocumentRefused, match="cannot be corrected with a credit note"):
            credit_note(one.pk, None, with_return=False, reason="", by=clerk)


def test_an_edited_draft_is_added_up_anew(invoice, clerk):
    note = credit_note(
        invoice.pk, {lines_of(invoice)["MUG"].pk: D(3)}, with_return=False, reason="", by=clerk
    )
    left = left_to_credit(invoice, besides=note)
    row = note.lines.get()
    net, vat, _discount = left[row.corrects_id].amounts(D(1))
    DocumentLine.objects.filter(pk=row.pk).update(quantity=-1, net=-net, vat=-vat)
    recalculate(lock_draft(note.pk))
    note.refresh_from_db()
    assert note.total == D("-12.20")


AMOUNTS = st.decimals(D("0.01"), D("999"), places=6)
LINES = st.lists(
    st.tuples(AMOUNTS, st.sampled_from([D("22"), D("9.5"), D("0"), None]), st.integers(1, 5)),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=LINES, data=st.data())
def test_credit_notes_never_exceed_and_end_on_the_cent(company, clerk, rows, data):
    """Whatever is invoiced, and however it is taken back piece by piece."""
    order = make_order(state="accepted", total=0)
    for position, (net, percent, quantity) in enumerate(rows, start=1):
        vat = (net * (percent or 0) / 100).quantize(D("0.000001"))
        order.lines.create(
            position=position,
            kind="fee",
            name=f"L{position}",
            quantity=quantity,
            net=net,
            vat=vat,
            vat_percent=percent,
        )
    exact = sum(one.net + one.vat for one in order.lines.all())
    Document.objects.filter(order=order).exists()
    company.country = "SI"
    order.billing = None
    order.email = "x@example.org"
    order.save()
    invoice = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    assert invoice.total == exact.quantize(D("0.01"), rounding="ROUND_HALF_UP")
    adds_up(invoice)
    notes: list[Document] = []
    while any(rest.quantity for rest in left_to_credit(invoice).values()):
        left = {key: int(rest.quantity) for key, rest in left_to_credit(invoice).items() if rest.quantity}
        chosen = data.draw(st.lists(st.sampled_from(sorted(left)), min_size=1, unique=True))
        wanted = {key: D(data.draw(st.integers(1, left[key]))) for key in chosen}
        note = credit_note(invoice.pk, wanted, with_return=False, reason="", by=clerk)
        notes.append(close_document(note.pk, by=clerk))
        adds_up(notes[-1])
        assert 0 <= -sum(one.total for one in notes) <= invoice.total
    assert -sum(one.total for one in notes) == invoice.total
    assert -sum(one.total_vat for one in notes) == invoice.total_vat


def adds_up(document: Document) -> None:
    assert document.total_net == sum(D(row["net"]) for row in document.vat_rows)
    assert document.total_vat == sum(D(row["vat"]) for row in document.vat_rows)
    assert document.total == sum(D(row["gross"]) for row in document.vat_rows)
