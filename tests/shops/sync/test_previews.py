"""What the brake does in a preview: it holds there too, so that approving the rest releases nothing by the way."""

from __future__ import annotations

import pytest

from inventory.models import StockLevel
from shops.models import Hold
from shops.services import plans
from shops.services.runs import work_run
from tests.shops.sync.conftest import kontor_leads, stock_up

pytestmark = pytest.mark.django_db(transaction=True)


def quantities(woo):
    return {p.sku: p.stock_quantity for p in woo.state.products.values()}


def test_the_brake_holds_in_a_preview_and_the_rest_is_approved_apart(shop, woo, sync, admin_user):
    kontor_leads(shop)
    articles = stock_up(shop, 40)
    sync()
    StockLevel.objects.filter(article__in=articles[:30]).update(on_hand=0)
    StockLevel.objects.filter(article=articles[35]).update(on_hand=99)
    plan = sync(mode="preview")
    hold = Hold.objects.get()
    assert (hold.run, hold.count, hold.risk) == (plan, 30, "zero")
    work_run(plans.approve_plan(plan).pk)
    assert quantities(woo)["ART-036"] == 99
    assert quantities(woo)["ART-001"] == 5
    work_run(plans.release_hold(hold, by=admin_user, reason="Sold out").pk)
    assert quantities(woo)["ART-001"] == 0


def test_what_was_left_out_is_taken_in_again_but_not_what_an_undo_must_leave(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 2)
    plan = sync(mode="preview")
    change = plan.changes.filter(kind="article").first()
    assert plans.leave_out([change.pk], plan) == 1
    assert plans.take_in([change.pk], plan) == 1
    plan.changes.filter(pk=change.pk).update(state="held", cure="")
    assert plans.take_in([change.pk], plan) == 0
