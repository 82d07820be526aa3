"""Customers: the list, their table in and out, the form with the addresses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from backoffice.tables import TableAdminMixin
from orders.admin.customer_page import customer_page
from orders.admin.displays import EMPTY, moment, quantity, tag, two_rows
from orders.admin.forms import CustomerForm
from orders.models import Address, Customer, Order
from orders.resources import CustomerResource


class CountryFilter(DropdownFilter):
    title = gettext_lazy("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = (
            Customer.objects.order_by("billing__country")
            .exclude(billing__country="")
            .exclude(billing=None)
            .values_list("billing__country", flat=True)
            .distinct()
        )
        return [(code, code) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return queryset.filter(billing__country=self.value()) if self.value() else queryset


@admin.register(Customer)
class CustomerAdmin(TableAdminMixin, ModelAdmin):
    form = CustomerForm
    resource_classes = [CustomerResource]
    change_form_template = "orders/customer_change_form.html"
    list_display = ["customer", "email", "phone", "place", "vat_id_shown", "orders_count", "last_order"]
    list_display_links = ["customer"]
    list_select_related = ["billing"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        CountryFilter,
        ("vat_id_checked", BooleanRadioFilter),
    ]
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["email"]  # get_search_results does the searching
    search_help_text = gettext_lazy("Name, company, e-mail, phone, VAT id")
    ordering = ["-id"]
    sortable_by = ["customer", "email"]
    warn_unsaved_form = True
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "language"),
                    ("first_name", "last_name"),
                    ("company", "vat_id"),
                    ("email", "phone"),
                    "note",
                ]
            },
        ),
        *[
            (
                title,
                {
                    "classes": ["tab"],
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
                ("delivery", gettext_lazy("Delivery address")),
            )
        ],
    ]

    class Media:
        css = {"all": ["orders/orders.css"]}

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        customers = super().get_queryset(request).select_related("billing", "delivery")
        match = request.resolver_match
        if match is None or match.url_name != "orders_customer_changelist":
            return customers
        orders = Order.objects.filter(customer=OuterRef("pk")).order_by()
        count = orders.values("customer").annotate(n=Count("pk")).values("n")
        return customers.annotate(
            orders_n=Coalesce(Subquery(count), 0),
            last_placed=Subquery(orders.order_by("-placed_at").values("placed_at")[:1]),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """Every word must be found somewhere: "nowak kraków" works."""
        for word in search_term.split()[:6]:
            queryset = queryset.filter(
                Q(email__icontains=word)
                | Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(company__icontains=word)
                | Q(phone__icontains=word)
                | Q(vat_id__istartswith=word)
                | Q(billing__city__istartswith=word)
            )
        return queryset, False

    @display(description=gettext_lazy("customer"), ordering="last_name")
    def customer(self, customer: Customer) -> SafeString:
        person = f"{customer.first_name} {customer.last_name}".strip()
        second = person if customer.company else ""
        return two_rows(format_html("<strong>{}</strong>", customer), second)

    @display(description=gettext_lazy("place"))
    def place(self, customer: Customer) -> str:
        return (customer.billing or Address()).place or EMPTY

    @display(description=gettext_lazy("VAT id"))
    def vat_id_shown(self, customer: Customer) -> SafeString | str:
        if not customer.vat_id:
            return EMPTY
        if customer.vat_id_checked:
            return tag(customer.vat_id, "success", "check")
        return tag(customer.vat_id, "warning", "help")

    @display(description=gettext_lazy("orders"))
    def orders_count(self, customer: Any) -> SafeString | str:
        if not customer.orders_n:
            return quantity(customer.orders_n)
        url = f"{reverse('admin:orders_order_changelist')}?customer__id__exact={customer.pk}"
        return format_html('<a href="{}">{}</a>', url, customer.orders_n)

    @display(description=gettext_lazy("last order"))
    def last_order(self, customer: Any) -> str:
        return moment(customer.last_placed)

    # The page

    def save_model(self, request: HttpRequest, obj: Customer, form: CustomerForm, change: bool) -> None:
        form.save_addresses()
        super().save_model(request, obj, form, change)
        form.delete_obsolete_addresses()
        if form.vat_id_message:
            messages.warning(request, form.vat_id_message)

    def delete_model(self, request: HttpRequest, obj: Customer) -> None:
        addresses = [pk for pk in (obj.billing_id, obj.delivery_id) if pk]
        super().delete_model(request, obj)
        Address.objects.filter(pk__in=addresses).delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        pairs = queryset.order_by().values_list("billing", "delivery")
        addresses = [pk for pair in pairs for pk in pair if pk]
        super().delete_queryset(request, queryset)
        Address.objects.filter(pk__in=addresses).delete()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Customer | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            context |= {
                "page": customer_page(obj, request.user),
                "may_change": self.has_change_permission(request, obj),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)
