"""The history of a shop: page by page, within the fewest requests, in flat memory, and on after a kill -9."""

from __future__ import annotations

import os
import resource
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from shops.models import IncomingOrder, RemoteElement
from shops.services.runs import start_run, work_run
from tests.crash.conftest import die_at
from tests.shops.intake.conftest import buy

pytestmark = [pytest.mark.django_db(transaction=True)]
MANY = int(os.environ.get("KONTOR_HISTORY", "600"))  # 10000 for the whole


def fill(woo: Any, first: int, count: int) -> None:
    """Copies of one real order: numbers, buyers and days of their own."""
    number = buy(woo)
    pattern = woo.state.orders[number]
    woo.state.orders.drop(number)
    for n in range(first, first + count):
        row = {
            **pattern,
            "id": n,
            "number": str(n),
            "billing": {**pattern["billing"], "email": f"b{n % 300}@example.test"},
        }
        woo.state.orders.put(n, row)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


@pytest.mark.requirement("O1", "O13")
def test_the_history_comes_in_within_the_fewest_requests(shop, selling, sync):
    fill(selling, 1000, 100)
    sync("import_orders")
    before_mb = peak_mb()
    fill(selling, 2000, MANY)
    selling.reset_counts()
    run = sync("import_orders", options={"since": "2000-01-01T00:00:00+00:00"})
    everything = MANY + 100
    assert (run.state, Order.objects.count()) == ("done", everything)
    assert selling.calls["GET", "/orders"] == -(-everything // 100)
    assert run.requests < -(-everything // 100) + 12  # what the shop is, its methods and statuses
    assert peak_mb() - before_mb < 60
    assert Order.objects.filter(total=0).count() == 0
    selling.reset_counts()
    again = sync("import_orders", options={"since": "2000-01-01T00:00:00+00:00"})
    assert (again.state, again.changes.count(), Order.objects.count()) == ("done", 0, everything)


@pytest.mark.requirement("O1")
@pytest.mark.parametrize(("point", "nth"), [("read.saved", 3), ("take.saving", 120), ("take.saved", 170)])
def test_a_killed_worker_goes_on_where_it_was(shop, selling, sync, point, nth):
    fill(selling, 1000, 350)
    shop.refresh_from_db()
    run = start_run(shop, "import_orders", options={"since": "2000-01-01T00:00:00+00:00"})
    assert die_at(run, point, nth)
    before = Order.objects.count()
    selling.reset_counts()
    work_run(run.pk)
    run.refresh_from_db()
    assert (run.state, Order.objects.count()) == ("done", 350)
    assert Counter(Order.objects.values_list("source_id", flat=True)).most_common(1)[0][1] == 1
    assert set(IncomingOrder.objects.values_list("state", flat=True)) == {"taken"}
    assert RemoteElement.objects.filter(kind="order", local_id=None).count() == 0
    if point.startswith("take"):
        assert before == nth - (point == "take.saving")  # what was done stays done, one order a transaction
        assert selling.calls["GET", "/orders"] == 0  # and nothing is read again


def test_an_order_needs_the_same_queries_in_a_long_history(shop, selling, sync):
    def queries(first: int, count: int) -> int:
        fill(selling, first, count)
        with CaptureQueriesContext(connection) as captured:
            sync("import_orders", options={"since": "2000-01-01T00:00:00+00:00"})
        return len(captured)

    queries(100_000, 5)
    few, many = queries(200_000, 20), queries(300_000, 80)
    assert (many - few) / 60 < 60  # with its goods kept back, its savepoints and what the engine notes of it
