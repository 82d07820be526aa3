"""Alarms: told once, again after a day, and when it is over."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.models import Heartbeat
from orders.models import DocumentMail
from shops.models import Alarm, IncomingOrder, Listener, Run, Shop, ShopSchedule
from shops.services.alarms import tell_alarms
from tests.factories import make_document, make_run, make_shop
from tests.peers.scripted import Reply, ScriptedServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings) -> Shop:
    settings.ALARM_MAILS = ["it@example.com"]
    for name in settings.WORKER_CLUSTERS:
        beat(name, timezone.now())
    return make_shop("lipa", name="Lipa SI")


def beat(cluster: str, at) -> None:
    Heartbeat.objects.update_or_create(
        name=f"{cluster}@host:1", defaults={"cluster": cluster, "host": "host", "pid": 1, "at": at}
    )


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
    Alarm.objects.update(mailed_at=timezone.now() - timedelta(hours=25))
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
    with django_assert_max_num_queries(26):
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
    assert Alarm.objects.get().posted_at is None
    receiver.replies = [Reply(status=204, body=b"")]
    tell_alarms()
    assert Alarm.objects.get().posted_at
    begun = json.loads(receiver.asked[-1].body)["begun"]
    assert begun[0]["title"] == "Lipa SI: Synchronise failed."
    assert begun[0]["url"].startswith("http")


def subjects(mailoutbox):
    return [mail.subject.removeprefix("Kontor: ") for mail in mailoutbox]


def test_each_receiver_is_told_for_itself(shop, settings, mailoutbox, receiver):
    settings.ALARM_URL = f"{receiver.url}/alarm"
    failed(shop)
    receiver.replies = [Reply(status=500)]
    tell_alarms()
    tell_alarms()
    assert len(mailoutbox) == 1
    receiver.replies = [Reply(status=204, body=b"")]
    tell_alarms()
    tell_alarms()
    assert json.loads(receiver.asked[-1].body)["begun"][0]["key"] == f"run:{shop.pk}:sync"
    assert (len(mailoutbox), len(receiver.asked)) == (1, 3)
    make_run(shop, state="done", trigger="schedule", finished_at=timezone.now())
    receiver.replies = [Reply(status=500)]
    tell_alarms()
    receiver.replies = [Reply(status=204, body=b"")]
    tell_alarms()
    tell_alarms()
    assert json.loads(receiver.asked[-1].body)["over"][0]["key"] == f"run:{shop.pk}:sync"
    assert (len(mailoutbox), len(receiver.asked)) == (2, 5)
    assert not Alarm.objects.exists()


def test_time_alone_cures_nothing(shop, mailoutbox):
    run = failed(shop)
    tell_alarms()
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=3))
    tell_alarms()
    assert subjects(mailoutbox) == ["Lipa SI: Synchronise failed."]


def test_what_failed_long_before_anybody_looked_is_not_told(shop, mailoutbox):
    failed(shop, finished_at=timezone.now() - timedelta(days=3))
    tell_alarms()
    assert not mailoutbox


@pytest.mark.parametrize(
    ("fields", "over"),
    [
        ({"state": "done"}, True),
        ({"state": "failed"}, False),
        ({"state": "done", "mode": "preview"}, False),
        ({"state": "done", "job": "import_orders"}, False),
    ],
)
def test_a_persons_later_success_ends_an_alarm(shop, mailoutbox, fields, over):
    failed(shop)
    tell_alarms()
    make_run(shop, **({"trigger": "person", "finished_at": timezone.now()} | fields))
    tell_alarms()
    assert (subjects(mailoutbox)[1:] == ["Over: Lipa SI: Synchronise failed."]) is over


def test_a_run_that_left_something_undone_is_told(shop, mailoutbox):
    failed(shop, state="partly", message="3 articles were refused.")
    tell_alarms()
    assert subjects(mailoutbox) == ["Lipa SI: Synchronise left something undone."]
    assert "3 articles" in mailoutbox[0].body


def test_a_dead_worker_is_told_when_it_lasts(shop, settings, mailoutbox):
    settings.WORKER_CLUSTERS = ["kontor", "quick"]
    beat("kontor", timezone.now() - timedelta(hours=9))
    beat("quick", timezone.now())
    tell_alarms()
    assert not mailoutbox  # an update may be under way
    Alarm.objects.update(since=timezone.now() - timedelta(minutes=6))
    tell_alarms()
    assert subjects(mailoutbox) == ["The worker kontor gives no sign of life."]
    beat("kontor", timezone.now())
    tell_alarms()
    assert len(mailoutbox) == 2


def test_a_run_that_no_worker_takes_up_is_told(shop, mailoutbox):
    ago = timezone.now() - timedelta(hours=9)
    make_run(shop, lane="catalogue", state="running")
    for lane in ("catalogue", "stock"):  # the first waits for the one at work
        Run.objects.filter(pk=make_run(shop, lane=lane).pk).update(created_at=ago)
    tell_alarms()
    Alarm.objects.update(since=ago)
    tell_alarms()
    assert subjects(mailoutbox) == ["1 run waits and no worker takes it up."]


def test_a_turn_that_was_not_possible_is_told_unless_the_shop_has_no_such_work(shop, mailoutbox, monkeypatch):
    for job in ("sync", "export_stock"):
        ShopSchedule.objects.create(shop=shop, job=job, every_min=5, outcome="not_possible")
    monkeypatch.setattr("shops.services.wrong.has_work", lambda _shop, job: job == "sync")
    monkeypatch.setattr("shops.services.wrong.why_not", lambda _shop, _job: "No login is saved.")
    tell_alarms()
    Alarm.objects.update(since=timezone.now() - timedelta(minutes=6))
    tell_alarms()
    assert subjects(mailoutbox) == ["Lipa SI: Synchronise could not be started."]
    assert "No login is saved." in mailoutbox[0].body


def test_documents_that_did_not_go_out_are_told(shop, mailoutbox):
    document = make_document(None)
    for number, state in enumerate(("failed", "sent", "doubtful")):
        DocumentMail.objects.create(
            document=document, to="a@example.com", subject="s", body="b", message_id=str(number), state=state
        )
    tell_alarms()
    assert subjects(mailoutbox) == ["1 e-mail with a document was not sent, or perhaps not."]
    assert "/orders/document/?mail=person" in mailoutbox[0].body
