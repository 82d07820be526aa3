"""Payment methods, shipping methods and order statuses: the firm's own words, to which the shops' are linked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display

from orders.admin.displays import quantity
from orders.models import Order, OrderStatus, PaymentMethod, ShippingMethod


class _UsedByOrders:
    """A column with the number of orders that use the row; `order_field` is theirs."""

    order_field = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counts = (
            Order.objects.filter(**{self.order_field: OuterRef("pk")})
            .order_by()
            .values(self.order_field)
            .annotate(total=Count("pk"))
            .values("total")
        )
        return super().get_queryset(request).annotate(orders_count=Coalesce(Subquery(counts), 0))  # type: ignore[misc]

    @display(description=_("orders"), ordering="orders_count")
    def orders_count(self, row: Any) -> str:
        return quantity(row.orders_count)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(_UsedByOrders, ModelAdmin):
    order_field = "payment_method"
    list_display = ["name", "kind", "prepaid", "active", "orders_count"]
    list_filter = [
        ("active", BooleanRadioFilter),
        ("prepaid", BooleanRadioFilter),
        ("kind", ChoicesDropdownFilter),
    ]
    list_filter_submit = True
    search_fields = ["name"]
    search_help_text = _("Name")


@admin.register(ShippingMethod)
class ShippingMethodAdmin(_UsedByOrders, ModelAdmin):
    order_field = "shipping_method"
    list_display = ["name", "active", "orders_count"]
    list_filter = [("active", BooleanRadioFilter)]
    list_filter_submit = True
    search_fields = ["name"]
    search_help_text = _("Name")


@admin.register(OrderStatus)
class OrderStatusAdmin(_UsedByOrders, ModelAdmin):
    order_field = "status"
    list_display = ["name", "kind", "position", "orders_count"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    list_filter_submit = True
    search_fields = ["name"]
    search_help_text = _("Name")
