"""The order list and the page of an order."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.views import ChangeList

from backoffice.tables import TableAdminMixin
from orders.admin.bulk import OrderBulkActions
from orders.admin.columns import OrderChangeList, OrderColumns, allowed_steps
from orders.admin.filters import AttentionFilter, DayRangeFilter, SourceFilter
from orders.admin.forms import OrderForm
from orders.admin.lines import OrderLineInline, lines_obstacle
from orders.admin.order_documents import OrderDocuments, documents_card
from orders.admin.page import EventRow, order_page
from orders.admin.queues import DocumentsFilter, Pill, QueueFilter, pills
from orders.admin.searching import with_word
from orders.admin.stations import neighbours
from orders.locks import lock_order
from orders.models import Order
from orders.resources import OrderResource
from orders.services.decisions import add_up, next_position, record_edit
from orders.services.issuing import after_rewritten
from orders.services.reservations import changing_lines
from orders.services.standing import left_behind, why_not_editable
from orders.services.statuses import follow_status


@admin.register(Order)
class OrderAdmin(OrderDocuments, OrderBulkActions, OrderColumns, TableAdminMixin, ModelAdmin):
    """A higher app may subclass this and register it again: see source_names, queues, buttons_for, page_context."""

    form = OrderForm
    resource_classes = [OrderResource]
    change_form_template = "orders/order_change_form.html"
    list_before_template = "orders/order_queues.html"
    list_display = [
        "order",
        "buyer",
        "goods_shown",
        "total_shown",
        "documents_shown",
        "parcel_shown",
        "next_step",
    ]
    list_display_links = ["order"]
    list_filter = [
        QueueFilter,
        SourceFilter,
        ("state", ChoicesDropdownFilter),
        ("paid_state", ChoicesDropdownFilter),
        DocumentsFilter,
        AttentionFilter,
        ("payment_method", RelatedDropdownFilter),
        ("shipping_method", RelatedDropdownFilter),
        ("status", RelatedDropdownFilter),
        ("placed_at", DayRangeFilter),
    ]
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["number"]  # get_search_results does the searching; this shows the field
    search_help_text = gettext_lazy("Number, name, e-mail, SKU")
    ordering = ["-placed_at", "-id"]
    sortable_by = ["order", "total_shown"]
    inlines = [OrderLineInline]
    warn_unsaved_form = True
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "vat_id"),
                    ("payment_method", "shipping_method"),
                    "email",
                    "note",
                    "customer_note",
                ]
            },
        ),
        *[
            (
                title,
                {
                    "fields": [
                        (f"{part}_first_name", f"{part}_last_name"),
                        f"{part}_company",
                        (f"{part}_street", f"{part}_street2"),
                        (f"{part}_postcode", f"{part}_city"),
                        (f"{part}_state", f"{part}_country"),
                        (f"{part}_phone", f"{part}_email"),
                    ],
                },
            )
            for part, title in (
                ("billing", gettext_lazy("Billing address")),
                ("delivery", gettext_lazy("Delivery address, if it is another one")),
            )
        ],
    ]

    class Media:
        css = {"all": ["orders/orders.css", "orders/documents.css"]}

    # For higher apps

    def source_names(self, request: HttpRequest) -> dict[str, str]:
        """{code of a shop: its name}; at most one query."""
        return {}

    def queues(self, request: HttpRequest) -> list[Pill]:
        """The pills: what is to be done, each with its number."""
        return pills(request)

    def page_context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        name = self.source_names(request).get(order.source, order.source)
        return order_page(
            order,
            source_name=name,
            allowed=allowed_steps(self, request),
            more_events=self.more_events(request, order),
        ) | {"neighbours": neighbours(request, order), "documents": documents_card(order, request)}

    def more_events(self, request: HttpRequest, order: Order) -> list[EventRow]:
        """What the time line shows beside the order's own history."""
        return []

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrderChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders = (
            super()
            .get_queryset(request)
            .select_related(
                "billing",
                "delivery",
                "customer",
                "status",
                "payment_method",
                "shipping_method",
                "accepted_by",
            )
        )
        return (
            orders
            if request.resolver_match and "object_id" in request.resolver_match.kwargs
            else orders.defer("source_content", "note", "customer_note")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Every word must be found: in the number, the name, the e-mail address, or as the beginning of a SKU."""
        for word in search_term.split()[:6]:
            queryset = with_word(queryset, word)
        return queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"queues": self.queues(request), "title": _("Orders")}
        return super().changelist_view(request, context | (extra_context or {}))

    # The page

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # orders come from shops

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # cancelled, never lost

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return list(self.inlines) if obj else []

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Order | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            name = str(obj.customer or obj.email or "")
            context |= {
                "page": self.page_context(request, obj),
                "subtitle": None,
                "title": f"{obj.number} · {name}" if name else obj.number,
                "may_change": self.has_change_permission(request, obj),
                "lines_obstacle": lines_obstacle(request, obj),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Order, form: OrderForm, change: bool) -> None:
        form.save_addresses()
        super().save_model(request, obj, form, change)
        form.delete_obsolete_addresses()

    def save_formset(self, request: HttpRequest, form: OrderForm, formset: Any, change: bool) -> None:
        if lines_obstacle(request, form.instance) is not None:
            formset.new_objects = formset.changed_objects = formset.deleted_objects = []
            return
        lines = formset.save(commit=False)
        for line in formset.deleted_objects:
            line.delete()
        for line in lines:
            if line.position is None:
                line.position = next_position(form.instance)
            line.save()
        formset.save_m2m()

    @transaction.atomic
    def save_related(self, request: HttpRequest, form: OrderForm, formsets: list[Any], change: bool) -> None:
        order = lock_order(form.instance.pk)
        obstacle = request.lines_obstacle = why_not_editable(order)  # type: ignore[attr-defined]
        if obstacle is not None and _lines_sent(request):  # they could be changed when the page was opened
            told = f"{_('The lines were left as they are.')} {obstacle}"
            self.message_user(request, told, messages.WARNING)
        with changing_lines(order):
            super().save_related(request, form, formsets, change)
        keys = [_content_key(name) for name in form.changed_data]
        if obstacle is None and any(formset.has_changed() for formset in formsets):
            add_up(form.instance)
            keys.append("line.edited")
            after_rewritten(form.instance)
        if keys:
            record_edit(form.instance, keys, by=request.user)
        for sentence in left_behind(form.instance, keys):
            self.message_user(request, sentence, messages.WARNING)
        if "status" in form.changed_data:
            follow_status(lock_order(form.instance.pk), by=request.user)


def _lines_sent(request: HttpRequest) -> bool:
    """Whether the form had fields for lines: a page that only shows them has none."""
    return any(name.startswith("lines-") and name.endswith("-quantity") for name in request.POST)


def _content_key(name: str) -> str:
    """ "billing_street" -> "billing.street" (orders.services.content)."""
    part, _underscore, rest = name.partition("_")
    return f"{part}.{rest}" if part in ("billing", "delivery") else name
