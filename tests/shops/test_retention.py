"""What is thrown away, and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from shops.models import CallLog, Change, Hold, Problem, RemoteElement, Run, RunMessage
from shops.services.retention import clean_up
from tests.factories import make_run, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def awake():
    cache.delete("kontor-cleaned-up")


@pytest.fixture
def shop():
    return make_shop()


def past(shop, days, *, changes=1, **fields):
    """A run that ended so many days ago, with a message and some changes."""
    ended = timezone.now() - timedelta(days=days)
    run = make_run(shop, **({"state": "done", "started_at": ended, "finished_at": ended} | fields))
    RunMessage.objects.create(run=run, text="Done")
    Change.objects.bulk_create(
        Change(run=run, kind="article", verb="update_shop", state="done") for _number in range(changes)
    )
    return run


def left(run):
    return Run.objects.filter(pk=run.pk).exists(), run.changes.count(), run.messages.count()


def test_what_an_undo_needs_stays_however_little_is_set(shop, settings):
    settings.RUN_RETENTION_DAYS = settings.CHANGE_RETENTION_DAYS = 1
    young, old = past(shop, 29), past(shop, 31)
    clean_up()
    assert left(young) == (True, 1, 1)
    assert not Run.objects.filter(pk=old.pk).exists()


def test_changes_go_before_their_run(shop):
    young, middle, old = past(shop, 59), past(shop, 61), past(shop, 181)
    clean_up()
    assert left(young) == (True, 1, 1)
    assert left(middle) == (True, 0, 0)
    assert left(old) == (False, 0, 0)


def test_runs_that_changed_nothing_go_after_days_unless_a_person_started_them(shop):
    idle = past(shop, 4, changes=0, trigger="schedule")
    young = past(shop, 2, changes=0, trigger="schedule")
    by_hand = past(shop, 4, changes=0)
    failed = past(shop, 4, changes=0, trigger="schedule", state="failed")
    busy = past(shop, 4, trigger="schedule")
    clean_up()
    assert [left(run)[0] for run in (idle, young, by_hand, failed, busy)] == [False, True, True, True, True]


def test_previews_keep_their_changes_for_two_weeks(shop):
    young, old = past(shop, 13, mode="preview"), past(shop, 15, mode="preview")
    clean_up()
    assert (left(young), left(old)) == ((True, 1, 1), (True, 0, 1))


def test_what_a_person_has_to_decide_about_stays_and_so_does_what_is_at_work(shop):
    held = past(shop, 300)
    Hold.objects.create(run=held, kind="article", risk="delete", count=30, base=40)
    plan = past(shop, 300, mode="preview")
    make_run(shop, job="apply", plan=plan, state="waiting")
    waiting = make_run(shop, state="waiting")
    Run.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(days=300))
    clean_up()
    assert (left(held), left(plan), left(waiting)) == ((True, 1, 1), (True, 1, 1), (True, 0, 0))


def test_logs_vanished_elements_and_cured_causes_go(shop):
    ago = timezone.now() - timedelta(days=200)
    CallLog.objects.create(shop=shop, method="GET", url="/")
    CallLog.objects.update(at=ago)
    for number, state in enumerate(("gone", "present", "ignored", "deleted_here")):
        RemoteElement.objects.create(
            shop=shop, kind="article", remote_id=str(number), state=state, seen_at=ago
        )
    for key, state in (("a", "cured"), ("b", "open")):
        Problem.objects.create(shop=shop, kind="article", key=key, state=state, message="x", last_seen=ago)
    clean_up()
    assert not CallLog.objects.exists()
    assert set(RemoteElement.objects.values_list("state", flat=True)) == {
        "present",
        "ignored",
        "deleted_here",
    }
    assert Problem.objects.get().state == "open"


def test_one_turn_is_bounded_and_the_next_goes_on(shop, monkeypatch):
    monkeypatch.setattr("shops.services.retention.BATCH", 10)
    run = past(shop, 61, changes=25)
    assert clean_up(seconds=0) == 0
    assert left(run) == (True, 25, 1)
    assert clean_up() == 26
    assert clean_up() == 0  # and then it rests
    past(shop, 61)
    assert clean_up() == 0
