"""How values look on the shops' screens (UI.md §1): badges, arrows, numbers, times, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.lib.errors import Unsupported
from backoffice.lib.money import money_text
from backoffice.lib.text import extract
from shops.elements import ELEMENT_TYPES
from shops.models import Change, Run
from shops.platforms.registry import platform_class
from shops.services.states import ShopState

NONE: Final = "–"

RUN_STATES: Final = {
    Run.State.WAITING: ("muted", "schedule"),
    Run.State.RUNNING: ("info", "sync"),
    Run.State.DONE: ("ok", "check"),
    Run.State.PARTLY: ("warn", "warning"),
    Run.State.FAILED: ("bad", "error"),
    Run.State.CANCELLED: ("muted", "stop_circle"),
}
CHANGE_STATES: Final = {
    Change.State.PLANNED: ("muted", "schedule"),
    Change.State.SENDING: ("info", "sync"),
    Change.State.DONE: ("ok", "check"),
    Change.State.REFUSED: ("bad", "block"),
    Change.State.NOT_POSSIBLE: ("warn", "block"),
    Change.State.HELD: ("warn", "front_hand"),
}
# verb: (colour of the side that is written, arrow, where the arrow stands)
VERBS: Final = {
    Change.Verb.LINK: ("muted", "link", "before"),
    Change.Verb.CREATE_HERE: ("here", "arrow_back", "before"),
    Change.Verb.UPDATE_HERE: ("here", "arrow_back", "before"),
    Change.Verb.CREATE_SHOP: ("shop", "arrow_forward", "after"),
    Change.Verb.UPDATE_SHOP: ("shop", "arrow_forward", "after"),
    Change.Verb.DELETE_SHOP: ("bad", "close", "before"),
    Change.Verb.SKIP: ("muted", "remove", "before"),
}


def icon(name: str, kind: str = "") -> SafeString:
    return format_html(
        '<span class="material-symbols-outlined sh-icon {}" aria-hidden="true">{}</span>',
        kind and f"sh-{kind}",
        name,
    )


def badge(kind: str, text: Any, icon_name: str = "") -> SafeString:
    return format_html(
        '<span class="sh-badge sh-badge-{}">{}<span>{}</span></span>',
        kind,
        icon(icon_name) if icon_name else "",
        text,
    )


def number(value: Any) -> str:
    """In the user's locale, grouped; None is unknown: "?"."""
    if value is None:
        return "?"
    if isinstance(value, Decimal):
        value = value.normalize() if value else Decimal(0)
        return number_format(format(value, "f"), force_grouping=True)
    return number_format(value, force_grouping=True)


def money(amount: Decimal | None, currency: str) -> str:
    return "?" if amount is None else money_text(amount, currency)


def clock(value: datetime | None) -> str:
    """The time of day with seconds, for the lines of a run."""
    return date_format(timezone.localtime(value), "H:i:s") if value else NONE


def moment(value: datetime | None) -> str:
    """When, as short as it can be: 5 min ago, 08:05, 23 Nov, 23 Nov 2025."""
    if not value:  # templates give "" for what is not there
        return NONE
    now = timezone.localtime()
    local = timezone.localtime(value)
    minutes = int((now - local).total_seconds() // 60)
    if 0 <= minutes < 1:
        return _("just now")
    if 0 < minutes < 60:
        return ngettext("%(number)s min ago", "%(number)s min ago", minutes) % {"number": minutes}
    if local.date() == now.date():
        return date_format(local, "H:i")
    return date_format(local, "j M H:i" if local.year == now.year else "j M Y H:i")


def coming(value: datetime | None) -> str:
    """When something comes: in 4 min, 10:25, tomorrow 03:17, Mon 23 Nov 03:17."""
    if not value:
        return NONE
    now = timezone.localtime()
    local = timezone.localtime(value)
    minutes = ceil((local - now).total_seconds() / 60)
    if minutes <= 1:
        return _("within a minute")
    if minutes < 60:
        return ngettext("in %(number)s min", "in %(number)s min", minutes) % {"number": minutes}
    days = (local.date() - now.date()).days
    if days == 0:
        return date_format(local, "H:i")
    if days == 1:
        return _("tomorrow %(time)s") % {"time": date_format(local, "H:i")}
    return date_format(local, "D j M H:i")


def duration(seconds: float | None) -> str:
    """Exact to the second: 2 s, 2 min 12 s, 1 h 05 min."""
    if seconds is None:
        return NONE
    whole = int(seconds)
    if whole < 60:
        return _("%(seconds)s s") % {"seconds": whole}
    if whole < 3600:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": f"{whole % 60:02d}"}
    return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": f"{whole % 3600 // 60:02d}"}


def about(seconds: float | None) -> str:
    """A forecast, rounded so that it does not jump: about 30 s, about 4 min, about 2 h."""
    if seconds is None:
        return NONE
    if seconds < 55:
        return _("about %(seconds)s s") % {"seconds": max(10, round(seconds / 10) * 10)}
    if seconds < 5400:
        return _("about %(minutes)s min") % {"minutes": max(1, round(seconds / 60))}
    return _("about %(hours)s h") % {"hours": round(seconds / 3600)}


def size(value: int | None) -> str:
    """Bytes as kB or MB."""
    if not value:
        return NONE
    if value < 1_000_000:
        return _("%(number)s kB") % {"number": number(max(1, round(value / 1000)))}
    return _("%(number)s MB") % {"number": number_format(value / 1_000_000, decimal_pos=1)}


def kind_label(kind: str) -> str:
    spec = ELEMENT_TYPES.get(kind)
    return str(spec.label) if spec else kind


def platform_label(key: str) -> str:
    try:
        return str(platform_class(key).label)
    except Unsupported:
        return key


def run_state(run: Run) -> SafeString:
    kind, icon_name = RUN_STATES[Run.State(run.state)]
    return badge(kind, run.get_state_display(), icon_name)


def change_state(change: Change) -> SafeString:
    kind, icon_name = CHANGE_STATES[Change.State(change.state)]
    return badge(kind, change.get_state_display(), icon_name)


def verb_badge(change: Change) -> SafeString:
    kind, arrow, place = VERBS[Change.Verb(change.verb)]
    label = change.get_verb_display()
    if place == "before":
        return badge(kind, label, arrow)
    return format_html(
        '<span class="sh-badge sh-badge-{}"><span>{}</span>{}</span>', kind, label, icon(arrow)
    )


def act_words(change: Change, shop: Any) -> str:
    """What ticking a row means, for who hears the page: "Update in shop: MUG-1, Lipa PL"."""
    return _("%(act)s: %(element)s, %(shop)s") % {
        "act": change.get_verb_display(),
        "element": change.key or change.name or change.remote_id,
        "shop": shop,
    }


def is_left_out(change: Change) -> bool:
    """Whether a person has unticked it (services.previews.LEFT_OUT, for one row)."""
    return bool(change.state == Change.State.HELD and change.hold_id is None and change.cure)


def shop_state(state: ShopState) -> SafeString:
    """The one word of a shop's card (UI.md §2.1)."""
    if state.word == "causes":
        text = ngettext("%(number)s cause", "%(number)s causes", state.causes) % {
            "number": number(state.causes)
        }
        return badge("warn", text, "warning")
    kind, icon_name, label = _WORDS[state.word]
    return badge(kind, label, icon_name)


_WORDS: Final = {
    "ok": ("ok", "check", gettext_lazy("OK")),
    "running": ("info", "sync", gettext_lazy("Running")),
    "stopped": ("bad", "error", gettext_lazy("Stopped")),
    "off": ("muted", "power_settings_new", gettext_lazy("Off")),
    "new": ("muted", "help", gettext_lazy("Not set up yet")),
}


def value_text(value: Any) -> str:
    """A value of Change.fields for people: unknown is –, empty is said, long texts are cut."""
    if value is None:
        return NONE
    if value == "" or value == [] or value == {}:
        return _("(empty)")
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if isinstance(value, list):
        return extract(", ".join(value_text(part) for part in value), 120)
    if isinstance(value, Mapping):
        return extract(", ".join(f"{key}: {value_text(part)}" for key, part in value.items()), 120)
    return extract(str(value), 120)


def before_after(change: Change, limit: int = 4) -> SafeString:
    """Each changed field with what was and what comes; the rest of many fields folds away."""
    pairs = [(field_label(name), *_pair(value)) for name, value in (change.fields or {}).items()]
    if not pairs:
        return format_html('<span class="sh-muted">{}</span>', NONE)
    shown = _field_rows(pairs[:limit])
    rest = pairs[limit:]
    if not rest:
        return format_html('<dl class="sh-fields">{}</dl>', shown)
    more = ngettext("%(number)s more field", "%(number)s more fields", len(rest)) % {
        "number": number(len(rest))
    }
    return format_html(
        '<dl class="sh-fields">{}</dl><details class="sh-more"><summary>{}</summary><dl class="sh-fields">{}</dl></details>',
        shown,
        more,
        _field_rows(rest),
    )


def _field_rows(pairs: list[tuple[str, str, str]]) -> SafeString:
    arrow = mark_safe('<span aria-hidden="true"> → </span>')
    return format_html_join(
        "",
        "<div><dt>{}</dt><dd>{}{}<strong>{}</strong></dd></div>",
        ((label, before, arrow, after) for label, before, after in pairs),
    )


def _pair(value: Any) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        return value_text(value[0]), value_text(value[1])
    return NONE, value_text(value)


_FIELDS: Final = {
    "name": gettext_lazy("Name"),
    "sku": gettext_lazy("SKU"),
    "ean": gettext_lazy("EAN"),
    "short_description": gettext_lazy("Short description"),
    "description": gettext_lazy("Description"),
    "unit_id": gettext_lazy("Unit"),
    "vat_rate_id": gettext_lazy("VAT rate"),
    "producer_id": gettext_lazy("Producer"),
    "category_ids": gettext_lazy("Categories"),
    "parent_id": gettext_lazy("Parent"),
    "position": gettext_lazy("Position"),
    "weight_g": gettext_lazy("Weight in grams"),
    "length_mm": gettext_lazy("Length in mm"),
    "width_mm": gettext_lazy("Width in mm"),
    "height_mm": gettext_lazy("Height in mm"),
    "active": gettext_lazy("Active"),
    "service": gettext_lazy("Service"),
    "options": gettext_lazy("Options"),
    "variant": gettext_lazy("Variant"),
    "quantity": gettext_lazy("Quantity"),
    "regular": gettext_lazy("Price"),
    "sale": gettext_lazy("Sale price"),
    "percent": gettext_lazy("Percent"),
    "country": gettext_lazy("Country"),
    "images": gettext_lazy("Images"),
    "alt": gettext_lazy("Alternative text"),
    "email": gettext_lazy("E-mail"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "company": gettext_lazy("Company"),
    "vat_id": gettext_lazy("VAT id"),
    "phone": gettext_lazy("Phone"),
    "billing": gettext_lazy("Billing address"),
    "shipping": gettext_lazy("Delivery address"),
    "status_id": gettext_lazy("Status"),
    "total": gettext_lazy("Total"),
    "stock": gettext_lazy("Stock"),
    "price": gettext_lazy("Price"),
}


def field_label(name: str) -> str:
    return str(_FIELDS.get(name, name))
