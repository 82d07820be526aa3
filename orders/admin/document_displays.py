"""How documents and their e-mails look: labels of their states."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from orders.admin.displays import EMPTY, money, tag
from orders.models import Document, DocumentKind, DocumentMail

_MAIL_LOOKS = {
    DocumentMail.State.WAITING: ("info", "schedule_send"),
    DocumentMail.State.SENDING: ("info", "schedule_send"),
    DocumentMail.State.SENT: ("success", "mark_email_read"),
    DocumentMail.State.DOUBTFUL: ("warning", "help"),
    DocumentMail.State.FAILED: ("danger", "error"),
}
_ASKS_FOR_MONEY = (DocumentKind.INVOICE, DocumentKind.PROFORMA)


def day(value: date | None) -> str:
    """23 Nov; the year only if it is another one."""
    if value is None:
        return EMPTY
    return formats.date_format(value, "j M" if value.year == timezone.localdate().year else "j M Y")


def state_tag(document: Document) -> SafeString:
    if document.is_draft:
        return tag(_("draft"), "info", "edit_note")
    return tag(_("issued"), "success", "lock")


def mail_tag(state: str) -> SafeString:
    """state: of the last mail, "" = there is none."""
    if not state:
        return format_html("{}", EMPTY)
    tone, icon = _MAIL_LOOKS[DocumentMail.State(state)]
    return tag(str(DocumentMail.State(state).label).lower(), tone, icon)


def is_paid(document: Document) -> bool | None:
    """None = it asks for no money."""
    if document.kind not in _ASKS_FOR_MONEY:
        return None
    return document.paid >= document.total or bool(document.order and document.order.is_paid)


def paid_tag(document: Document, credited: Decimal | None = None) -> SafeString:
    """credited: what credit notes took back, negative."""
    paid = is_paid(document)
    if paid is None:
        return format_html("{}", "")
    if credited and document.total + credited <= 0:
        return tag(_("credited in full"), "", "undo")
    if credited:
        return tag(
            _("credited %(amount)s") % {"amount": money(-credited, document.currency)}, "warning", "undo"
        )
    if paid:
        return tag(_("paid"), "success", "check")
    if document.is_draft:
        return tag(_("open"), "", "payments")
    if document.due_date and document.due_date < timezone.localdate():
        return tag(_("was due on %(day)s") % {"day": day(document.due_date)}, "danger", "event_busy")
    if document.due_date:
        return tag(_("due on %(day)s") % {"day": day(document.due_date)}, "", "payments")
    return tag(_("open"), "", "payments")


def document_url(document: Document | int) -> str:
    return reverse(
        "admin:orders_document_change", args=[document if isinstance(document, int) else document.pk]
    )


def title(document: Document) -> str:
    """ "Invoice 2026-00012", "Invoice, draft"."""
    if document.number:
        return document.label
    return _("%(kind)s, draft") % {"kind": document.get_kind_display()}
