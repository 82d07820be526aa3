"""Orders that wait outside the order list: one card for each cause, with what cures it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Case, CharField, Count, F, Min, Value, When, Window
from django.db.models.functions import Cast, Concat, RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import SalesChannel
from shops import elements
from shops.models import IncomingOrder, Problem, RemoteElement, Shop
from shops.services.partners import MAPPED

GROUPS: Final = 50
ORDERS: Final = 10  # of a cause are named on its card
LOOKED_AT: Final = 100  # of a cause are looked at for what they lack
# One card for all orders of a shop that wait for such a cause; each other cause is a card of its own.
TOGETHER: Final = ("article_unknown", "customer_unknown", "total_differs")

_ICONS: Final = {
    "article_unknown": "search_off",
    "customer_unknown": "person_search",
    "total_differs": "calculate",
    "unmapped": "link_off",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A link to where a cause is cured."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order as a card names it. total None = the order could not be read."""

    row: IncomingOrder
    customer: str = ""
    total: Decimal | None = None
    currency: str = ""


@dataclass(slots=True)
class ParkedGroup:
    """count orders of one shop that wait for the same. rows: up to LOOKED_AT of them, the oldest first.

    then: what becomes of them when they are released. card: what the screen lays beside it (shops.admin.parked_cards).
    """

    shop: Shop
    cause: str
    problem: Problem | None
    count: int
    oldest: datetime
    then: str = ""
    title: str = ""
    cure: str = ""
    rows: list[IncomingOrder] = field(default_factory=list)
    orders: list[Waiting] = field(default_factory=list)
    card: Any = None

    @property
    def key(self) -> str:
        """Names the card within the page."""
        return f"{self.shop.pk}-{self.problem.pk if self.problem and not self.together else self.cause or 'other'}"

    @property
    def icon(self) -> str:
        return _ICONS.get(self.cause, "pause_circle")

    @property
    def together(self) -> bool:
        return self.cause in TOGETHER

    @property
    def more(self) -> int:
        return self.count - len(self.orders)

    @property
    def data(self) -> dict[str, Any]:
        return self.rows[0].data if self.rows else {}


def parked_groups(shop_id: int | None = None) -> list[ParkedGroup]:
    """Largest harm first. A fixed number of queries, whatever waits."""
    waiting = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED)
    if shop_id is not None:
        waiting = waiting.filter(shop=shop_id)
    # What stands for one card: the cause, its problem, or what was said where there is neither.
    waiting = waiting.annotate(
        card=Case(
            When(cause__in=TOGETHER, then=F("cause")),
            When(problem__isnull=False, then=Concat(Value("p"), Cast("problem_id", CharField()))),
            default=F("message"),
            output_field=CharField(),
        )
    )
    measured: Any = (
        waiting.order_by()
        .values("shop_id", "card")
        .annotate(n=Count("id"), oldest=Min("received_at"), first=Min("id"))
        .order_by("-n", "oldest")[:GROUPS]
    )
    counted = {(row["shop_id"], row["card"]): row for row in measured}
    rows = _rows(waiting)
    shops = Shop.objects.defer("credentials", "facts", "check_result").in_bulk({key[0] for key in counted})
    problems = Problem.objects.in_bulk({row.problem_id for row in rows if row.problem_id})
    channels = {
        one.code: one for one in SalesChannel.objects.filter(code__in=[s.code for s in shops.values()])
    }
    groups: dict[tuple[int, str], ParkedGroup] = {}
    for row in rows:
        key = (row.shop_id, row.card)  # type: ignore[attr-defined]
        if key not in counted:
            continue
        if key not in groups:
            shop = shops[row.shop_id]
            groups[key] = ParkedGroup(
                shop=shop,
                cause=row.cause,
                problem=problems.get(row.problem_id or 0),
                count=counted[key]["n"],
                oldest=counted[key]["oldest"],
                then=_then(shop, channels.get(shop.code) or SalesChannel(code=shop.code)),
            )
        groups[key].rows.append(row)
    for group in groups.values():
        _say(group)
    _name_orders(groups.values())
    return sorted(groups.values(), key=lambda group: (-group.count, group.oldest))


def _rows(waiting: Any) -> list[IncomingOrder]:
    place = Window(RowNumber(), partition_by=[F("shop_id"), F("card")], order_by="id")
    ranked = waiting.defer("payload").annotate(place=place).filter(place__lte=LOOKED_AT)
    return list(ranked.order_by("id")[: GROUPS * LOOKED_AT])


def _say(group: ParkedGroup) -> None:
    """title, cure: of a card for several causes they are said here, of one cause they are its own words."""
    words = {"n": group.count, "shop": group.shop.name}
    titles = {
        "article_unknown": ngettext(
            "%(n)d order of %(shop)s has an article that is not known here",
            "%(n)d orders of %(shop)s have articles that are not known here",
            group.count,
        ),
        "customer_unknown": ngettext(
            "%(n)d order of %(shop)s is from a customer who is not known here",
            "%(n)d orders of %(shop)s are from customers who are not known here",
            group.count,
        ),
        "total_differs": ngettext(
            "%(n)d order of %(shop)s does not add up to the shop's total",
            "%(n)d orders of %(shop)s do not add up to the shop's total",
            group.count,
        ),
    }
    if group.together:
        group.title = titles[group.cause] % words
        return
    first = group.rows[0]
    group.title = group.problem.message if group.problem else first.message or _("It was not said why.")
    group.cure = group.problem.cure if group.problem else first.cure


def _then(shop: Shop, channel: SalesChannel) -> str:
    """What becomes of a released order, in a few words."""
    if not shop.accept_orders:
        return _("to the new orders")
    if channel.becomes == SalesChannel.Becomes.NOTHING or channel.moment != SalesChannel.Moment.ACCEPTED:
        return _("accepted")
    if channel.as_draft:
        return _("accepted, draft of: %(document)s") % {"document": channel.get_becomes_display()}
    return _("accepted, issued: %(document)s") % {"document": channel.get_becomes_display()}


def _name_orders(groups: Iterable[ParkedGroup]) -> None:
    """Customer and total of the orders that the cards name, from what was last read of them: one query."""
    groups = list(groups)
    shown = [row for group in groups for row in group.rows[:ORDERS]]
    found = RemoteElement.objects.filter(
        kind=elements.ORDER,
        shop__in={row.shop_id for row in shown},
        remote_id__in={row.remote_id for row in shown},
    )
    contents = {
        (shop, remote_id): content
        for shop, remote_id, content in found.values_list("shop_id", "remote_id", "content")
    }
    for group in groups:
        group.orders = [
            _waiting(row, contents.get((row.shop_id, row.remote_id), {})) for row in group.rows[:ORDERS]
        ]


def _waiting(row: IncomingOrder, content: dict[str, Any]) -> Waiting:
    billing = content.get("billing") or {}
    person = f"{billing.get('first_name', '')} {billing.get('last_name', '')}".strip()
    name = billing.get("company") or person or content.get("email", "")
    place = billing.get("city", "")
    return Waiting(
        row,
        customer=", ".join(part for part in (name, place) if part),
        total=Decimal(content["total"]) if "total" in content else None,
        currency=content.get("currency", ""),
    )


def parked_url(shop_id: int | None = None) -> str:
    url = reverse("admin:shops_problem_parked")
    return f"{url}?{urlencode({'shop': shop_id})}" if shop_id else url


def ways_of(shop_id: int, kind: str, key: str) -> list[Way]:
    """Where a cause is cured, by its type and key; [] = not in Kontor."""
    if kind == elements.ORDER:
        return [Way(_("Open the parked orders"), parked_url(shop_id))]
    if "vat" in key:
        return [Way(_("Open the mappings of VAT rates"), _mapping(shop_id, elements.VAT_RATE))]
    if kind in (elements.STOCK, elements.PRICE):
        return [Way(_("Open Stock and prices"), reverse("admin:shops_shop_stock_prices", args=[shop_id]))]
    return [Way(_("Open Mappings"), _mapping(shop_id, kind))] if kind in MAPPED else []


def _mapping(shop_id: int, kind: str) -> str:
    return reverse("admin:shops_shop_mappings_kind", args=[shop_id, kind])


def names_shown(rows: Sequence[Any]) -> str:
    """Up to five names for a message: "PL-1, PL-2, PL-3, …"."""
    return ", ".join(str(row) for row in rows[:5]) + (" …" if len(rows) > 5 else "")
