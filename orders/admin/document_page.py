"""What the page of a document shows above its form: a fixed number of queries, whatever the document holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inventory.models import StockMovement
from orders.admin.displays import EMPTY, moment, money, person, quantity
from orders.admin.document_displays import day, document_url, mail_tag, paid_tag, state_tag, title
from orders.admin.document_forms import LANGUAGES
from orders.documents_view import DocumentView, LineView
from orders.models import Document, DocumentMail
from orders.services.document_view import view_of

_MOVED_WITHIN = timedelta(minutes=2)
_MOVEMENTS_SHOWN = 100
_State = DocumentMail.State


@dataclass(frozen=True, slots=True)
class MailRow:
    pk: int
    to: str
    state: SafeString
    when: str
    by: str
    error: str
    may_stop: bool
    in_doubt: bool


def document_page(document: Document) -> dict[str, Any]:
    """Context of orders/document_page.html. document: with its foreign keys selected."""
    view = view_of(document)
    corrections = list(document.corrections.order_by("pk"))
    credited = sum((one.total for one in corrections if not one.is_draft), document.total - document.total)
    return {
        "document": document,
        "view": view,
        "title": title(document),
        "state": state_tag(document),
        "paid": paid_tag(document, credited),
        "lines": [_line(view, line) for line in view.lines],
        "vat_rows": [
            {
                "rate": EMPTY if row.percent is None else f"{quantity(row.percent)} % {row.country}".strip(),
                "net": money(row.net, view.currency),
                "vat": money(row.vat, view.currency),
                "gross": money(row.gross, view.currency),
                "legal": row.legal,
            }
            for row in view.vat_rows
        ],
        "rounding": money(view.rounding, view.currency) if view.rounding else "",
        "total": money(view.total, view.currency),
        "with_vat": view.prices_gross,
        "facts": _facts(document, view),
        "payment": _payment(document, view),
        "mails": [_mail(mail) for mail in document.mails.select_related("created_by")],
        "corrects": document.corrects
        and {"title": title(document.corrects), "url": document_url(document.corrects)},
        "corrections": [
            {"title": title(one), "url": document_url(one), "total": money(one.total, one.currency)}
            for one in corrections
        ],
        "movements": _movements(document),
    }


def _line(view: DocumentView, line: LineView) -> dict[str, str]:
    return {
        "sku": line.sku,
        "name": line.name,
        "note": line.note,
        "quantity": f"{quantity(line.quantity)} {line.unit}".strip(),
        "price": money(line.net_price, view.currency),
        "discount": money(line.discount, view.currency) if line.discount else "",
        "vat": EMPTY if line.vat_percent is None else f"{quantity(line.vat_percent)} %",
        "total": money(line.gross if view.prices_gross else line.net, view.currency),
    }


def _facts(document: Document, view: DocumentView) -> list[tuple[str, str]]:
    rows = [
        (_("Date of issue"), day(view.issue_date)),
        (_("Date of supply"), day(view.supply_date) if view.supply_date else ""),
        (_("Due date"), day(view.due_date) if view.due_date else ""),
        (_("Number series"), str(document.series)),
        (_("Language"), str(dict(LANGUAGES).get(document.language, document.language))),
        (_("Warehouse"), str(document.warehouse or "")),
        (_("Moves stock"), _moves(document)),
    ]
    if document.is_draft and document.created_by:
        rows.append((_("Drafted by"), person(document.created_by)))
    if document.closed_at:
        who = person(document.closed_by) if document.closed_by else _("by itself")
        rows.append((_("Issued"), f"{moment(document.closed_at)} · {who}"))
    return [(label, value) for label, value in rows if value]


def _moves(document: Document) -> str:
    if document.moved_at:
        return moment(document.moved_at)
    if document.is_draft and document.moves_stock:
        return _("when it is issued")
    return _("no")


def _payment(document: Document, view: DocumentView) -> list[tuple[str, str]]:
    if document.kind not in (Document.Kind.INVOICE, Document.Kind.PROFORMA):
        return []
    rows = [
        (_("Method"), view.payment_method),
        (_("Paid when issued"), money(view.paid, view.currency) if view.paid else ""),
        (_("Account"), view.bank.iban if view.bank else _("none")),
        (_("Reference"), view.payment_reference),
    ]
    return [(label, value) for label, value in rows if value]


def _mail(mail: DocumentMail) -> MailRow:
    when = moment(mail.sent_at or mail.created_at)
    if mail.state == _State.WAITING and mail.not_before:
        when = _("next try %(when)s") % {
            "when": formats.date_format(timezone.localtime(mail.not_before), "j M, H:i")
        }
    return MailRow(
        pk=mail.pk,
        to=mail.to,
        state=mail_tag(mail.state),
        when=when,
        by=person(mail.created_by) if mail.created_by else _("by itself"),
        error=mail.error,
        may_stop=mail.state == _State.WAITING,
        in_doubt=mail.state == _State.DOUBTFUL,
    )


def _movements(document: Document) -> list[dict[str, str]]:
    """The lines of the ledger that were written when it was closed: they carry its number."""
    if document.moved_at is None:
        return []
    rows = StockMovement.objects.filter(
        cause=document.number,
        at__range=(document.moved_at - _MOVED_WITHIN, document.moved_at + _MOVED_WITHIN),
    ).select_related("article", "warehouse")
    return [
        {
            "sku": row.article.sku,
            "name": row.article.name,
            "warehouse": row.warehouse.name,
            "quantity": f"{'+' if row.quantity > 0 else ''}{quantity(row.quantity)}",
        }
        for row in rows[:_MOVEMENTS_SHOWN]
    ]
