"""What the tick does not start, stops, or lets rest (E1, O14)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shops import jobs
from shops.models import Rule, ShopSchedule
from shops.services.runs import confirm_overwriting, start_run, work_run
from shops.services.schedules import next_start, start_due, stop_unwanted, why_not
from shops.sync.slices import Outcome, work_slice
from tests.shops.sync.schedules.turns import Job, later, only

pytestmark = pytest.mark.django_db(transaction=True)


# Not starting


@pytest.mark.requirement("O14")
def test_the_matrix_decides_what_runs_by_itself(busy, woo):
    only(busy, Job.IMPORT_ORDERS, Job.EXPORT_STOCK)
    Rule.objects.filter(kind__in=["order", "stock"]).update(linked="nothing", import_here=False)
    assert start_due() == []
    assert "Orders are left alone" in why_not(busy, Job.IMPORT_ORDERS)
    assert next_start(ShopSchedule.objects.get(job=Job.EXPORT_STOCK)) is None
    assert {row.outcome for row in ShopSchedule.objects.filter(active=True)} == {"not_possible"}


@pytest.mark.requirement("P3")
def test_nothing_overwrites_by_itself_before_a_person_has_confirmed_it(busy, woo):
    busy.overwrite_confirmed_at = None
    busy.save()
    assert [run.job for run in start_due()] == ["import_orders"]
    assert "Confirm first" in why_not(busy, Job.SYNC)
    confirm_overwriting(busy, None)
    assert why_not(busy, Job.SYNC) == ""


@pytest.mark.parametrize("field", [{"active": False}, {"credentials": {}}])
def test_a_shop_that_is_off_or_has_no_login_is_left_alone(busy, woo, field):
    for name, value in field.items():
        setattr(busy, name, value)
    busy.save()
    assert start_due() == []
    assert why_not(busy, Job.SYNC)


# Switching off


@pytest.mark.requirement("O14")
def test_switching_off_stops_what_waits_and_what_is_at_work(busy, woo):
    only(busy, Job.IMPORT_ORDERS, Job.SYNC)
    runs = {run.job: run for run in start_due()}
    assert work_slice(runs["sync"].pk, seconds=0) is Outcome.MORE
    ShopSchedule.objects.update(active=False)
    assert stop_unwanted() == 2
    assert work_slice(runs["sync"].pk) is Outcome.FINISHED
    for run in runs.values():
        run.refresh_from_db()
        assert run.state == "cancelled"
        assert "switched off" in run.message
    assert stop_unwanted() == 0


@pytest.mark.requirement("O14")
def test_the_tick_stops_what_the_matrix_has_switched_off_and_leaves_what_a_person_started(busy, woo):
    only(busy, Job.IMPORT_ORDERS)
    [run] = start_due()
    by_hand = start_run(busy, "sync")
    Rule.objects.filter(kind="order").update(linked="nothing", import_here=False)
    jobs.tick()
    run.refresh_from_db()
    by_hand.refresh_from_db()
    assert (run.state, by_hand.state) == ("cancelled", "waiting")


# Quiet hours


def test_in_quiet_hours_background_work_rests_and_a_persons_click_does_not(busy, woo):
    only(busy, Job.IMPORT_ORDERS)
    [run] = start_due()
    local = timezone.localtime()
    busy.quiet_from = (local - timedelta(hours=1)).time().replace(microsecond=0)
    busy.quiet_until = (local + timedelta(hours=1)).time().replace(microsecond=0)
    busy.save()
    assert work_slice(run.pk) is Outcome.LATER
    run.refresh_from_db()
    assert run.state == "waiting"
    assert timedelta(minutes=55) < run.not_before - timezone.now() <= timedelta(hours=1)
    assert run.messages.filter(text__contains="Quiet hours").exists()
    assert start_due(later(minutes=25)) == []
    assert (
        work_run(start_run(busy, "import_orders", options={"since": "2026-01-01T00:00:00+00:00"}).pk).state
        == "done"
    )
