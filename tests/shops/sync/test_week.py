"""A week of schedules in accelerated time: every minute a tick, shops that change on both sides, no drift, no doubles.

Bounded for the everyday (two shops, two days, hourly); KONTOR_CHAOS=full takes twenty shops and seven days by the minute
(-s prints what each day left in the tables and in memory).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from inventory.models import Article, StockLevel
from orders.models import Order
from shops import jobs
from shops.models import CallLog, Change, Run, RunMessage
from shops.services.rules import ensure_rules
from shops.services.runs import confirm_overwriting, work_run
from shops.services.schedules import ensure_schedules
from shops.sync.doorbell import sleepers
from tests import factories as make
from tests.peers.woocommerce import ADMIN, make_shop
from tests.shops.sync.conftest import _no_waiting, kontor_leads, set_rules
from tests.shops.sync.test_orders import buy

__all__ = ["_no_waiting"]

pytestmark = pytest.mark.django_db(transaction=True)

FULL = os.environ.get("KONTOR_CHAOS", "") == "full"
SHOPS, DAYS, LOOK_MIN = (20, 7, 1) if FULL else (2, 2, 60)
# The clock jumps back in the night of the second day.
BEGIN = datetime(2026, 10, 23, 22, 0, tzinfo=UTC)


@pytest.fixture
def firm():
    """Three articles, one warehouse, and so many shops that Kontor leads."""
    make.make_company()
    warehouse, retail, vat = (
        make.make_warehouse("LJ"),
        make.make_price_list("Retail", gross=True),
        make.make_vat_rate(),
    )
    for number in range(1, 4):
        article = make.make_article(f"ART-{number:03}", name=f"Mug {number}", vat_rate=vat)
        make.make_stock(article, warehouse, 500)
        make.make_price(retail, article, f"{number}.90")
    with ExitStack() as stack:
        found = []
        for number in range(SHOPS):
            woo = stack.enter_context(make_shop())
            shop = make.make_shop(
                f"shop-{number}",
                address=woo.url,
                credentials={"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret},
                options={"requests_per_second": "10000"},
                country="SI",
                price_list=retail,
            )
            shop.warehouses.add(warehouse)
            confirm_overwriting(shop, None)
            ensure_rules(shop)
            kontor_leads(shop)
            set_rules(shop, order={"linked": "here", "import_here": True})
            found.append((shop, woo))
        yield found


def resident_mb() -> float:
    """Of this process, in which the stand-ins live too; what they keep of each request is thrown away daily."""
    fields = Path("/proc/self/status").read_text(encoding="ascii").split("VmRSS:")[1].split()
    return int(fields[0]) / 1024


def day_over(firm) -> dict[str, float]:
    """Rows that are left at the end of a day, and memory."""
    for _shop, woo in firm:
        woo.reset_counts()
    rows = {model.__name__: model.objects.count() for model in (Run, RunMessage, Change, CallLog)}
    idle = Run.objects.filter(started_at__lt=timezone.now() - timedelta(days=3, hours=2))
    left = {"mb": resident_mb(), "idle": idle.filter(changes=None, trigger="schedule", state="done").count()}
    print(rows | left, flush=True)
    return rows | left


def work():
    """What the workers would do in this minute."""
    while runs := sleepers():
        for run in runs:
            work_run(run.pk)


@pytest.mark.requirement("E1", "E2", "O10")
def test_a_week_of_schedules_leaves_both_sides_equal_and_nothing_twice(firm):
    chance, placed, moved, days = random.Random(7), 0, 0, []
    cache.clear()
    with time_machine.travel(BEGIN, tick=False) as clock:
        for shop, _woo in firm:
            ensure_schedules(shop)
        for look in range(DAYS * 24 * 60 // LOOK_MIN):
            if look and not look * LOOK_MIN % (24 * 60):
                days.append(day_over(firm))
            clock.shift(timedelta(minutes=LOOK_MIN))
            if chance.random() < 0.01:
                level = chance.choice(list(StockLevel.objects.all()))
                level.on_hand = chance.randint(100, 900)
                level.save()
                moved += 1
            if chance.random() < 0.004:
                article = chance.choice(list(Article.objects.all()))
                article.name = f"Mug {chance.randint(1, 99)}"
                article.save()
            if chance.random() < 0.01:
                _shop, woo = chance.choice(firm)
                if woo.state.products:
                    buy(woo, sku="ART-001", quantity=1)
                    placed += 1
            jobs.tick()
            work()
        for _look in range(3):  # everything that waited for its turn has it
            clock.shift(timedelta(minutes=20))
            jobs.tick()
            work()
    for _shop, woo in firm:
        there = Counter(product.sku for product in woo.state.products.values())
        assert there == {"ART-001": 1, "ART-002": 1, "ART-003": 1}
        names = {product.sku: product.name for product in woo.state.products.values()}
        assert names == dict(Article.objects.values_list("sku", "name"))
    assert Order.objects.count() == placed
    assert not Run.objects.unfinished().exists()
    nightly = Counter(Run.objects.filter(job="sync").values_list("shop__code", flat=True))
    assert set(nightly.values()) <= {DAYS - 1, DAYS}, nightly
    assert not Run.objects.filter(state="failed").exists()
    assert not Change.objects.filter(drift=True).exclude(kind="stock").exists()
    # Where nothing has changed nothing is started: the tables grow with what happens, not with time.
    assert Run.objects.filter(job="export_stock").count() <= 3 * SHOPS * (moved + placed + 1)
    for day in days:
        assert day["idle"] == 0  # thrown away after three days
        assert day["CallLog"] <= 2000 * SHOPS
    if FULL:  # from the fourth day on as many come as go, and no memory is kept
        assert days[-1]["Run"] <= days[3]["Run"] * 1.25
        assert days[-1]["mb"] <= days[2]["mb"] + 32
