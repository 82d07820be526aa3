"""What the jobs do that the tick starts."""

from __future__ import annotations

import pytest

from inventory.models import Price, StockLevel
from shops.models import ShopSchedule
from shops.services import changes
from shops.services.schedules import stop_unwanted
from tests.shops.sync.conftest import SYNC_ON, set_rules
from tests.shops.sync.schedules.turns import Job, later

pytestmark = pytest.mark.django_db(transaction=True)


def test_comparing_and_repairing_reads_what_no_watermark_would_show(busy, woo, sync):
    sync()
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    there.stock_quantity = 1
    woo.state.changed(there)  # without a new modification time
    busy.watermarks.update(at=later(days=1))
    run = sync("reconcile")
    assert run.changes.get().key == "ART-001"


@pytest.mark.requirement("P2")
def test_a_changed_job_never_deletes_and_sends_no_more_than_the_matrix_says(busy, woo, sync):
    sync()
    set_rules(busy, article={**SYNC_ON, "delete_there": True}, price={"linked": "nothing"})
    from backoffice.demo.shop import add_products

    add_products(woo.state, 2)
    Price.objects.update(amount="1.00")
    run = sync("sync_changed")
    assert set(run.steps.values_list("kind", flat=True)) <= {
        "category",
        "producer",
        "article",
        "image",
        "stock",
    }
    assert not run.changes.filter(verb="delete_shop").exists()


@pytest.mark.requirement("O14")
def test_a_tick_that_is_taken_out_also_stops_what_goes_within_seconds(busy, woo, sync):
    sync()
    changes.push_everything()  # begins to watch
    ShopSchedule.objects.filter(job=Job.EXPORT_STOCK).update(active=False)
    level = StockLevel.objects.get(article__sku="ART-001")
    level.on_hand = 77
    level.save()
    assert changes.push_changes() == []
    ShopSchedule.objects.filter(job=Job.EXPORT_STOCK).update(active=True)
    level.on_hand = 78
    level.save()
    [run] = changes.push_changes()
    ShopSchedule.objects.filter(job=Job.EXPORT_STOCK).update(active=False)
    assert stop_unwanted() == 1
    run.refresh_from_db()
    assert run.state == "cancelled"
