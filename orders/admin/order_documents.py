"""The documents of one order: the card on its page with its one next step, and the buttons behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.forms import BaseDialogForm

from backoffice.lib.dialogs import asks
from orders.admin.actions import OrderActions, on_order
from orders.admin.displays import money
from orders.admin.document_displays import document_url, mail_tag, state_tag, title
from orders.admin.issuing_rights import kinds_to_issue, may_issue
from orders.models import DocumentKind, DocumentMail, Order, SalesChannel
from orders.services.issuing import issue_order, kinds_of
from orders.services.standing import standing_documents

_OPEN = (Order.State.ACCEPTED, Order.State.DONE)
_OFFERED = (Order.State.NEW, *_OPEN)
_FOLLOWS = {
    SalesChannel.Moment.ACCEPTED: gettext_lazy("They are made when an order is accepted; this one has none."),
    SalesChannel.Moment.PAID: gettext_lazy("They follow by themselves when the order is paid."),
    SalesChannel.Moment.SHIPPED: gettext_lazy("They follow by themselves when the order is shipped."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """url: of a dialog, or (page=True) of a page."""

    label: str
    url: str
    page: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRow:
    title: str
    url: str
    total: str
    state: SafeString
    mail: SafeString | str


@dataclass(slots=True)
class DocumentsCard:
    rows: list[DocumentRow] = field(default_factory=list)
    problem: str = ""
    explanation: str = ""
    next_step: Step | None = None
    more: list[Step] = field(default_factory=list)


def documents_card(order: Order, request: HttpRequest) -> DocumentsCard | None:
    """None for who may not see documents. Two queries, and one more where something is left to issue."""
    may = request.user.has_perm
    if not may("orders.view_document"):
        return None
    last_mail = DocumentMail.objects.filter(document=OuterRef("pk")).order_by("-pk").values("state")[:1]
    documents = list(order.documents.annotate(mail_state=Subquery(last_mail)).order_by("pk"))
    card = DocumentsCard(rows=[_row(document) for document in documents], problem=order.issue_problem)
    channel = SalesChannel.of(order.source)
    drafts = [document for document in documents if document.is_draft]
    there = {document.kind for document in documents}
    by_rule = kinds_of(channel, paid=order.is_paid) or (DocumentKind.INVOICE,)
    wanted = tuple(kind for kind in by_rule if kind not in there)
    mine = kinds_to_issue(request.user)
    offered = tuple(kind for kind in wanted if kind in mine)
    closable = [document for document in drafts if document.kind in mine]
    invoice = next((one for one in documents if one.kind == DocumentKind.INVOICE and not one.is_draft), None)

    if offered and order.state in _OPEN and not drafts:
        card.next_step = Step(_issue_label(offered), _url(order, "issue"))
        card.more.append(Step(_("Make a draft"), _url(order, "issue_draft")))
    elif closable:
        words = ngettext("Issue draft …", "Issue drafts …", len(closable))
        card.next_step = Step(words, _url(order, "issue"))
    elif invoice is not None and not invoice.mail_state and may("orders.add_documentmail"):  # type: ignore[attr-defined]
        card.next_step = Step(_("Send by e-mail …"), reverse("admin:orders_document_send", args=[invoice.pk]))
    if order.state in _OFFERED and DocumentKind.PROFORMA not in there and may("orders.add_document"):
        card.more.append(Step(_("Pro forma"), _url(order, "issue_proforma")))
    if order.state in _OPEN and DocumentKind.DELIVERY_NOTE in mine - there - set(wanted):
        card.more.append(Step(_("Delivery note"), _url(order, "issue_delivery_note")))
    if order.state in _OPEN and not drafts:
        if DocumentKind.INVOICE in mine - there - set(wanted):
            card.more.append(Step(_("Invoice"), _url(order, "issue_invoice")))
        if there & mine:
            card.more += _anew(order, there & mine)
    if invoice is not None and may("orders.correct_document"):
        url = reverse("admin:orders_document_take_back", args=[invoice.pk])
        card.more.append(Step(_("Correct with a credit note"), url, page=True))
    card.explanation = _explanation(order, channel, wanted) if not documents else ""
    return card


def _anew(order: Order, there: set[str]) -> list[Step]:
    """Documents that credit notes took back in full can be issued once more, of the order as it is now."""
    standing = {document.kind for document in standing_documents(order)}
    again = {
        DocumentKind.INVOICE: (_("New invoice"), "issue_invoice"),
        DocumentKind.DELIVERY_NOTE: (_("New delivery note"), "issue_delivery_note"),
    }
    kinds = [kind for kind in again if kind in there and kind not in standing]
    return [Step(again[kind][0], _url(order, again[kind][1])) for kind in kinds]


def _row(document: Any) -> DocumentRow:
    shows_total = document.kind != DocumentKind.DELIVERY_NOTE
    return DocumentRow(
        title(document),
        document_url(document),
        money(document.total, document.currency) if shows_total else "",
        state_tag(document),
        mail_tag(document.mail_state) if document.mail_state else "",
    )


def _url(order: Order, name: str) -> str:
    return reverse(f"admin:orders_order_{name}", args=[order.pk])


def _issue_label(kinds: tuple[str, ...]) -> str:
    """A sentence of its own for each, so that it can be translated as a whole."""
    if len(kinds) > 1:
        return _("Issue invoice and delivery note …")
    return {
        DocumentKind.INVOICE: _("Issue invoice …"),
        DocumentKind.PROFORMA: _("Issue pro forma invoice …"),
        DocumentKind.DELIVERY_NOTE: _("Issue delivery note …"),
    }[DocumentKind(kinds[0])]


def _explanation(order: Order, channel: SalesChannel, wanted: tuple[str, ...]) -> str:
    if order.state in (Order.State.NEW, Order.State.PARKED):
        return _("Documents follow when the order is accepted.")
    if order.state == Order.State.CANCELLED or not wanted:
        return ""
    parts: list[Any] = []
    if channel.becomes != SalesChannel.Becomes.NOTHING:
        parts.append(_FOLLOWS[SalesChannel.Moment(channel.moment)])
    parts.append(_("Stock goes down when they are issued."))
    if channel.send_mail:
        parts.append(_("They are e-mailed at once."))
    return " ".join(str(part) for part in parts)


class OrderDocuments(OrderActions):
    """Mixed into OrderAdmin. The buttons of the card are no buttons of the page's head."""

    card_actions = ["issue_draft", "issue_invoice", "issue_proforma", "issue_delivery_note"]
    actions_detail = [*OrderActions.actions_detail, *card_actions]

    def has_draft_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.add_document")

    def has_invoice_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_issue(request.user, DocumentKind.INVOICE)

    def has_delivery_note_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_issue(request.user, DocumentKind.DELIVERY_NOTE)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        names = {f"orders_order_{name}" for name in self.card_actions}
        return [one for one in super().get_actions_detail(request, object_id) if one.action_name not in names]

    @asks(
        gettext_lazy("Make drafts"),
        title=gettext_lazy("Make drafts of the documents?"),
        text=gettext_lazy("You can edit them before they are issued. No number is taken, no stock moves."),
        button=gettext_lazy("Make drafts"),
        permission="draft",
    )
    def issue_draft(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _issue(request, object_id, as_draft=True)

    @asks(
        gettext_lazy("Issue invoice"),
        title=gettext_lazy("Issue an invoice?"),
        text=gettext_lazy(
            "It bills the order as it is now: all that no other invoice of it bills, or that was credited."
        ),
        button=gettext_lazy("Issue invoice"),
        permission="invoice",
    )
    def issue_invoice(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _issue(request, object_id, DocumentKind.INVOICE)

    @asks(
        gettext_lazy("Make a pro forma invoice"),
        title=gettext_lazy("Make a pro forma invoice?"),
        text=gettext_lazy("As a draft; it moves no stock, and the invoice can be made of it later."),
        button=gettext_lazy("Make a draft"),
        permission="draft",
    )
    def issue_proforma(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _issue(request, object_id, DocumentKind.PROFORMA, as_draft=True)

    @asks(
        gettext_lazy("Issue delivery note"),
        title=gettext_lazy("Issue a delivery note?"),
        text=gettext_lazy("Goods that have left already, by an invoice, do not leave again."),
        button=gettext_lazy("Issue delivery note"),
        permission="delivery_note",
    )
    def issue_delivery_note(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _issue(request, object_id, DocumentKind.DELIVERY_NOTE)


def _issue(request: HttpRequest, object_id: str, *kinds: str, as_draft: bool = False) -> HttpResponse:
    """kinds: none = what the order lacks by its channel's rule. From here to the draft, if it is just one."""

    def deed(pk: int) -> str | None:
        documents = issue_order(pk, by=request.user, kinds=kinds, as_draft=as_draft).documents
        if not documents:
            messages.info(request, _("The order has its documents already."))
            return None
        names = ", ".join(title(one) for one in documents)
        done = _("Drafts made: %(names)s.") if as_draft else _("Issued: %(names)s.")
        messages.success(request, done % {"names": names})
        for one in documents:
            if one.stock_note:
                messages.warning(request, one.stock_note)
        return document_url(documents[0]) if as_draft and len(documents) == 1 else None

    return on_order(request, object_id, deed)
