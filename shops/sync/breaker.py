"""A shop that keeps failing is paused for background work, says why, and is tried again by itself."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from backoffice.lib.errors import KontorError
from shops.models import Shop

PAUSED_FROM = 3
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=6)


def count_failure(shop: Shop, error: KontorError) -> None:
    """The shop made a run fail. From the third time in a row on it is paused, each time twice as long."""
    Shop.objects.filter(pk=shop.pk).update(failures=F("failures") + 1)
    shop.refresh_from_db(fields=["failures"])
    if shop.failures >= PAUSED_FROM:
        pause = min(SHORTEST * 2 ** (shop.failures - PAUSED_FROM), LONGEST)
        shop.paused_until = timezone.now() + pause
        shop.pause_reason = f"{error.message} {error.cure}".strip()[:500]
        shop.save(update_fields=["paused_until", "pause_reason"])


def forget_failures(shop: Shop) -> None:
    """The shop works again."""
    shop.failures, shop.paused_until, shop.pause_reason = 0, None, ""
    Shop.objects.filter(pk=shop.pk).update(failures=0, paused_until=None, pause_reason="")
