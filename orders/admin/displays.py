"""How values look in the lists and pages of sales: money, moments, states."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.money import money_text
from orders.models import Order
from orders.services.availability import Goods

EMPTY = "–"
_SPACE = "\N{NO-BREAK SPACE}"
TONES = {
    Order.State.NEW: "info",
    Order.State.PARKED: "warning",
    Order.State.ACCEPTED: "success",
    Order.State.DONE: "",
    Order.State.CANCELLED: "danger",
}


def money(amount: Decimal | None, currency: str) -> str:
    return EMPTY if amount is None else money_text(amount, currency)


def quantity(value: Decimal | int | None) -> str:
    if value is None:
        return EMPTY
    return str(formats.number_format(f"{Decimal(value).normalize():f}", force_grouping=True))


def moment(at: datetime | None) -> str:
    """5 min ago; then 08:05; then 23 Nov, 08:05; the year only if it is another one."""
    if at is None:
        return EMPTY
    local, now = timezone.localtime(at), timezone.localtime()
    age = now - local
    if timedelta(0) <= age < timedelta(hours=1):
        minutes = int(age.total_seconds() // 60)
        return (
            _("just now")
            if minutes == 0
            else ngettext("%(n)d min ago", "%(n)d min ago", minutes) % {"n": minutes}
        )
    time = formats.time_format(local, "H:i")
    if local.date() == now.date():
        return time
    day = formats.date_format(local, "j M" if local.year == now.year else "j M Y")
    return f"{day}, {time}"


def person(user: Any) -> str:
    return user.get_full_name() or user.get_username()


def two_rows(first: object, second: object) -> SafeString:
    return format_html(
        '<span class="k-two"><span class="k-one">{}</span><span class="k-sub">{}</span></span>', first, second
    )


def tag(text: object, tone: str = "", icon: str = "") -> SafeString:
    """A small label. tone: info, success, warning, danger or "" = grey; never the only sign: the words say it too."""
    picture = (
        format_html('<span class="material-symbols-outlined" aria-hidden="true">{}</span>', icon)
        if icon
        else ""
    )
    return format_html('<span class="k-tag k-tag-{}">{}{}</span>', tone or "plain", picture, text)


def paid_tag(order: Order) -> SafeString:
    """How far an order is paid; what is odd about it goes before what is usual."""
    states = Order.PaidState
    method = order.payment_method or order.payment_name or EMPTY

    def words(text: str, amount: Decimal) -> str:
        return text % {"amount": money(amount, order.currency)}

    if order.refunded_too_much:
        return tag(words(_("refunded %(amount)s, more than it cost"), order.refunded), "danger", "undo")
    if order.refunded:
        return tag(words(_("refunded %(amount)s"), order.refunded), "warning", "undo")
    if order.paid_state == states.OVERPAID:
        over = order.received - order.total
        return tag(words(_("overpaid by %(amount)s"), over), "warning", "priority_high")
    if order.paid_state == states.PARTLY:
        return tag(words(_("%(amount)s still open"), order.open_amount), "warning", "hourglass_bottom")
    if order.paid_state == states.PAID:
        return tag(_("paid, %(method)s") % {"method": method}, "success", "check")
    return tag(method, "", "payments")


def goods_sentence(goods: Goods) -> SafeString:
    """All in stock, 2 of 6 missing, or which lines move no stock."""
    if goods.missing:
        text = _("%(missing)s of %(wanted)s missing") % {
            "missing": quantity(goods.missing),
            "wanted": quantity(goods.wanted),
        }
        return _stock(text, "k-delete", "warning")
    if goods.unmatched:
        text = ngettext("%(n)d line moves no stock", "%(n)d lines move no stock", goods.unmatched)
        return _stock(text % {"n": goods.unmatched}, "", "help")
    return _stock(_("all in stock"), "k-fine", "check") if goods.wanted else format_html("{}", "")


def goods_names(goods: Goods) -> str:
    if not goods.names:
        return EMPTY
    name, pieces = goods.names[0]
    first = name if pieces == 1 else f"{name}{_SPACE}×{quantity(pieces)}"
    more = len(goods.names) - 1
    if not more:
        return first
    return ngettext("%(first)s, %(n)d more", "%(first)s, %(n)d more", more) % {"first": first, "n": more}


def _stock(text: str, look: str, icon: str) -> SafeString:
    return format_html(
        '<span class="k-stock"><span class="material-symbols-outlined {}" aria-hidden="true">{}</span>{}</span>',
        look,
        icon,
        text,
    )
