"""What the tick starts in shops (E1, E2, O10)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from inventory.models import Article, Price, StockLevel
from orders.models import Order
from shops.models import RemoteElement, Run, ShopSchedule
from shops.services.runs import work_run
from shops.services.schedules import PRESETS, ensure_schedules, next_start, start_due
from tests import factories as make
from tests.shops.sync.conftest import set_rules
from tests.shops.sync.schedules.turns import Job, later, make_listener, only, turn
from tests.shops.sync.test_orders import buy

pytestmark = pytest.mark.django_db(transaction=True)


# Presets


@pytest.mark.requirement("E2", "O10", "P2")
def test_a_shop_begins_with_the_recommended_times(shop):
    found = ensure_schedules(shop)
    assert found[Job.EXPORT_STOCK].every_min == 5
    assert found[Job.SYNC_CHANGED].every_min == 10
    assert found[Job.IMPORT_ORDERS].every_min == 20
    assert found[Job.SYNC].every_min is None
    assert time(3) <= found[Job.SYNC].at < time(5, 30)
    assert Job.SYNC_ATTACHMENTS not in found  # WooCommerce has none
    assert ensure_schedules(shop) == found


def test_shops_do_not_all_begin_at_once_and_never_in_the_doubled_hour(shop):
    shops = [shop, *(make.make_shop(f"s{n}") for n in range(29))]
    times = {ensure_schedules(one)[Job.SYNC].at for one in shops}
    assert len(times) == 30
    for preset in PRESETS:
        if preset.at is not None:
            assert not preset.at <= time(2, 59) <= time(preset.at.hour, preset.at.minute)
    assert not ShopSchedule.objects.filter(at__gte=time(2), at__lt=time(3)).exists()


# Starting


@pytest.mark.requirement("E1")
def test_every_job_runs_in_its_time_and_not_before(busy, woo):
    now = timezone.now()
    assert sorted(turn(now)) == ["import_orders", "reconcile", "sync", "sync_changed"]
    assert {run.trigger for run in Run.objects.all()} == {"schedule"}
    assert start_due(now) == []
    outcomes = dict(ShopSchedule.objects.values_list("job", "outcome"))
    assert (outcomes[Job.SYNC], outcomes[Job.EXPORT_STOCK]) == ("started", "nothing")
    for row in ShopSchedule.objects.all():
        assert now < next_start(row, now) <= now + timedelta(hours=25)
        if row.outcome == "started":
            assert row.run.job == row.job


@pytest.mark.requirement("E1", "P4")
def test_stock_goes_when_it_has_changed_and_costs_nothing_when_not(busy, woo, sync):
    only(busy, Job.EXPORT_STOCK)
    sync()
    woo.reset_counts()
    assert turn(later(minutes=10)) == []
    assert ShopSchedule.objects.get(job=Job.EXPORT_STOCK).outcome == "nothing"
    StockLevel.objects.filter(article__sku="ART-001").update(on_hand=77)
    assert turn(later(minutes=20)) == ["export_stock"]
    assert next(p for p in woo.state.products.values() if p.sku == "ART-001").stock_quantity == 77
    assert turn(later(minutes=30)) == []
    assert len(woo.requests) == 1
    assert Run.objects.filter(job=Job.EXPORT_STOCK).count() == 1


def test_what_is_held_is_not_planned_anew_every_five_minutes(busy, woo, catalogue, sync):
    for number in range(40):
        article = make.make_article(f"MORE-{number}", vat_rate=catalogue[0].vat_rate)
        make.make_stock(article, busy.warehouses.get(), 5)
    only(busy, Job.EXPORT_STOCK)
    sync()
    StockLevel.objects.update(on_hand=0)
    assert turn(later(minutes=10)) == ["export_stock"]
    assert Run.objects.get(job=Job.EXPORT_STOCK).holds.get().state == "open"
    assert turn(later(minutes=20)) == []
    assert Run.objects.get(job=Job.EXPORT_STOCK).holds.get().state == "open"


def test_what_failed_is_tried_again_although_nothing_has_changed(busy, woo, sync):
    only(busy, Job.EXPORT_STOCK)
    sync()
    StockLevel.objects.filter(article__sku="ART-001").update(on_hand=77)
    closed = woo.fails("POST", "/products/batch", times=None)
    assert turn(later(minutes=10)) == ["export_stock"]
    assert Run.objects.get(job=Job.EXPORT_STOCK).state == "failed"
    closed.times = 0
    assert turn(later(minutes=20)) == ["export_stock"]
    assert next(p for p in woo.state.products.values() if p.sku == "ART-001").stock_quantity == 77


@pytest.mark.requirement("P2")
def test_new_and_changed_articles_go_within_minutes_with_price_and_stock(busy, woo, sync):
    only(busy, Job.SYNC_CHANGED)
    sync()
    assert turn(later(minutes=20)) == ["sync_changed"]  # the first look knows no earlier one
    assert turn(later(minutes=40)) == []
    article = Article.objects.get(sku="ART-001")
    article.name = "Renamed"
    article.save()
    new = make.make_article("NEW", vat_rate=article.vat_rate, categories=[make.make_category("Garden")])
    make.make_stock(new, busy.warehouses.get(), 9)
    make.make_price(busy.price_list, new, "19.90")
    woo.reset_counts()
    assert turn(later(minutes=60)) == ["sync_changed"]
    run = Run.objects.filter(job=Job.SYNC_CHANGED).first()
    assert run.state == "done"
    there = {p.sku: p for p in woo.state.products.values()}
    assert (there["ART-001"].name, there["NEW"].stock_quantity, there["NEW"].regular_price) == (
        "Renamed",
        9,
        "16.31",  # net, as this shop keeps its prices
    )
    assert len(there["NEW"].category_ids) == 1
    # What is read is what the shop says has changed, not the catalogue.
    assert [r.route for r in woo.requests if not r.writes and r.route.startswith("/products")].count(
        "/products"
    ) <= 1
    assert turn(later(minutes=80)) == []


def test_a_price_that_begins_by_itself_is_noticed(busy, woo, sync):
    only(busy, Job.SYNC_CHANGED)
    sync()
    turn(later(minutes=20))
    article = Article.objects.get(sku="ART-001")
    begins = later(minutes=45)
    Price.objects.create(price_list=busy.price_list, article=article, amount="5.00", valid_from=begins)
    assert turn(later(minutes=40)) == ["sync_changed"]  # a price was entered
    assert turn(later(minutes=44)) == []
    assert turn(later(minutes=60)) == ["sync_changed"]


@pytest.mark.requirement("P1")
def test_a_shop_that_leads_is_asked_what_it_has_changed(busy, woo, sync):
    sync()
    set_rules(busy, article={"linked": "here", "import_here": True, "export_there": False})
    only(busy, Job.SYNC_CHANGED)
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    there.name = "The shop's words"
    woo.state.touch(there)
    assert turn(later(minutes=20)) == ["sync_changed"]
    assert Article.objects.get(sku="ART-001").name == "The shop's words"
    assert turn(later(minutes=40)) == ["sync_changed"]  # nobody knows without asking


@pytest.mark.requirement("E1", "O8")
def test_statuses_go_when_they_were_changed_here(busy, woo, sync):
    sync()
    number = buy(woo, status="processing")
    ours = {}
    for remote_id in ("processing", "completed"):
        ours[remote_id] = make.make_order_status(remote_id)
        RemoteElement.objects.filter(shop=busy, kind="order_status", remote_id=remote_id).update(
            local_id=ours[remote_id].pk
        )
    sync("import_orders")
    only(busy, Job.EXPORT_STATUSES)
    assert turn(later(minutes=20)) == []
    Order.objects.update(status=ours["completed"])
    assert turn(later(minutes=40)) == ["export_statuses"]
    assert woo.state.orders[number]["status"] == "completed"
    assert turn(later(minutes=60)) == []


@pytest.mark.requirement("O10")
def test_a_shop_that_calls_is_polled_once_a_day_only(busy, woo, sync):
    only(busy, Job.IMPORT_ORDERS)
    row = ShopSchedule.objects.get(job=Job.IMPORT_ORDERS)
    row.last_at = datetime(2026, 6, 10, 12, tzinfo=UTC)
    row.armed_at = row.last_at - timedelta(days=1)
    row.save()
    nine_hours = [row.last_at + timedelta(minutes=n) for n in range(1, 9 * 60)]
    assert sum(bool(start_due(now)) for now in nine_hours[:25]) == 1
    Run.objects.all().delete()
    listener = make_listener(busy)
    assert sum(bool(start_due(now)) for now in nine_hours[25:]) == 0
    tomorrow = row.last_at + timedelta(hours=20)
    assert [run.job for run in start_due(tomorrow)] == ["import_orders"]
    Run.objects.all().delete()
    listener.missed = {"order": 2}  # changes that nobody announced
    listener.save()
    assert start_due(tomorrow + timedelta(minutes=25))


def test_a_run_that_is_still_going_is_not_started_again(busy, woo, sync):
    only(busy, Job.IMPORT_ORDERS)
    [run] = start_due()
    assert start_due(later(minutes=25)) == []
    assert ShopSchedule.objects.get(job=Job.IMPORT_ORDERS).outcome == "busy"
    work_run(run.pk)
    assert len(start_due(later(minutes=50))) == 1


def test_of_two_looks_at_once_one_starts_it(busy, woo, monkeypatch):
    from shops.services import schedules

    only(busy, Job.IMPORT_ORDERS)
    rival: list[Run] = []
    foreseen = schedules._foreseen

    def meanwhile(schedule):
        answer = foreseen(schedule)
        if not rival:
            monkeypatch.setattr(schedules, "_foreseen", foreseen)
            rival.extend(start_due())
        return answer

    monkeypatch.setattr(schedules, "_foreseen", meanwhile)
    assert start_due() == []
    assert len(rival) == Run.objects.count() == 1


def test_a_broken_shop_does_not_keep_the_others_from_their_turn(busy, woo):
    only(busy, Job.IMPORT_ORDERS)
    broken = make.make_shop("gone", platform="no_such_platform")
    ShopSchedule.objects.create(
        shop=broken, job=Job.IMPORT_ORDERS, every_min=1, armed_at=timezone.now() - timedelta(days=9)
    )
    assert [run.shop for run in start_due()] == [busy]
