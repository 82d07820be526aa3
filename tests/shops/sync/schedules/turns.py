"""Looks of the tick, and what they start."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from shops.models import Listener, Run, ShopSchedule
from shops.platforms.registry import platform_class
from shops.services.runs import work_run
from shops.services.schedules import start_due

Job = Run.Job
ORDERS_ON = {"linked": "here", "import_here": True}


def only(shop, *names):
    ShopSchedule.objects.filter(shop=shop).exclude(job__in=names).update(active=False)


def make_listener(shop):
    """The shop calls for its orders, and all is well with that."""
    listener = Listener.objects.create(shop=shop, address="http://127.0.0.1:1/calls/", wanted=True)
    for one in platform_class(shop.platform).announcements:
        if one.kind == "order":
            listener.topics.create(topic=one.topic, active=True)
    return listener


def turn(now=None):
    """One look of the tick, and what it started worked off: the jobs."""
    return [work_run(run.pk).job for run in start_due(now)]


def later(**span):
    return timezone.now() + timedelta(**span)
