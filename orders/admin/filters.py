"""Filters of the order list."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from orders.models import Order, OrderLine


class SourceFilter(DropdownFilter):
    """By shop. The names come from the admin (`source_names`): this app knows only the shops' codes."""

    title = _("shop")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        names = model_admin.source_names(request)  # type: ignore[attr-defined]
        codes = Order.objects.order_by().exclude(source="").values_list("source", flat=True).distinct()
        return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1].casefold())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(source=self.value()) if self.value() else queryset


class AttentionFilter(DropdownFilter):
    """What somebody should look at."""

    title = _("look at")
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [
            ("changed", _("Changed in the shop")),
            ("unmatched", _("With a line that moves no stock")),
            ("unpaid", _("Not paid")),
            ("refunded", _("With a refund")),
            ("edited", _("Edited by staff")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        match self.value():
            case "changed":
                return queryset.changed_in_shop()  # type: ignore[attr-defined]
            case "unmatched":
                lines = OrderLine.objects.filter(
                    order=OuterRef("pk"), kind=OrderLine.Kind.ITEM, article__isnull=True
                )
                return queryset.filter(Exists(lines))
            case "unpaid":
                return queryset.filter(paid_at__isnull=True)
            case "refunded":
                return queryset.filter(refunded__gt=0)
            case "edited":
                return queryset.filter(edited_at__isnull=False)
        return queryset
