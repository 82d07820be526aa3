"""Tells an administrator, by mail or to an address of his choice, when background work fails or falls silent.

Nothing is told twice a day, and what is over is told too: an alarm without its end is worthless. That the workers
themselves are silent nobody of them can tell: that is what a monitor asks /readyz for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import requests
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Count, F, Min, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Company
from shops.models import Alarm, Hold, IncomingOrder, Listener, Run, Shop
from shops.services.calls import refused_text, silence_text

AGAIN: Final = timedelta(hours=24)
LOOK_BACK: Final = timedelta(days=2)
PARKED_FOR: Final = timedelta(hours=1)  # so long somebody may take to see an order that was set aside
BACKGROUND: Final = (Run.Trigger.SCHEDULE, Run.Trigger.SHOP, Run.Trigger.CHANGE)
POST_S: Final = 10

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong now. path: of the page where it is cured."""

    key: str
    title: str
    text: str
    path: str


def tell_alarms() -> None:
    """Compare what is wrong now with what was told, and tell the difference. Nothing at all without a receiver."""
    if not (settings.ALARM_MAILS or settings.ALARM_URL):
        return
    with translation.override(Company.load().language or settings.LANGUAGE_CODE):
        begun, over = _news(list(what_is_wrong()))
        if not (begun or over):
            return
        if _told(begun, over):
            Alarm.objects.filter(pk__in=[alarm.pk for alarm in begun]).update(told_at=timezone.now())
            Alarm.objects.filter(pk__in=[alarm.pk for alarm in over]).delete()


def _news(wrong: Sequence[Wrong]) -> tuple[list[Alarm], list[Alarm]]:
    """(what is to be told now, what is over and had been told)."""
    now = timezone.now()
    Alarm.objects.bulk_create(
        [
            Alarm(key=one.key, title=one.title[:300], text=one.text[:1000], path=one.path, since=now)
            for one in wrong
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["title", "text", "path"],
    )
    keys = [one.key for one in wrong]
    Alarm.objects.filter(key__in=keys).update(over_at=None)
    gone = Alarm.objects.exclude(key__in=keys)
    gone.filter(told_at=None).delete()  # came and went between two looks
    gone.filter(over_at=None).update(over_at=now)
    due = Q(told_at=None) | Q(told_at__lte=now - AGAIN)
    return list(Alarm.objects.filter(due, over_at=None)), list(Alarm.objects.exclude(over_at=None))


# What is wrong


def what_is_wrong() -> Iterator[Wrong]:
    """Five queries, however many shops there are."""
    yield from _failed_runs()
    yield from _paused_shops()
    yield from _silent_shops()
    yield from _holds()
    yield from _parked_orders()


def _failed_runs() -> Iterator[Wrong]:
    """Of each shop and job the newest background run, where that failed."""
    newest = (
        Run.objects.filter(trigger__in=BACKGROUND, finished_at__gte=timezone.now() - LOOK_BACK)
        .exclude(state=Run.State.CANCELLED)
        .annotate(
            place=Window(RowNumber(), partition_by=[F("shop_id"), F("job")], order_by=F("finished_at").desc())
        )
        .filter(place=1)
    )
    for run in newest.select_related("shop").defer("detail"):
        if run.state == Run.State.FAILED:
            yield Wrong(
                f"run:{run.shop_id}:{run.job}",
                _("%(shop)s: %(job)s failed.") % {"shop": run.shop.name, "job": run.get_job_display()},
                f"{run.message} {run.cure}".strip(),
                reverse("admin:shops_run_change", args=[run.pk]),
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


# Telling


def _told(begun: Sequence[Alarm], over: Sequence[Alarm]) -> bool:
    """Whether at least one receiver took it; otherwise the next look tries again."""
    took = False
    if settings.ALARM_MAILS:
        took |= _mailed(begun, over)
    if settings.ALARM_URL:
        took |= _posted(begun, over)
    return took


def _mailed(begun: Sequence[Alarm], over: Sequence[Alarm]) -> bool:
    first = (begun or over)[0]
    more = len(begun) + len(over) - 1
    subject = first.title if begun else _("Over: %(title)s") % {"title": first.title}
    if more:
        subject = ngettext("%(title)s (and %(n)d more)", "%(title)s (and %(n)d more)", more) % {
            "title": subject,
            "n": more,
        }
    parts = [f"{alarm.title}\n{alarm.text}\n{settings.PUBLIC_URL}{alarm.path}" for alarm in begun]
    parts += [_("Over: %(title)s") % {"title": alarm.title} for alarm in over]
    try:
        send_mail(
            " ".join(f"Kontor: {subject}".split())[:200], "\n\n".join(parts), None, settings.ALARM_MAILS
        )
    except OSError:  # smtplib's errors are
        logger.exception("the alarm could not be mailed")
        return False
    return True


def _posted(begun: Sequence[Alarm], over: Sequence[Alarm]) -> bool:
    def as_json(alarm: Alarm) -> dict[str, str]:
        return {
            "key": alarm.key,
            "title": alarm.title,
            "text": alarm.text,
            "url": f"{settings.PUBLIC_URL}{alarm.path}",
            "since": alarm.since.isoformat(),
        }

    body = {"begun": [as_json(alarm) for alarm in begun], "over": [as_json(alarm) for alarm in over]}
    try:
        answer = requests.post(settings.ALARM_URL, json=body, timeout=POST_S, allow_redirects=False)
    except requests.RequestException as error:
        # Not its words: they hold the address, and with many chats that is the secret.
        logger.error("the alarm could not be posted: %s", type(error).__name__)
        return False
    if answer.status_code >= 300:
        logger.error("the alarm was answered with %s", answer.status_code)
    return answer.status_code < 300
