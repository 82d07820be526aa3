"""How business is: today, the last days, and the money that is still to come in. Currencies are not added up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.charts import Chart, bar_chart
from orders.models import Document, DocumentKind, Order
from orders.services.work import Queue, in_queue
from shops.models import Shop

CHART_DAYS: Final = 14


def sales() -> dict[str, Any]:
    return {
        "today": _sales(_midnight(0)),
        "week": _named(_sales(_midnight(6), "source")),
        "chart": _orders_chart(),
        "owed": _owed(),
    }


def _midnight(days_ago: int) -> datetime:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days_ago)


def _sales(since: datetime, *by: str) -> list[dict[str, Any]]:
    """Orders since then and what they are worth, per currency."""
    rows = (
        Order.objects.filter(placed_at__gte=since)
        .exclude(state=Order.State.CANCELLED)
        .values(*by, "currency")
        .annotate(orders=Count("id"), revenue=Sum(F("total") - F("refunded")))
        .order_by(*by, "currency")
    )
    return list(rows)


def _named(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = list(rows)
    names = dict(Shop.objects.filter(code__in={row["source"] for row in rows}).values_list("code", "name"))
    return [{**row, "shop": names.get(row["source"], row["source"]) or _("entered here")} for row in rows]


def _orders_chart() -> Chart | None:
    """Orders a day, today last; None when there were none. Orders, not revenue: currencies are not added up."""
    counted = (
        Order.objects.filter(placed_at__gte=_midnight(CHART_DAYS - 1))
        .exclude(state=Order.State.CANCELLED)
        .order_by()
        .annotate(day=TruncDate("placed_at"))
        .values_list("day")
        .annotate(n=Count("id"))
    )
    orders = dict(counted)
    if not orders:
        return None
    today = timezone.localdate()
    days = [today - timedelta(days=ago) for ago in reversed(range(CHART_DAYS))]
    values = []
    for place, day in enumerate(days):
        number = orders.get(day, 0)
        words = ngettext("%(day)s: %(n)d order", "%(day)s: %(n)d orders", number)
        title = words % {"day": date_format(day, "SHORT_DATE_FORMAT"), "n": number}
        values.append((number, title, str(day.day) if place % 3 == 1 else ""))
    total = sum(orders.values())
    sentence = ngettext(
        "%(n)d order in the last %(days)d days.", "%(n)d orders in the last %(days)d days.", total
    )
    return bar_chart(values, sentence % {"n": total, "days": CHART_DAYS})


def _owed() -> list[dict[str, Any]]:
    """What the orders in the queue "Unpaid" still owe, and what of it is overdue by an issued invoice, per currency."""
    asked = Document.objects.filter(
        order=OuterRef("pk"), kind=DocumentKind.INVOICE, due_date__lt=timezone.localdate()
    ).exclude(number="")
    late = Q(is_late=True)
    rows = (
        Order.objects.filter(in_queue(Queue.UNPAID))
        .order_by()
        .annotate(is_late=Exists(asked), left=F("total") - F("received"))
        .values("currency")
        .annotate(
            orders=Count("id"),
            open=Sum("left"),
            late=Count("id", filter=late),
            overdue=Sum("left", filter=late),
        )
        .order_by("currency")
    )
    return list(rows)
