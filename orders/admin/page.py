"""What the page of an order shows above its form: a fixed number of queries, whatever the order holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, Q
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.money import round_cent
from inventory.models import Company
from inventory.services.sets import Parts, parts_of, whole_sets
from orders.admin.displays import EMPTY, moment, money, paid_tag, person, quantity
from orders.admin.other_version import other_version
from orders.admin.stations import stations, step_button
from orders.models import Order, OrderEvent, OrderLine, SalesChannel
from orders.services.availability import Reach, within_reach
from orders.services.vat_case import vat_case
from orders.services.vat_ids import check_vat_id
from orders.services.work import Handling, Step, handling_of, next_step

_EVENTS_SHOWN = 100
_PAYMENTS_SHOWN = 20
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
    OrderEvent.Kind.PAYMENT: ("payments", "fine"),
    OrderEvent.Kind.REFUND: ("undo", "look"),
    OrderEvent.Kind.PAID: ("check", "fine"),
    OrderEvent.Kind.SHIPPED: ("local_shipping", "fine"),
    OrderEvent.Kind.PARKED: ("pause_circle", "look"),
    OrderEvent.Kind.RELEASED: ("play_circle", ""),
    OrderEvent.Kind.CANCELLED: ("cancel", "delete"),
    OrderEvent.Kind.DRAFTED: ("edit_note", ""),
    OrderEvent.Kind.DISCARDED: ("delete", ""),
    OrderEvent.Kind.ISSUED: ("description", "fine"),
    OrderEvent.Kind.UNISSUED: ("warning", "look"),
    OrderEvent.Kind.MAILED: ("mark_email_read", "fine"),
    OrderEvent.Kind.UNMAILED: ("error", "look"),
    OrderEvent.Kind.NOTE: ("chat", ""),
    OrderEvent.Kind.LEFT: ("outbox", "look"),
    OrderEvent.Kind.SHORT: ("warning", "look"),
    OrderEvent.Kind.STATUS_SET: ("arrow_forward", ""),
    OrderEvent.Kind.PARCEL: ("package_2", ""),
    OrderEvent.Kind.GONE: ("delete", "look"),
}


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
    at: datetime
    time: str
    icon: str
    look: str
    by: str
    sentence: str


def order_page(
    order: Order, *, source_name: str, allowed: set[Step], more_events: list[EventRow]
) -> dict[str, Any]:
    """Context of orders/order_page.html. order: with its foreign keys selected. allowed: steps that the user may take.

    more_events: what higher apps add to the time line (event_row).
    """
    lines = list(order.lines.select_related("article", "vat_rate"))
    home = Company.load().country
    channel, handling = SalesChannel.of(order.source), handling_of([order])[order.pk]
    step = next_step(order, channel, handling)
    return {
        "order": order,
        "total": money(order.total, order.currency),
        "vat_id_message": _vat_id_message(order),
        "more_cards": [],  # for higher apps: {"template": ...} at the right
        "source_name": source_name,
        "stations": stations(order, channel, handling, step),
        "other": other_version(order),
        "notices": [],  # for higher apps: {"message", "url", "button"} above everything
        "lines": _line_rows(order, lines),
        "sums": _sums(order, lines, home),
        "vat_case": vat_case(order, lines, home),
        "proof": _proof(order, lines),
        "facts": _facts(order),
        "payment": _payment(order),
        "pay_button": step_button(order, step, Step.PAY, allowed),
        "ship_button": step_button(order, step, Step.SHIP, allowed),
        "paid": paid_tag(order),
        "shipping": _shipping(order, handling),
        "origin": _origin(order, source_name),
        "customer_orders": _customer_orders(order),
        "days": _days(order, more_events),
    }


def _line_rows(order: Order, lines: list[OrderLine]) -> list[LineRow]:
    parts = parts_of(line.article_id for line in lines if line.article_id)
    reach = within_reach([order.pk], parts)[order.pk]
    return [_line_row(order, line, parts, reach) for line in lines]


def _line_row(order: Order, line: OrderLine, parts: dict[int, Parts], reach: Reach) -> LineRow:
    available, enough, note = "", None, line.note
    if line.kind == OrderLine.Kind.ITEM:
        if line.article is None:
            available = EMPTY
            why = line.note or (_("SKU unknown here.") if line.sku else _("The line has no SKU."))
            note = _("%(why)s The line is billed, but moves no stock.") % {"why": why}
        elif parts.get(line.article.pk) and line.quantity > line.issued:
            stock = max(whole_sets(reach, parts[line.article.pk]), Decimal(0))
            available, enough = quantity(stock), stock >= line.quantity - line.issued
        elif parts.get(line.article.pk):
            available = _("has left")
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


def _sums(order: Order, lines: list[OrderLine], home: str) -> list[tuple[str, str]]:
    """Net, VAT for each rate (and its country, where it is not `home`), total."""
    net = sum((line.net for line in lines), Decimal(0))
    per_rate: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    unnamed = Decimal(0)
    for line in lines:
        if line.vat_percent is None:
            unnamed += line.vat
        else:
            country = line.vat_rate.country if line.vat_rate and line.vat_rate.country != home else ""
            per_rate[country, line.vat_percent] += line.vat
    rows = [(_("Net"), money(net, order.currency))]
    for (country, percent), vat in sorted(per_rate.items(), key=lambda row: (row[0][0], -row[0][1])):
        if vat:
            text = _("VAT %(country)s %(percent)s %%") if country else _("VAT %(percent)s %%")
            label = text % {"country": country, "percent": quantity(percent)}
            rows.append((label, money(vat, order.currency)))
    if round_cent(unnamed, order.currency):
        rows.append((_("VAT, rate not given"), money(unnamed, order.currency)))
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
    if order.transaction_id:
        rows.append((_("Reference"), order.transaction_id))
    for payment in order.payments.select_related("by")[:_PAYMENTS_SHOWN]:
        who = f" · {person(payment.by)}" if payment.by else ""
        rows.append((f"{moment(payment.at)}{who}", money(payment.amount, payment.currency)))
    rows.append((_("Open"), money(order.open_amount, order.currency)))
    return rows


def _shipping(order: Order, handling: Handling) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = [(_("Method"), str(order.shipping_method or order.shipping_name or EMPTY))]
    if order.shipping_method and order.shipping_name and str(order.shipping_method) != order.shipping_name:
        rows.append((_("In the shop"), order.shipping_name))
    for parcel in handling.parcels:
        number = parcel.tracking_number or parcel.carrier or EMPTY
        if parcel.tracking_url:
            number = format_html(
                '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', parcel.tracking_url, number
            )
        rows.append((moment(parcel.shipped_at), number))
    if not handling.parcels:
        rows.append((_("Tracking"), EMPTY))
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
    orders = Order.objects.filter(customer=order.customer_id)
    earlier = Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, pk__lte=order.pk)
    counts = orders.aggregate(n=Count("pk"), nth=Count("pk", filter=earlier))
    text = ngettext("the only order of this customer", "order %(nth)d of %(n)d of this customer", counts["n"])
    return text % counts


def _days(order: Order, more: list[EventRow]) -> list[tuple[str, list[EventRow]]]:
    events = order.events.select_related("by")[:_EVENTS_SHOWN]
    rows = sorted([*map(_event_row, events), *more], key=lambda row: row.at, reverse=True)
    today = timezone.localdate()
    days = []
    for day, found in groupby(rows, key=lambda row: timezone.localtime(row.at).date()):
        pattern = "j F" if day.year == today.year else "j F Y"
        title = _("Today") if day == today else formats.date_format(day, pattern)
        days.append((title, list(found)))
    return days


def event_row(at: datetime, icon: str, look: str, by: str, sentence: str) -> EventRow:
    """look: "here", "shop", "look", "fine", "delete" or ""."""
    return EventRow(at, formats.time_format(timezone.localtime(at), "H:i"), icon, look, by, sentence)


def _event_row(event: OrderEvent) -> EventRow:
    icon, look = _ICONS.get(OrderEvent.Kind(event.kind), ("chat", ""))
    return event_row(event.at, icon, look, person(event.by) if event.by else "", event.sentence)
