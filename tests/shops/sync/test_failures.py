"""What goes wrong, and what stays right then: M8-M10, poison, unanswered creates, suspicious answers, bad logins."""

from __future__ import annotations

import pytest

from inventory.models import Article
from shops.models import Problem, RemoteElement, Run
from shops.services.runs import cancel_run, start_run, work_run
from shops.sync.slices import Outcome, work_slice
from tests.peers.woocommerce import READER, UNKNOWN, add_products
from tests.shops.sync.conftest import kontor_leads, stock_up

pytestmark = pytest.mark.django_db(transaction=True)


def skus(woo):
    return sorted(p.sku for p in woo.state.products.values())


@pytest.mark.requirement("M8", "M9", "M10")
def test_unreadable_categories_stop_articles_and_all_that_hangs_on_them(shop, woo, catalogue, sync):
    kontor_leads(shop)
    woo.fails("GET", "/products/categories", status=400, code="odd", times=None)
    run = sync()
    states = {step.kind: step.state for step in run.steps.all()}
    assert (states["category"], states["producer"], states["vat_rate"]) == ("failed", "done", "done")
    assert {states[kind] for kind in ("article", "image", "stock", "price")} == {"skipped"}
    assert "Categories" in run.steps.get(kind="article").message
    assert [write for write in woo.writes if "brands" not in write.route] == []


@pytest.mark.requirement("M8")
@pytest.mark.parametrize("fault", ["answers_html", "break_json"])
def test_an_answer_that_is_no_data_stops_the_type_and_says_so(shop, woo, catalogue, sync, fault):
    kontor_leads(shop)
    if fault == "answers_html":
        woo.answers_html("GET", "/products/categories", times=None)
    else:
        woo.fault("break_json", method="GET", route="/products/categories", times=None)
    run = sync()
    step = run.steps.get(kind="category")
    assert step.state == "failed"
    assert step.message
    assert step.cure


def test_one_poisonous_article_is_set_aside_and_the_others_arrive(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 12)
    woo.refuses("^ART-005$", code="odd_plugin_rule", message="The shop does not like it.")
    run = sync()
    assert len(woo.state.products) == 11
    change = run.changes.get(state="refused")
    assert (change.key, "does not like it" in change.message) == ("ART-005", True)
    assert Problem.objects.get(kind="article").count == 1
    assert not RemoteElement.objects.filter(state="creating").exists()


def test_a_batch_refused_as_a_whole_is_halved_until_the_guilty_one_is_alone(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 12)
    woo.refuses("^ART-005$", whole=True)
    run = sync()
    assert len(woo.state.products) == 11
    assert run.changes.get(state="refused").key == "ART-005"


@pytest.mark.parametrize("fault", ["commit_then_drop", "commit_then_answer", "half_batch", "drop"])
def test_a_create_whose_answer_never_came_is_done_once(shop, woo, sync, fault):
    kontor_leads(shop)
    stock_up(shop, 6)
    woo.fault(fault, method="POST", route="/products/batch", status=500)
    run = sync()
    assert skus(woo) == [f"ART-{n:03}" for n in range(1, 7)]
    assert run.state == "done"
    assert RemoteElement.objects.of(shop, "article").present().linked().count() == 6
    assert not RemoteElement.objects.filter(state="creating").exists()
    woo.heal()
    woo.reset_counts()
    assert sync().state == "done"
    assert woo.writes == []


def test_an_unanswered_category_is_not_created_twice(shop, woo, catalogue, sync):
    kontor_leads(shop)
    woo.fault("commit_then_drop", method="POST", route="/products/categories/batch")
    sync()
    names = [term["name"] for term in woo.state.terms_of("category")]
    assert sorted(names) == ["Home", "Kitchen", "Uncategorized"]


def test_a_rate_limit_is_waited_for_and_is_no_failure(shop, woo, catalogue, sync):
    kontor_leads(shop)
    woo.limits_rate(times=2, retry_after=0)
    run = sync()
    assert (run.state, len(woo.state.products)) == ("done", 3)


@pytest.mark.parametrize("key", [UNKNOWN, READER], ids=["unknown", "read-only"])
@pytest.mark.requirement("M1")
def test_a_bad_key_stops_the_run_with_a_cure_not_thousands_of_refusals(shop, woo, catalogue, sync, key):
    kontor_leads(shop)
    shop.credentials = {"consumer_key": key.key, "consumer_secret": key.secret}
    shop.save()
    run = sync()
    assert run.state == "failed"
    assert run.cure
    assert run.changes.filter(state="refused").count() == 0
    assert woo.state.products == {}


@pytest.mark.requirement("M8")
def test_a_suddenly_empty_shop_is_doubted_once_and_believed_the_second_time(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 30)
    sync()
    woo.fault("shrink", method="GET", where=lambda _method, route, _query: route == "/products", times=None)
    run = sync()
    step = run.steps.get(kind="article")
    assert (step.state, "Nothing was treated as gone" in step.message) == ("failed", True)
    assert RemoteElement.objects.of(shop, "article").present().linked().count() == 30
    run = sync()
    assert run.steps.get(kind="article").state != "failed"
    # They are exported again; this shop has them all the same, says so, and they are linked instead of doubled.
    assert run.changes.filter(kind="article", verb="link", state="done").count() == 30
    assert (len(woo.state.products), RemoteElement.objects.of(shop, "article").linked().count()) == (30, 30)


def test_a_changed_currency_stops_prices_and_nothing_else(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    woo.change_currency("HUF")
    Article.objects.filter(sku="ART-001").update(name="New name")
    catalogue[0].prices.update(amount=99)
    woo.reset_counts()
    run = sync()
    price = run.steps.get(kind="price")
    assert (price.state, "HUF" in price.message, bool(price.cure)) == ("failed", True, True)
    assert [list(write.body["update"][0]) for write in woo.writes] == [["id", "name"]]


def test_a_dead_shop_fails_the_run_in_words(shop, woo, catalogue, sync):
    kontor_leads(shop)
    woo.stop()
    run = sync()
    assert run.state == "failed"
    assert run.message
    assert run.cure


def test_maintenance_is_waited_for_and_then_given_up(shop, woo, catalogue, sync, settings):
    settings.SYNC_RETRY_AFTER_S = (0,)
    kontor_leads(shop)
    woo.maintenance = True
    run = sync()
    assert run.state == "failed"


def test_a_run_of_a_busy_lane_waits_behind(shop, woo, catalogue):
    kontor_leads(shop)
    first, second = start_run(shop, "sync"), start_run(shop, "export_all")
    Run.objects.filter(pk=first.pk).update(state="running")
    assert work_slice(second.pk) is Outcome.BUSY
    second.refresh_from_db()
    assert second.state == "waiting"
    assert work_run(first.pk).state == "done"
    assert work_run(second.pk).state == "done"


def test_the_same_click_twice_is_one_run(shop):
    assert start_run(shop, "sync").pk == start_run(shop, "sync").pk


def test_a_stopped_run_keeps_what_it_did_and_says_who(shop, woo, catalogue, admin_user):
    kontor_leads(shop)
    run = start_run(shop, "sync")
    cancel_run(run, by=admin_user)
    run = work_run(run.pk)
    assert (run.state, admin_user.username in run.message) == ("cancelled", True)
    assert woo.writes == []


def test_a_slice_delivered_twice_does_nothing_twice(shop, woo, catalogue, sync):
    kontor_leads(shop)
    run = sync()
    before = len(woo.requests)
    assert work_slice(run.pk) is Outcome.FINISHED
    assert len(woo.requests) == before


def test_the_third_death_of_a_slice_stops_the_run(shop, woo, catalogue):
    run = start_run(shop, "sync")
    Run.objects.filter(pk=run.pk).update(state="running", slice_starts=3)
    assert work_run(run.pk).state == "failed"


@pytest.mark.requirement("P3")
def test_the_first_writing_run_needs_a_persons_word(shop, woo, catalogue):
    from backoffice.lib.errors import Conflict

    kontor_leads(shop)
    shop.overwrite_confirmed_at = None
    shop.save()
    with pytest.raises(Conflict, match="overwrites"):
        start_run(shop, "sync")
    start_run(shop, "read")


def test_small_slices_end_in_the_same_place(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 25)
    add_products(woo.state, 130)
    run = start_run(shop, "sync")
    for _round in range(500):
        if work_slice(run.pk, seconds=0) is Outcome.FINISHED:
            break
    run.refresh_from_db()
    assert run.state == "done"
    assert len([sku for sku in skus(woo) if sku.startswith("ART-")]) == 25
    assert run.changes.exclude(state="done").count() == 0


def test_what_the_shop_refused_is_not_sent_again_until_it_changes(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 3)
    rule = woo.refuses("^(ART-002|Broken mug)$", code="odd_rule")
    sync()
    woo.reset_counts()
    sync()
    assert woo.writes == []
    problem = Problem.objects.get(kind="article")
    assert (problem.state, problem.count) == ("open", 1)
    rule.times = 0
    Article.objects.filter(sku="ART-002").update(name="Better mug")
    sync()
    problem.refresh_from_db()
    assert (len(woo.state.products), problem.state) == (3, "cured")


def test_a_refused_update_waits_too(shop, woo, sync):
    kontor_leads(shop)
    stock_up(shop, 3)
    sync()
    rule = woo.refuses("^Broken mug$", code="odd_rule")
    Article.objects.filter(sku="ART-002").update(name="Broken mug")
    assert sync().changes.get().state == "refused"
    woo.reset_counts()
    sync()
    assert woo.writes == []
    assert Problem.objects.get(kind="article").count == 1
    rule.times = 0
    Article.objects.filter(sku="ART-002").update(name="Mended mug")
    sync()
    assert {p.name for p in woo.state.products.values()} == {"Mug 1", "Mended mug", "Mug 3"}
    assert Problem.objects.get(kind="article").state == "cured"
