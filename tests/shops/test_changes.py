"""What changed here is told to the shops within seconds, by as few requests as the shop allows (O7, O14, P4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import Article, StockLevel
from inventory.services.stock import move
from orders.services.reservations import reserve_order
from shops.models import ChangeMark, Hold, Problem, RemoteElement, Run, Shop
from shops.services import changes
from shops.services.changes import forget_old_pushes, push_changes, push_everything
from shops.services.runs import start_run, work_run
from tests import factories as make
from tests.peers.woocommerce import DemoShop, woo
from tests.shops.sync.conftest import _no_waiting, catalogue, kontor_leads, shop, sync

__all__ = ["_no_waiting", "catalogue", "shop", "sync", "woo"]
pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture
def linked(shop: Shop, woo: DemoShop, catalogue: list, sync: Callable[..., Run]) -> Shop:
    """Synchronised a while ago: nothing is left to be told."""
    kontor_leads(shop)
    assert sync().state == "done"
    push_everything()
    settle()
    woo.reset_counts()
    shop.refresh_from_db()
    return shop


def settle() -> None:
    """Nothing of what happened until now is news."""
    now = timezone.now()
    for model in (StockLevel, Article):
        model.objects.update(changed_at=now - timedelta(minutes=5))
    ChangeMark.objects.update(stock_to=now - timedelta(minutes=1))


def work(runs: list[Run]) -> list[Run]:
    return [work_run(run.pk) for run in runs]


def quantity(woo: DemoShop, sku: str) -> int:
    return next(p for p in woo.state.products.values() if p.sku == sku).stock_quantity


def receive(article: object, shop: Shop, pieces: int = 1) -> None:
    move([(article.pk, shop.warehouses.get().pk, D(pieces))], kind="receipt", cause="")  # type: ignore[attr-defined]


@pytest.mark.requirement("O7", "P4")
def test_many_movements_of_one_article_are_one_push(linked, woo, catalogue):
    for _n in range(50):
        receive(catalogue[0], linked)
    runs = work(push_changes())
    assert [(run.job, run.trigger, run.state, run.lane) for run in runs] == [
        ("export_stock", "change", "done", "stock")
    ]
    assert quantity(woo, "ART-001") == 55
    assert len(woo.requests) == 1
    assert woo.calls["POST", "/products/batch"] == 1
    assert runs[0].changes.get().fields == {"quantity": ["5", "55"]}
    assert push_changes() == []  # our own number is no news


@pytest.mark.requirement("P4")
def test_many_articles_cost_the_fewest_requests(linked, woo, catalogue, sync):
    more = stock_up_more(linked, 117)
    sync()
    settle()
    woo.reset_counts()
    for article in [*catalogue, *more]:
        receive(article, linked)
    work(push_changes())
    assert len(woo.requests) == 2  # 120 articles, a hundred in a request
    assert quantity(woo, "MORE-117") == 117 + 5


def stock_up_more(shop: Shop, count: int) -> list:
    first = RemoteElement.objects.filter(kind="article").order_by("local_id").first()
    vat = Article.objects.get(pk=first.local_id).vat_rate
    articles = []
    for n in range(1, count + 1):
        article = make.make_article(f"MORE-{n:03}", vat_rate=vat)
        make.make_stock(article, shop.warehouses.get(), n + 4)
        make.make_price(shop.price_list, article, "1")
        articles.append(article)
    return articles


def test_a_look_at_nothing_new_is_one_query(linked):
    with CaptureQueriesContext(connection) as queries:
        assert push_changes() == []
    assert len(queries) == 1


def test_a_reservation_is_told_to_the_other_shops(linked, woo, catalogue):
    order = make.make_order()
    make.make_line(order, catalogue[0], 2)
    reserve_order(order)
    work(push_changes())
    assert quantity(woo, "ART-001") == 3


def test_what_the_shop_shows_already_is_not_written(linked, woo, catalogue):
    """A sale in the shop lowered both numbers."""
    RemoteElement.objects.filter(kind="stock", local_id=catalogue[0].pk).update(seen_value=3)
    order = make.make_order()
    make.make_line(order, catalogue[0], 2)
    reserve_order(order)
    assert push_changes() == []
    assert len(woo.requests) == 0


def test_a_part_moves_and_its_sets_are_told(linked, woo, catalogue, sync):
    make.make_set("PAIR", {catalogue[0]: 2, catalogue[1]: 1}, vat_rate=catalogue[0].vat_rate)
    sync()
    settle()
    receive(catalogue[0], linked, 4)
    work(push_changes())
    assert (quantity(woo, "ART-001"), quantity(woo, "PAIR")) == (9, 4)


def test_other_parts_of_a_set_are_told(linked, woo, catalogue, sync):
    pair = make.make_set("PAIR", {catalogue[0]: 2}, vat_rate=catalogue[0].vat_rate)
    sync()
    settle()
    pair.components.update(quantity=1)
    pair.save()  # as its page does
    work(push_changes())
    assert quantity(woo, "PAIR") == 5


@pytest.mark.requirement("P4")
@pytest.mark.parametrize("change", ["buffer", "warehouse"])
def test_another_buffer_or_warehouse_is_told(linked, woo, catalogue, change):
    if change == "buffer":
        Shop.objects.update(safety_buffer=2)
    else:
        other = make.make_warehouse("MB")
        linked.warehouses.set([other])
        for article, pieces in zip(catalogue, (3, 4, 5), strict=True):
            move([(article.pk, other.pk, D(pieces))], kind="receipt", cause="")
        settle()
    assert push_changes() == []  # the quick look does not see it; the tick does
    work(push_everything())
    assert [quantity(woo, f"ART-00{n}") for n in (1, 2, 3)] == [3, 4, 5]
    assert push_everything() == []
    assert len(woo.requests) == 1


@pytest.mark.requirement("O14")
@pytest.mark.parametrize("off", ["rule", "shop", "never_synchronised", "paused"])
def test_what_is_switched_off_is_told_nothing(linked, woo, catalogue, off):
    if off == "rule":
        linked.rules.filter(kind="stock").update(linked="nothing")
    elif off == "shop":
        Shop.objects.update(active=False)
    elif off == "paused":
        Shop.objects.update(paused_until=timezone.now() + timedelta(minutes=5))
    else:
        Shop.objects.update(overwrite_confirmed_at=None)
    receive(catalogue[0], linked)
    assert push_changes() == push_everything() == []
    assert len(woo.requests) == 0


@pytest.mark.requirement("O14")
def test_a_tick_taken_off_stops_a_push_that_waits(linked, woo, catalogue):
    receive(catalogue[0], linked)
    runs = push_changes()
    linked.rules.filter(kind="stock").update(linked="nothing")
    assert [run.state for run in work(runs)] == ["done"]
    assert len(woo.requests) == 0


def test_one_push_at_a_time(linked, woo, catalogue):
    receive(catalogue[0], linked)
    runs = push_changes()
    assert len(runs) == 1
    receive(catalogue[1], linked)
    assert push_changes() == push_everything() == []
    work(runs)
    assert (quantity(woo, "ART-001"), quantity(woo, "ART-002")) == (6, 7)  # it took along what came meanwhile
    assert push_changes() == []


def test_what_changed_during_a_push_is_told_by_the_next(linked, woo, catalogue, monkeypatch):
    receive(catalogue[0], linked)
    runs = push_changes()
    start_run(linked, Run.Job.READ)  # anything else does not count
    work(runs)
    receive(catalogue[1], linked)
    work(push_changes())
    assert quantity(woo, "ART-002") == 7


def test_a_refused_number_is_tried_once(linked, woo, catalogue):
    woo.state.set("woocommerce_manage_stock", "no")  # it takes the number with 200, and ignores it
    receive(catalogue[0], linked)
    assert [run.state for run in work(push_changes())] == ["partly"]
    assert Problem.objects.get().state == "open"
    Run.objects.update(finished_at=timezone.now() - timedelta(minutes=5))
    assert push_changes() == []
    woo.state.set("woocommerce_manage_stock", "yes")
    receive(catalogue[0], linked)
    work(push_changes())
    assert quantity(woo, "ART-001") == 7


def test_what_the_brake_holds_is_not_planned_again_and_again(linked, woo, catalogue, sync):
    more = stock_up_more(linked, 30)
    sync()
    settle()
    place = linked.warehouses.get()
    move(
        [(article.pk, place.pk, -level.on_hand) for article in more for level in article.stock_levels.all()],
        kind="issue",
        cause="",
    )
    assert [run.state for run in work(push_changes())] == ["partly"]
    assert Hold.objects.get().count == 30
    assert push_changes() == []
    later = timezone.now() - timedelta(minutes=5)
    StockLevel.objects.update(changed_at=later)
    Run.objects.update(finished_at=later, started_at=later + timedelta(seconds=40))
    receive(catalogue[0], linked)
    runs = work(push_changes())
    assert [list(run.changes.values_list("key", flat=True)) for run in runs] == [["ART-001"]]


def test_a_shop_that_is_away_is_told_later(linked, woo, catalogue):
    woo.maintenance = True
    receive(catalogue[0], linked)
    runs = push_changes()
    assert work_until_waiting(runs[0]) != "done"
    assert push_changes() == []
    woo.maintenance = False
    Run.objects.update(not_before=None)
    Shop.objects.update(paused_until=None, failures=0)
    work(list(Run.objects.unfinished()))
    Run.objects.update(finished_at=timezone.now() - timedelta(minutes=5))
    work(push_changes())
    assert quantity(woo, "ART-001") == 6


def work_until_waiting(run: Run) -> str:
    from shops.sync.slices import work_slice

    work_slice(run.pk)
    run.refresh_from_db()
    return run.state


def test_two_looks_at_once_start_one_push(linked, catalogue, monkeypatch):
    receive(catalogue[0], linked)
    really = changes._must_wait
    answers = []

    def rival(shop: Shop, job: str) -> bool:
        """Between the first look and the lock another worker starts its push."""
        if not answers:
            answers.append(really(shop, job))
            push_changes()
            return answers[0]
        return really(shop, job)

    monkeypatch.setattr(changes, "_must_wait", rival)
    push_changes()
    assert Run.objects.filter(trigger="change").count() == 1


def test_pushes_that_went_well_do_not_fill_the_lists(linked, catalogue, admin_client):
    from django.urls import reverse

    receive(catalogue[0], linked)
    (run,) = work(push_changes())
    history = admin_client.get(reverse("admin:shops_shop_past", args=[linked.pk]))
    assert run not in history.context_data["page"].object_list
    assert "the shop was told once of what changed here (1 in all)" in history.content.decode()
    runs = reverse("admin:shops_run_changelist")
    shown = admin_client.get(runs).context_data["cl"].result_list
    assert run not in shown
    assert list(admin_client.get(runs, {"trigger__exact": "change"}).context_data["cl"].result_list) == [run]
    Run.objects.update(finished_at=timezone.now() - timedelta(days=15))
    forget_old_pushes()
    assert not Run.objects.filter(trigger="change").exists()
