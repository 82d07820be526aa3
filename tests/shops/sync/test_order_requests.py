"""Looking for new orders costs the shop one request: what it seldom changes is asked for once a day (O10, P7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from orders.models import Order
from shops.models import Run
from shops.services.runs import start_run, work_run
from tests.shops.sync.conftest import set_rules
from tests.shops.sync.test_orders import buy

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O10")]
DICTIONARIES = {"payment_method", "shipping_method", "order_status"}


def look(shop, woo, *, trigger=Run.Trigger.SCHEDULE) -> dict[str, int]:
    """{path: requests} of one look for orders."""
    woo.reset_counts()
    run = start_run(shop, Run.Job.IMPORT_ORDERS, trigger=trigger)
    work_run(run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    return {path: number for (_method, path), number in woo.calls.items()}


@pytest.fixture
def selling(shop):
    set_rules(shop, order={"linked": "here", "import_here": True})
    return shop


def test_the_first_look_of_a_day_reads_what_orders_refer_to_and_the_others_one_page(selling, woo, catalogue):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        first = look(selling, woo)
        assert set(first) > {"/orders", "/payment_gateways", "/orders/statuses"}
        clock.shift(timedelta(minutes=20))
        assert look(selling, woo) == {"/orders": 1}
        clock.shift(timedelta(hours=24))
        assert look(selling, woo) == first
        # Who presses the button sees what the shop has now.
        assert look(selling, woo, trigger=Run.Trigger.PERSON) == first


def test_what_only_an_order_names_is_looked_up_once_an_hour(selling, woo, catalogue):
    woo.add_product(name="Mug 1", sku="ART-001", regular_price="4")
    shipping = {
        "shipping_lines": [
            {"method_id": "flat_rate", "instance_id": "1", "method_title": "GLS", "total": "4.10"}
        ]
    }
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        look(selling, woo)
        clock.shift(timedelta(hours=2))
        buy(woo, **shipping)
        assert look(selling, woo) == {"/orders": 1}
        buy(woo, payment_method="bitcoin", payment_method_title="Bitcoin", **shipping)
        assert look(selling, woo) == {"/orders": 1}
        assert look(selling, woo) == {"/orders": 1, "/payment_gateways": 1}
        buy(woo, payment_method="bitcoin", payment_method_title="Bitcoin", **shipping)
        for _again in range(2):  # the shop's list does not have it
            assert look(selling, woo) == {"/orders": 1}
    assert Order.objects.count() == 3
