"""The shop calls us (O9): register and look after its calls, take one, have read again what was announced.

A call is a hint and never the truth: whatever it says, the element is read again, and what no call announces the next
regular read finds.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.enqueue import enqueue
from backoffice.lib.errors import BadCredentials, KontorError, UnexpectedAnswer
from backoffice.lib.secrets import Unreadable
from shops.models import Listener, ListenerTopic, Run, Shop, ShopCall
from shops.platforms.base import Announcement, Event, Platform, Subscription
from shops.platforms.registry import platform_class
from shops.services.runs import start_run
from shops.sync.connect import open_platform
from shops.sync.jobs import heard_kinds

logger = logging.getLogger(__name__)

KEPT: Final = timedelta(days=7)
CHECK_EVERY: Final = timedelta(hours=12)
SOON: Final = timedelta(minutes=10)  # after a failure, or when the matrix has changed
AT_ONCE: Final = 500  # elements in one run; the rest waits for the next
GAP_S: Final = 3.0
BUSY: Final = (Run.State.WAITING, Run.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Taken:
    """status: what the shop is answered. event None: nothing was stored."""

    status: int
    event: Event | None = None


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
    if any(one.kind == "order" for one in wanted_announcements(shop)):
        _read_what_came_before(shop)
    return listener


def _read_what_came_before(shop: Shop) -> None:
    """Orders that were placed after the last read and before the shop began to call: nothing announces them."""
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


def check_calls(shop: Shop) -> Listener:
    """Compare with what the shop has registered, and mend it: what it gave up, what the matrix wants besides."""
    listener = Listener.objects.get(shop=shop)
    topics = [one.topic for one in wanted_announcements(shop)]
    with _trouble(listener), open_platform(shop) as (platform, _book):
        found = platform.subscriptions(address_of(listener))
    active = {one.topic for one in found if one.active}
    if active != set(topics) or listener.address != address_of(listener):
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
    elif listener.wanted:
        check_calls(shop)


def due_for_a_look() -> list[int]:
    """Ids of the shops whose calls are to be looked after now: not done for long, or the matrix wants others."""
    now = timezone.now()
    listeners = (
        Listener.objects.filter(wanted=True).select_related("shop").defer("secret", "shop__credentials")
    )
    due = []
    for listener in listeners.prefetch_related("topics", "shop__rules"):
        pause = SOON if listener.trouble or not listener.address else CHECK_EVERY
        quiet = listener.checked_at is not None and listener.checked_at > now - SOON
        late = listener.checked_at is None or listener.checked_at <= now - pause
        if not listener.shop.active:
            if listener.address and not quiet:
                due.append(listener.shop_id)
        elif late or (not quiet and _topics_differ(listener)):
            due.append(listener.shop_id)
    return due


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


# A call


def take_call(token: str, body: bytes, headers: Mapping[str, str]) -> Taken:
    """Check the signature, store the hint, ring. 404 = no such address, 401 = wrong signature, 200 otherwise.

    A call of a shop that is switched off, or about nothing that comes here, is answered with 200 too: a shop that
    is refused often gives up calling (woocommerce.md, 8). Four queries.
    """
    # What is needed and no more: this is asked at every call, and a shop has many columns.
    known = Listener.objects.select_related("shop").only("secret", "address", "shop__platform")
    listener = known.filter(token=token).order_by().first()
    if listener is None:
        return Taken(404)
    platform: type[Platform] = platform_class(listener.shop.platform)
    secret = "" if isinstance(listener.secret, Unreadable) else str(listener.secret.get("secret", ""))
    try:
        event = platform.hear(body, headers, secret)
    except BadCredentials:
        _count_refused(listener)
        return Taken(401)
    except UnexpectedAnswer:
        return Taken(200)
    if event is None or not listener.address:
        return Taken(200)
    with transaction.atomic():
        _store(listener, event)
    return Taken(200, event)


def _count_refused(listener: Listener) -> None:
    """Counted, not stored: who guesses addresses must not be able to fill the table."""
    Listener.objects.filter(pk=listener.pk).update(refused=F("refused") + 1)
    Listener.objects.filter(pk=listener.pk, refused_since=None).update(refused_since=timezone.now())


def _store(listener: Listener, event: Event) -> None:
    shop_id = listener.shop_id
    again = ShopCall.objects.filter(shop_id=shop_id, key=event.key)
    if again.update(times=F("times") + 1):
        return
    made = ShopCall.objects.bulk_create(
        [
            ShopCall(
                shop_id=shop_id,
                topic=event.topic[:60],
                kind=event.kind,
                verb=event.verb[:20],
                remote_id=event.remote_id[:150],
                parent_id=event.parent_id[:150],
                key=event.key,
            )
        ],
        ignore_conflicts=True,  # the same call twice in the same moment
    )
    now = timezone.now()
    # To the second: in a storm all calls would wait for each other at this one row.
    silent = Q(heard_at=None) | Q(heard_at__lt=now - timedelta(seconds=1))
    ListenerTopic.objects.filter(silent, listener=listener, topic=event.topic).update(heard_at=now)
    # Who waits already has rung, or the run at work looks again when it ends.
    if made and ShopCall.objects.waiting().filter(shop_id=shop_id)[:2].count() < 2:
        ring_for_calls(shop_id)


def ring_for_calls(shop_id: int) -> None:
    enqueue("shops.jobs.hear", shop_id, cluster="quick" if "quick" in settings.WORKER_CLUSTERS else None)


# What was announced


def pause_before_hearing(shop_id: int) -> float:
    """Seconds to wait, so that a storm of calls about one element becomes a few reads, not one for each."""
    newest = Run.objects.filter(shop=shop_id, job__in=(Run.Job.HEAR_ORDERS, Run.Job.HEAR_OTHERS)).first()
    if newest is None:
        return 0.0
    return max(GAP_S - (timezone.now() - newest.created_at).total_seconds(), 0.0)


def start_hearing(shop_id: int) -> list[Run]:
    """Runs that read again what waits; at most one each for orders and for the rest, and none while one is at work.

    However many calls came about an element, it is read once for all that came before the run began.
    """
    shop = Shop.objects.filter(pk=shop_id, active=True).first()
    if shop is None:
        ShopCall.objects.waiting().filter(shop_id=shop_id).update(state=ShopCall.State.IDLE)
        return []
    kinds = heard_kinds(shop, platform_class(shop.platform))
    waiting = ShopCall.objects.waiting().filter(shop=shop)
    waiting.exclude(kind__in=kinds).update(state=ShopCall.State.IDLE)
    runs = []
    for job, mine in (
        (Run.Job.HEAR_ORDERS, Q(kind="order")),
        (Run.Job.HEAR_OTHERS, ~Q(kind="order")),
    ):
        if Run.objects.filter(shop=shop, job=job, state__in=BUSY).exists():
            continue  # when it ends it looks again
        if (run := _hear(shop, job, mine)) is not None:
            runs.append(run)
    return runs


@transaction.atomic
def _hear(shop: Shop, job: str, mine: Q) -> Run | None:
    Shop.objects.select_for_update(of=("self",)).only("pk").get(pk=shop.pk)  # two workers, one run
    calls = list(ShopCall.objects.waiting().filter(mine, shop=shop).order_by("pk")[: AT_ONCE * 20])
    if not calls or Run.objects.filter(shop=shop, job=job, state__in=BUSY).exists():
        return None
    ids: dict[str, dict[str, str]] = {}
    taken = []
    for call in calls:
        known = ids.setdefault(call.kind, {})
        if call.remote_id in known or sum(map(len, ids.values())) < AT_ONCE:
            known[call.remote_id] = call.parent_id
            taken.append(call.pk)
    options = {"ids": {kind: sorted(known.items()) for kind, known in ids.items() if known}}
    try:
        run = start_run(shop, job, trigger=Run.Trigger.SHOP, options=options)
    except KontorError:  # no login any more: the shop's page says so
        ShopCall.objects.filter(pk__in=taken).update(state=ShopCall.State.IDLE)
        return None
    for start in range(0, len(taken), AT_ONCE):
        ShopCall.objects.filter(pk__in=taken[start : start + AT_ONCE]).update(
            state=ShopCall.State.TAKEN, run=run
        )
    return run


def waiting_calls(shop_id: int) -> bool:
    return ShopCall.objects.waiting().filter(shop_id=shop_id).exists()


def shops_to_hear() -> list[int]:
    """Shops with calls that nobody took up: their doorbell was lost."""
    return list(ShopCall.objects.waiting().order_by().values_list("shop_id", flat=True).distinct())


def forget_old_calls() -> None:
    ShopCall.objects.filter(received_at__lt=timezone.now() - KEPT).delete()


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
    if run.started_at is None or registered > run.started_at - KEPT / 100:
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
