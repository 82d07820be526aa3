"""Plan, then run: previews that are approved, the brake, undo, conflicts and owners."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.lib.errors import Conflict
from inventory.models import Article, StockLevel
from shops.models import Hold, Problem, Run
from shops.services import plans
from shops.services.runs import work_run
from tests.shops.sync.conftest import SYNC_ON, kontor_leads, set_rules, stock_up

pytestmark = pytest.mark.django_db(transaction=True)


def names(woo):
    return {p.sku: p.name for p in woo.state.products.values()}


def approve(run, **options):
    return work_run(plans.approve_plan(run, **options).pk)


# Approving


def test_an_approved_plan_does_exactly_its_changes(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 4)
    sync()
    Article.objects.filter(sku="ART-001").update(name="One")
    Article.objects.filter(sku="ART-002").update(name="Two")
    Article.objects.filter(sku="ART-003").update(name="Three")
    plan = sync(mode="preview")
    assert names(woo)["ART-001"] == "Mug 1"
    left = plan.changes.get(key="ART-002")
    plans.leave_out([left.pk], plan)
    Article.objects.filter(sku="ART-003").update(name="Three again")
    Article.objects.filter(sku="ART-004").update(name="Four")  # not in the plan
    run = approve(plan)
    assert names(woo) == {"ART-001": "One", "ART-002": "Mug 2", "ART-003": "Mug 3", "ART-004": "Mug 4"}
    moved = run.changes.get(state="held")
    assert (moved.key, "changed here" in moved.message) == ("ART-003", True)
    assert run.state == "partly"


def test_what_changed_in_the_shop_meanwhile_is_held(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 2)
    sync()
    Article.objects.update(description="New")
    plan = sync(mode="preview")
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    there.name = "Renamed in the shop"
    woo.state.touch(there)
    woo.state.changed(there)
    run = approve(plan)
    held = run.changes.get(kind="article", state="held")
    assert (held.key, "changed in the shop" in held.message) == ("ART-001", True)
    assert run.changes.get(kind="article", state="done").key == "ART-002"


def test_an_approved_plan_of_creates_keeps_parents_before_variants(shop, woo, catalogue, sync):
    from tests import factories as make

    kontor_leads(shop)
    parent = make.make_article(
        "SHIRT", name="Shirt", vat_rate=catalogue[0].vat_rate, has_variants=True, option_names=["Size"]
    )
    variant = make.make_article("SHIRT-S", name="Shirt S", parent=parent, option_values=["S"])
    make.make_stock(variant, shop.warehouses.get(), 3)
    plan = sync(mode="preview")
    run = approve(plan)
    assert list(run.changes.exclude(state="done").values_list("key", "message")) == []
    assert set(names(woo)) == {"ART-001", "ART-002", "ART-003", "SHIRT", "SHIRT-S"}


def test_a_plan_is_carried_out_once_while_fresh_and_under_its_own_rules(shop, woo, catalogue, sync):
    kontor_leads(shop)
    plan = sync(mode="preview")
    set_rules(shop, article={**SYNC_ON, "delete_there": True})
    with pytest.raises(Conflict, match="rules"):
        plans.approve_plan(plan)
    set_rules(shop, article={**SYNC_ON, "delete_there": False})
    Run.objects.filter(pk=plan.pk).update(finished_at=timezone.now() - timedelta(hours=25))
    plan.refresh_from_db()
    with pytest.raises(Conflict, match="older than a day"):
        plans.approve_plan(plan)
    Run.objects.filter(pk=plan.pk).update(finished_at=timezone.now())
    plan.refresh_from_db()
    approve(plan)
    with pytest.raises(Conflict, match="already"):
        plans.approve_plan(plan)


# The brake


@pytest.fixture
def forty(shop, woo, sync):
    kontor_leads(shop)
    articles = stock_up(shop, 40)
    sync()
    return articles


def test_mass_zeroing_of_stock_is_held_and_the_rest_goes_on(shop, woo, forty, sync, admin_user):
    StockLevel.objects.filter(article__in=forty[:30]).update(on_hand=0)
    StockLevel.objects.filter(article=forty[35]).update(on_hand=99)
    run = sync("export_stock")
    quantities = {p.sku: p.stock_quantity for p in woo.state.products.values()}
    assert quantities["ART-001"] == 5
    assert quantities["ART-036"] == 99
    hold = Hold.objects.get()
    assert (hold.risk, hold.count, hold.base, hold.state) == ("zero", 30, 40, "open")
    assert (run.state, run.steps.get().held) == ("partly", 30)
    with pytest.raises(Conflict, match="reason"):
        plans.release_hold(hold, by=admin_user, reason=" ")
    released = work_run(plans.release_hold(hold, by=admin_user, reason="Sold out at the fair").pk)
    assert released.changes.filter(state="done").count() == 30
    assert next(p for p in woo.state.products.values() if p.sku == "ART-001").stock_quantity == 0
    with pytest.raises(Conflict, match="already"):
        plans.discard_hold(hold, by=admin_user, reason="Too late")


def test_a_discarded_hold_does_not_come_back_until_something_changes(shop, woo, forty, sync, admin_user):
    StockLevel.objects.filter(article__in=forty[:30]).update(on_hand=0)
    sync("export_stock")
    plans.discard_hold(Hold.objects.get(), by=admin_user, reason="The count was wrong")
    woo.reset_counts()
    assert sync("export_stock").state == "done"
    assert woo.writes == []
    StockLevel.objects.filter(article=forty[0]).update(on_hand=7)
    sync("export_stock")
    assert next(p for p in woo.state.products.values() if p.sku == "ART-001").stock_quantity == 7


def test_few_risky_changes_pass(shop, woo, forty, sync):
    StockLevel.objects.filter(article__in=forty[:20]).update(on_hand=0)
    assert sync("export_stock").state == "done"
    assert not Hold.objects.exists()


def test_price_jumps_hides_and_deletions_are_each_held(shop, woo, forty, sync):
    from inventory.models import Price
    from tests.peers.woocommerce import add_products

    Price.objects.update(amount=500)
    Article.objects.filter(pk__in=[a.pk for a in forty[:25]]).update(active=False)
    add_products(woo.state, 30)
    set_rules(shop, article={**SYNC_ON, "delete_there": True})
    sync()
    assert {(h.kind, h.risk, h.count) for h in Hold.objects.all()} == {
        ("article", "hide", 25),
        ("article", "delete", 30),
        ("price", "price", 40),
    }
    assert len(woo.state.products) == 70
    assert {p.status for p in woo.state.products.values()} == {"publish"}


def test_a_shop_may_have_its_own_limits_and_a_newer_run_supersedes(shop, woo, forty, sync):
    shop.brake_limits = {"zero": {"share": 1, "count": 2}}
    shop.save()
    StockLevel.objects.filter(article__in=forty[:5]).update(on_hand=0)
    sync("export_stock")
    sync("export_stock")
    assert list(Hold.objects.order_by("pk").values_list("state", flat=True)) == ["superseded", "open"]


# Undo


def test_a_run_is_taken_back_but_not_what_changed_since(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 3)
    sync()
    Article.objects.update(name="Wrong", description="Wrong too")
    wrong = sync()
    there = next(p for p in woo.state.products.values() if p.sku == "ART-002")
    there.name = "Renamed in the shop"
    woo.state.touch(there)
    woo.state.changed(there)
    sync("read")
    plan = work_run(plans.undo_run(wrong).pk)
    assert plan.state == "done"
    assert plan.changes.get(key="ART-001").fields["name"] == ["Wrong", "Mug 1"]
    run = approve(plan)
    assert run.state == "done"
    assert names(woo) == {"ART-001": "Mug 1", "ART-002": "Renamed in the shop", "ART-003": "Mug 3"}
    there = next(p for p in woo.state.products.values() if p.sku == "ART-002")
    assert there.description == "<p>Mug number 2</p>"
    woo.reset_counts()
    set_rules(shop, article={**SYNC_ON})
    run = sync()  # ours is still "Wrong": it stays here until somebody changes it
    assert [c.key for c in run.changes.filter(kind="article", verb="update_shop")] == []
    Article.objects.filter(sku="ART-001").update(name="Right")
    sync()
    assert names(woo)["ART-001"] == "Right"


def test_there_is_nothing_to_undo_in_a_run_that_only_read(shop, woo, catalogue, sync):
    run = sync("read")
    with pytest.raises(Conflict, match="nothing"):
        plans.undo_run(run)


# Conflicts and owners


def test_a_change_on_both_sides_is_decided_by_the_rule_and_marked(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    Article.objects.filter(sku="ART-001").update(name="Ours")
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    there.name = "Theirs"
    woo.state.touch(there)
    woo.state.changed(there)
    change = sync().changes.get(kind="article")
    assert (change.conflict, change.fields["name"], names(woo)["ART-001"]) == (
        True,
        ["Theirs", "Ours"],
        "Ours",
    )


def test_a_field_group_can_belong_to_the_shop(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    shop.owners = {"texts": "shop"}
    shop.save()
    Article.objects.filter(sku="ART-001").update(weight_g=900)
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    there.name = "The shop's words"
    woo.state.touch(there)
    woo.state.changed(there)
    run = sync()
    assert {c.verb for c in run.changes.filter(kind="article")} == {"update_shop", "update_here"}
    assert Article.objects.get(sku="ART-001").name == "The shop's words"
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    assert (there.name, there.weight) == ("The shop's words", "0.9")
    assert not sync().changes.exists()


# Causes


def test_trying_again_sends_what_was_set_aside(shop, woo, sync, admin_user):
    kontor_leads(shop)
    stock_up(shop, 3)
    rule = woo.refuses("^ART-002$", code="odd_rule")
    sync()
    problem = Problem.objects.get(kind="article")
    rule.times = 0
    assert plans.try_again(problem, by=admin_user) == 1
    sync()
    problem.refresh_from_db()
    assert (len(woo.state.products), problem.state) == (3, "cured")


def test_reconciliation_repairs_what_the_shop_lost(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    there.stock_quantity = 1
    woo.state.changed(there)  # without a new modification time: no incremental read would see it
    run = sync("reconcile")
    change = run.changes.get()
    assert (change.kind, change.fields) == ("stock", {"quantity": ["1", "5"]})
    assert next(p for p in woo.state.products.values() if p.sku == "ART-001").stock_quantity == 5
