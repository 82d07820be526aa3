"""The totals of a document from its lines, and what follows from them: what is paid, what is asked for, what the law wants."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from inventory.models import Company
from orders.models import Document, DocumentKind, DocumentLine, OrderLine
from orders.services.credit_amounts import credit_totals, row_key
from orders.services.document_totals import Amount, Totals, rows_as_json, totals_of
from orders.services.legal_notes import legal_note, reason_without_vat
from orders.services.snapshots import bank_of, paid_on


def set_money(document: Document, lines: Sequence[DocumentLine], company: Company) -> None:
    """Fill totals, VAT rows, legal notes, what is paid and the bank of a draft; nothing is saved.

    Raises DocumentRefused (see credit_totals).
    """
    document.legal_notes = _legal_notes(document)
    totals = credit_totals(document, lines) if document.corrects_id else _totals(document, lines)
    document.total_net, document.total_vat, document.total = totals.net, totals.vat, totals.total
    document.vat_rows = rows_as_json(totals.rows)
    document.paid = paid_on(document.order, document) if document.order else Decimal(0)
    asks = document.kind in (DocumentKind.INVOICE, DocumentKind.PROFORMA)
    document.bank = bank_of(document.order, company, document.total - document.paid) if asks else {}


def _totals(document: Document, lines: Sequence[DocumentLine]) -> Totals:
    rounding = sum((line.net for line in lines if line.kind == OrderLine.Kind.ROUNDING), Decimal(0))
    return totals_of(
        [
            (row_key(line), Amount(line.net, line.vat))
            for line in lines
            if line.kind != OrderLine.Kind.ROUNDING
        ],
        rounding,
        document.currency,
        legal=" ".join(document.legal_notes),
    )


def _legal_notes(document: Document) -> list[str]:
    if not document.vat_exempt or document.kind == DocumentKind.DELIVERY_NOTE:
        return []
    goes_to = document.delivery.get("country") or document.buyer.get("country", "")
    reason = reason_without_vat(document.seller.get("country", ""), goes_to)
    return [legal_note(reason, document.language)]
