"""What a shop says of itself, kept on its row; a shop that changes its currency is noticed before any price is touched.

What seldom changes and harms nobody when it is noticed tomorrow is asked for once a day by what runs by itself: a look for
new orders every 20 minutes is one request, not ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Final, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from shops.models import Run, RunMessage, Shop, Watermark
from shops.platforms.base import Platform, ShopFacts
from shops.sync.book import say
from shops.sync.jobs import ORDER_DICTIONARIES

T = TypeVar("T")

# A stock run sends numbers of pieces; it needs no facts and must cost no request beyond its batches.
JOBS_WITHOUT_FACTS = (Run.Job.EXPORT_STOCK, Run.Job.EXPORT_STATUSES, Run.Job.SYNC_ATTACHMENTS)
# An order says its own currency, and whether its prices are gross.
ORDER_JOBS = (Run.Job.IMPORT_ORDERS, Run.Job.HEAR_ORDERS)
KNOWN_FOR: Final = timedelta(hours=23)


def save_facts(shop: Shop, facts: ShopFacts) -> bool:
    """Keep the facts; the first currency seen becomes the shop's. True = the currency is another one than agreed."""
    shop.facts, shop.facts_at = asdict(facts), timezone.now()
    changed = bool(shop.currency) and shop.currency != facts.currency
    if not shop.currency:
        shop.currency = facts.currency
    if not shop.country:
        shop.country = facts.country
    shop.save(update_fields=["facts", "facts_at", "currency", "country"])
    return changed


def refresh_facts(run: Run, platform: Platform) -> None:
    """Once a run. Raises what the platform raises: a shop that cannot even say who it is cannot be worked with."""
    if run.job in JOBS_WITHOUT_FACTS:
        return
    known_at = run.shop.facts_at
    if _spares_requests(run) and known_at is not None and known_at > timezone.now() - KNOWN_FOR:
        return
    facts = platform.facts()
    before = run.shop.currency
    if save_facts(run.shop, facts):
        say(
            run,
            _(
                "%(shop)s now sells in %(now)s, before it was %(before)s. Prices are not touched until the new currency "
                "is entered on the shop's Connection page."
            )
            % {"shop": run.shop.name, "now": facts.currency, "before": before},
            RunMessage.Level.WARNING,
        )


def without_known(run: Run, todo: Mapping[str, T]) -> dict[str, T]:
    """The steps less those that only read what orders refer to, where that was read today.

    What an order refers to and is not known yet comes with the order itself.
    """
    if not _spares_requests(run):
        return dict(todo)
    read = Watermark.objects.filter(
        shop=run.shop, kind__in=ORDER_DICTIONARIES, at__gt=timezone.now() - KNOWN_FOR
    )
    known = set(read.values_list("kind", flat=True))
    return {kind: one for kind, one in todo.items() if kind not in known}


def _spares_requests(run: Run) -> bool:
    """Who presses a button wants to see what the shop has now."""
    return run.job in ORDER_JOBS and run.trigger != Run.Trigger.PERSON
