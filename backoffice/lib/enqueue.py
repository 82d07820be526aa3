"""Rings the workers' doorbell. The work itself stands in our own rows (DESIGN.md §4): a task carries ids only."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def enqueue(
    func_path: str, *args: int | str, cluster: str | None = None, timeout_s: int | None = None
) -> None:
    """Have a worker call the function at `func_path` ("shops.jobs.sync_slice") with `args` once we have committed.

    cluster: "quick" for work a person waits for; None for the default cluster.
    timeout_s: how long the task may take, where that is longer than the cluster's own time-out; it has to give signs
        of life (backoffice.lib.alive) meanwhile.

    Never raises for a broker that is away: the row is committed already, and the sweeper rings again within a
    minute. Nothing is queued when the transaction is rolled back.
    """

    def ring() -> None:
        # Imported late: django_q needs loaded apps, and models import this module.
        from django_q.conf import Conf
        from django_q.tasks import async_task

        # Always by name: without one, a task rung from inside the quick cluster would stay in that cluster.
        options: dict[str, Any] = {"save": False, "cluster": cluster or settings.Q_CLUSTER["name"]}
        if timeout_s is not None:
            options["timeout"] = timeout_s
        # Outside a transaction the broker in the database would close our connection and open another one, twice a task.
        inside = transaction.atomic(using=Conf.ORM) if Conf.ORM and not Conf.SYNC else nullcontext()
        try:
            with inside:
                async_task(func_path, *args, q_options=options)
        except (RedisError, DatabaseError, OSError) as error:
            logger.warning(
                "could not queue %s%r, the sweeper will: %s: %s", func_path, args, type(error).__name__, error
            )

    transaction.on_commit(ring)
