"""What a shop says of itself, kept on its row; a shop that changes its currency is noticed before any price is touched."""

from __future__ import annotations

from dataclasses import asdict

from django.utils.translation import gettext as _

from shops.models import Run, RunMessage, Shop
from shops.platforms.base import Platform, ShopFacts
from shops.sync.book import say

# A stock run sends numbers of pieces; it needs no facts and must cost no request beyond its batches.
JOBS_WITHOUT_FACTS = (Run.Job.EXPORT_STOCK, Run.Job.EXPORT_STATUSES, Run.Job.SYNC_ATTACHMENTS)


def save_facts(shop: Shop, facts: ShopFacts) -> bool:
    """Keep the facts; the first currency seen becomes the shop's. True = the currency is another one than agreed."""
    shop.facts = asdict(facts)
    changed = bool(shop.currency) and shop.currency != facts.currency
    if not shop.currency:
        shop.currency = facts.currency
    if not shop.country:
        shop.country = facts.country
    shop.save(update_fields=["facts", "currency", "country"])
    return changed


def refresh_facts(run: Run, platform: Platform) -> None:
    """Once a run. Raises what the platform raises: a shop that cannot even say who it is cannot be worked with."""
    if run.job in JOBS_WITHOUT_FACTS:
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
