"""The columns of the order list. What they show is laid beside each row by OrderChangeList, in a fixed number of queries."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.views import ChangeList

from orders.admin.displays import (
    EMPTY,
    TONES,
    goods_names,
    goods_sentence,
    moment,
    money,
    paid_tag,
    tag,
    two_rows,
)
from orders.admin.issuing_rights import kinds_to_issue
from orders.models import Address, DocumentKind, DocumentMail, Order
from orders.services.availability import goods_of
from orders.services.work import Handling, Paper, Step, channels_of, handling_of, next_step, why_no_documents

# Which of an order's documents its row names first.
_FIRST = (DocumentKind.INVOICE, DocumentKind.PROFORMA, DocumentKind.DELIVERY_NOTE, DocumentKind.CREDIT_NOTE)
# Step: the button's words, the action of OrderAdmin behind it, the right that it needs.
STEPS: dict[Step, tuple[Any, str, str]] = {
    Step.ACCEPT: (gettext_lazy("Accept …"), "accept", "accept"),
    Step.CLOSE: (gettext_lazy("Issue draft …"), "issue", "issue"),
    Step.ISSUE: (gettext_lazy("Issue documents …"), "issue", "issue"),
    Step.PAY: (gettext_lazy("Book payment …"), "payment", "book"),
    Step.SHIP: (gettext_lazy("Mark as shipped …"), "ship", "ship"),
}
ISSUES = (Step.CLOSE, Step.ISSUE)


class OrderChangeList(ChangeList):
    """Fetches what the columns of a whole page need, and lays it beside each row: one instance of an admin serves many
    requests at the same time."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        goods = goods_of(self.result_list)
        handling = handling_of(self.result_list)
        channels = channels_of(order.source for order in self.result_list)
        names = self.model_admin.source_names(request)
        allowed = allowed_steps(self.model_admin, request)
        kinds = kinds_to_issue(request.user)
        for order in self.result_list:
            order.goods = goods[order.pk]
            order.handling = handling[order.pk]
            order.source_name = names.get(order.source, order.source)
            step = next_step(order, channels[order.source], handling[order.pk])
            if step in ISSUES and why_no_documents(order, channels[order.source], handling[order.pk], kinds):
                step = None
            order.step = step if step in allowed else None


def allowed_steps(model_admin: Any, request: HttpRequest) -> set[Step]:
    """Those that this user may take."""
    return {
        step
        for step, (_words, _action, right) in STEPS.items()
        if getattr(model_admin, f"has_{right}_permission")(request)
    }


def documents_words(order: Order, handling: Handling) -> tuple[str, str, bool]:
    """(first row, second row, whether it is a problem) of the documents of one order."""
    if not handling.papers:
        if order.issue_problem and order.state != Order.State.CANCELLED:
            return _("not issued"), order.issue_problem, True
        return _("none yet"), "", False
    ordered = sorted(handling.papers, key=lambda paper: (_FIRST.index(DocumentKind(paper.kind)), -paper.id))
    first = ordered[0]
    label = str(DocumentKind(first.kind).label)
    words = (
        f"{label} {first.number}" if first.number else _("Draft: %(document)s") % {"document": label.lower()}
    )
    rest = [_mail_words(first)] if not first.is_draft else [_("to be issued")]
    more = len(ordered) - 1
    if more:
        rest.append(ngettext("%(n)d more", "%(n)d more", more) % {"n": more})
    return words, " · ".join(part for part in rest if part), first.mail == DocumentMail.State.FAILED


def _mail_words(paper: Paper) -> str:
    states = DocumentMail.State
    match paper.mail:
        case states.SENT:
            return _("e-mailed %(when)s") % {"when": moment(paper.mailed_at)}
        case states.FAILED:
            return _("e-mail not sent")
        case states.DOUBTFUL:
            return _("e-mail perhaps sent")
        case states.WAITING | states.SENDING:
            return _("e-mail on its way")
    return ""


class OrderColumns:
    """Mixed into OrderAdmin."""

    @display(description=gettext_lazy("order"), ordering="placed_at")
    def order(self, order: Any) -> SafeString:
        when = moment(order.placed_at)
        origin = f"{order.source_name} · {when}" if order.source_name else when
        if order.differences:
            changed = _("changed in the shop")
            origin = format_html('{}<br><span class="k-look">{}</span>', origin, changed)
        return two_rows(format_html("<strong>{}</strong>", order.number), origin)

    @display(description=gettext_lazy("customer"))
    def buyer(self, order: Order) -> SafeString:
        address = order.billing or Address()
        name = address.company or address.person or str(order.customer or "") or order.email or EMPTY
        return two_rows(name, address.place)

    @display(description=gettext_lazy("goods"))
    def goods_shown(self, order: Any) -> SafeString:
        open_states = (Order.State.NEW, Order.State.PARKED, Order.State.ACCEPTED)
        stock = goods_sentence(order.goods) if order.state in open_states else ""
        return two_rows(goods_names(order.goods), stock)

    @display(description=gettext_lazy("total, payment"), ordering="total")
    def total_shown(self, order: Order) -> SafeString:
        return two_rows(
            format_html("<strong>{}</strong>", money(order.total, order.currency)), paid_tag(order)
        )

    @display(description=gettext_lazy("documents"))
    def documents_shown(self, order: Any) -> SafeString:
        first, second, bad = documents_words(order, order.handling)
        if bad:
            second = format_html('<span class="k-note-bad k-cut" title="{0}">{0}</span>', second)
        if not order.handling.papers:
            first = format_html('<span class="k-sub">{}</span>', first)
        return two_rows(first, second)

    @display(description=gettext_lazy("parcel"))
    def parcel_shown(self, order: Any) -> SafeString:
        method = str(order.shipping_method or order.shipping_name or EMPTY)
        parcels = order.handling.parcels
        if parcels:
            sent = parcels[0]
            return two_rows(method, str(sent) if sent.tracking_number else moment(sent.shipped_at))
        return two_rows(method, "")

    @display(description=gettext_lazy("next step"))
    def next_step(self, order: Any) -> SafeString | str:
        """A button that opens the same dialog as the page's; who may not press it, or has nothing to do, reads the state."""
        if order.step is None:
            return tag(order.get_state_display(), TONES.get(Order.State(order.state), ""))
        words, name, _right = STEPS[order.step]
        return format_html(
            '<a class="k-button" href="{0}" hx-get="{0}" hx-target="#modal-content" hx-select="#dialog"'
            ' x-on:htmx:after-on-load="openModal = true">{1}<span class="k-spoken"> {2}</span></a>',
            reverse(f"admin:orders_order_{name}", args=[order.pk]),
            words,
            order.number,
        )
