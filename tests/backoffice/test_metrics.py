"""/metrics: for who shows the token, and read from the rows."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from prometheus_client.parser import text_string_to_metric_families

from backoffice.lib.http import CallInfo
from backoffice.models import Heartbeat
from shops.models import CallLog, Problem, ShopCall
from shops.sync.connect import CallBook
from tests.factories import make_run, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client, settings):
    settings.METRICS_TOKEN = "prometheus-may"

    def ask() -> dict[str, dict[tuple[str, ...], float]]:
        answer = client.get("/metrics", HTTP_AUTHORIZATION="Bearer prometheus-may")
        assert answer.status_code == 200
        return {
            family.name: {
                tuple(value for _name, value in sorted(sample.labels.items())): sample.value
                for sample in family.samples
            }
            for family in text_string_to_metric_families(answer.content.decode())
        }

    return ask


def test_without_the_setting_there_is_no_such_page(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer prometheus-ma", "bearer prometheus-may", "Bearer č"])
def test_a_wrong_token_learns_nothing(client, settings, given):
    settings.METRICS_TOKEN = "prometheus-may"
    answer = client.get("/metrics", HTTP_AUTHORIZATION=given)
    assert (answer.status_code, answer.content) == (401, b"")


def test_it_says_how_long_things_wait_and_how_often_they_fail(read):
    shop = make_shop("lipa")
    waiting = make_run(shop, lane="stock")
    type(waiting).objects.update(created_at=timezone.now() - timedelta(seconds=90))
    make_run(shop, state="failed", finished_at=timezone.now())
    Problem.objects.create(shop=shop, kind="order", key="a", message="m", count=1, last_seen=timezone.now())
    ShopCall.objects.create(shop=shop, topic="t", kind="order", verb="updated", remote_id="1", key="k")
    Heartbeat.objects.create(name="a", cluster="kontor", host="office", pid=1, at=timezone.now())
    found = read()
    assert found["kontor_runs_unfinished"][("stock", "waiting")] == 1
    assert 89 < found["kontor_run_oldest_seconds"][("stock", "waiting")] < 120
    assert found["kontor_runs_ended_24h"][("sync", "lipa", "failed")] == 1
    assert found["kontor_causes_open"][("lipa",)] == 1
    assert found["kontor_shop_calls_waiting"][("lipa",)] == 1
    assert found["kontor_worker_silent_seconds"][("office", "kontor")] < 5
    assert set(found["kontor_oldest_task_seconds"]) == {("kontor",), ("quick",)}


def test_two_workers_of_a_queue_on_one_host_are_one_series(read, settings):
    settings.WORKER_CLUSTERS = ["kontor", "quick"]
    now = timezone.now()
    for pid, silent_s in ((1, 3), (2, 40), (3, 9000)):
        Heartbeat.objects.create(
            name=f"kontor@office:{pid}",
            cluster="kontor",
            host="office",
            pid=pid,
            at=now - timedelta(seconds=silent_s),
        )
    found = read()
    assert list(found["kontor_worker_silent_seconds"]) == [("office", "kontor")]
    assert found["kontor_worker_silent_seconds"]["office", "kontor"] < 30
    assert found["kontor_workers_alive"] == {("kontor",): 2, ("quick",): 0}


def test_it_says_how_many_tasks_wait_in_each_queue(read):
    now = timezone.now()
    OrmQ.objects.create(key="kontor", payload="x", lock=now + timedelta(seconds=300))  # at work
    for _number in range(3):
        OrmQ.objects.create(key="quick", payload="x", lock=now - timedelta(seconds=30))
    found = read()
    assert found["kontor_tasks_waiting"] == {("kontor",): 0, ("quick",): 3}
    assert found["kontor_broker_up"] == {(): 1}


def test_a_broker_that_is_away_takes_its_own_figures_only(read, monkeypatch):
    make_run(make_shop("lipa"), lane="stock")
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", "redis://127.0.0.1:1/0")
    found = read()
    assert found["kontor_broker_up"] == {(): 0}
    assert "kontor_tasks_waiting" not in found
    assert found["kontor_runs_unfinished"] == {("stock", "waiting"): 1}


def test_requests_are_counted_for_ever_though_their_log_is_trimmed(read, monkeypatch):
    monkeypatch.setattr("shops.sync.connect.KEPT_CALLS", 5)
    shop = make_shop("lipa")

    def ask(statuses):
        book = CallBook(shop, None)
        for status in statuses:
            book.note(CallInfo("GET", "http://x", status, 0.1, 1, "" if status else "No answer.", "", "", ""))
        book.flush()
        book.flush()
        book.trim()

    make_shop("silent")
    ask([200, 404, 500, None])
    ask([200] * 23 + [503])
    assert CallLog.objects.count() == 5
    found = read()
    assert found["kontor_shop_requests"] == {("lipa",): 28}
    assert found["kontor_shop_requests_failed"] == {("lipa",): 4}


def test_a_scrape_costs_as_many_queries_for_twenty_shops(read, django_assert_max_num_queries):
    for number in range(20):
        make_run(make_shop(f"s{number}"), state="done", finished_at=timezone.now())
    with django_assert_max_num_queries(22):
        read()
