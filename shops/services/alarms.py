"""Tells an administrator, by mail or to an address of his choice, when background work fails or falls silent.

Nothing is told twice a day, and what is over is told too: an alarm without its end is worthless. That the workers
themselves are silent nobody of them can tell: that is what a monitor asks /readyz for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import requests
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Company
from shops.models import Alarm
from shops.services.wrong import Wrong, what_is_wrong

AGAIN: Final = timedelta(hours=24)
POST_S: Final = 10

logger = logging.getLogger(__name__)


def tell_alarms() -> None:
    """Compare what is wrong now with what was told, and tell the difference. Nothing at all without a receiver.

    Each receiver is told for itself: one that is away is told later, whatever the other took.
    """
    receivers = _receivers()
    if not receivers:
        return
    with translation.override(Company.load().language or settings.LANGUAGE_CODE):
        patience = _remember(list(what_is_wrong()))
        for told_at, deliver in receivers.items():
            _tell(told_at, deliver, patience)
    # Over, and nobody is left who was told that it began.
    Alarm.objects.exclude(over_at=None).filter(**dict.fromkeys(receivers)).delete()


def _receivers() -> dict[str, Callable[[Sequence[Alarm], Sequence[Alarm]], bool]]:
    """{the field that says when it was told: how it is told}."""
    receivers: dict[str, Callable[[Sequence[Alarm], Sequence[Alarm]], bool]] = {}
    if settings.ALARM_MAILS:
        receivers["mailed_at"] = _mailed
    if settings.ALARM_URL:
        receivers["posted_at"] = _posted
    return receivers


def _remember(wrong: Sequence[Wrong]) -> dict[str, timedelta]:
    """Write down what is wrong and what is over. {key: how long it has to last before it is told}."""
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
    Alarm.objects.exclude(key__in=keys).filter(over_at=None).update(over_at=now)
    return {one.key: one.patience for one in wrong}


def _tell(
    told_at: str,
    deliver: Callable[[Sequence[Alarm], Sequence[Alarm]], bool],
    patience: Mapping[str, timedelta],
) -> None:
    """Tell one receiver what it does not know yet; what it does not take the next look tells again."""
    now = timezone.now()
    due = Q(**{told_at: None}) | Q(**{f"{told_at}__lte": now - AGAIN})
    begun = [
        alarm
        for alarm in Alarm.objects.filter(due, over_at=None)
        if alarm.since + patience.get(alarm.key, timedelta()) <= now
    ]
    over = list(Alarm.objects.exclude(over_at=None).exclude(**{told_at: None}))
    if (begun or over) and deliver(begun, over):
        Alarm.objects.filter(pk__in=[alarm.pk for alarm in begun]).update(**{told_at: now})
        Alarm.objects.filter(pk__in=[alarm.pk for alarm in over]).update(**{told_at: None})


# Telling


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
