"""The shop calls us (O9): register its calls, look after them, notice when they stop. hearing.py takes them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError
from shops.models import Listener, ListenerTopic, Run, Shop, ShopCall
from shops.platforms.base import Announcement, Subscription
from shops.platforms.registry import platform_class
from shops.services.hearing import forget_known
from shops.services.runs import start_run
from shops.services.ticks import is_switched_off
from shops.sync.connect import open_platform
from shops.sync.jobs import heard_kinds
from shops.sync.schedule import Timing, quiet_until

logger = logging.getLogger(__name__)

CHECK_EVERY: Final = timedelta(hours=12)
SOON: Final = timedelta(minutes=10)  # after a failure, or when the matrix has changed
MEND_EVERY: Final = timedelta(hours=1)
SETTLED: Final = timedelta(minutes=100)  # after registering, until a change without a call means something


# Set-up


def can_call(shop: Shop) -> bool:
    """Whether this platform calls at all."""
    return bool(platform_class(shop.platform).announcements)


def wanted_announcements(shop: Shop) -> list[Announcement]:
    """Those whose elements the matrix lets come here: nobody is asked to call for what is not looked at."""
    platform = platform_class(shop.platform)
    kinds = heard_kinds(shop, platform)
    return [one for one in platform.announcements if one.kind in kinds]


def address_of(listener: Listener) -> str:
    return settings.PUBLIC_URL + reverse("shops:call", args=[listener.token])


def register_calls(shop: Shop) -> Listener:
    """Have the shop call us for what the matrix wants; what called before is replaced, with a new secret.

    Raises KontorError of the platform; the reason is kept on the listener too.
    """
    listener = Listener.objects.get_or_create(shop=shop)[0]
    topics = [one.topic for one in wanted_announcements(shop)]
    platform_type = platform_class(shop.platform)
    secret = platform_type.new_secret()
    address = address_of(listener)
    # Stored first: the shop may call before its answer is here.
    Listener.objects.filter(pk=listener.pk).update(secret={"secret": secret}, wanted=True)
    with _trouble(listener), open_platform(shop) as (platform, _book):
        if listener.address and listener.address != address:
            platform.unsubscribe(listener.address)
        if topics:
            found = platform.subscribe(address, secret, topics)
        else:
            platform.unsubscribe(address)
            found = []
    now = timezone.now()
    with transaction.atomic():
        listener.address, listener.registered_at, listener.checked_at = address if topics else "", now, now
        listener.secret, listener.wanted = {"secret": secret}, True
        listener.trouble = listener.trouble_cure = ""
        listener.refused, listener.refused_since, listener.missed, listener.missed_since = 0, None, {}, None
        listener.save()
        _keep_topics(listener, topics, found)
    forget_known()
    if any(one.kind == "order" for one in wanted_announcements(shop)):
        _read_what_came_before(shop)
    return listener


def _read_what_came_before(shop: Shop) -> None:
    """Orders that were placed after the last read and before the shop began to call: nothing announces them."""
    if is_switched_off(shop, Run.Job.IMPORT_ORDERS):
        return
    try:
        start_run(shop, Run.Job.IMPORT_ORDERS, trigger=Run.Trigger.SHOP)
    except KontorError as error:
        logger.info("shop %s: orders were not read after registering its calls: %s", shop.pk, error.message)


def remove_calls(shop: Shop) -> None:
    """The shop calls no more. Raises KontorError of the platform; then it may still call, and is answered politely."""
    listener = Listener.objects.filter(shop=shop).first()
    if listener is None:
        return
    Listener.objects.filter(pk=listener.pk).update(wanted=False)
    if listener.address:
        with _trouble(listener), open_platform(shop) as (platform, _book):
            platform.unsubscribe(listener.address)
    Listener.objects.filter(pk=listener.pk).update(
        address="", registered_at=None, trouble="", trouble_cure="", missed={}, missed_since=None
    )
    listener.topics.all().delete()
    forget_known()


def check_calls(shop: Shop) -> Listener:
    """Compare with what the shop has registered, and mend it: what it gave up, what the matrix wants besides, what is
    signed with another secret than ours."""
    listener = Listener.objects.get(shop=shop)
    topics = [one.topic for one in wanted_announcements(shop)]
    with _trouble(listener), open_platform(shop) as (platform, _book):
        found = platform.subscriptions(address_of(listener))
    active = {one.topic for one in found if one.active}
    if active != set(topics) or listener.address != address_of(listener) or listener.refused:
        return register_calls(shop)
    with transaction.atomic():
        listener.checked_at, listener.trouble, listener.trouble_cure = timezone.now(), "", ""
        listener.save(update_fields=["checked_at", "trouble", "trouble_cure"])
        _keep_topics(listener, topics, found)
    return listener


def comes_by_itself(shop: Shop, kind: str) -> bool:
    """Whether the shop calls for this element type, so that reading it once a day is enough (O10).

    While something is wrong with the calls (refused, given up, silent) it is read as often as without them.
    """
    listener = getattr(shop, "listener", None)
    if listener is None or not listener.address or listener.trouble or listener.missed.get(kind):
        return False
    if listener.refused:
        return False
    topics = {one.topic for one in platform_class(shop.platform).announcements if one.kind == kind}
    active = {row.topic for row in listener.topics.all() if row.active}
    return bool(topics) and topics <= active


def tend(shop: Shop) -> None:
    """What the tick has done by itself: register, mend, or remove where the shop is switched off (O14)."""
    listener = Listener.objects.filter(shop=shop).first()
    if listener is None:
        return
    if not shop.active:
        with _trouble(listener), open_platform(shop) as (platform, _book):
            platform.unsubscribe(listener.address)
        Listener.objects.filter(pk=listener.pk).update(address="", registered_at=None)
        forget_known()
    elif listener.wanted:
        check_calls(shop)


def due_for_a_look() -> list[int]:
    """Ids of the shops whose calls are to be looked after now: not done for long, or the matrix wants others.

    None in its quiet hours.
    """
    now = timezone.now()
    listeners = (
        Listener.objects.filter(wanted=True).select_related("shop").defer("secret", "shop__credentials")
    )
    due = []
    for listener in listeners.prefetch_related("topics", "shop__rules"):
        if quiet_until(Timing(zone=timezone.get_default_timezone(), quiet=listener.shop.quiet_hours), now):
            continue
        pause = SOON if listener.trouble or not listener.address else CHECK_EVERY
        quiet = listener.checked_at is not None and listener.checked_at > now - SOON
        late = listener.checked_at is None or listener.checked_at <= now - pause
        if not listener.shop.active:
            if listener.address and not quiet:
                due.append(listener.shop_id)
        elif late or _is_refused_for_long(listener, now) or (not quiet and _topics_differ(listener)):
            due.append(listener.shop_id)
    return due


def _is_refused_for_long(listener: Listener, now: datetime) -> bool:
    """Whether its secret seems to be another one, and registering anew was not tried within the hour."""
    return bool(listener.refused) and (
        listener.registered_at is None or listener.registered_at < now - MEND_EVERY
    )


def _topics_differ(listener: Listener) -> bool:
    wanted = {one.topic for one in wanted_announcements(listener.shop)}
    return wanted != {row.topic for row in listener.topics.all()}


class _trouble:
    """Keeps on the listener why the shop could not be asked."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KontorError):
            Listener.objects.filter(pk=self.listener.pk).update(
                trouble=str(error.message)[:500],
                trouble_cure=str(error.cure)[:500],
                checked_at=timezone.now(),
            )


def _keep_topics(listener: Listener, topics: list[str], found: list[Subscription]) -> None:
    known = {one.topic: one for one in found}
    listener.topics.exclude(topic__in=topics).delete()
    for topic in topics:
        one = known.get(topic)
        ListenerTopic.objects.update_or_create(
            listener=listener,
            topic=topic,
            defaults={"remote_id": one.remote_id if one else "", "active": bool(one and one.active)},
        )


# Silence


def note_missed(run: Run) -> None:
    """After a regular read: changes that came here without a call before are counted (O9: silence is a warning).

    A call may take a while, so only what the shop changed more than QUIET before the read began counts.
    """
    listener = Listener.objects.filter(shop=run.shop).exclude(address="").first()
    if listener is None or run.is_announced or run.trigger == Run.Trigger.PERSON:
        return
    missed = {
        kind: number
        for kind in heard_kinds(run.shop, platform_class(run.shop.platform))
        if (number := _unannounced(run, listener, kind))
    }
    if missed:
        Listener.objects.filter(pk=listener.pk).update(
            missed=missed, missed_since=listener.missed_since or timezone.now()
        )
    elif listener.missed and _something_came(run):
        Listener.objects.filter(pk=listener.pk).update(missed={}, missed_since=None)


def _unannounced(run: Run, listener: Listener, kind: str) -> int:
    registered = listener.registered_at or timezone.now()
    if run.started_at is None or registered > run.started_at - SETTLED:
        return 0  # registered so lately that the changes may be older
    came = run.changes.filter(kind=kind, verb__in=("create_here", "update_here"), state="done")
    told = ShopCall.objects.filter(shop=run.shop, kind=kind).values("remote_id")
    return came.exclude(remote_id__in=told).count()


def _something_came(run: Run) -> bool:
    return run.changes.filter(verb__in=("create_here", "update_here"), state="done").exists()


def silence_text(listener: Listener) -> str:
    """The warning above the Health page; "" when the calls come as they should."""
    number = sum(listener.missed.values())
    if not number:
        return ""
    return _("The shop changed %(n)d elements without calling.") % {"n": number}


def refused_text(listener: Listener) -> str:
    """The warning about calls with a wrong signature; "" when there were none since registering."""
    if not listener.refused:
        return ""
    return ngettext(
        "%(n)d call was refused: its signature was wrong.",
        "%(n)d calls were refused: their signature was wrong.",
        listener.refused,
    ) % {"n": listener.refused}
