"""What is wrong now with the work that nobody watches: what shops.services.alarms tells an administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.services.mails import needing_a_person
from shops.models import Alarm, Hold, IncomingOrder, Listener, Run, Shop, ShopSchedule
from shops.services.calls import refused_text, silence_text
from shops.services.schedules import has_work, why_not

LOOK_BACK: Final = timedelta(days=2)
PARKED_FOR: Final = timedelta(hours=1)  # so long somebody may take to see an order that was set aside
WAITING_FOR: Final = timedelta(minutes=30)
# What may be right again a moment later, at an update for example, is told when it lasts.
PATIENCE: Final = timedelta(minutes=5)
BACKGROUND: Final = (Run.Trigger.SCHEDULE, Run.Trigger.SHOP, Run.Trigger.CHANGE)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong now. path: of the page where it is cured. patience: how long it may last untold."""

    key: str
    title: str
    text: str
    path: str
    patience: timedelta = timedelta()


# What higher apps know to be wrong (the workers' signs of life are not ours): each adds its function when it is loaded.
SOURCES: list[Callable[[], Iterable[Wrong]]] = []


def what_is_wrong() -> Iterator[Wrong]:
    """A dozen queries, however many shops there are."""
    for source in SOURCES:
        yield from source()
    yield from _failed_runs()
    yield from _waiting_runs()
    yield from _turns_not_possible()
    yield from _paused_shops()
    yield from _silent_shops()
    yield from _holds()
    yield from _parked_orders()
    yield from _mails()


def _failed_runs() -> Iterator[Wrong]:
    """Of each shop and job the newest background run, where that failed or left something undone.

    Old ones count only while an alarm stands: time alone cures nothing.
    """
    since = timezone.now() - LOOK_BACK
    known = set(Alarm.objects.filter(key__startswith="run:").values_list("key", flat=True))
    for run in _not_cured(known_jobs=bool(known), since=since).select_related("shop").defer("detail"):
        key = f"run:{run.shop_id}:{run.job}"
        if key not in known and (run.finished_at is None or run.finished_at < since):
            continue
        words = {"shop": run.shop.name, "job": run.get_job_display()}
        yield Wrong(
            key,
            _("%(shop)s: %(job)s failed.") % words
            if run.state == Run.State.FAILED
            else _("%(shop)s: %(job)s left something undone.") % words,
            f"{run.message} {run.cure}".strip(),
            reverse("admin:shops_run_change", args=[run.pk]),
        )


def _not_cured(*, known_jobs: bool, since: datetime) -> QuerySet[Run]:
    """Background runs that did not do all, and after which none of the same kind, nor one by hand, did better."""
    unwell = Run.objects.filter(
        trigger__in=BACKGROUND, state__in=[Run.State.FAILED, Run.State.PARTLY], shop__active=True
    )
    if not known_jobs:
        unwell = unwell.filter(finished_at__gte=since)
    newer = (
        Run.objects.filter(
            shop=OuterRef("shop"), finished_at__gt=OuterRef("finished_at"), mode=OuterRef("mode")
        )
        .exclude(state=Run.State.CANCELLED)
        .order_by()
    )
    again = Q(trigger__in=BACKGROUND) | Q(state__in=[Run.State.DONE, Run.State.PARTLY])
    switched_off = ShopSchedule.objects.filter(shop=OuterRef("shop"), job=OuterRef("job"), active=False)
    return (
        unwell.exclude(Exists(newer.filter(again, job=OuterRef("job"))))
        .exclude(Exists(newer.filter(job=Run.Job.SYNC, state=Run.State.DONE)))
        .exclude(
            Q(job=Run.Job.HEAR_ORDERS) & Exists(newer.filter(job=Run.Job.IMPORT_ORDERS, state=Run.State.DONE))
        )
        .exclude(Q(trigger=Run.Trigger.SCHEDULE) & Exists(switched_off))
        .order_by("-finished_at")
    )


def _waiting_runs() -> Iterator[Wrong]:
    """Runs that no worker takes up although nothing is in their way."""
    long_ago = timezone.now() - WAITING_FOR
    before = Run.objects.filter(shop=OuterRef("shop"), lane=OuterRef("lane"), state=Run.State.RUNNING)
    waiting = (
        Run.objects.filter(
            Q(not_before=None) | Q(not_before__lt=long_ago), state=Run.State.WAITING, created_at__lt=long_ago
        )
        .exclude(Exists(before))
        .order_by("pk")
    )
    number = waiting.count()
    if number:
        yield Wrong(
            "runs:waiting",
            ngettext(
                "%(n)d run waits and no worker takes it up.",
                "%(n)d runs wait and no worker takes them up.",
                number,
            )
            % {"n": number},
            _("Look whether all workers run (/readyz), and whether there are enough of them."),
            reverse("admin:shops_run_changelist"),
            PATIENCE,
        )


def _turns_not_possible() -> Iterator[Wrong]:
    """Schedules whose turn came and could not be taken; not those that have nothing to do by the shop's own rules."""
    turns = ShopSchedule.objects.filter(
        active=True, shop__active=True, outcome=ShopSchedule.Outcome.NOT_POSSIBLE
    )
    for turn in turns.select_related("shop").order_by("pk")[:50]:
        if has_work(turn.shop, turn.job):
            yield Wrong(
                f"turn:{turn.shop_id}:{turn.job}",
                _("%(shop)s: %(job)s could not be started.")
                % {"shop": turn.shop.name, "job": turn.get_job_display()},
                why_not(turn.shop, turn.job),
                reverse("admin:shops_shop_change", args=[turn.shop_id]),
                PATIENCE,
            )


def _mails() -> Iterator[Wrong]:
    number = needing_a_person().count()
    if number:
        yield Wrong(
            "mails",
            ngettext(
                "%(n)d e-mail with a document was not sent, or perhaps not.",
                "%(n)d e-mails with documents were not sent, or perhaps not.",
                number,
            )
            % {"n": number},
            _("The page of the document says why; send it again there, or note that it has arrived."),
            reverse("admin:orders_document_changelist") + "?mail=person",
        )


def _paused_shops() -> Iterator[Wrong]:
    for shop in Shop.objects.filter(active=True, paused_until__gt=timezone.now()).only(
        "name", "pause_reason"
    ):
        yield Wrong(
            f"paused:{shop.pk}",
            _("%(shop)s keeps failing and is left alone for a while.") % {"shop": shop.name},
            shop.pause_reason,
            reverse("admin:shops_shop_health", args=[shop.pk]),
        )


def _silent_shops() -> Iterator[Wrong]:
    wrong = ~Q(missed={}) | ~Q(trouble="") | Q(refused__gte=3)
    listeners = Listener.objects.filter(wrong, wanted=True, shop__active=True)
    for listener in listeners.select_related("shop").defer("secret", "shop__credentials"):
        text = silence_text(listener) or listener.trouble or refused_text(listener)
        if text:
            yield Wrong(
                f"calls:{listener.shop_id}",
                _("%(shop)s does not call as it should.") % {"shop": listener.shop.name},
                f"{text} {listener.trouble_cure}".strip(),
                reverse("admin:shops_shop_health", args=[listener.shop_id]),
            )


def _holds() -> Iterator[Wrong]:
    for hold in Hold.objects.filter(state=Hold.State.OPEN).select_related("run__shop").order_by("pk")[:50]:
        yield Wrong(
            f"hold:{hold.pk}",
            ngettext(
                "%(shop)s: %(n)d change is held and waits for a decision.",
                "%(shop)s: %(n)d changes are held and wait for a decision.",
                hold.count,
            )
            % {"shop": hold.run.shop.name, "n": hold.count},
            _("Look at them on the page of the run, then release or discard them."),
            reverse("admin:shops_run_change", args=[hold.run_id]),
        )


def _parked_orders() -> Iterator[Wrong]:
    parked = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED).order_by()
    rows = parked.values_list("shop", "shop__name").annotate(n=Count("pk"), oldest=Min("changed_at"))
    for shop_id, name, number, oldest in rows:
        if oldest <= timezone.now() - PARKED_FOR:
            yield Wrong(
                f"parked:{shop_id}",
                ngettext("%(shop)s: %(n)d order is parked.", "%(shop)s: %(n)d orders are parked.", number)
                % {"shop": name, "n": number},
                _("None is lost. The page “Needs a person” says why and cures them."),
                reverse("admin:shops_problem_changelist"),
            )
