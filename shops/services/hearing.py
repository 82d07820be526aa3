"""A call of a shop is taken, and what it announced is read again (O9).

A call is a hint and never the truth: whatever it says, the element is read again, and what no call announces the next
regular read finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from backoffice.lib.enqueue import enqueue
from backoffice.lib.errors import BadCredentials, KontorError, UnexpectedAnswer
from backoffice.lib.secrets import Unreadable
from shops.models import Listener, ListenerTopic, Run, Shop, ShopCall
from shops.platforms.base import Event, Platform
from shops.platforms.registry import platform_class
from shops.services.runs import start_run
from shops.services.ticks import is_switched_off
from shops.sync.jobs import heard_kinds

KEPT: Final = timedelta(days=7)
AT_ONCE: Final = 500  # elements in one run; the rest waits for the next
GAP_S: Final = 3.0
KNOWN_FOR_S: Final = 3.0
# What was read so often in so short a time rests until the tick: a storm about one element is a few reads, and others
# need not wait for it.
OFTEN: Final = 3
LATELY: Final = timedelta(minutes=1)
SAME_EVENT: Final = timedelta(minutes=10)
BUSY: Final = (Run.State.WAITING, Run.State.RUNNING)
JOBS: Final = (Run.Job.HEAR_ORDERS, Run.Job.HEAR_OTHERS)


@dataclass(frozen=True, slots=True)
class Taken:
    """status: what the shop is answered. event None: nothing was stored."""

    status: int
    event: Event | None = None


# A call


@dataclass(frozen=True, slots=True)
class _Known:
    """What a call needs of its listener. listens False = the shop was asked to call no more."""

    pk: int
    shop_id: int
    platform: str
    secret: str
    listens: bool


# What seldom changes is not asked for at each of 200 calls a second. {token: (until, known)}; only tokens that exist.
_known: dict[str, tuple[float, _Known]] = {}
_known_topics: dict[tuple[int, str], float] = {}


def forget_known() -> None:
    """After a registration changed; other processes notice within KNOWN_FOR_S."""
    _known.clear()
    _known_topics.clear()


def _listener(token: str, *, anew: bool = False) -> _Known | None:
    until, known = _known.get(token, (0.0, None))
    if known is not None and not anew and monotonic() < until:
        return known
    # No more columns than needed: a shop has many.
    rows = Listener.objects.select_related("shop").only("secret", "address", "shop__platform")
    row = rows.filter(token=token).order_by().first()
    if row is None:
        _known.pop(token, None)
        return None
    secret = "" if isinstance(row.secret, Unreadable) else str(row.secret.get("secret", ""))
    known = _Known(row.pk, row.shop_id, row.shop.platform, secret, bool(row.address))
    _known[token] = (monotonic() + KNOWN_FOR_S, known)
    return known


def take_call(token: str, body: bytes, headers: Mapping[str, str]) -> Taken:
    """Check the signature, store the hint, ring. 404 = no such address, 401 = wrong signature, 200 otherwise.

    A call of a shop that is switched off, or about nothing that comes here, is answered with 200 too: a shop that
    is refused often gives up calling (woocommerce.md, 8). Two statements besides the transaction's own.
    """
    listener = _listener(token)
    if listener is None:
        return Taken(404)
    try:
        event = _hear(listener, body, headers)
    except BadCredentials:
        # Its secret may be a new one.
        if (listener := _listener(token, anew=True)) is None:
            return Taken(404)
        try:
            event = _hear(listener, body, headers)
        except BadCredentials:
            _count_refused(listener)
            return Taken(401)
        except UnexpectedAnswer:
            return Taken(200)
    except UnexpectedAnswer:
        return Taken(200)
    if event is None or not listener.listens:
        return Taken(200)
    with transaction.atomic():
        _store(listener, event)
    return Taken(200, event)


def _hear(listener: _Known, body: bytes, headers: Mapping[str, str]) -> Event | None:
    platform: type[Platform] = platform_class(listener.platform)
    return platform.hear(body, headers, listener.secret)


def _count_refused(listener: _Known) -> None:
    """Counted, not stored: who guesses addresses must not be able to fill the table."""
    Listener.objects.filter(pk=listener.pk).update(refused=F("refused") + 1)
    Listener.objects.filter(pk=listener.pk, refused_since=None).update(refused_since=timezone.now())


def _store(listener: _Known, event: Event) -> None:
    now = timezone.now()
    new = _insert(listener.shop_id, event, now)
    # To the second: in a storm all calls would wait for each other at this one row.
    topic = (listener.pk, event.topic)
    if monotonic() >= _known_topics.get(topic, 0.0):
        _known_topics[topic] = monotonic() + 1
        silent = Q(heard_at=None) | Q(heard_at__lt=now - timedelta(seconds=1))
        ListenerTopic.objects.filter(silent, listener=listener.pk, topic=event.topic).update(heard_at=now)
    # Who waits already has rung, or the run at work looks again when it ends.
    if new and not _others_wait(listener.shop_id):
        ring_for_calls(listener.shop_id)


# By hand, since the ORM's way of building these two took most of a call's time.


def _insert(shop_id: int, event: Event, now: datetime) -> bool:
    """True = there is something to read. One statement, so that the same call twice at once is one row.

    The same call again is counted only, unless something else was announced since, or it comes too late to be the same
    event: an order that is put into the trash twice is announced with the same bytes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                shop_id,
                event.topic[:60],
                event.kind,
                event.verb[:20],
                event.remote_id[:150],
                event.parent_id[:150],
                event.key,
                ShopCall.State.WAITING.value,
                now,
            ],
        )
        times, pk, state = cursor.fetchone()
    if times == 1:
        return True
    if state not in (ShopCall.State.TAKEN, ShopCall.State.IDLE):
        return False
    row = ShopCall.objects.get(pk=pk)
    since = ShopCall.objects.filter(
        shop_id=shop_id, kind=row.kind, remote_id=row.remote_id, received_at__gt=row.received_at
    )
    if row.received_at > now - SAME_EVENT and not since.exists():
        return False
    return bool(
        ShopCall.objects.filter(pk=pk, state=state).update(
            state=ShopCall.State.WAITING, run=None, received_at=now
        )
    )


def _others_wait(shop_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [shop_id])
        return len(cursor.fetchall()) > 1


_TABLE: Final = ShopCall._meta.db_table
_INSERT: Final = (
    f"INSERT INTO {_TABLE} "  # noqa: S608  # names of our own
    "(shop_id, topic, kind, verb, remote_id, parent_id, key, state, times, received_at) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 1, %s) "
    f"ON CONFLICT (shop_id, key) DO UPDATE SET times = {_TABLE}.times + 1 RETURNING times, id, state"
)
_WAITING: Final = f"SELECT 1 FROM {_TABLE} WHERE shop_id = %s AND state = 'waiting' LIMIT 2"  # noqa: S608


def ring_for_calls(shop_id: int) -> None:
    enqueue("shops.jobs.hear", shop_id, cluster="quick" if "quick" in settings.WORKER_CLUSTERS else None)


# What was announced


def pause_before_hearing(shop_id: int) -> float:
    """Seconds to wait, so that a storm of calls about one element becomes a few reads, not one for each."""
    newest = Run.objects.filter(shop=shop_id, job__in=JOBS).first()
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
        if is_switched_off(shop, job):
            continue  # it waits for the tick, or for a person (O14)
        if (run := _start(shop, job, mine)) is not None:
            runs.append(run)
    return runs


@transaction.atomic
def _start(shop: Shop, job: str, mine: Q) -> Run | None:
    Shop.objects.select_for_update(of=("self",)).only("pk").get(pk=shop.pk)  # two workers, one run
    if Run.objects.filter(shop=shop, job=job, state__in=BUSY).exists():
        return None
    waiting = ShopCall.objects.waiting().filter(mine, shop=shop)
    for kind, too_often in _read_often(shop, job).items():
        waiting.filter(kind=kind, remote_id__in=too_often).update(state=ShopCall.State.RESTING)
    calls = list(waiting.order_by("pk")[: AT_ONCE * 20])
    if not calls:
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


def _read_often(shop: Shop, job: str) -> dict[str, list[str]]:
    """{element type: ids} of what the runs of the last minute read OFTEN times already."""
    runs = Run.objects.filter(shop=shop, job=job, created_at__gt=timezone.now() - LATELY)
    times = Counter(
        (kind, remote_id)
        for options in runs.values_list("options", flat=True)
        for kind, ids in options.get("ids", {}).items()
        for remote_id, _parent_id in ids
    )
    found: dict[str, list[str]] = {}
    for (kind, remote_id), number in times.items():
        if number >= OFTEN:
            found.setdefault(kind, []).append(remote_id)
    return found


def end_rest() -> None:
    """What was called about too often waits again; called by the tick."""
    ShopCall.objects.filter(state=ShopCall.State.RESTING).update(state=ShopCall.State.WAITING)


def waiting_calls(shop_id: int) -> bool:
    return ShopCall.objects.waiting().filter(shop_id=shop_id).exists()


def shops_to_hear() -> list[int]:
    """Shops with calls that nobody took up: their doorbell was lost."""
    return list(ShopCall.objects.waiting().order_by().values_list("shop_id", flat=True).distinct())


def forget_old_calls() -> None:
    ShopCall.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
