"""The order list and the page of an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display
from unfold.views import ChangeList

from orders.admin.actions import OrderActions
from orders.admin.displays import EMPTY, TONES, goods_names, goods_sentence, moment, money, tag, two_rows
from orders.admin.filters import AttentionFilter, DayRangeFilter, SourceFilter
from orders.admin.forms import OrderForm
from orders.admin.lines import OrderLineInline
from orders.admin.page import order_page
from orders.models import Address, Order, OrderLine
from orders.services.availability import goods_of
from orders.services.decisions import add_up, next_position, record_edit

_QUEUES = [Order.State.NEW, Order.State.PARKED, Order.State.ACCEPTED, Order.State.DONE]


@dataclass(frozen=True, slots=True)
class Queue:
    """One pill above the list. alarm: the number is shown in red when it is not 0."""

    key: str
    label: str
    count: int
    url: str
    current: bool = False
    alarm: bool = False


class OrderChangeList(ChangeList):
    """Fetches the goods of the orders on the page at once (two queries), and lays beside each row what its columns need
    from the request: one instance of an admin serves many requests at the same time."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        goods = goods_of(self.result_list)
        names = self.model_admin.source_names(request)
        may_accept = self.model_admin.has_accept_permission(request)
        for order in self.result_list:
            order.goods = goods[order.pk]
            order.source_name = names.get(order.source, order.source)
            order.may_accept = may_accept


@admin.register(Order)
class OrderAdmin(OrderActions, ModelAdmin):
    """A higher app may subclass this and register it again: see source_names, queues, buttons_for, page_context."""

    form = OrderForm
    change_form_template = "orders/order_change_form.html"
    list_before_template = "orders/order_queues.html"
    list_display = [
        "order",
        "buyer",
        "goods_shown",
        "total_shown",
        "shipping_shown",
        "state_shown",
        "next_step",
    ]
    list_display_links = ["order"]
    list_filter = [
        SourceFilter,
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
        css = {"all": ["orders/orders.css"]}

    # For higher apps

    def source_names(self, request: HttpRequest) -> dict[str, str]:
        """{code of a shop: its name}; at most one query."""
        return {}

    def queues(self, request: HttpRequest) -> list[Queue]:
        """The pills: what is to be done, each with its number. One query."""
        counts = dict(Order.objects.order_by().values_list("state").annotate(n=Count("pk")))
        current = request.GET.get("state__exact", "")
        base = reverse("admin:orders_order_changelist")
        pills = [
            Queue(
                key=state.value,
                label=str(state.label),
                count=counts.get(state.value, 0),
                url=f"{base}?state__exact={state.value}",
                current=current == state.value,
                alarm=state == Order.State.PARKED,
            )
            for state in _QUEUES
        ]
        return [*pills, Queue("all", _("All"), sum(counts.values()), base, current == "")]

    def page_context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        name = self.source_names(request).get(order.source, order.source)
        return order_page(order, source_name=name)

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
            lines = OrderLine.objects.filter(sku__istartswith=word).values("order")
            queryset = queryset.filter(
                Q(number__icontains=word)
                | Q(source_number__istartswith=word)
                | Q(email__icontains=word)
                | Q(billing__last_name__icontains=word)
                | Q(billing__first_name__icontains=word)
                | Q(billing__company__icontains=word)
                | Q(pk__in=lines)
            )
        return queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"queues": self.queues(request), "title": _("Orders")}
        return super().changelist_view(request, context | (extra_context or {}))

    @display(description=gettext_lazy("order"), ordering="placed_at")
    def order(self, order: Any) -> SafeString:
        when = moment(order.placed_at)
        origin = f"{order.source_name} · {when}" if order.source_name else when
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
        method = order.payment_method or order.payment_name or EMPTY
        if order.refunded:
            label = tag(
                _("refunded %(amount)s") % {"amount": money(order.refunded, order.currency)},
                "warning",
                "undo",
            )
        elif order.paid_at:
            label = tag(_("paid, %(method)s") % {"method": method}, "success", "check")
        else:
            label = tag(method, "", "payments")
        return two_rows(format_html("<strong>{}</strong>", money(order.total, order.currency)), label)

    @display(description=gettext_lazy("shipping"))
    def shipping_shown(self, order: Order) -> str:
        return str(order.shipping_method or order.shipping_name or EMPTY)

    @display(description=gettext_lazy("status"))
    def state_shown(self, order: Order) -> SafeString:
        label = tag(order.get_state_display(), TONES.get(Order.State(order.state), ""))
        if order.differences:
            changed = format_html('<span class="k-look">{}</span>', _("changed in the shop"))
            return two_rows(label, changed)
        return two_rows(label, order.status or "")

    @display(description=gettext_lazy("next step"))
    def next_step(self, order: Any) -> SafeString | str:
        """A button that opens the same dialog as the page's; who may not press it sees no button."""
        if "accept" not in self.buttons_for(order) or not order.may_accept:
            return EMPTY
        return format_html(
            '<a class="k-button" href="{0}" hx-get="{0}" hx-target="#modal-content" hx-select="#dialog"'
            ' x-on:htmx:after-on-load="openModal = true">{1}<span class="k-spoken"> {2}</span></a>',
            reverse("admin:orders_order_accept", args=[order.pk]),
            _("Accept …"),
            order.number,
        )

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
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Order, form: OrderForm, change: bool) -> None:
        form.save_addresses()
        super().save_model(request, obj, form, change)
        form.delete_obsolete_addresses()

    def save_formset(self, request: HttpRequest, form: OrderForm, formset: Any, change: bool) -> None:
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
        super().save_related(request, form, formsets, change)
        keys = [_content_key(name) for name in form.changed_data]
        if any(formset.has_changed() for formset in formsets):
            add_up(form.instance)
            keys.append("line.edited")
        if keys:
            record_edit(form.instance, keys, by=request.user)


def _content_key(name: str) -> str:
    """ "billing_street" -> "billing.street" (orders.services.content)."""
    part, _underscore, rest = name.partition("_")
    return f"{part}.{rest}" if part in ("billing", "delivery") else name
