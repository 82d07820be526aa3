from datetime import timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_q.models import OrmQ

from backoffice.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def workers(settings):
    settings.WORKER_CLUSTERS = ["kontor", "quick"]
    now = timezone.now()
    return [
        Heartbeat.objects.create(name=f"{name}@host:1", cluster=name, host="host", pid=1, at=now)
        for name in settings.WORKER_CLUSTERS
    ]


def failing(client):
    response = client.get("/readyz")
    answer = response.json()
    assert answer["ok"] == (response.status_code == 200)
    assert set(answer["checks"]) == {"database", "migrations", "workers", "waiting tasks"}
    return {name: check["detail"] for name, check in answer["checks"].items() if not check["ok"]}


def test_the_process_answers_whatever_the_rest_does(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


def test_all_is_well(client, workers):
    assert failing(client) == {}


def test_a_silent_worker_is_named_though_others_live(client, workers):
    Heartbeat.objects.filter(cluster="quick").update(at=timezone.now() - timedelta(minutes=5))
    assert failing(client) == {"workers": "no sign of life from quick for 180 s"}


def test_no_worker_at_all(client, settings):
    settings.WORKER_CLUSTERS = ["kontor"]
    assert failing(client) == {"workers": "no sign of life from kontor for 180 s"}


def test_a_missing_migration(client, workers):
    MigrationRecorder.Migration.objects.filter(app="backoffice", name="0001_heartbeat").delete()
    assert failing(client) == {"migrations": "1 missing, run `manage.py migrate`"}


def test_a_task_that_nobody_begins(client, workers):
    now = timezone.now()
    OrmQ.objects.create(key="kontor", payload="x", lock=now + timedelta(seconds=300))  # at work
    OrmQ.objects.create(key="quick", payload="x", lock=now - timedelta(seconds=30))
    assert failing(client) == {}
    OrmQ.objects.create(key="quick", payload="x", lock=now - timedelta(seconds=700))
    assert failing(client) == {"waiting tasks": "a task has been waiting for 700 s"}


@pytest.mark.service
def test_a_task_that_nobody_begins_on_redis(client, workers, monkeypatch, redis_url):
    import time_machine
    from django_q.brokers.redis_broker import Redis
    from django_q.conf import Conf
    from django_q.tasks import async_task

    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", redis_url)
    assert failing(client) == {}
    with time_machine.travel(timezone.now() - timedelta(seconds=700)):
        async_task("builtins.print", q_options={"sync": False, "broker": Redis("kontor")})
    async_task("builtins.print", q_options={"sync": False, "broker": Redis("kontor")})
    assert failing(client) == {"waiting tasks": "a task has been waiting for 700 s"}


def test_a_task_signed_with_a_former_key_is_passed_over(client, workers, monkeypatch):
    from django_q.conf import Conf
    from django_q.signing import SignedPackage

    now, tasks = timezone.now(), []
    with monkeypatch.context() as former:
        former.setattr(Conf, "SECRET_KEY", "former")
        tasks.append(SignedPackage.dumps({"started": now - timedelta(seconds=9000)}))

    class Broker:
        list_key = "kontor"

        class connection:
            @staticmethod
            def lrange(_key, first, last):
                return tasks[first : last + 1]

    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr("backoffice.health.get_broker", lambda _cluster: Broker)
    assert failing(client) == {}
    tasks.append(SignedPackage.dumps({"started": now - timedelta(seconds=700)}))
    assert failing(client) == {"waiting tasks": "a task has been waiting for 700 s"}


def test_a_broker_that_is_away_is_said_without_its_address(client, workers, monkeypatch, caplog):
    from django_q.conf import Conf

    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", "redis://:geheim@127.0.0.1:1/0")
    assert failing(client) == {"waiting tasks": "cannot be reached, see the log"}
    assert "the check of waiting tasks failed" in caplog.text


def test_health_needs_no_https_and_everything_else_does(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/login/")["Location"] == "https://testserver/login/"
