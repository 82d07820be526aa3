"""What runs by itself: the presets of a shop, whose turn it is, and stopping what was switched off (E1, E2, O10, O14)."""

from __future__ import annotations

import logging
import time as clock
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import KontorError
from inventory.models import Company
from shops import elements
from shops.elements import Text
from shops.models import Rule, Run, Shop, ShopCall, ShopSchedule
from shops.platforms.registry import platform_class, platform_classes, platform_for
from shops.services.calls import comes_by_itself
from shops.services.our_side import OurSide
from shops.services.runs import (
    FILE_JOBS,
    cancel_run,
    has_files,
    has_server,
    lacks_login,
    overwrites,
    start_run,
    takes_attachments,
)
from shops.services.ticks import is_switched_off
from shops.sync.jobs import choices
from shops.sync.schedule import Timing, due, next_turn

logger = logging.getLogger(__name__)

Job, Outcome = Run.Job, ShopSchedule.Outcome
# One look of the tick must leave room for the next.
TURN_S = 20.0


@dataclass(frozen=True, slots=True)
class Preset:
    """What a job is preset to. at: for the first shop; the others follow within spread_min minutes."""

    job: str
    words: Text
    every_min: int | None = None
    at: time | None = None
    spread_min: int = 1

    @property
    def daily(self) -> bool:
        return self.every_min is None


# In the order of the page. Nothing is preset between 02:00 and 03:00, the hour that summer time skips and doubles.
PRESETS: Final[tuple[Preset, ...]] = (
    Preset(
        Job.SYNC,
        gettext_lazy("Everything under “What to sync”, read whole and brought in step."),
        at=time(3, 0),
        spread_min=150,
    ),
    Preset(
        Job.SYNC_CHANGED,
        gettext_lazy(
            "What is new or was changed since: articles with their pictures, prices and first stock."
        ),
        every_min=10,
    ),
    Preset(
        Job.EXPORT_STOCK,
        gettext_lazy("A changed stock goes within seconds; at these times all of it is compared once more."),
        every_min=5,
    ),
    Preset(Job.EXPORT_STATUSES, gettext_lazy("Order statuses that were changed here."), every_min=10),
    Preset(
        Job.IMPORT_ORDERS,
        gettext_lazy("New and changed orders come into the order list."),
        every_min=20,
        at=time(6, 0),
        spread_min=60,
    ),
    Preset(
        Job.RECONCILE,
        gettext_lazy("Reads articles, stock and prices whole and puts right what drifted apart."),
        at=time(22, 0),
        spread_min=90,
    ),
    Preset(
        Job.SYNC_ATTACHMENTS,
        gettext_lazy("Manuals, data sheets and other files of the articles."),
        at=time(5, 45),
        spread_min=60,
    ),
)
JOBS: Final = tuple(preset.job for preset in PRESETS)


def preset_schedules(shop: Shop) -> list[ShopSchedule]:
    """The presets of this shop, not saved. Times are spread over the shops, so that not all begin at once."""
    return [
        ShopSchedule(shop=shop, job=preset.job, every_min=preset.every_min, at=_spread(preset, shop.pk))
        for preset in PRESETS
        if is_offered(shop, preset.job)
    ]


def ensure_schedules(shop: Shop) -> dict[str, ShopSchedule]:
    """{job: schedule}; those that are missing are made with their presets."""
    ShopSchedule.objects.bulk_create(preset_schedules(shop), ignore_conflicts=True)
    return {schedule.job: schedule for schedule in shop.schedules.all()}


def _spread(preset: Preset, number: int) -> time | None:
    if preset.at is None:
        return None
    # A step that shares no factor with the spread visits every minute before it comes back to one.
    minutes = preset.at.hour * 60 + preset.at.minute + number * 37 % preset.spread_min
    return time(minutes // 60 % 24, minutes % 60)


def is_offered(shop: Shop, job: str) -> bool:
    """Whether the platform has what this job is about at all; or staff have said so by a tick (E3)."""
    platform = platform_classes().get(shop.platform)  # it may have been taken out of the settings
    if job in (Job.SYNC_CHANGED, Job.RECONCILE):  # files are written whole, and cannot be compared with
        return platform is None or not platform.exchanges_files
    if job != Job.SYNC_ATTACHMENTS or shop.transfer_files:
        return True
    return platform is not None and takes_attachments(shop, platform)


def timing_of(schedule: ShopSchedule) -> Timing:
    shop = schedule.shop
    daily = schedule.every_min is None or (
        schedule.job == Job.IMPORT_ORDERS
        and schedule.at is not None
        and comes_by_itself(shop, elements.ORDER)
    )
    return Timing(
        zone=timezone.get_default_timezone(),
        every_min=None if daily else schedule.every_min,
        shift_min=shop.pk,
        at=schedule.at if daily else None,
        quiet=shop.quiet_hours,
    )


def last_turn(schedule: ShopSchedule) -> datetime:
    """The moment after which a turn counts."""
    return max(schedule.last_at, schedule.armed_at) if schedule.last_at else schedule.armed_at


def next_start(schedule: ShopSchedule, now: datetime | None = None) -> datetime | None:
    """When it is its turn next; None when it is switched off or cannot run."""
    if not schedule.active or why_not(schedule.shop, schedule.job):
        return None
    return next_turn(timing_of(schedule), now or timezone.now(), last_turn(schedule))


# Why a job does not run by itself


def why_not(shop: Shop, job: str) -> str:
    """Why this job cannot run by itself now, as a sentence; "" = it can."""
    if not shop.active:
        return _("The shop is switched off.")
    if lacks_login(shop):
        return _("No login is saved. Enter it under Connection.")
    if job == Job.SYNC_ATTACHMENTS and not takes_attachments(shop, platform_for(shop)):
        return _("No server is entered under “Files”.")
    if not has_work(shop, job):
        if platform_for(shop).exchanges_files and job in FILE_JOBS:
            return _("No file is set up for it under “Files”.")
        return str(_NO_WORK[job])
    if shop.overwrite_confirmed_at is None and overwrites(shop, job):
        return _("Confirm first under “What to sync” that updates overwrite the other side.")
    return ""


_NO_WORK: Final[dict[str, Text]] = {
    Job.SYNC: gettext_lazy("Everything is left alone under “What to sync”."),
    Job.SYNC_CHANGED: gettext_lazy("Articles are left alone under “What to sync”."),
    Job.EXPORT_STOCK: gettext_lazy("Stock is not sent to the shop under “What to sync”."),
    Job.EXPORT_STATUSES: gettext_lazy("Order statuses are not sent to the shop under “What to sync”."),
    Job.IMPORT_ORDERS: gettext_lazy("Orders are left alone under “What to sync”."),
    Job.RECONCILE: gettext_lazy("Articles, stock and prices are left alone under “What to sync”."),
    Job.SYNC_ATTACHMENTS: gettext_lazy("Attachments are left alone under “What to sync”."),
}


def has_work(shop: Shop, job: str) -> bool:
    """Whether the matrix gives this job anything to do. Buttons may do more: they are pressed on purpose.

    What goes out as files stands in the shop's feeds, not in its matrix.
    """
    if job == Job.SYNC_ATTACHMENTS and has_server(shop):
        return True
    if platform_for(shop).exchanges_files:
        if job in FILE_JOBS:
            return has_files(shop, job)
        if job == Job.SYNC and any(has_files(shop, one) for one in FILE_JOBS):
            return True
    rules = {rule.kind: rule for rule in shop.rules.all()}

    def linked(kind: str) -> str:
        return rules[kind].linked if kind in rules else Rule.Linked.NOTHING

    if job == Job.EXPORT_STOCK and linked(elements.STOCK) != Rule.Linked.SHOP:
        return False
    if job == Job.EXPORT_STATUSES and linked(elements.ORDER_STATUS) != Rule.Linked.SHOP:
        return False
    if job == Job.IMPORT_ORDERS:
        orders = rules.get(elements.ORDER)
        if orders is None or not (orders.import_here or orders.linked == Rule.Linked.HERE):
            return False
    found = choices(shop, platform_class(shop.platform), job)
    if job == Job.SYNC_CHANGED:
        found.pop(elements.STOCK, None)  # that alone is the job of the stock's own schedule
    return any(choice.does_something for choice in found.values())


# The tick


def start_due(now: datetime | None = None) -> list[Run]:
    """Start what is due, in all shops. Called every minute; what one look does not reach, the next does."""
    now = now or timezone.now()
    began, started, here = clock.monotonic(), [], OurSide(now)
    schedules = ShopSchedule.objects.filter(active=True, shop__active=True).select_related(
        "shop__listener", "run"
    )
    schedules = schedules.prefetch_related("shop__rules", "shop__listener__topics")
    for schedule in schedules.order_by("last_at", "pk"):
        if clock.monotonic() - began > TURN_S:
            logger.warning("not every schedule was looked at in this turn")
            break
        if not is_offered(schedule.shop, schedule.job):
            continue  # its tick is not on the page any more
        if due(timing_of(schedule), now, last_turn(schedule)) is None:
            continue
        try:
            run = _take_turn(schedule, now, here)
        except Exception:  # one shop must not keep the others from their turn
            logger.exception("the schedule %s of shop %s broke", schedule.job, schedule.shop_id)
            continue
        if run is not None:
            started.append(run)
    return started


def _take_turn(schedule: ShopSchedule, now: datetime, here: OurSide) -> Run | None:
    """It is this schedule's turn: start its job, or note why not. Of two looks at once only one does it."""
    shop, mark = schedule.shop, schedule.seen
    outcome = _foreseen(schedule)
    if not outcome:
        seen = here.of(shop, schedule.job)
        mark = seen or ""
        if not _worth_a_run(schedule, seen):
            outcome = Outcome.NOTHING
    with transaction.atomic():
        mine = ShopSchedule.objects.filter(pk=schedule.pk, last_at=schedule.last_at, active=True)
        if not mine.update(last_at=now, outcome=outcome or Outcome.STARTED, seen=mark):
            return None
        if outcome:
            return None
        try:
            run = start_run(shop, schedule.job, trigger=Run.Trigger.SCHEDULE)
        except KontorError as error:
            logger.info("shop %s: %s was not started: %s", shop.pk, schedule.job, error.message)
            ShopSchedule.objects.filter(pk=schedule.pk).update(outcome=Outcome.NOT_POSSIBLE)
            return None
        ShopSchedule.objects.filter(pk=schedule.pk).update(run=run)
    return run


def _foreseen(schedule: ShopSchedule) -> str:
    if why_not(schedule.shop, schedule.job):
        return Outcome.NOT_POSSIBLE
    going = Run.objects.unfinished().filter(shop=schedule.shop, job=schedule.job, mode=Run.Mode.WEB)
    return Outcome.BUSY if going.exists() else ""


def _worth_a_run(schedule: ShopSchedule, seen: str | None) -> bool:
    """False when our side has nothing for the shop, or is as it was when the last run went through."""
    if seen is None:  # the job also asks the shop
        return True
    if not seen:
        return False
    run = schedule.run
    went_through = run is not None and run.state in (Run.State.DONE, Run.State.PARTLY)
    return seen != schedule.seen or not went_through


def stop_unwanted(shops: Iterable[Shop] | None = None) -> int:
    """Stop runs that were started by themselves and have been switched off since, also by the matrix (O14).

    What waits is cancelled, what is at work stops after its present batch; what the shop has called about waits again.
    How many.
    """
    by_itself = (Run.Trigger.SCHEDULE, Run.Trigger.CHANGE, Run.Trigger.SHOP)
    runs = Run.objects.unfinished().filter(trigger__in=by_itself, cancel_asked_at=None)
    if shops is not None:
        runs = runs.filter(shop__in=list(shops))
    stopped = 0
    for run in runs.select_related("shop"):
        if _is_wanted(run):
            continue
        with translation.override(Company.load().language or settings.LANGUAGE_CODE):
            cancel_run(run, why=_("It was switched off, so it was stopped."))
        taken = ShopCall.objects.filter(run=run, state=ShopCall.State.TAKEN)
        taken.update(state=ShopCall.State.WAITING, run=None)
        stopped += 1
    return stopped


def _is_wanted(run: Run) -> bool:
    if not run.is_announced and not ShopSchedule.objects.filter(shop=run.shop, job=run.job).exists():
        return True  # there is no tick for it
    return run.shop.active and not is_switched_off(run.shop, run.job) and has_work(run.shop, run.job)
