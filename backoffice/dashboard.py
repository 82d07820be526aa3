"""The first page: is anything wrong, what comes first, how is business. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import StockLevel
from orders.models import Order
from shops.admin.holds import open_banners
from shops.models import IncomingOrder, Problem, Shop
from shops.platforms.registry import platform_classes
from shops.services.links import MAPPED
from shops.services.states import ORDER as WORST_FIRST
from shops.services.states import STRIP, ShopState, shop_states

CAUSES_SHOWN: Final = 7
HOLDS_SHOWN: Final = 3
LOW_SHOWN: Final = 8
MOST_SHOPS: Final = 200
CARDS_UP_TO: Final = 10  # more shops than this are rows of a table, worst first


@dataclass(frozen=True, slots=True)
class Work:
    """One count of work and the list in which it is done."""

    count: int
    label: str
    url: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK. Who may not see a part does not get it, nor its queries."""
    may = request.user.has_perm
    context["title"] = _("Dashboard")
    context["now"] = timezone.localtime()
    if may("orders.view_order"):
        context["work"] = _order_work()
        context["today"] = _sales(_midnight(0))
        context["week"] = _named(_sales(_midnight(6), "source"))
    if may("inventory.view_stocklevel"):
        context |= _low_stock()
        low, low_url = context["low_count"], _list_url("inventory_stocklevel")
        context["work"] = [
            *context.get("work", []),
            Work(low, ngettext("article low", "articles low", low), low_url),
        ]
        context["low_url"] = low_url
    if may("shops.view_shop"):
        context["shop_cards"] = _shops()
        context["as_table"] = len(context["shop_cards"]) > CARDS_UP_TO
        context["strip_length"] = STRIP
    if may("shops.view_problem"):
        context |= _causes()
        context["holds"] = open_banners(request, limit=HOLDS_SHOWN)
    return context


def _midnight(days_ago: int) -> datetime:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days_ago)


def _list_url(name: str, query: str = "") -> str:
    """The list's address; "" while that list does not exist in this installation."""
    try:
        url = reverse(f"admin:{name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{url}?{query}" if query else url


def _order_work() -> list[Work]:
    states = Order.State
    living = ~Q(state__in=[states.CANCELLED, states.DONE])
    counts = Order.objects.aggregate(
        parked=Count("id", filter=Q(state=states.PARKED)),
        new=Count("id", filter=Q(state=states.NEW)),
        accepted=Count("id", filter=Q(state=states.ACCEPTED)),
        unpaid=Count("id", filter=living & Q(paid_at__isnull=True)),
    )
    waiting = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED, order_id__isnull=True).count()

    def orders(query: str) -> str:
        return _list_url("orders_order", query)

    parked, new = counts["parked"] + waiting, counts["new"]
    return [
        Work(parked, ngettext("order parked", "orders parked", parked), orders("state__exact=parked")),
        Work(new, ngettext("order to check", "orders to check", new), orders("state__exact=new")),
        Work(counts["accepted"], _("accepted"), orders("state__exact=accepted")),
        Work(counts["unpaid"], _("unpaid"), orders("paid_at__isnull=True")),
    ]


def _sales(since: datetime, *by: str) -> list[dict[str, Any]]:
    """Orders since then and what they are worth, per currency: currencies are not added up."""
    rows = (
        Order.objects.filter(placed_at__gte=since)
        .exclude(state=Order.State.CANCELLED)
        .values(*by, "currency")
        .annotate(orders=Count("id"), revenue=Sum(F("total") - F("refunded")))
        .order_by(*by, "currency")
    )
    return list(rows)


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict(Shop.objects.filter(code__in={row["source"] for row in rows}).values_list("code", "name"))
    return [{**row, "shop": names.get(row["source"], row["source"]) or _("entered here")} for row in rows]


def _low_stock() -> dict[str, Any]:
    low = StockLevel.objects.filter(
        minimum__isnull=False, article__active=True, minimum__gt=F("on_hand") - F("reserved")
    )
    rows = list(
        low.select_related("article", "warehouse")
        .annotate(free=F("on_hand") - F("reserved"))
        .order_by("free", "id")[:LOW_SHOWN]
    )
    count = low.count() if len(rows) == LOW_SHOWN else len(rows)
    return {"low": rows, "low_count": count}


def _shops() -> list[ShopState]:
    shops = list(Shop.objects.defer("credentials", "options", "facts")[:MOST_SHOPS])
    states: Iterable[ShopState] = shop_states(shops).values()
    return sorted(states, key=lambda state: (WORST_FIRST.index(state.word), state.shop.name))


def _causes() -> dict[str, Any]:
    """The open causes, those that stop a shop or park orders first, then by how many elements they hit."""
    waiting = Problem.objects.filter(state=Problem.State.OPEN)
    found = list(
        waiting.select_related("shop")
        .defer("detail", "shop__credentials", "shop__facts", "shop__check_result")
        .annotate(parked=Count("orders", filter=Q(orders__state=IncomingOrder.State.PARKED)))
        .order_by("-parked", "-count", "-last_seen")[:CAUSES_SHOWN]
    )
    count = waiting.count() if len(found) == CAUSES_SHOWN else len(found)
    mapped = {
        key: {kind for kind in MAPPED if kind in cls.capabilities} for key, cls in platform_classes().items()
    }
    for problem in found:
        problem.way = _way(problem, mapped.get(problem.shop.platform, set()))  # type: ignore[attr-defined]
    url = _list_url("shops_problem", f"state__exact={Problem.State.OPEN}")
    return {"causes": found, "cause_count": count, "more_causes": count - len(found), "causes_url": url}


def _way(problem: Problem, mapped: set[str]) -> dict[str, str]:
    """The button of a cause: to the place where it is cured."""
    by_hand = ("payment_method", "shipping_method", "order_status", "vat_rate")
    if problem.kind in by_hand and problem.kind in mapped:
        url = reverse("admin:shops_shop_mappings_kind", args=[problem.shop_id, problem.kind])
        return {"url": url, "label": _("Open Mappings")}
    if problem.last_run_id:
        return {
            "url": reverse("admin:shops_run_change", args=[problem.last_run_id]),
            "label": _("See the run"),
        }
    return {"url": reverse("admin:shops_shop_change", args=[problem.shop_id]), "label": _("Open shop")}
