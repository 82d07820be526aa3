"""What the packages we use and the workers leave behind for ever; shops.services.retention throws it away with the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django_q.models import Task

from backoffice.models import Heartbeat

# A worker that is stopped removes its row; this one was killed, or its container is gone.
HEARTBEATS_KEPT: Final = timedelta(days=1)


def old_rows(now: datetime) -> Iterator[QuerySet[Any]]:
    keep = timedelta(days=settings.ACCESS_RETENTION_DAYS)
    # What `manage.py clearsessions` deletes, in batches of ours.
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    yield sessions.objects.filter(expire_date__lt=now)
    for log in (AccessLog, AccessAttempt, AccessFailureLog):
        yield log.objects.filter(attempt_time__lt=now - keep)
    yield LogEntry.objects.filter(action_time__lt=now - keep)
    # django-q2 bounds what went well (save_limit), but not what failed.
    yield Task.objects.filter(success=False, stopped__lt=now - timedelta(days=settings.RUN_RETENTION_DAYS))
    yield Heartbeat.objects.filter(at__lt=now - HEARTBEATS_KEPT)
