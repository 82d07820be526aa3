import logging

import pytest
from django.db import DatabaseError, transaction
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from redis.exceptions import ConnectionError as RedisAway

from backoffice.lib.enqueue import enqueue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queued_for_a_worker(monkeypatch):
    from django_q.conf import Conf

    monkeypatch.setattr(Conf, "SYNC", False)


def waiting():
    return [SignedPackage.loads(row.payload) for row in OrmQ.objects.order_by("id")]


def test_a_task_is_queued_after_the_commit_with_its_ids_and_keeps_no_row_of_its_success():
    with transaction.atomic():
        enqueue("shops.jobs.sync_slice", 7, "now")
        assert waiting() == []
    [task] = waiting()
    assert (task["func"], task["args"], task["save"]) == ("shops.jobs.sync_slice", (7, "now"), False)
    assert task["ack_failure"] is True


def test_a_task_may_have_more_time_than_its_cluster_gives():
    enqueue("shops.jobs.run_slice", 7, timeout_s=1800)
    enqueue("shops.jobs.run_slice", 8)
    assert [task.get("timeout") for task in waiting()] == [1800, None]


def test_nothing_is_queued_when_the_work_is_rolled_back():
    with transaction.atomic():
        enqueue("shops.jobs.sync_slice", 7)
        transaction.set_rollback(True)
    assert waiting() == []


def test_the_quick_lane_has_its_own_queue():
    enqueue("shops.jobs.check_shop", 1, cluster="quick")
    enqueue("shops.jobs.sync_slice", 2)
    assert list(OrmQ.objects.order_by("id").values_list("key", flat=True)) == ["quick", "kontor"]


@pytest.mark.parametrize("away", [RedisAway("no route"), DatabaseError("disk full"), OSError("gone")])
def test_a_broker_that_is_away_is_logged_and_breaks_nothing(monkeypatch, caplog, away):
    def fails(*_args):
        raise away

    monkeypatch.setattr(type(get_broker()), "enqueue", fails)
    with caplog.at_level(logging.WARNING), transaction.atomic():
        enqueue("shops.jobs.sync_slice", 7)
    [record] = caplog.records
    assert "could not queue shops.jobs.sync_slice(7,)" in record.getMessage()
    assert str(away) in record.getMessage()


def test_a_mistake_of_ours_is_not_hidden(monkeypatch):
    monkeypatch.setattr(type(get_broker()), "enqueue", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        enqueue("shops.jobs.sync_slice", 7)
