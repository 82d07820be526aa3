"""Alarms: told once, again after a day, and when it is over."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from shops.models import Alarm, IncomingOrder, Listener, Run, Shop
from shops.services.alarms import tell_alarms
from tests.factories import make_run, make_shop
from tests.peers.scripted import Reply, ScriptedServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings) -> Shop:
    settings.ALARM_MAILS = ["it@example.com"]
    return make_shop("lipa", name="Lipa SI")


@pytest.fixture
def receiver():
    with ScriptedServer() as server:
        yield server


def failed(shop: Shop, **fields) -> Run:
    return make_run(
        shop,
        **(
            {"state": "failed", "trigger": "schedule", "finished_at": timezone.now(), "message": "No answer."}
            | fields
        ),
    )


def test_a_failed_background_run_is_told_once_and_its_end_too(shop, mailoutbox):
    run = failed(shop)
    tell_alarms()
    tell_alarms()
    (mail,) = mailoutbox
    assert mail.to == ["it@example.com"]
    assert mail.subject == "Kontor: Lipa SI: Synchronise failed."
    assert "No answer." in mail.body
    assert f"/shops/run/{run.pk}/change/" in mail.body
    make_run(shop, state="done", trigger="schedule", finished_at=timezone.now())
    tell_alarms()
    tell_alarms()
    assert [mail.subject for mail in mailoutbox[1:]] == ["Kontor: Over: Lipa SI: Synchronise failed."]
    assert not Alarm.objects.exists()


def test_what_lasts_is_told_again_after_a_day(shop, mailoutbox):
    failed(shop)
    tell_alarms()
    Alarm.objects.update(told_at=timezone.now() - timedelta(hours=25))
    tell_alarms()
    tell_alarms()
    assert len(mailoutbox) == 2


def test_what_a_person_started_is_not_told(shop, mailoutbox):
    failed(shop, trigger="person")
    failed(shop, state="cancelled")
    tell_alarms()
    assert not mailoutbox


def test_all_that_is_wrong_comes_in_one_mail(shop, mailoutbox, django_assert_max_num_queries):
    failed(shop)
    Shop.objects.update(paused_until=timezone.now() + timedelta(hours=1), pause_reason="It does not answer.")
    Listener.objects.create(shop=shop, wanted=True, missed={"order": 3})
    IncomingOrder.objects.create(shop=shop, remote_id="1", payload={}, payload_print="x", state="parked")
    IncomingOrder.objects.update(changed_at=timezone.now() - timedelta(hours=2))
    with django_assert_max_num_queries(20):
        tell_alarms()
    (mail,) = mailoutbox
    assert mail.subject.endswith("(and 3 more)")
    for text in ("keeps failing", "does not call as it should", "1 order is parked", "Synchronise failed"):
        assert text in mail.body


def test_without_a_receiver_nothing_is_looked_for(shop, settings, django_assert_num_queries):
    settings.ALARM_MAILS = []
    with django_assert_num_queries(0):
        tell_alarms()


def test_a_receiver_that_is_away_is_told_later(shop, settings, mailoutbox, receiver):
    settings.ALARM_MAILS, settings.ALARM_URL = [], f"{receiver.url}/alarm"
    failed(shop)
    receiver.replies = [Reply(status=500)]
    tell_alarms()
    assert Alarm.objects.get().told_at is None
    receiver.replies = [Reply(status=204, body=b"")]
    tell_alarms()
    assert Alarm.objects.get().told_at
    begun = json.loads(receiver.asked[-1].body)["begun"]
    assert begun[0]["title"] == "Lipa SI: Synchronise failed."
    assert begun[0]["url"].startswith("http")
