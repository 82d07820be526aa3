"""/metrics for Prometheus: how long things wait and how often they fail, read from our rows at the moment of asking.

Nothing is kept in a process's memory, so any web process of any host answers the same. A dozen queries a scrape.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hmac import compare_digest

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from backoffice.health import longest_silence_s, oldest_wait_s, waiting_tasks
from backoffice.models import Heartbeat
from orders.models import DocumentMail
from shops.models import IncomingOrder, Problem, Run, Shop, ShopCall, Traffic

DAY = timedelta(hours=24)

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Only for who shows METRICS_TOKEN (Authorization: Bearer ...); without the setting the page does not exist."""
    token = settings.METRICS_TOKEN
    if not token:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "")
    if not compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(Ours())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Ours(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from _workers()
        yield from _runs()
        yield from _shops()
        yield from _calls()
        yield _gauge(
            "kontor_mails", "E-mails with documents, by state.", ["state"], _counted(DocumentMail, "state")
        )
        yield _gauge(
            "kontor_incoming_orders",
            "Orders as they came from the shops, by state.",
            ["state"],
            _counted(IncomingOrder, "state"),
        )

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # registering must not ask the database


def _gauge(
    name: str, text: str, labels: list[str], rows: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric([str(value) for value in values], number)
    return family


def _counter(
    name: str, text: str, labels: list[str], rows: Iterable[tuple[tuple[str, ...], float]]
) -> CounterMetricFamily:
    """It only ever grows, so that rate() may be asked of it; Prometheus sees it as name_total."""
    family = CounterMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric([str(value) for value in values], number)
    return family


def _counted(model: type, *fields: str) -> list[tuple[tuple[str, ...], float]]:
    rows = model._default_manager.order_by().values_list(*fields).annotate(n=Count("pk"))  # type: ignore[attr-defined]
    return [(tuple(row[:-1]), row[-1]) for row in rows]


def _seconds(since: datetime | None) -> float:
    return max((timezone.now() - since).total_seconds(), 0.0) if since else 0.0


def _workers() -> Iterator[GaugeMetricFamily]:
    yield from _queues()
    # Two workers of one queue may share a host: one series for both, or Prometheus refuses the whole page.
    newest = Heartbeat.objects.order_by().values_list("cluster", "host").annotate(newest=Max("at"))
    yield _gauge(
        "kontor_worker_silent_seconds",
        "Time since a worker of this queue and host last gave a sign of life.",
        ["queue", "host"],
        [((cluster, host), _seconds(at)) for cluster, host, at in newest],
    )
    alive = Counter(Heartbeat.objects.younger_than(longest_silence_s()).values_list("cluster", flat=True))
    yield _gauge(
        "kontor_workers_alive",
        "Workers of a queue that give signs of life; one of them may have many processes.",
        ["queue"],
        [((name,), alive[name]) for name in settings.WORKER_CLUSTERS],
    )


def _queues() -> Iterator[GaugeMetricFamily]:
    """What waits in the broker. When it is away the page says that, and all else as before."""
    try:
        waits = [((name,), oldest_wait_s(name) or 0.0) for name in settings.WORKER_CLUSTERS]
        tasks = [((name,), float(waiting_tasks(name))) for name in settings.WORKER_CLUSTERS]
    except (RedisError, OSError):
        logger.warning("the broker could not be asked what waits", exc_info=True)
        yield _gauge("kontor_broker_up", "1 = the broker answers.", [], [((), 0.0)])
        return
    yield _gauge("kontor_broker_up", "1 = the broker answers.", [], [((), 1.0)])
    yield _gauge(
        "kontor_oldest_task_seconds",
        "How long the oldest task of a queue has been waiting.",
        ["queue"],
        waits,
    )
    yield _gauge("kontor_tasks_waiting", "Tasks of a queue that no worker has begun.", ["queue"], tasks)


def _runs() -> Iterator[GaugeMetricFamily]:
    unfinished = Run.objects.unfinished().order_by()
    rows = list(unfinished.values_list("lane", "state").annotate(n=Count("pk"), oldest=Min("created_at")))
    yield _gauge(
        "kontor_runs_unfinished",
        "Runs that wait or are at work.",
        ["lane", "state"],
        [((lane, state), n) for lane, state, n, _oldest in rows],
    )
    yield _gauge(
        "kontor_run_oldest_seconds",
        "Age of the oldest run that waits or is at work.",
        ["lane", "state"],
        [((lane, state), _seconds(oldest)) for lane, state, _n, oldest in rows],
    )
    ended = Run.objects.filter(finished_at__gte=timezone.now() - DAY).order_by()
    yield _gauge(
        "kontor_runs_ended_24h",
        "Runs that ended in the last 24 hours, by how.",
        ["shop", "job", "state"],
        [
            ((shop, job, state), n)
            for shop, job, state, n in ended.values_list("shop__code", "job", "state").annotate(n=Count("pk"))
        ],
    )


def _shops() -> Iterator[Metric]:
    now = timezone.now()
    shops = list(Shop.objects.values_list("code", "active", "paused_until"))
    yield _gauge(
        "kontor_shop_paused",
        "1 = the shop keeps failing and is left alone for a while.",
        ["shop"],
        [((code,), float(bool(active and until and until > now))) for code, active, until in shops],
    )
    sent = list(Traffic.objects.order_by().values_list("shop__code", "requests", "failed"))
    yield _counter(
        "kontor_shop_requests",
        "Requests to the shop since it was set up.",
        ["shop"],
        [((code,), requests) for code, requests, _failed in sent],
    )
    yield _counter(
        "kontor_shop_requests_failed",
        "Those that the shop answered with an error, or not at all.",
        ["shop"],
        [((code,), failed) for code, _requests, failed in sent],
    )
    causes = Problem.objects.filter(state=Problem.State.OPEN).order_by()
    yield _gauge(
        "kontor_causes_open",
        "Causes that need a person.",
        ["shop"],
        [((code,), n) for code, n in causes.values_list("shop__code").annotate(n=Count("pk"))],
    )


def _calls() -> Iterator[GaugeMetricFamily]:
    waiting = ShopCall.objects.waiting().order_by().values_list("shop__code")
    rows = list(waiting.annotate(n=Count("pk"), oldest=Min("received_at")))
    yield _gauge(
        "kontor_shop_calls_waiting",
        "Calls of the shop that were not followed yet.",
        ["shop"],
        [((code,), n) for code, n, _oldest in rows],
    )
    yield _gauge(
        "kontor_shop_call_lag_seconds",
        "Age of the oldest of them.",
        ["shop"],
        [((code,), _seconds(oldest)) for code, _n, oldest in rows],
    )
