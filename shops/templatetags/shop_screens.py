"""Template words of the shops' screens: numbers, times, state badges and arrows, the same everywhere."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from shops import displays
from shops.services.plans import can_be_left_out_always

register = template.Library()

register.filter("number", displays.number)
register.filter("money", displays.money)
register.filter("moment", displays.moment)
register.filter("clock", displays.clock)
register.filter("coming", displays.coming)
register.filter("duration", displays.duration)
register.filter("about", displays.about)
register.filter("kind_label", displays.kind_label)
register.filter("run_state", displays.run_state)
register.filter("shop_state", displays.shop_state)
register.filter("verb_badge", displays.verb_badge)
register.filter("change_state", displays.change_state)
register.filter("before_after", displays.before_after)
register.filter("platform_label", displays.platform_label)
register.filter("filesize", displays.size)
register.filter("act_words", displays.act_words)
register.filter("is_left_out", displays.is_left_out)
register.filter("can_be_left_out_always", can_be_left_out_always)


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """mapping[key], or "" when it is not there."""
    return mapping.get(key, "") if mapping else ""


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    """A Material Symbols icon that screen readers skip: the words beside it say the same."""
    return displays.icon(name, kind)
