"""Documents: drafted, closed, corrected. A closed one has its number, its totals and its stock movements for good.

draft_for_order, invoice_from_proforma, credit_note    make drafts, which staff may edit
close_document                                          numbers, freezes, moves the stock: one transaction
issue_document                                          a draft made and closed in one breath
delete_draft                                            only what has no number can be deleted
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.enqueue import enqueue
from backoffice.lib.points import passing
from inventory.models import Company, VatRate
from orders.errors import DocumentRefused
from orders.locks import lock_documents, lock_order
from orders.models import Document, DocumentKind, DocumentLine, Order, OrderEvent
from orders.services.credit_amounts import left_to_credit, refuse_more_returned, refuse_more_than_left
from orders.services.credit_notes import credit_note
from orders.services.document_drafts import RELATED, draft_for_order, drafted, invoice_from_proforma
from orders.services.document_events import record
from orders.services.document_money import set_money
from orders.services.mails import queue_automatic
from orders.services.references import payment_reference
from orders.services.reservations import issue_lines, return_lines
from orders.services.series import take_number

__all__ = [
    "close_document",
    "credit_note",
    "delete_draft",
    "draft_for_order",
    "invoice_from_proforma",
    "issue_document",
    "lock_draft",
    "recalculate",
]

_TAXED = frozenset({DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.PROFORMA})
_SET_BY_CLOSING = (
    "series_year",
    "series_number",
    "number",
    "payment_reference",
    "moved_at",
    "stock_note",
    "state",
    "closed_at",
    "closed_by",
)


@transaction.atomic
def close_document(pk: int, *, by: AbstractBaseUser | None, issue_date: date | None = None) -> Document:
    """Number the draft, fix its totals and move its stock; from then on nothing of it changes.

    issue_date: another one than the draft's; its year decides in which year of the series the number stands. Lines with
    an unknown SKU move nothing and are in nobody's way (O6).
    Raises DocumentRefused (somebody was faster; something is missing), StockError (a warehouse that refuses to go below
    zero), Document.DoesNotExist. The number of queries does not depend on the number of lines.
    """
    document = lock_draft(pk)
    if issue_date is not None and issue_date != document.issue_date:
        _redate(document, issue_date)
    lines = list(document.lines.all())
    company = Company.load()
    _check(document, lines, company)
    set_money(document, lines, company)
    return _close(document, company, by)


def issue_document(
    order: Order, kind: str, company: Company, *, by: AbstractBaseUser | None, automatic: bool = False
) -> Document:
    """What the order has not got yet of this kind, closed at once. Nobody else can have seen the draft, so nothing of it
    is locked or read again.

    order: locked, with RELATED selected, and in transaction.atomic. Raises DocumentRefused, StockError.
    """
    document, lines = drafted(order, kind, company, by=by, automatic=automatic, told=False)
    _check(document, lines, company)
    return _close(document, company, by, columns=_SET_BY_CLOSING)


def _close(
    document: Document,
    company: Company,
    by: AbstractBaseUser | None,
    *,
    columns: Sequence[str] | None = None,
) -> Document:
    """columns: what is saved; None = all."""
    number = take_number(document)
    passing("document.numbered")
    document.series_year, document.series_number, document.number = number
    if document.kind in (DocumentKind.INVOICE, DocumentKind.PROFORMA) and not document.payment_reference:
        country = document.bank.get("bank_country") or company.bank_account[:2].upper() or company.country
        document.payment_reference = payment_reference(document.number, country)
    if document.moves_stock:
        _move_stock(document, by)
    passing("document.moved")
    document.state, document.closed_at, document.closed_by = Document.State.CLOSED, timezone.now(), by
    document.save(update_fields=columns)
    passing("document.closed")
    record(document, OrderEvent.Kind.ISSUED, by, text=document.reason)
    if document.order is not None and document.order.issue_problem:
        document.order.issue_problem = ""
        Order.objects.filter(pk=document.order_id).update(issue_problem="")
    enqueue("orders.jobs.make_pdf", document.pk, cluster="quick")
    queue_automatic(document)
    return document


@transaction.atomic
def delete_draft(pk: int, *, by: AbstractBaseUser | None) -> None:
    """Raises DocumentRefused where it is closed by now."""
    document = lock_draft(pk)
    record(document, OrderEvent.Kind.DISCARDED, by)
    document.delete()


def lock_draft(pk: int) -> Document:
    """The draft, with its order and what it corrects, locked in this order. Inside transaction.atomic only.

    Raises DocumentRefused where it is closed by now, Document.DoesNotExist.
    """
    order_id, corrects_id = Document.objects.values_list("order", "corrects").get(pk=pk)
    order = lock_order(order_id, *RELATED) if order_id is not None else None
    documents = lock_documents([key for key in (corrects_id, pk) if key is not None])
    if pk not in documents:
        raise Document.DoesNotExist
    document = documents[pk]
    if not document.is_draft:
        raise DocumentRefused(
            _("%(document)s is closed already.") % {"document": document.label},
            cure=_("Reload the page. A closed document is corrected with a credit note."),
        )
    if order is not None:
        document.order = order
    if corrects_id is not None:
        document.corrects = documents[corrects_id]
    return document


def recalculate(document: Document) -> None:
    """Set and save the totals of a draft after its lines were edited. document: from lock_draft."""
    set_money(document, list(document.lines.all()), Company.load())
    document.save()


def _redate(document: Document, issue_date: date) -> None:
    """The due date keeps its distance."""
    if document.due_date is not None:
        document.due_date += issue_date - document.issue_date
    if document.supply_date == document.issue_date:
        document.supply_date = issue_date
    document.issue_date = issue_date


def _move_stock(document: Document, by: AbstractBaseUser | None) -> None:
    if document.kind == DocumentKind.CREDIT_NOTE:
        return_lines(document, by=by)
    else:
        issue_lines(document, by=by)


def _check(document: Document, lines: Sequence[DocumentLine], company: Company) -> None:
    """Raises DocumentRefused with the first thing that must not leave the house like this."""
    if document.issue_date > timezone.localdate():
        raise _cannot(
            document, _("its date of issue lies in the future"), _("Enter today's date or an earlier one.")
        )
    if not lines:
        raise _cannot(document, _("it has no lines"), _("Add a line, or delete the draft."))
    if not document.buyer.get("name"):
        raise _cannot(
            document, _("the buyer has no name"), _("Enter the buyer's name or company in the draft.")
        )
    if not document.seller.get("name"):
        raise _cannot(
            document,
            _("your company has no name yet"),
            _("Enter it under Set-up > Company, delete this draft and make it anew."),
        )
    if document.corrects is not None:
        refuse_more_than_left(document, lines, left_to_credit(document.corrects, besides=document))
        refuse_more_returned(document, lines)
    elif document.kind in _TAXED:
        _check_vat(document, lines)
    if document.order is not None and document.order.state == Order.State.CANCELLED and not document.corrects:
        raise _cannot(document, _("its order is cancelled"), _("Delete the draft."))


def _check_vat(document: Document, lines: Sequence[DocumentLine]) -> None:
    if document.vat_exempt and any(line.vat for line in lines):
        raise _cannot(
            document,
            _("it is to be without VAT, and its lines have some"),
            _("Set the VAT of the lines to 0, or untick “without VAT” in the draft."),
        )
    unnamed = next((line for line in lines if line.vat and line.vat_percent is None), None)
    if unnamed is not None:
        raise _cannot(
            document,
            _("the VAT rate of “%(name)s” is not known") % {"name": unnamed.name},
            _("Enter the percentage in the draft, or in the order before you make one."),
        )
    home = document.seller.get("country", "")
    goes_to = document.delivery.get("country") or document.buyer.get("country", "")
    unclear = {line.vat_percent for line in lines if line.vat_percent and not line.vat_country}
    if not unclear or goes_to in ("", home):
        return
    # Charged across a border: at home rates only where the firm has this rate at home.
    known = set(VatRate.objects.filter(country=home, percent__in=unclear).values_list("percent", flat=True))
    if strange := sorted(percent for percent in unclear if percent is not None and percent not in known):
        raise _cannot(
            document,
            _("it is not known whose VAT %(percent)s %% is, that of %(home)s or of %(country)s")
            % {"percent": f"{strange[0].normalize():f}", "home": home, "country": goes_to},
            _("Enter the rate with its country under Set-up > VAT rates, and make the document anew."),
        )


def _cannot(document: Document, why: str, cure: str) -> DocumentRefused:
    return DocumentRefused(
        _("This document cannot be issued, because %(why)s: %(document)s.")
        % {"why": why, "document": document.get_kind_display()},
        cure=cure,
        key=f"not_issued:{document.kind}",
    )
