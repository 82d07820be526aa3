"""What packages leave behind is thrown away by the same tick as our own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone
from django_q.models import Task

from backoffice.models import Heartbeat
from shops.services.retention import clean_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def awake():
    cache.delete("kontor-cleaned-up")


def ago(days: float):
    return timezone.now() - timedelta(days=days)


def test_logins_that_have_ended_go_and_the_others_stay():
    for key, ends in (("ended", ago(0.01)), ("lasts", ago(-0.5))):
        Session.objects.create(session_key=key, session_data="x", expire_date=ends)
    clean_up()
    left = list(Session.objects.values_list("session_key", flat=True))
    SessionStore.clear_expired()
    assert left == list(Session.objects.values_list("session_key", flat=True)) == ["lasts"]


@pytest.mark.parametrize("log", [AccessLog, AccessAttempt, AccessFailureLog])
def test_the_log_of_logins_goes_after_its_days(settings, log):
    settings.ACCESS_RETENTION_DAYS = 90
    more = {"failures_since_start": 1} if log is AccessAttempt else {}
    for name, days in (("young", 89), ("old", 91)):
        row = log.objects.create(username=name, ip_address="192.0.2.1", user_agent="x", **more)
        log.objects.filter(pk=row.pk).update(attempt_time=ago(days))
    clean_up()
    assert log.objects.get().username == "young"


def test_the_admins_own_history_goes_after_its_days(settings, admin_user):
    settings.ACCESS_RETENTION_DAYS = 90
    for name, days in (("young", 89), ("old", 91)):
        LogEntry.objects.create(
            user=admin_user,
            content_type=ContentType.objects.get_for_model(Session),
            object_repr=name,
            action_flag=1,
            action_time=ago(days),
        )
    clean_up()
    assert LogEntry.objects.get().object_repr == "young"


def test_failed_tasks_of_the_workers_go_and_others_are_left_to_their_limit():
    for name, days, success in (("young", 179, False), ("old", 181, False), ("well", 181, True)):
        Task.objects.create(
            id=name, name=name, func="f", started=ago(days), stopped=ago(days), success=success
        )
    clean_up()
    assert set(Task.objects.values_list("name", flat=True)) == {"young", "well"}


def test_workers_that_were_killed_are_forgotten_after_a_day():
    for pid, days in ((1, 0.9), (2, 1.1)):
        Heartbeat.objects.create(name=str(pid), cluster="kontor", host="h", pid=pid, at=ago(days))
    clean_up()
    assert Heartbeat.objects.get().pid == 1
