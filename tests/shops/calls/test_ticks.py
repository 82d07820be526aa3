"""A tick that was taken out, and a shop that was switched off, hold for what the shop announces too (O9, O14)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from shops import jobs
from shops.models import Listener, Run, Shop, ShopCall, ShopSchedule
from shops.services import calls, hearing
from shops.services.runs import start_run, work_run
from shops.services.schedules import ensure_schedules, stop_unwanted
from tests.shops.calls.calling import hear

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O9", "O14")]


def tick_orders(shop: Shop, on: bool) -> None:
    ensure_schedules(shop)
    ShopSchedule.objects.filter(shop=shop, job=Run.Job.IMPORT_ORDERS).update(active=on)


def test_without_the_tick_an_announced_order_waits_until_it_is_set_again(shop, woo, listener, caller):
    tick_orders(shop, on=False)
    caller.place_order()
    assert caller.deliver() == [200]
    assert hear(shop) == []
    jobs.tend_calls()
    assert not Run.objects.exists()
    assert ShopCall.objects.get().state == ShopCall.State.WAITING
    tick_orders(shop, on=True)
    jobs.tend_calls()
    assert [run.state for run in hear(shop)] == [Run.State.DONE]
    assert Order.objects.count() == 1


def test_without_the_tick_a_person_still_reads_orders(shop, woo, listener, caller):
    tick_orders(shop, on=False)
    caller.place_order()
    caller.deliver()
    run = start_run(shop, Run.Job.IMPORT_ORDERS)
    assert stop_unwanted() == 0
    assert work_run(run.pk).state == Run.State.DONE
    assert Order.objects.count() == 1


def test_without_the_tick_registering_calls_reads_no_orders(shop, caller):
    tick_orders(shop, on=False)
    caller.place_order()
    calls.register_calls(shop)
    assert not Run.objects.exists()


def test_taking_out_the_tick_stops_the_reading_and_keeps_what_was_announced(shop, woo, listener, caller):
    tick_orders(shop, on=True)
    caller.place_order()
    caller.deliver()
    [run] = hearing.start_hearing(shop.pk)
    assert stop_unwanted() == 0
    tick_orders(shop, on=False)
    assert stop_unwanted() == 1
    run.refresh_from_db()
    assert (run.state, Order.objects.count()) == (Run.State.CANCELLED, 0)
    tick_orders(shop, on=True)
    assert [one.state for one in hear(shop)] == [Run.State.DONE]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "kinds", [{"kind": "order", "remote_id": "1"}, {"kind": "article", "remote_id": "1"}]
)
def test_switching_the_shop_off_stops_the_reading_of_what_it_announced(shop, woo, listener, kinds):
    shop.rules.filter(kind="article").update(linked="here", import_here=True)
    ShopCall.objects.create(shop=shop, topic="any", verb="updated", key="k", **kinds)
    [run] = hearing.start_hearing(shop.pk)
    Shop.objects.update(active=False)
    assert stop_unwanted() == 1
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def test_the_calls_are_looked_after_outside_quiet_hours_only(shop):
    Listener.objects.create(shop=shop, wanted=True)
    local = timezone.localtime()
    for hours, due in ((1, []), (-1, [shop.pk])):
        shop.quiet_from = (local - timedelta(hours=2)).time().replace(microsecond=0)
        shop.quiet_until = (local + timedelta(hours=hours)).time().replace(microsecond=0)
        shop.save()
        assert calls.due_for_a_look() == due
