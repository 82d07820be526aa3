"""The one schedule of the job queue: a tick a minute, which looks into our own rows (ECOSYSTEM: django-q2's own DAILY drifts)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django_q.models import Schedule

TICK = "kontor: tick"


def ensure_tick(**_kwargs: Any) -> None:
    """After every migrate: there is exactly one tick, and it calls the sweeper."""
    Schedule.objects.update_or_create(
        name=TICK,
        defaults={
            "func": "shops.jobs.tick",
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "repeats": -1,
            # Where nothing long is before it.
            "cluster": "quick" if "quick" in settings.WORKER_CLUSTERS else None,
        },
    )
