"""Feeds of shops: their public addresses, and having them written anew when something has changed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError
from backoffice.lib.logs import about
from inventory.models import (
    Article,
    ArticleImage,
    Category,
    Price,
    Producer,
    StockLevel,
    StockMovement,
)
from shops.files.feed_store import forget
from shops.files.formats import Format, format_of
from shops.models import Feed, Run, Shop
from shops.services.runs import start_run

logger = logging.getLogger(__name__)

# A change is in a public feed after this long at the latest, however many there are.
REFRESH_EVERY: Final = timedelta(minutes=5)
# Deadlines and days of delivery move on though nothing changes.
OLDEST: Final = {"heureka_availability": timedelta(hours=1)}
OLDEST_OTHERS: Final = timedelta(hours=24)


def add_feed(shop: Shop, key: str, *, name: str = "") -> Feed:
    """A new feed under a name that is still free. Raises Unsupported for an unknown format."""
    spec = format_of(key)
    return Feed.objects.create(shop=shop, format=key, name=name or free_name(shop, spec))


def free_name(shop: Shop, spec: Format) -> str:
    """The format's usual name, with a number where the shop has that already: "stock.xml", "stock-2.xml"."""
    taken = {name.casefold() for name in Feed.objects.filter(shop=shop).values_list("name", flat=True)}
    stem, _dot, extension = spec.name.rpartition(".")
    name, number = spec.name, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}.{extension}"
    return name


def remove_feed(feed: Feed) -> None:
    """The feed and its stored content go; what lies on the shop's server stays there."""
    forget(feed)


def publish(feed: Feed) -> str:
    """Give it a public address; an address that it had is useless from now on. The content comes by a job."""
    if not feed.active:
        raise Conflict(
            _("“%(name)s” is switched off, so it is not written.") % {"name": feed.name},
            cure=_("Switch it on first."),
            key="feed_off",
        )
    with transaction.atomic():
        feed.new_token()
        feed.save(update_fields=["token"])
        start_run(feed.shop, Run.Job.FEEDS)
    return public_address(feed)


def withdraw(feed: Feed) -> None:
    """No public address any more: whoever asks finds nothing, from now on."""
    feed.token = ""
    feed.save(update_fields=["token"])


def public_address(feed: Feed) -> str:
    """ "" = there is none."""
    if not feed.token:
        return ""
    path = reverse("shops:feed", kwargs={"feed_id": feed.pk, "token": feed.token, "name": feed.name})
    return f"{settings.PUBLIC_URL}{path}"


# Writing anew by themselves


def refresh_public_feeds(now: datetime | None = None) -> list[Run]:
    """Start a run for each shop whose public feeds no longer show what is true. Called every minute."""
    runs = []
    for shop in _stale_shops(now or timezone.now()):
        with about(shop=shop.code):
            try:
                runs.append(start_run(shop, Run.Job.FEEDS, trigger=Run.Trigger.SCHEDULE))
            except KontorError as error:
                logger.warning("the feeds of the shop could not be written anew: %s", error.message)
    return runs


def _stale_shops(now: datetime) -> Iterator[Shop]:
    feeds = Feed.objects.active().public().filter(shop__active=True).select_related("shop")
    waiting = set(Run.objects.unfinished().filter(job=Run.Job.FEEDS).values_list("shop_id", flat=True))
    by_shop: dict[int, list[Feed]] = {}
    for feed in feeds:
        by_shop.setdefault(feed.shop_id, []).append(feed)
    for shop_id, group in by_shop.items():
        if shop_id not in waiting and any(_is_stale(feed, now) for feed in group):
            yield group[0].shop


def _is_stale(feed: Feed, now: datetime) -> bool:
    if feed.looked_at is None:
        # Its first run was ordered with its address; if that failed, do not hammer.
        return feed.message == ""
    age = now - feed.looked_at
    if age > OLDEST.get(feed.format, OLDEST_OTHERS):
        return True
    return age > REFRESH_EVERY and _changed_since(feed.looked_at, now)


def _changed_since(moment: datetime, now: datetime) -> bool:
    """Whether anything that feeds show has changed. Cheapest question first; each stops at the first row it finds."""
    began_or_ended = Q(valid_from__gt=moment, valid_from__lte=now) | Q(valid_to__gt=moment, valid_to__lte=now)
    last_movement = StockMovement.objects.aggregate(last=Max("pk"))["last"]
    questions = (
        Article.objects.filter(changed_at__gt=moment),
        StockMovement.objects.filter(pk=last_movement, at__gt=moment),
        StockLevel.objects.filter(changed_at__gt=moment),
        Price.objects.filter(changed_at__gt=moment),
        Price.objects.filter(began_or_ended),
        ArticleImage.objects.filter(changed_at__gt=moment),
        Category.objects.filter(changed_at__gt=moment),
        Producer.objects.filter(changed_at__gt=moment),
    )
    return any(question.exists() for question in questions)
