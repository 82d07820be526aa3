"""Whether a shop's calls can be relied on (O10, O11)."""

from __future__ import annotations

from shops.models import ListenerTopic, Shop
from shops.platforms.base import Platform


def calls_are_heard(shop: Shop, platform: type[Platform], kind: str) -> bool:
    """Whether the shop announces every change of this element type: then one poll a day is enough.

    Not while a read finds changes that nobody announced, or its registration is in trouble.
    """
    updates = [one.topic for one in platform.announcements if one.kind == kind and one.updates]
    topics = ListenerTopic.objects.filter(listener__shop=shop, topic__in=updates, active=True)
    sound = topics.exclude(listener__address="").filter(listener__missed={}, listener__trouble="")
    return bool(updates) and sound.exists()
