"""A restored database keeps still: it asks no shop, starts nothing, mails nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shops.models import Listener, ListenerTopic, Run
from shops.services import restored
from shops.services.calls import due_for_a_look, tend
from tests.factories import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop()


def test_the_calls_of_the_shop_are_left_to_the_kontor_that_works(shop, monkeypatch):
    def asked(*_given: object) -> None:
        raise AssertionError("the shop was asked")

    monkeypatch.setattr("shops.services.calls.open_platform", asked)
    listener = Listener.objects.create(shop=shop, wanted=True, address="https://works.example/calls/x")
    ListenerTopic.objects.create(listener=listener, topic="order.created", remote_id="7", active=True)
    token = listener.token
    assert restored.switch_off_shops() == 1
    shop.refresh_from_db()
    listener.refresh_from_db()
    assert not shop.active
    assert (listener.address, listener.wanted, listener.topics.count()) == ("", False, 0)
    assert listener.token == token
    assert due_for_a_look() == []
    shop.active = True
    shop.save()
    assert due_for_a_look() == []
    tend(shop)


def test_runs_are_finished_so_that_they_are_thrown_away_in_time(shop):
    run = Run.objects.create(
        shop=shop, job=Run.Job.SYNC, lane=Run.Lane.CATALOGUE, state=Run.State.RUNNING, lease_holder="a worker",
        lease_until=timezone.now() + timedelta(minutes=5),
    )  # fmt: skip
    restored.switch_off_shops()
    run.refresh_from_db()
    assert (run.state, run.lease_holder, run.lease_until) == (Run.State.CANCELLED, "", None)
    assert run.finished_at is not None
