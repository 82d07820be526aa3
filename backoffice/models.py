"""What the project itself must remember: that its workers are alive."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def younger_than(self, seconds: float) -> HeartbeatQuerySet:
        return self.filter(at__gt=timezone.now() - timedelta(seconds=seconds))


class Heartbeat(models.Model):
    """One row for each `manage.py worker`. `at` = when a probe last went through its whole cluster.

    pid is the supervisor's; it outlives the clusters that it starts again, and removes the row when it is stopped.
    """

    name = models.CharField(max_length=200, unique=True)
    cluster = models.CharField(max_length=50)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("heartbeat of a worker")
        verbose_name_plural = _("heartbeats of workers")

    def __str__(self) -> str:
        return self.name
