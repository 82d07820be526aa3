"""Rings the workers' doorbell. The work itself stands in our own rows (DESIGN.md §4): a task carries ids only."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def enqueue(func_path: str, *args: int | str, cluster: str | None = None) -> None:
    """Have a worker call the function at `func_path` ("shops.jobs.sync_slice") with `args` once we have committed.

    cluster: "quick" for work a person waits for; None for the default cluster.

    Never raises for a broker that is away: the row is committed already, and the sweeper rings again within a
    minute. Nothing is queued when the transaction is rolled back.
    """

    def ring() -> None:
        # Imported late: django_q needs loaded apps, and models import this module.
        from django_q.tasks import async_task

        # Always by name: without one, a task rung from inside the quick cluster would stay in that cluster.
        options = {"save": False, "cluster": cluster or settings.Q_CLUSTER["name"]}
        try:
            async_task(func_path, *args, q_options=options)
        except (RedisError, DatabaseError, OSError) as error:
            logger.warning(
                "could not queue %s%r, the sweeper will: %s: %s", func_path, args, type(error).__name__, error
            )

    transaction.on_commit(ring)
