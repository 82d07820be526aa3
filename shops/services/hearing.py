"""A call of a shop is taken, and what it announced is read again (O9).

A call is a hint and never the truth: whatever it says, the element is read again, and what no call announces the next
regular read finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from backoffice.lib.enqueue import enqueue
from backoffice.lib.errors import BadCredentials, KontorError, UnexpectedAnswer
from backoffice.lib.secrets import Unreadable
from shops.models import Listener, ListenerTopic, Run, Shop, ShopCall
from shops.platforms.base import Event, Platform
from shops.platforms.registry import platform_class
from shops.services.runs import start_run
from shops.sync.jobs import heard_kinds

KEPT: Final = timedelta(days=7)
AT_ONCE: Final = 500  # elements in one run; the rest waits for the next
GAP_S: Final = 3.0
# What was read so often in so short a time rests until the tick: a storm about one element is a few reads, and others
# need not wait for it.
OFTEN: Final = 3
LATELY: Final = timedelta(minutes=1)
BUSY: Final = (Run.State.WAITING, Run.State.RUNNING)
JOBS: Final = (Run.Job.HEAR_ORDERS, Run.Job.HEAR_OTHERS)


@dataclass(frozen=True, slots=True)
class Taken:
    """status: what the shop is answered. event None: nothing was stored."""

    status: int
    event: Event | None = None


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
        if (run := _hear(shop, job, mine)) is not None:
            runs.append(run)
    return runs


@transaction.atomic
def _hear(shop: Shop, job: str, mine: Q) -> Run | None:
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
