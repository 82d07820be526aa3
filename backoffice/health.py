"""/healthz: this process answers. /readyz: the installation works: database, migrations, workers, waiting tasks."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import BadSignature, SignedPackage
from redis.exceptions import RedisError

from backoffice.models import Heartbeat

logger = logging.getLogger(__name__)

# A task that nobody began for so long means: too few workers, or none.
LONGEST_WAIT_S = 600
# So many tasks from the head of a queue are tried for one that can be read.
_READ_AT_MOST = 20


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503; {"ok": false, "checks": {name: {"ok": bool, "detail": text, "seconds": n}}}.

    It says nothing that a stranger may not know: no addresses, no texts of errors (they are in the log).
    """
    checks: dict[str, dict[str, object]] = {}
    for name, check in CHECKS.items():
        started = time.monotonic()
        try:
            problem = check()
        except (DatabaseError, RedisError, OSError):
            logger.exception("the check of %s failed", name)
            problem = "cannot be reached, see the log"
        checks[name] = {
            "ok": not problem,
            "detail": problem,
            "seconds": round(time.monotonic() - started, 3),
        }
    ok = all(check["ok"] for check in checks.values())
    return JsonResponse({"ok": ok, "checks": checks}, status=200 if ok else 503)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return f"{missing} missing, run `manage.py migrate`" if missing else ""


def _workers() -> str:
    silent = silent_clusters()
    return f"no sign of life from {', '.join(silent)} for {longest_silence_s():g} s" if silent else ""


def longest_silence_s() -> float:
    """A worker that is silent for longer is dead, or all its processes hang."""
    return float(Conf.TIMEOUT + settings.WORKER_SLACK_S)


def silent_clusters() -> list[str]:
    """Of WORKER_CLUSTERS those of which no worker gives a sign of life."""
    alive = set(Heartbeat.objects.younger_than(longest_silence_s()).values_list("cluster", flat=True))
    return [name for name in settings.WORKER_CLUSTERS if name not in alive]


def _waiting() -> str:
    waits = [wait for name in settings.WORKER_CLUSTERS if (wait := oldest_wait_s(name)) is not None]
    if waits and max(waits) > LONGEST_WAIT_S:
        return f"a task has been waiting for {max(waits):.0f} s"
    return ""


def oldest_wait_s(cluster: str) -> float | None:
    """How long the oldest task that no worker has pulled yet has been waiting; None when none waits.

    A task signed with a former SECRET_KEY says nothing: the workers drop it unread, so it is passed over here too.
    """
    if Conf.ORM:
        # A pulled row is locked into the future (for redelivery), a waiting one carries the moment of its enqueueing.
        row = OrmQ.objects.filter(key=cluster, lock__lte=timezone.now()).order_by("lock").first()
        return (timezone.now() - row.lock).total_seconds() if row and row.lock else None
    broker = get_broker(cluster)
    for payload in broker.connection.lrange(broker.list_key, 0, _READ_AT_MOST - 1):
        with contextlib.suppress(BadSignature):
            return float((timezone.now() - SignedPackage.loads(payload)["started"]).total_seconds())
    return None


def waiting_tasks(cluster: str) -> int:
    """How many tasks of a queue no worker has pulled yet. Raises RedisError when the broker is away."""
    return int(get_broker(cluster).queue_size())


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "workers": _workers,
    "waiting tasks": _waiting,
}
