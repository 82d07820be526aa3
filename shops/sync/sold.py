"""A shop that sells lowers its own number; the order says so, and nobody need read the article to know.

Without it the number last seen there would be too high by the sale: ours, lowered by the reservation, would be written
though the shop shows it already. Where the clocks leave it open whether the number was seen before or after the sale,
it counts as unknown, and the next push writes ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone

from shops.content import content_print, plain
from shops.elements import STOCK
from shops.models import RemoteElement, Shop, TakenStock
from shops.records import OrderRecord

# So far may the shop's clock and ours be apart.
SLACK: Final = timedelta(seconds=60)


def note_sale(shop: Shop, order: OrderRecord) -> None:
    """The order is in our list now, or changed there: bring the numbers last seen in its shop up to it.

    Call it when the order's goods are reserved here; before that the lower number would look like one to be corrected.
    """
    if all(line.taken is None for line in order.lines):
        return  # this platform does not say
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for line in order.lines:
        if line.article_id and line.taken:
            taken[line.article_id] += line.taken
    with transaction.atomic():
        known = TakenStock.objects.select_for_update().filter(shop=shop, order_id=order.remote_id).first()
        before = {article: Decimal(pieces) for article, pieces in (known.pieces if known else {}).items()}
        changed = {
            article: difference
            for article in taken.keys() | before.keys()
            if (difference := taken.get(article, Decimal(0)) - before.get(article, Decimal(0)))
        }
        if not changed:
            return
        _lower(shop, changed, since=known.noted_at if known else order.created_at, until=order.modified_at)
        pieces = {article: plain(count) for article, count in taken.items()}
        TakenStock.objects.bulk_create(
            [TakenStock(shop=shop, order_id=order.remote_id, pieces=pieces)],
            update_conflicts=True,
            unique_fields=["shop", "order_id"],
            update_fields=["pieces", "noted_at"],
        )


def _lower(
    shop: Shop, changed: Mapping[str, Decimal], *, since: datetime | None, until: datetime | None
) -> None:
    """The shop's numbers fell by `changed`, at some moment between `since` and `until` (None = not known)."""
    elements = RemoteElement.objects.of(shop, STOCK).present().filter(natural_key__in=changed)
    lowered = []
    for element in elements.select_for_update().order_by("pk"):
        seen, seen_at = element.seen_value, element.seen_at
        if seen is None or seen_at is None:
            continue
        if since is not None and seen_at < since - SLACK:
            element.seen_value = seen - changed[element.natural_key]
            element.content = element.content | {"quantity": plain(element.seen_value)}
            element.content_print = content_print(element.content)
        elif seen_at > (until or timezone.now()) + SLACK:
            continue  # it was seen after the sale
        else:
            element.seen_value, element.content_print = None, ""
        lowered.append(element)
    RemoteElement.objects.bulk_create(
        lowered,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["seen_value", "content", "content_print"],
    )
