"""What changed here goes into the shops at once: numbers of pieces, statuses of orders, parcels.

Nobody reports a change: the database is asked, every few seconds cheaply by a worker (`push_changes`), every minute
also for what stands beside the stock (`push_everything`). However often an article has moved, it is one change; a shop
that shows the right number already is not written to.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from backoffice.lib.errors import Conflict
from backoffice.lib.fingerprint import fingerprint
from inventory.services.changed import articles_changed_since, newest_changes
from orders.models import Order
from shops import elements
from shops.models import ChangeMark, Run, Shop
from shops.platforms.registry import platform_class
from shops.services.runs import start_run
from shops.services.ticks import is_switched_off
from shops.sync.jobs import pushed_kinds
from shops.sync.local.statuses import statuses_to_push
from shops.sync.local.stock import stock_to_push

# A row says when it was written and shows when its transaction ends, and hosts' clocks differ: so much may lie between.
OVERLAP: Final = timedelta(seconds=30)
# After a push that could not do everything: the brake holds some of it, the shop did not answer.
PAUSE: Final = timedelta(seconds=60)
KEPT: Final = timedelta(days=14)
AT_ONCE: Final = 200
_MARKS: Final = {Run.Job.EXPORT_STOCK: "stock_to", Run.Job.EXPORT_STATUSES: "orders_to"}

logger = logging.getLogger(__name__)


def push_changes() -> list[Run]:
    """Start what is to be told to the shops. Where nothing changed this is one query for all shops together."""
    return [run for mark in _marks() for run in (*_push_stock(mark), *_push_orders(mark))]


def push_everything() -> list[Run]:
    """The same, and also where another warehouse, buffer or category was chosen for a shop."""
    _make_marks()
    runs = []
    for mark in _marks().prefetch_related("shop__warehouses", "shop__excluded_categories"):
        settings = stock_settings(mark.shop)
        runs += _push_stock(mark) if settings == mark.stock_settings else _push_all_stock(mark, settings)
        runs += _push_orders(mark)
    return runs


def stock_settings(shop: Shop) -> str:
    """A print of what the shop's numbers of pieces depend on besides the stock itself."""
    warehouses = sorted(warehouse.pk for warehouse in shop.warehouses.all())
    categories = sorted(category.pk for category in shop.excluded_categories.all())
    return fingerprint([warehouses, categories, shop.safety_buffer])


def _shops() -> QuerySet[Shop]:
    """Those that may be told anything: switched on, not paused, synchronised once (P3)."""
    shops = Shop.objects.filter(active=True, overwrite_confirmed_at__isnull=False)
    return shops.exclude(paused_until__gt=timezone.now()).defer("credentials", "facts", "check_result")


def _make_marks() -> None:
    """A shop begins with what changes from now on; until now its first sync is there for."""
    now = timezone.now()
    new = [
        ChangeMark(shop=shop, stock_to=now, orders_to=now, stock_settings=stock_settings(shop))
        for shop in _shops().filter(mark=None)
    ]
    ChangeMark.objects.bulk_create(new, ignore_conflicts=True)


def _marks() -> QuerySet[ChangeMark]:
    deferred = [f"shop__{name}" for name in ("credentials", "facts", "check_result")]
    marks = ChangeMark.objects.filter(shop__in=_shops()).select_related("shop").defer(*deferred)
    order = Subquery(Order.objects.order_by("-changed_at").values("changed_at")[:1])
    return marks.annotate(**newest_changes(), newest_order=order).order_by("shop_id")


def _push_stock(mark: ChangeMark) -> list[Run]:
    if not _newer(mark.stock_to, mark.newest_level, mark.newest_article):  # type: ignore[attr-defined]
        return []
    shop, began = mark.shop, timezone.now()
    if not _sends_stock(shop):
        return _told(mark, stock_to=began - OVERLAP)
    if _must_wait(shop, Run.Job.EXPORT_STOCK):
        return []
    since = _tried_until(mark, shop, Run.Job.EXPORT_STOCK)
    if stock_to_push(shop, articles_changed_since(since)):
        return _start(mark, Run.Job.EXPORT_STOCK, changed_since=since.isoformat())
    return _told(mark, stock_to=began - OVERLAP)


def _push_all_stock(mark: ChangeMark, settings: str) -> list[Run]:
    """Other warehouses or another buffer: every article may have another number."""
    shop = mark.shop
    if not _sends_stock(shop) or not stock_to_push(shop, None):
        return _told(mark, stock_settings=settings)
    if _must_wait(shop, Run.Job.EXPORT_STOCK):
        return []
    last = _pushes(shop, Run.Job.EXPORT_STOCK).first()
    if last is not None and last.options.get("settings") == settings and last.state == Run.State.PARTLY:
        return _told(mark, stock_settings=settings)  # it has said what it could not do
    return _start(mark, Run.Job.EXPORT_STOCK, settings=settings)


def _push_orders(mark: ChangeMark) -> list[Run]:
    if not _newer(mark.orders_to, mark.newest_order):  # type: ignore[attr-defined]
        return []
    shop, began = mark.shop, timezone.now()
    platform = platform_class(shop.platform)
    if elements.ORDER not in pushed_kinds(shop, platform) or is_switched_off(shop, Run.Job.EXPORT_STATUSES):
        return _told(mark, orders_to=began - OVERLAP)
    if _must_wait(shop, Run.Job.EXPORT_STATUSES):
        return []
    since = _tried_until(mark, shop, Run.Job.EXPORT_STATUSES)
    if statuses_to_push(shop, since, parcels=platform.capabilities[elements.ORDER].parcels):
        return _start(mark, Run.Job.EXPORT_STATUSES, changed_since=since.isoformat())
    return _told(mark, orders_to=began - OVERLAP)


def _sends_stock(shop: Shop) -> bool:
    if elements.STOCK not in pushed_kinds(shop, platform_class(shop.platform)):
        return False
    return shop.warehouses.exists() and not is_switched_off(shop, Run.Job.EXPORT_STOCK)


def _newer(mark: datetime, *moments: datetime | None) -> bool:
    return any(moment is not None and moment > mark for moment in moments)


def _told(mark: ChangeMark, **values: datetime | str) -> list[Run]:
    """The shop knows, or need not know."""
    ChangeMark.objects.filter(pk=mark.pk).update(**values)
    return []


def _pushes(shop: Shop, job: str) -> QuerySet[Run]:
    """The newest first."""
    return Run.objects.filter(shop=shop, job=job, trigger=Run.Trigger.CHANGE).order_by("-pk").defer("detail")


def _must_wait(shop: Shop, job: str) -> bool:
    """One push at a time; and not at once again after one that could not do everything."""
    last = _pushes(shop, job).first()
    if last is None or last.state == Run.State.DONE:
        return False
    return last.finished_at is None or last.finished_at > timezone.now() - PAUSE


def _tried_until(mark: ChangeMark, shop: Shop, job: Run.Job) -> datetime:
    """What a push could not do it has said: only what changed after its beginning is tried again by itself."""
    field = _MARKS[job]
    last = _pushes(shop, job).first()
    since: datetime = getattr(mark, field)
    if last is not None and last.state == Run.State.PARTLY and last.started_at is not None:
        since = max(since, last.started_at - OVERLAP)
        _told(mark, **{field: since})
    return since


def _start(mark: ChangeMark, job: str, **options: str) -> list[Run]:
    """Of two who look at the same time the second finds the run of the first."""
    try:
        with transaction.atomic():
            ChangeMark.objects.select_for_update().get(pk=mark.pk)
            if _must_wait(mark.shop, job):
                return []
            return [start_run(mark.shop, job, trigger=Run.Trigger.CHANGE, options=options)]
    except Conflict as error:  # no login is saved, for one: the shop's page says so
        logger.info("shop %s is not told of changes: %s", mark.shop_id, error.message)
        return []


def forget_old_pushes() -> None:
    """Pushes that went well are kept for a while, a few hundred are taken at a time."""
    old = Run.objects.filter(
        trigger=Run.Trigger.CHANGE, state=Run.State.DONE, finished_at__lt=timezone.now() - KEPT
    )
    Run.objects.filter(pk__in=list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])).delete()
