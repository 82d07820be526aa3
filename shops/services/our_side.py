"""How our side of a shop looks, in one mark: so that a schedule starts nothing when there is nothing to send.

The marks are cheap and may say too often that something has changed; what they miss the next full update finds.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any, Final, cast

from django.db.models import Count, Max, Model, Q

from backoffice.lib.fingerprint import fingerprint
from inventory.models import (
    Article,
    ArticleImage,
    ArticleText,
    Category,
    Price,
    Producer,
    StockLevel,
    Unit,
    VatRate,
)
from orders.models import Order
from shops import elements
from shops.models import Feed, RemoteElement, Run, Shop
from shops.platforms.base import Platform
from shops.platforms.registry import platform_class
from shops.services.plans import rules_print
from shops.sync.jobs import Choice, choices
from shops.sync.local import local_types
from shops.sync.local.base import LocalType, Side

MOST: Final = 500
_TABLES: Final[tuple[type[Model], ...]] = (
    Article,
    ArticleText,
    ArticleImage,
    Article.categories.through,
    Category,
    Price,
    Producer,
    Unit,
    VatRate,
)


class OurSide:
    """Our side at one moment; what all shops share is asked once."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def of(self, shop: Shop, job: str) -> str | None:
        """The mark of what this job would send; "" = nothing. None = nobody knows without asking the shop."""
        if platform_class(shop.platform).exchanges_files:
            return self._files(shop, job)
        if job == Run.Job.EXPORT_STOCK:
            return _stock(shop)
        if job == Run.Job.EXPORT_STATUSES:
            return _statuses(shop)
        if job == Run.Job.SYNC_CHANGED:
            return self._articles(shop)
        return None

    def _files(self, shop: Shop, job: str) -> str | None:
        """Of a shop that files are exchanged with: what its files show, and which files there are."""
        feeds = list(
            Feed.objects.filter(shop=shop)
            .order_by("pk")
            .values_list("pk", "format", "name", "active", "send")
        )
        if job == Run.Job.EXPORT_STATUSES:
            orders = Order.objects.filter(source=shop.code).aggregate(n=Count("pk"), last=Max("changed_at"))
            return fingerprint([feeds, orders, shop.options])
        if job == Run.Job.EXPORT_STOCK:
            warehouses = sorted(shop.warehouses.values_list("pk", flat=True))
            buffer = [warehouses, shop.safety_buffer, shop.price_list_id, shop.sale_price_list_id]
            return fingerprint([feeds, self._catalogue, self._levels, buffer, shop.options])
        return None

    @cached_property
    def _levels(self) -> dict[str, Any]:
        return StockLevel.objects.aggregate(n=Count("pk"), last=Max("changed_at"))

    def _articles(self, shop: Shop) -> str | None:
        found = choices(shop, platform_class(shop.platform), Run.Job.SYNC_CHANGED)
        if any(choice.import_here or choice.linked == "here" for choice in found.values()):
            return None
        links = RemoteElement.objects.filter(shop=shop).exclude(kind=elements.ORDER)
        # Links made by hand and "Try again" change no article.
        never_equal = Q(local_id__isnull=False, synced_here_print="")
        set_aside = Q(state=RemoteElement.State.FAILED) | ~Q(problem_print="")
        by_hand = links.aggregate(never=Count("pk", filter=never_equal), aside=Count("pk", filter=set_aside))
        excluded = list(shop.excluded_categories.order_by("pk").values_list("pk", flat=True))
        chosen = [shop.language, shop.sale_price_list_id, excluded]
        return fingerprint([self._catalogue, rules_print(shop), chosen, by_hand])

    @cached_property
    def _catalogue(self) -> list[dict[str, Any]]:
        """For each table how many rows, the newest and the latest change; and which prices have begun or ended."""
        found = []
        for model in _TABLES:
            names = {field.name for field in model._meta.get_fields()}
            latest = {"changed": Max("changed_at")} if "changed_at" in names else {}
            found.append(model._default_manager.aggregate(n=Count("pk"), last=Max("pk"), **latest))
        found.append(
            Price.objects.aggregate(
                begun=Max("valid_from", filter=Q(valid_from__lte=self.now)),
                ended=Max("valid_to", filter=Q(valid_to__lte=self.now)),
            )
        )
        return found


def _stock(shop: Shop) -> str:
    local, after = _local(shop, elements.STOCK), 0
    while True:
        plan = local.plan_linked(Choice(linked="shop"), after=after, limit=MOST)
        assert plan is not None  # stock has a plan of its own
        planned, after, _seen = plan
        if planned:
            return fingerprint([[change.local_id, change.fields["quantity"]] for change in planned])
        if not after:
            return ""


def _statuses(shop: Shop) -> str:
    linked = RemoteElement.objects.of(shop, elements.ORDER).present().linked()
    moved = _local(shop, elements.ORDER).worth_comparing(linked).order_by("-pk")
    rows = list(moved.values_list("local_id", "synced_here_print", "content_print")[:MOST])
    return fingerprint([list(row) for row in rows]) if rows else ""


def _local(shop: Shop, kind: str) -> LocalType:
    # Of the platform only the capabilities are asked, so its class will do.
    return local_types(Side(shop, cast(Platform, platform_class(shop.platform))))[kind]
