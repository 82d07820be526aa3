"""What can be done with many orders at once. Each button asks first, on a page of its own that says what will be done
with how many, and names the orders that do not fit with the reason; only then it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from import_export.admin import ExportActionMixin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from backoffice.lib.errors import KontorError
from backoffice.tables import chosen_rows
from orders.admin.displays import quantity
from orders.admin.issuing_rights import kinds_to_issue
from orders.models import Order, OrderStatus
from orders.services import decisions
from orders.services.document_files import merged_pdf
from orders.services.picking import picking_list
from orders.services.statuses import not_fitting, set_status
from orders.services.work import Handling, channels_of, finish_documents, handling_of, why_no_documents

MOST_AT_ONCE = 500
_NAMED = 10  # orders that one message names

Refused = list[tuple[Order, str]]


class StatusForm(forms.Form):
    status = forms.ModelChoiceField(
        OrderStatus.objects.all(),
        label=gettext_lazy("Order status"),
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": gettext_lazy("Choose the status that these orders are to have.")},
    )


class OrderBulkActions:
    """Mixed into OrderAdmin."""

    actions = [
        "accept_selected",
        "issue_selected",
        "print_selected",
        "pick_selected",
        "ship_selected",
        "status_selected",
    ]

    def has_issue_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(kinds_to_issue(request.user))

    def has_print_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.view_document")

    def has_ship_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.accept_order") or request.user.has_perm("orders.add_shipment")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """With the export of django-import-export under our words."""
        found: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        if self.has_export_permission(request):  # type: ignore[attr-defined]
            found["export_admin_action"] = (
                export_selected,
                "export_admin_action",
                _("Export …"),
            )
        return found

    @action(description=gettext_lazy("Accept …"), permissions=["accept"], icon="check")
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        if (orders := chosen_rows(request, queryset, MOST_AT_ONCE)) is None:
            return None
        fitting, refused = _parted(orders, decisions.not_acceptable)

        def do(ids: list[int]) -> None:
            decided = decisions.accept_orders(ids, by=request.user)
            done = ngettext("%(n)d order accepted.", "%(n)d orders accepted.", len(decided.done))
            say(request, done % {"n": len(decided.done)} if decided.done else "", decided.refused + refused)
            failed = [order for order in decided.done if order.issue_problem]
            say(request, "", [(order, order.issue_problem) for order in failed], left=_without_documents)

        return self._asked(
            request,
            fitting,
            refused,
            title=ngettext("Accept %(n)d order?", "Accept %(n)d orders?", len(fitting)),
            text=_("They go on to packing, and their documents are issued where the shop's rule says so."),
            button=ngettext("Accept %(n)d order", "Accept %(n)d orders", len(fitting)),
            do=do,
        )

    @action(description=gettext_lazy("Issue documents …"), permissions=["issue"], icon="description")
    def issue_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        if (orders := chosen_rows(request, queryset, MOST_AT_ONCE)) is None:
            return None
        handling = handling_of(orders)
        channels = channels_of(order.source for order in orders)
        kinds = kinds_to_issue(request.user)
        fitting, refused = _parted(
            orders, lambda order: why_no_documents(order, channels[order.source], handling[order.pk], kinds)
        )

        def do(ids: list[int]) -> None:
            results = finish_documents(ids, by=request.user, kinds=kinds)
            made = [document for result in results for document in result.documents]
            done = ngettext("%(n)d document issued.", "%(n)d documents issued.", len(made))
            failed = [(result.order, result.problem) for result in results if result.problem]
            say(request, done % {"n": len(made)} if made else "", failed + refused)

        return self._asked(
            request,
            fitting,
            refused,
            title=ngettext(
                "Issue documents for %(n)d order?", "Issue documents for %(n)d orders?", len(fitting)
            ),
            text=_(
                "Drafts are issued, and what an order lacks by the rule of its shop is made. Issued documents have"
                " their number for good, and their goods leave the warehouse."
            ),
            button=ngettext(
                "Issue documents for %(n)d order", "Issue documents for %(n)d orders", len(fitting)
            ),
            do=do,
        )

    @action(description=gettext_lazy("Print documents"), permissions=["print"], icon="print")
    def print_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        """Nothing is written, so it only asks where some of the orders have nothing to print."""
        if (orders := chosen_rows(request, queryset, MOST_AT_ONCE)) is None:
            return None
        handling = handling_of(orders)

        def printed(chosen: Sequence[Order]) -> list[int]:
            return [p.id for order in chosen for p in handling[order.pk].papers if not p.is_draft]

        fitting, refused = _parted(orders, lambda order: _nothing_to_print(handling[order.pk]))
        if fitting and (not refused or "confirmed" in request.POST):
            name = f"documents-{timezone.localdate():%Y-%m-%d}.pdf"
            try:
                content = merged_pdf(printed(fitting))
            except KontorError as error:
                messages.error(request, str(error))
                return None
            headers = {"Content-Disposition": f'inline; filename="{name}"'}
            return HttpResponse(content, content_type="application/pdf", headers=headers)
        return self._asked(
            request,
            fitting,
            refused,
            title=ngettext(
                "Print the documents of %(n)d order?", "Print the documents of %(n)d orders?", len(fitting)
            ),
            text=_("All their issued documents come as one PDF, in the order of the list."),
            button=ngettext(
                "Print the documents of %(n)d order", "Print the documents of %(n)d orders", len(fitting)
            ),
            do=lambda ids: None,
            new_window=True,
        )

    @action(description=gettext_lazy("Picking list"), permissions=["view"], icon="checklist")
    def pick_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        if (orders := chosen_rows(request, queryset, MOST_AT_ONCE)) is None:
            return None
        fitting, refused = _parted(orders, _gone_already)
        found = picking_list([order.pk for order in fitting])
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Picking list"),
            "orders": fitting,
            "refused": refused,
            "printed_at": timezone.localtime(),
            "picks": [
                {
                    "article": pick.article,
                    "quantity": quantity(pick.quantity),
                    "places": [(name, quantity(pieces)) for name, pieces in pick.places],
                    "orders": [(number, quantity(pieces)) for number, pieces in pick.orders],
                }
                for pick in found.picks
            ],
            "unknown": [(number, name, quantity(pieces)) for number, name, pieces in found.unknown],
            "back": _here(request),
        }
        return TemplateResponse(request, "orders/picking_list.html", context)

    @action(description=gettext_lazy("Mark as shipped …"), permissions=["ship"], icon="local_shipping")
    def ship_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        if (orders := chosen_rows(request, queryset, MOST_AT_ONCE)) is None:
            return None
        fitting, refused = _parted(orders, decisions.not_shippable)

        def do(ids: list[int]) -> None:
            decided = decisions.ship_orders(ids, by=request.user)
            done = ngettext(
                "%(n)d order marked as shipped.", "%(n)d orders marked as shipped.", len(decided.done)
            )
            say(request, done % {"n": len(decided.done)} if decided.done else "", decided.refused + refused)

        return self._asked(
            request,
            fitting,
            refused,
            title=ngettext("Mark %(n)d order as shipped?", "Mark %(n)d orders as shipped?", len(fitting)),
            text=_("Their goods have left, and the orders are done. The shops are told by the order status."),
            button=ngettext("Mark %(n)d order as shipped", "Mark %(n)d orders as shipped", len(fitting)),
            do=do,
        )

    @action(description=gettext_lazy("Set status …"), permissions=["change"], icon="flag")
    def status_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        if (orders := chosen_rows(request, queryset, MOST_AT_ONCE)) is None:
            return None
        form = StatusForm(request.POST if "confirmed" in request.POST else None)
        status = form.cleaned_data.get("status") if form.is_bound and form.is_valid() else None
        fitting, refused = _parted(orders, lambda order: not_fitting(order, status) if status else "")

        def do(ids: list[int]) -> None:
            assert status is not None  # the form was valid
            decided = set_status(ids, status, by=request.user)
            done = ngettext(
                "%(n)d order has the status “%(status)s” now.",
                "%(n)d orders have the status “%(status)s” now.",
                len(decided.done),
            )
            words = done % {"n": len(decided.done), "status": status} if decided.done else ""
            say(request, words, decided.refused + refused)

        return self._asked(
            request,
            fitting,
            refused,
            title=ngettext("Set the status of %(n)d order?", "Set the status of %(n)d orders?", len(fitting)),
            text=_(
                "The shops are told by their mapping of order statuses. A status that means shipped or cancelled ships or"
                " cancels the order here as well."
            ),
            button=ngettext("Set status of %(n)d order", "Set status of %(n)d orders", len(fitting)),
            do=do,
            form=form,
        )

    def _asked(
        self,
        request: HttpRequest,
        fitting: list[Order],
        refused: Refused,
        *,
        title: str,
        text: str,
        button: str,
        do: Callable[[list[int]], None],
        form: forms.Form | None = None,
        new_window: bool = False,
    ) -> HttpResponse | None:
        """The question; with the answer (a POST with "confirmed") the deed, and back to the list. title, button: with
        %(n)d."""
        number = {"n": len(fitting)}
        if "confirmed" in request.POST and (form is None or form.is_valid()):
            do([order.pk for order in fitting])
            return None
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Orders"),
            "question": title % number if fitting else _("None of these orders fits"),
            "text": text if fitting else "",
            "button": button % number,
            "fitting": fitting,
            "refused": refused,
            "form": form,
            "action": request.POST["action"],
            "new_window": new_window,
            "back": _here(request),
        }
        return TemplateResponse(request, "orders/bulk.html", context)


def export_selected(order_admin: Any, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse:
    """All that the list finds go by its search and filters, however many; the ticked ones by their keys."""
    if request.POST.get("select_across") != "1":
        asked: HttpResponse = ExportActionMixin.export_admin_action(order_admin, request, queryset)
        return asked
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(reverse("admin:orders_order_export") + (f"?{query}" if query else ""))


def say(
    request: HttpRequest, done: str, refused: Refused, *, left: Callable[[int], str] | None = None
) -> None:
    """done: what happened, "" = nothing. refused: those that stayed as they were, named with the reason."""
    if done:
        messages.success(request, done)
    if refused:
        names = "; ".join(f"{order.number}: {reason}" for order, reason in refused[:_NAMED])
        names += " …" if len(refused) > _NAMED else ""
        sentence = (left or _left_alone)(len(refused))
        messages.warning(request, sentence % {"n": len(refused), "names": names.rstrip(".")})


def _left_alone(number: int) -> str:
    return ngettext(
        "%(n)d order was left as it is. %(names)s.", "%(n)d orders were left as they are. %(names)s.", number
    )


def _without_documents(number: int) -> str:
    return ngettext(
        "%(n)d order has no documents yet. %(names)s.",
        "%(n)d orders have no documents yet. %(names)s.",
        number,
    )


def _parted(orders: Sequence[Order], why_not: Callable[[Order], str]) -> tuple[list[Order], Refused]:
    reasons = [(order, why_not(order)) for order in orders]
    return [order for order, reason in reasons if not reason], [pair for pair in reasons if pair[1]]


def _nothing_to_print(handling: Handling) -> str:
    if all(paper.is_draft for paper in handling.papers):
        return _("it has only a draft") if handling.papers else _("it has no document yet")
    return ""


def _gone_already(order: Order) -> str:
    if order.state in (Order.State.DONE, Order.State.CANCELLED):
        return _("it is %(state)s") % {"state": order.get_state_display().lower()}
    return ""


def _here(request: HttpRequest) -> str:
    query = request.META.get("QUERY_STRING", "")
    return reverse("admin:orders_order_changelist") + (f"?{query}" if query else "")
