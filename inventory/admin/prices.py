"""Price lists and prices."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import display

from backoffice.tables import TableAdminMixin
from inventory.admin.displays import money, quantity
from inventory.models import Price, PriceList
from inventory.resources import PriceResource


@admin.register(PriceList)
class PriceListAdmin(ModelAdmin):
    list_display = ["name", "currency", "gross", "kind", "prices_count"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceList]:
        counts = (
            Price.objects.filter(price_list=OuterRef("pk"))
            .order_by()
            .values("price_list")
            .annotate(total=Count("pk"))
            .values("total")
        )
        return super().get_queryset(request).annotate(prices_count=Coalesce(Subquery(counts), 0))

    @display(description=_("prices"), ordering="prices_count")
    def prices_count(self, price_list: Any) -> str:
        return quantity(price_list.prices_count)


@admin.register(Price)
class PriceAdmin(TableAdminMixin, ModelAdmin):
    resource_classes = [PriceResource]
    list_display = ["sku", "name", "price_list", "amount_shown", "from_quantity", "valid_from", "valid_to"]
    list_display_links = ["sku", "name"]
    list_select_related = ["article", "price_list"]
    list_filter = [("price_list", AutocompleteSelectFilter), ("valid_from", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["^article__sku", "^article__ean", "article__name"]
    search_help_text = _("SKU, EAN or name")
    autocomplete_fields = ["article", "price_list"]
    ordering = ["id"]
    show_full_result_count = False
    fields = ["price_list", "article", "amount", "min_quantity", "valid_from", "valid_to"]

    @display(description=_("SKU"), ordering="article__sku")
    def sku(self, price: Price) -> str:
        return price.article.sku

    @display(description=_("article"), ordering="article__name")
    def name(self, price: Price) -> str:
        return price.article.name

    @display(description=_("price"), ordering="amount")
    def amount_shown(self, price: Price) -> str:
        return money(price.amount, price.price_list.currency)

    @display(description=_("from quantity"), ordering="min_quantity")
    def from_quantity(self, price: Price) -> str:
        return quantity(price.min_quantity)
