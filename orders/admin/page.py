"""What the page of an order shows above its form: a fixed number of queries, whatever the order holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.money import round_cent
from inventory.models import Article
from orders.admin.displays import EMPTY, moment, money, person, quantity
from orders.models import Order, OrderEvent, OrderLine
from orders.models.field_labels import field_label
from orders.services.availability import free_stock
from orders.services.decisions import takeable
from orders.services.vat_ids import check_vat_id

_EVENTS_SHOWN = 100
_ICONS = {
    OrderEvent.Kind.RECEIVED: ("arrow_back", "here"),
    OrderEvent.Kind.REWRITTEN: ("arrow_back", "here"),
    OrderEvent.Kind.STATUS: ("arrow_back", "here"),
    OrderEvent.Kind.TAKEN: ("arrow_back", "here"),
    OrderEvent.Kind.DIFFERS: ("compare_arrows", "look"),
    OrderEvent.Kind.KEPT: ("check", "fine"),
    OrderEvent.Kind.ARTICLE: ("inventory_2", ""),
    OrderEvent.Kind.CUSTOMER: ("person_add", ""),
    OrderEvent.Kind.ROUNDING: ("functions", ""),
    OrderEvent.Kind.EDITED: ("edit", ""),
    OrderEvent.Kind.ACCEPTED: ("check", "fine"),
    OrderEvent.Kind.PARKED: ("pause_circle", "look"),
    OrderEvent.Kind.RELEASED: ("play_circle", ""),
    OrderEvent.Kind.CANCELLED: ("cancel", "delete"),
    OrderEvent.Kind.NOTE: ("chat", ""),
}


@dataclass(frozen=True, slots=True)
class Station:
    """state: done, now or later. detail: when, by whom, or what is to be done."""

    label: str
    icon: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    sku: str
    name: str
    kind: str
    available: str
    enough: bool | None
    quantity: str
    price: str
    vat: str
    total: str
    note: str
    article_id: int | None


@dataclass(frozen=True, slots=True)
class EventRow:
    time: str
    icon: str
    look: str
    by: str
    sentence: str


def order_page(order: Order, *, source_name: str) -> dict[str, Any]:
    """Context of orders/order_page.html. order: with its foreign keys selected."""
    lines = list(order.lines.select_related("article", "vat_rate"))
    return {
        "order": order,
        "total": money(order.total, order.currency),
        "vat_id_message": _vat_id_message(order),
        "more_cards": [],  # for higher apps: {"template": ...} at the right
        "source_name": source_name,
        "stations": _stations(order),
        "differences": [
            {"label": field_label(d["field"]), "here": d["here"] or EMPTY, "shop": d["shop"] or EMPTY}
            for d in order.differences
        ],
        "takeable": takeable(order),
        "lines": _line_rows(order, lines),
        "sums": _sums(order, lines),
        "proof": _proof(order, lines),
        "facts": _facts(order),
        "payment": _payment(order),
        "shipping": _shipping(order),
        "origin": _origin(order, source_name),
        "customer_orders": _customer_orders(order),
        "days": _days(order),
    }


def _stations(order: Order) -> list[Station]:
    state = Order.State
    received = Station(_("Received"), "check_circle", "done", moment(order.created_at))
    paid = (
        Station(_("Paid"), "check_circle", "done", moment(order.paid_at))
        if order.paid_at
        else Station(_("Paid"), "payments", "later", _("not yet"))
    )
    if order.state == state.CANCELLED:
        return [received, Station(_("Cancelled"), "cancel", "stopped", order.state_reason)]
    if order.state == state.PARKED:
        checked = Station(_("Set aside"), "pause_circle", "stopped", order.state_reason)
    elif order.state == state.NEW:
        checked = Station(_("Accepted"), "fact_check", "now", _("next step"))
    else:
        who = person(order.accepted_by) if order.accepted_by else _("by the shop's rules")
        detail = f"{moment(order.accepted_at)} · {who}" if order.accepted_at else ""
        checked = Station(_("Accepted"), "check_circle", "done", detail)
    done = (
        Station(_("Done"), "check_circle", "done")
        if order.state == state.DONE
        else Station(_("Done"), "flag", "now" if order.state == state.ACCEPTED else "later")
    )
    return [received, checked, paid, done]


def _line_rows(order: Order, lines: list[OrderLine]) -> list[LineRow]:
    free = free_stock(line.article_id for line in lines if line.article_id)
    return [_line_row(order, line, free) for line in lines]


def _line_row(order: Order, line: OrderLine, free: dict[int, Decimal]) -> LineRow:
    available, enough, note = "", None, line.note
    if line.kind == OrderLine.Kind.ITEM:
        if line.article is None:
            available = EMPTY
            why = line.note or (_("SKU unknown here.") if line.sku else _("The line has no SKU."))
            note = _("%(why)s The line is billed, but moves no stock.") % {"why": why}
        elif line.article.kind == Article.Kind.GOODS:
            stock = free.get(line.article_id or 0, Decimal(0))
            available, enough = quantity(stock), stock >= line.quantity
    shown = line.gross if order.prices_gross else line.net
    price = money(shown / line.quantity, order.currency) if line.quantity else EMPTY
    if line.kind != OrderLine.Kind.ITEM:
        price = ""
    name = str(line.get_kind_display()) if line.kind == OrderLine.Kind.ROUNDING else line.name
    return LineRow(
        sku=line.sku,
        name=name
        if line.kind in (OrderLine.Kind.ITEM, OrderLine.Kind.ROUNDING)
        else f"{line.get_kind_display()}: {name}",
        kind=line.kind,
        available=available,
        enough=enough,
        quantity=quantity(line.quantity),
        price=price,
        vat=EMPTY if line.vat_percent is None else f"{quantity(line.vat_percent)} %",
        total=money(shown, order.currency),
        note=note,
        article_id=line.article_id,
    )


def _sums(order: Order, lines: list[OrderLine]) -> list[tuple[str, str]]:
    """Net, VAT for each rate, total."""
    net = sum((line.net for line in lines), Decimal(0))
    per_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    unnamed = Decimal(0)
    for line in lines:
        if line.vat_percent is None:
            unnamed += line.vat
        else:
            per_rate[line.vat_percent] += line.vat
    rows = [(_("Net"), money(net, order.currency))]
    for percent, vat in sorted(per_rate.items(), reverse=True):
        if vat:
            rows.append(
                (_("VAT %(percent)s %%") % {"percent": quantity(percent)}, money(vat, order.currency))
            )
    if round_cent(unnamed, order.currency):
        rows.append((_("VAT, rate not given"), money(unnamed, order.currency)))
    if order.vat_exempt:
        rows.append((_("Without VAT (reverse charge)"), ""))
    return rows


def _proof(order: Order, lines: list[OrderLine]) -> dict[str, Any] | None:
    if order.source_total is None:
        return None
    total = round_cent(sum((line.gross for line in lines), Decimal(0)), order.currency)
    if total == order.total == order.source_total:
        return {"equal": True, "text": _("equals the shop's total to the cent")}
    return {
        "equal": False,
        "text": _("the shop's total is %(shop)s, %(difference)s from ours")
        % {
            "shop": money(order.source_total, order.currency),
            "difference": money(total - order.source_total, order.currency),
        },
    }


def _facts(order: Order) -> list[str]:
    facts = [_("prices with VAT") if order.prices_gross else _("prices without VAT")]
    if order.coupons:
        facts.append(_("coupons: %(codes)s") % {"codes": order.coupons})
    return facts


def _payment(order: Order) -> list[tuple[str, str]]:
    rows = [(_("Method"), str(order.payment_method or order.payment_name or EMPTY))]
    if order.payment_method and order.payment_name and str(order.payment_method) != order.payment_name:
        rows.append((_("In the shop"), order.payment_name))
    rows.append((_("Paid"), moment(order.paid_at) if order.paid_at else _("not yet")))
    if order.refunded:
        rows.append((_("Refunded"), money(order.refunded, order.currency)))
    if order.transaction_id:
        rows.append((_("Reference"), order.transaction_id))
    return rows


def _shipping(order: Order) -> list[tuple[str, str]]:
    rows = [(_("Method"), str(order.shipping_method or order.shipping_name or EMPTY))]
    if order.shipping_method and order.shipping_name and str(order.shipping_method) != order.shipping_name:
        rows.append((_("In the shop"), order.shipping_name))
    return rows


def _origin(order: Order, source_name: str) -> list[tuple[str, str]]:
    if not order.source:
        return [(_("Entered"), _("by hand"))]
    rows = [
        (_("Shop"), source_name),
        (_("Number there"), order.source_number),
        (_("Placed"), moment(order.placed_at)),
        (_("Status"), str(order.status or EMPTY)),
        (_("Same as there"), _("no") if order.differences else _("yes")),
    ]
    if order.edited_at:
        rows.append((_("Edited here"), moment(order.edited_at)))
    return rows


def _vat_id_message(order: Order) -> str:
    check = check_vat_id(order.vat_id, order.billing.country if order.billing else "")
    return check.message if check.well_formed is False else ""


def _customer_orders(order: Order) -> str:
    if order.customer_id is None:
        return ""
    number = Order.objects.filter(customer=order.customer_id).count()
    return ngettext("%(n)d order of this customer", "%(n)d orders of this customer", number) % {"n": number}


def _days(order: Order) -> list[tuple[str, list[EventRow]]]:
    events = order.events.select_related("by")[:_EVENTS_SHOWN]
    today = timezone.localdate()
    days = []
    for day, rows in groupby(events, key=lambda event: timezone.localtime(event.at).date()):
        pattern = "j F" if day.year == today.year else "j F Y"
        title = _("Today") if day == today else formats.date_format(day, pattern)
        days.append((title, [_event_row(event) for event in rows]))
    return days


def _event_row(event: OrderEvent) -> EventRow:
    icon, look = _ICONS.get(OrderEvent.Kind(event.kind), ("chat", ""))
    time = formats.time_format(timezone.localtime(event.at), "H:i")
    return EventRow(time, icon, look, person(event.by) if event.by else "", event.sentence)
