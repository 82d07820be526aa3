"""What each card of the parked orders shows beside its orders: what they lack, and who may be meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from orders.models import OrderStatus
from orders.services.unmapped import ORDER_STATUS, VAT_RATE
from orders.services.vat_rates import UNSAID
from shops.models import RemoteElement
from shops.services.order_suggestions import (
    ShopSku,
    names_of_articles,
    names_of_customers,
    suggest_articles,
    suggest_customers,
)
from shops.services.parked import ParkedGroup
from shops.services.partners import LOCAL_MODELS, MANY_TO_ONE, names_of, usable
from shops.services.suggestions import Suggestion, status_meaning, suggest_methods

ROWS: Final = 50  # of a card are shown; the next ones come when these are done


@dataclass(slots=True)
class Lacking:
    """One SKU, or one buyer, that orders wait for. chosen: what is proposed, as it stands in the search field."""

    key: str
    name: str
    detail: str = ""
    orders: list[str] = field(default_factory=list)
    chosen: str = ""
    others: tuple[str, ...] = ()
    why: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way of adding the lines up, beside what the shop says. rounded: where it rounds (orders.services.totals)."""

    rounded: str
    net: Decimal
    vat: Decimal
    total: Decimal
    difference: Decimal
    nearest: bool = False


@dataclass(frozen=True, slots=True)
class TotalRow:
    """vat None = the shop gives no sum of VAT."""

    order: Any
    currency: str
    total: Decimal
    vat: Decimal | None
    net: Decimal | None
    difference: Decimal
    tolerance: str
    ways: tuple[WayRow, ...]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A reference that is not mapped. options: (id here, name). chosen: the id that is proposed."""

    kind: str
    remote_id: str
    name: str
    options: Sequence[tuple[int, str]]
    chosen: int | None = None
    why: str = ""
    create: str = ""
    status_kinds: Sequence[tuple[str, Any]] = ()
    status_kind: str = ""


def fill_cards(groups: Sequence[ParkedGroup]) -> dict[str, Any]:
    """{key of the group: what its card needs}; a fixed number of queries, however many cards there are."""
    cards: dict[str, Any] = {
        group.key: [total_row(row) for row in group.rows if row.data.get("ways")]
        for group in groups
        if group.cause == "total_differs"
    }
    cards |= missing_articles([group for group in groups if group.cause == "article_unknown"])
    cards |= missing_customers([group for group in groups if group.cause == "customer_unknown"])
    return cards | _mappings(
        [group for group in groups if group.cause == "unmapped" and group.data.get("kind")]
    )


def missing_articles(groups: Sequence[ParkedGroup]) -> dict[str, list[Lacking]]:
    rows: dict[ShopSku, Lacking] = {}
    for group in groups:
        for order in group.rows:
            for one in order.data.get("skus", ()):
                row = rows.setdefault(
                    (group.shop.pk, one["sku"]),
                    Lacking(one["sku"], one.get("name", ""), one.get("quantity", "")),
                )
                row.orders.append(str(order))
    found = suggest_articles({key: row.name for key, row in rows.items()})
    names = names_of_articles({pk for one in found.values() for pk in one.local_ids})
    for key, suggestion in found.items():
        _propose(rows[key], suggestion, names)
    return {
        group.key: [row for (shop, _sku), row in rows.items() if shop == group.shop.pk][:ROWS]
        for group in groups
    }


def missing_customers(groups: Sequence[ParkedGroup]) -> dict[str, list[Lacking]]:
    cards: dict[str, list[Lacking]] = {}
    data: dict[str, Mapping[str, Any]] = {}
    for group in groups:
        rows: dict[str, Lacking] = {}
        for order in group.rows:
            if key := order.data.get("key"):
                told = [order.data.get(part) for part in ("name", "email", "vat_id", "place")]
                name, *detail = [str(part) for part in told if part] or [key]
                rows.setdefault(key, Lacking(key, name, " · ".join(detail))).orders.append(str(order))
                data[key] = order.data
        cards[group.key] = list(rows.values())[:ROWS]
    found = suggest_customers(data)
    names = names_of_customers({pk for one in found.values() for pk in one.local_ids})
    for row in (row for rows in cards.values() for row in rows):
        if row.key in found:
            _propose(row, found[row.key], names)
    return cards


def _propose(row: Lacking, suggestion: Suggestion, names: Mapping[int, str]) -> None:
    """Only what is sure stands in the field already; the rest is offered beside it."""
    labels = tuple(names[pk] for pk in suggestion.local_ids if pk in names)
    if labels:
        row.why, row.sure = suggestion.why, suggestion.sure
        row.chosen, row.others = (labels[0], ()) if suggestion.sure else ("", labels)


def total_row(order: Any) -> TotalRow:
    data = order.data
    total = Decimal(data["total"])
    vat = Decimal(data["vat"]) if data.get("vat") else None
    plain = {way["rounded"]: way for way in reversed(data["ways"])}  # the first of each name is the plain one
    ways = [
        (name, Decimal(plain[name]["net"]), Decimal(plain[name]["vat"]), Decimal(plain[name]["total"]))
        for name in ("line", "total")
        if name in plain
    ]
    nearest = min((abs(total - way_total) for _name, _net, _vat, way_total in ways), default=Decimal(0))
    one_is_nearer = len({way_total for _name, _net, _vat, way_total in ways}) > 1
    return TotalRow(
        order=order,
        currency=data.get("currency", ""),
        total=total,
        vat=vat,
        net=None if vat is None else total - vat,
        difference=Decimal(data["difference"]),
        tolerance=data.get("tolerance", ""),
        ways=tuple(
            WayRow(
                name, net, way_vat, way_total, way_total - total,
                one_is_nearer and abs(total - way_total) == nearest,
            )
            for name, net, way_vat, way_total in ways
        ),
    )  # fmt: skip


def _mappings(groups: Sequence[ParkedGroup]) -> dict[str, Unmapped]:
    by_kind: dict[str, list[ParkedGroup]] = {}
    for group in groups:
        by_kind.setdefault(group.data["kind"], []).append(group)
    cards: dict[str, Unmapped] = {}
    for kind, same in by_kind.items():
        if kind == VAT_RATE:
            cards |= _vat_cards(same)
        elif kind in MANY_TO_ONE:
            cards |= _method_cards(kind, same)
    return cards


def _method_cards(kind: str, groups: Sequence[ParkedGroup]) -> dict[str, Unmapped]:
    options = list(usable(kind).values_list("pk", "name"))
    asked = [
        RemoteElement(
            pk=-n,
            shop=group.shop,
            kind=kind,
            remote_id=group.data["id"],
            name=group.data.get("name") or group.data["id"],
        )
        for n, group in enumerate(groups, start=1)
    ]
    found = suggest_methods(kind, asked)
    cards = {}
    for element, group in zip(asked, groups, strict=True):
        suggestion = found.get(element.pk or 0)
        known = any(name.casefold() == element.name.strip().casefold() for _pk, name in options)
        cards[group.key] = Unmapped(
            kind=kind,
            remote_id=element.remote_id,
            name=element.name,
            options=options,
            chosen=suggestion.local_ids[0] if suggestion else None,
            why=suggestion.why if suggestion else "",
            create="" if known else element.name,
            status_kinds=OrderStatus.Kind.choices if kind == ORDER_STATUS else (),
            status_kind=status_meaning(element) if kind == ORDER_STATUS else "",
        )
    return cards


def _vat_cards(groups: Sequence[ParkedGroup]) -> dict[str, Unmapped]:
    rates = list(LOCAL_MODELS[VAT_RATE]._default_manager.all())
    names = names_of(VAT_RATE, [rate.pk for rate in rates])
    cards = {}
    for group in groups:
        country, _sep, percent = group.data["id"].partition(":")
        # Rates of the country come first: those of others are a choice only for who knows why.
        ordered = sorted(rates, key=lambda rate: (rate.country != country, rate.country, -rate.percent))
        cards[group.key] = Unmapped(
            kind=VAT_RATE,
            remote_id=group.data["id"],
            name=group.data.get("name", ""),
            options=[(rate.pk, names[rate.pk]) for rate in ordered],
            create=group.data.get("name", "") if country and percent != UNSAID else "",
        )
    return cards
