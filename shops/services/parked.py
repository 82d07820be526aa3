"""Orders that wait outside the order list, by cause, and where each cause is cured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Count, F, Min, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from shops import elements
from shops.models import IncomingOrder, Problem, Shop
from shops.services.links import MAPPED

GROUPS: Final = 50
ORDERS: Final = 10


@dataclass(frozen=True, slots=True)
class Way:
    """A link to where a cause is cured."""

    label: str
    url: str


@dataclass(slots=True)
class ParkedGroup:
    """count orders of one shop that wait for the same reason. orders: the ORDERS that have waited longest."""

    shop: Shop
    problem: Problem | None
    title: str
    cure: str
    count: int
    oldest: datetime
    ways: list[Way] = field(default_factory=list)
    orders: list[IncomingOrder] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.orders)


def parked_groups() -> list[ParkedGroup]:
    """Largest first. Orders without a recorded cause are grouped by what was said of them. Four queries."""
    parked = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED)
    with_cause = parked.filter(problem__isnull=False).order_by().values("shop_id", "problem_id")
    without = parked.filter(problem=None).order_by().values("shop_id", "message", "cure")
    measured: dict[str, Any] = {"n": Count("id"), "oldest": Min("received_at")}
    rows: list[dict[str, Any]] = []
    for grouped in (with_cause, without):
        counted: Any = grouped.annotate(**measured)
        rows += counted.order_by("-n")[:GROUPS]
    problems = Problem.objects.in_bulk([row["problem_id"] for row in rows if row.get("problem_id")])
    shops = Shop.objects.defer("credentials", "facts", "check_result").in_bulk(
        {row["shop_id"] for row in rows}
    )
    groups = {}
    for row in rows:
        problem = problems.get(row.get("problem_id", 0))
        said = "" if problem else row["message"]
        key = (row["shop_id"], row.get("problem_id"), said)
        groups[key] = ParkedGroup(
            shop=shops[row["shop_id"]],
            problem=problem,
            title=problem.message if problem else said or _("It was not said why."),
            cure=problem.cure if problem else row["cure"],
            count=row["n"],
            oldest=row["oldest"],
            ways=ways_of(row["shop_id"], problem.kind, problem.key) if problem else [],
        )
    for order in _longest_waiting():
        key = (order.shop_id, order.problem_id, "" if order.problem_id else order.message)
        if key in groups and len(groups[key].orders) < ORDERS:
            groups[key].orders.append(order)
    return sorted(groups.values(), key=lambda group: (-group.count, group.oldest))


def _longest_waiting() -> Iterable[IncomingOrder]:
    place = Window(RowNumber(), partition_by=[F("shop_id"), F("problem_id"), F("message")], order_by="id")
    ranked = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED).defer("payload")
    return ranked.annotate(place=place).filter(place__lte=ORDERS).order_by("id")[: GROUPS * ORDERS]


def ways_of(shop_id: int, kind: str, key: str) -> list[Way]:
    """Where a cause is cured, by its key ("article_unknown:...", see orders.errors) or its type; [] = not in Kontor."""
    code, _sep, rest = key.partition(":")
    orders = reverse("admin:shops_shop_orders", args=[shop_id])
    if code == "article_unknown":
        sku = rest.removeprefix("article_unknown:")
        add = f"{reverse('admin:inventory_article_add')}?{urlencode({'sku': sku})}"
        return [
            Way(_("Create the article"), add),
            Way(_("Link an article"), _mapping(shop_id, elements.ARTICLE)),
            Way(_("Change the rule"), orders),
        ]
    if code == "customer_unknown":
        return [
            Way(_("Create the customer"), reverse("admin:orders_customer_add")),
            Way(_("Change the rule"), orders),
        ]
    if kind == elements.ORDER:
        return [Way(_("Open the shop's order settings"), orders)]
    if "vat" in key:
        return [Way(_("Open the mappings of VAT rates"), _mapping(shop_id, elements.VAT_RATE))]
    if kind in (elements.STOCK, elements.PRICE):
        return [Way(_("Open Stock and prices"), reverse("admin:shops_shop_stock_prices", args=[shop_id]))]
    return [Way(_("Open Mappings"), _mapping(shop_id, kind))] if kind in MAPPED else []


def _mapping(shop_id: int, kind: str) -> str:
    return reverse("admin:shops_shop_mappings_kind", args=[shop_id, kind])
