"""Who goes first, who waits, and what happens to a shop that keeps failing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shops import jobs
from shops.models import Run
from shops.services.runs import start_run, work_run
from shops.sync.doorbell import sleepers
from shops.sync.slices import Outcome, work_slice
from tests.shops.sync.conftest import kontor_leads, stock_up

pytestmark = pytest.mark.django_db(transaction=True)


def background(shop, job="sync"):
    return start_run(shop, job, trigger=Run.Trigger.SCHEDULE)


def test_a_persons_click_goes_before_background_work_of_its_lane(shop, woo, catalogue):
    kontor_leads(shop)
    nightly = background(shop)
    assert work_slice(nightly.pk, seconds=0) is Outcome.MORE
    click = start_run(shop, "export_all")
    assert work_slice(click.pk) is Outcome.BUSY  # the nightly run is at work
    assert work_slice(nightly.pk, seconds=0) is Outcome.MORE  # it ends its slice and steps back
    nightly.refresh_from_db()
    assert nightly.state == "waiting"
    assert work_run(click.pk).state == "done"
    assert work_run(nightly.pk).state == "done"


def test_a_stock_run_does_not_wait_for_a_sync(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    nightly = background(shop)
    work_slice(nightly.pk, seconds=0)
    assert work_run(background(shop, "export_stock").pk).state == "done"
    nightly.refresh_from_db()
    assert nightly.state == "running"


def test_a_file_has_more_time_than_a_slice(shop, settings, monkeypatch):
    rung = []
    monkeypatch.setattr(
        "shops.sync.doorbell.enqueue", lambda *args, **options: rung.append(options["timeout_s"])
    )
    start_run(shop, "export_all", mode="file", options={"formats": ["xlsx"]})
    start_run(shop, "export_stock")
    assert rung == [settings.EXPORT_TIMEOUT_S, None]


def test_a_shop_that_keeps_failing_is_paused_and_a_person_may_try(shop, woo, catalogue):
    kontor_leads(shop)
    woo.fails(status=401, code="woocommerce_rest_cannot_view", times=None)
    for _time in range(3):
        assert work_run(background(shop).pk).state == "failed"
    shop.refresh_from_db()
    assert shop.paused_until > timezone.now()
    assert shop.pause_reason
    waiting = background(shop)
    assert work_slice(waiting.pk) is Outcome.BUSY
    assert sleepers() == []
    woo.heal()
    assert work_run(start_run(shop, "export_all").pk).state == "done"
    shop.refresh_from_db()
    assert (shop.failures, shop.paused_until) == (0, None)


def test_a_paused_shop_is_tried_again_by_itself(shop, woo, catalogue):
    kontor_leads(shop)
    shop.paused_until = timezone.now() + timedelta(minutes=5)
    shop.save()
    run = background(shop)
    assert sleepers() == []
    Run.objects.filter(pk=run.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert [sleeper.pk for sleeper in sleepers()] == [run.pk]


def test_the_sweeper_wakes_a_run_whose_worker_died(shop, woo, catalogue, monkeypatch):
    kontor_leads(shop)
    run = start_run(shop, "sync")
    Run.objects.filter(pk=run.pk).update(
        state="running", lease_holder="dead", lease_until=timezone.now() - timedelta(seconds=1)
    )
    rung = []
    monkeypatch.setattr(jobs, "ring", lambda sleeper: rung.append(sleeper.pk))
    assert jobs.sweep() == 1
    assert rung == [run.pk]
    assert jobs.run_slice(run.pk) == "finished"


def test_two_workers_with_the_same_task_do_it_once(shop, woo, sync):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    kontor_leads(shop)
    stock_up(shop, 30)
    run = start_run(shop, "sync")

    def work(_number):
        try:
            return jobs.run_slice(run.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(work, range(4)))
    assert "finished" in outcomes
    run.refresh_from_db()
    assert (run.state, len(woo.state.products)) == ("done", 30)


def test_a_clock_that_jumps_back_neither_loses_nor_doubles(shop, woo, sync):
    import time_machine

    kontor_leads(shop)
    stock_up(shop, 5)
    run = start_run(shop, "sync")
    work_slice(run.pk, seconds=0)
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
        assert work_slice(run.pk, seconds=0) in (Outcome.MORE, Outcome.BUSY)
    run = work_run(run.pk)
    assert (run.state, len(woo.state.products)) == ("done", 5)
