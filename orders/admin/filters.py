"""Filters of the order list."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from orders.models import Order, OrderLine


def sources_of_orders() -> list[str]:
    """The shops' codes that orders have: from one to the next by the index, where DISTINCT would read all orders."""
    table, column = (connection.ops.quote_name(name) for name in (Order._meta.db_table, "source"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE s(code) AS (SELECT MIN({column}) FROM {table} WHERE {column} > '' UNION ALL "  # noqa: S608
            f"SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > s.code) FROM s WHERE s.code IS NOT NULL) "
            "SELECT code FROM s WHERE code IS NOT NULL"
        )
        return [code for (code,) in cursor.fetchall()]


class SourceFilter(DropdownFilter):
    """By shop. The names come from the admin (`source_names`): this app knows only the shops' codes."""

    title = _("shop")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        names = model_admin.source_names(request)  # type: ignore[attr-defined]
        codes = sources_of_orders()
        return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1].casefold())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(source=self.value()) if self.value() else queryset


class AttentionFilter(DropdownFilter):
    """What somebody should look at."""

    title = _("look at")
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [
            ("unissued", _("Documents not issued")),
            ("changed", _("Changed in the shop")),
            ("unmatched", _("With a line that moves no stock")),
            ("unpaid", _("Not paid")),
            ("overpaid", _("Overpaid, or refunded too much")),
            ("refunded", _("With a refund")),
            ("edited", _("Edited by staff")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        match self.value():
            case "unissued":
                return queryset.not_issued()  # type: ignore[attr-defined]
            case "changed":
                return queryset.changed_in_shop()  # type: ignore[attr-defined]
            case "unmatched":
                lines = OrderLine.objects.filter(
                    order=OuterRef("pk"), kind=OrderLine.Kind.ITEM, article__isnull=True
                )
                return queryset.filter(Exists(lines))
            case "unpaid":
                return queryset.filter(paid_state__in=[Order.PaidState.UNPAID, Order.PaidState.PARTLY])
            case "overpaid":
                too_much = Q(refunded__gt=F("total")) & Q(refunded__gt=F("received"))
                return queryset.filter(Q(paid_state=Order.PaidState.OVERPAID) | too_much)
            case "refunded":
                return queryset.filter(refunded__gt=0)
            case "edited":
                return queryset.filter(edited_at__isnull=False)
        return queryset


class DayRangeFilter(RangeDateFilter):
    """From and to a day of the office, both included; unfold's own ends at the last day's first moment."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if first := self._midnight("from"):
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": first})
        if last := self._midnight("to", days_later=1):
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": last})
        return queryset

    def _midnight(self, end: str, days_later: int = 0) -> datetime | None:
        """None where nothing, or no date, was entered."""
        try:
            day = parse_date(str(self.used_parameters.get(f"{self.parameter_name}_{end}") or ""))
            if day is None:
                return None
            return timezone.make_aware(datetime.combine(day + timedelta(days=days_later), time.min))
        except (ValueError, OverflowError):
            return None
