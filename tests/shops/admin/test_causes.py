"""Needs a person: causes with their cure, parked orders by cause; and the order list's way to them."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from shops.models import Change, IncomingOrder, Problem, RemoteElement, Run, Shop
from tests.factories import make_order, make_run, make_shop

pytestmark = pytest.mark.django_db

CAUSES = "/shops/problem/?state__exact=open"
PARKED = "/shops/problem/parked/"


def cause(shop, key="a", **fields):
    return Problem.objects.create(
        shop=shop,
        **({"kind": "article", "key": key, "message": f"m-{key}", "last_seen": timezone.now()} | fields),
    )


def park(shop, remote_id, problem=None, **fields):
    return IncomingOrder.objects.create(
        shop=shop,
        remote_id=str(remote_id),
        payload={},
        payload_print="x",
        state="parked",
        problem=problem,
        **fields,
    )


def act(problem, verb):
    return reverse("admin:shops_problem_act", args=[problem.pk, verb])


@pytest.fixture
def ready(shop):
    Shop.objects.filter(pk=shop.pk).update(overwrite_confirmed_at=timezone.now())
    shop.refresh_from_db()
    return shop


def test_a_card_says_what_why_how_many_and_three_examples(admin, shop):
    run = make_run(shop, state="partly")
    found = cause(shop, count=5, runs=4, cure="Add 5 %.", last_run=run)
    for number in range(5):
        Change.objects.create(
            run=run, kind="article", verb="create_shop", key=f"BOOK-{number}", problem=found
        )
    html = " ".join(admin.get(CAUSES).content.decode().split())
    assert "m-a" in html
    assert "Add 5 %." in html
    assert "4 runs" in html
    assert [f"BOOK-{n}" in html for n in range(5)] == [False, False, True, True, True]
    assert "2 more" in html
    assert "Try 5 again now" in html


def test_a_cause_is_tried_again_at_once(admin, ready):
    found = cause(ready)
    element = RemoteElement.objects.create(
        shop=ready, kind="article", remote_id="1", problem=found, problem_print="x"
    )
    failed = RemoteElement.objects.create(
        shop=ready, kind="article", remote_id="2", problem=found, problem_print="x", state="failed"
    )
    response = admin.post(act(found, "retry-now"))
    run = Run.objects.get()
    assert (run.job, response.url) == ("sync", reverse("admin:shops_run_change", args=[run.pk]))
    found.refresh_from_db()
    element.refresh_from_db()
    assert (found.state, found.cured_by.username, element.problem_print) == ("retrying", "petra", "")
    assert not RemoteElement.objects.filter(pk=failed.pk).exists()


@pytest.mark.parametrize(
    ("kind", "job"), [("order", "import_orders"), ("stock", "export_stock"), ("image", "sync")]
)
def test_the_shortest_run_tries_again(admin, ready, kind, job):
    admin.post(act(cause(ready, kind=kind), "retry-now"))
    assert Run.objects.get().job == job


def test_trying_again_in_a_shop_that_is_off_says_why(admin, ready):
    Shop.objects.update(active=False)
    html = admin.post(act(cause(ready), "retry-now"), follow=True).content.decode()
    assert "Lipa PL is switched off" in html
    assert not Run.objects.exists()


def test_trying_again_needs_the_right_and_a_post(admin, staff, ready):
    found = cause(ready)
    client = staff("view_problem")
    assert client.post(act(found, "retry-now")).status_code == 403
    assert "Try " not in client.get(CAUSES).content.decode()
    assert admin.get(act(found, "retry-now")).status_code == 405
    assert not Run.objects.exists()


def test_parked_orders_stand_by_cause_with_the_way_to_the_cure(admin, shop):
    unknown = cause(
        shop, "x", kind="order", message="It could not be understood.", cure="Look into the panel."
    )
    for number in range(12):
        park(shop, number, unknown, number=f"PL-{number}")
    park(shop, 99, number="PL-99", message="It could not be read.")
    response = admin.get(PARKED)
    groups = response.context["groups"]
    assert [(g.count, g.title, len(g.orders), g.more) for g in groups] == [
        (12, "It could not be understood.", 10, 2),
        (1, "It could not be read.", 1, 0),
    ]
    html = response.content.decode()
    assert "Look into the panel." in html
    assert reverse("admin:shops_shop_orders", args=[shop.pk]) in html
    assert "PL-99" in html
    assert 'class="active"' in html


def test_no_parked_order_is_good_news(admin, shop):
    assert "Nothing needs you" in admin.get(PARKED).content.decode()


def test_parked_orders_are_taken_in_again(admin, staff, ready):
    park(ready, 1)
    again = reverse("admin:shops_problem_take_in", args=[ready.pk])
    assert staff("view_problem").post(again).status_code == 403
    assert admin.get(again).status_code == 405
    response = admin.post(again)
    run = Run.objects.get()
    assert (run.job, response.url) == ("import_orders", reverse("admin:shops_run_change", args=[run.pk]))
    Shop.objects.update(active=False)
    assert "is switched off" in admin.post(again, follow=True).content.decode()
    assert admin.post(reverse("admin:shops_problem_take_in", args=[999])).status_code == 404


def test_who_may_not_see_causes_sees_no_parked_orders(staff, shop):
    assert staff("view_shop").get(PARKED).status_code == 403


@pytest.mark.parametrize("address", [CAUSES, PARKED])
def test_the_pages_need_the_same_queries_for_few_and_many(admin, shop, queries, address):
    def fill(start, count):
        run = make_run(shop, state="partly")
        for number in range(start, start + count):
            found = cause(shop, str(number), count=3)
            for key in "xyz":
                Change.objects.create(run=run, kind="article", verb="create_shop", key=key, problem=found)
            park(shop, number, found)

    fill(0, 2)
    few = queries(lambda: admin.get(address))
    fill(2, 10)
    assert queries(lambda: admin.get(address)) == few


# The order list


def test_the_order_list_names_shops_and_leads_to_what_waits_outside(admin, staff, shop):
    make_order("A-1", source="pl")
    html = admin.get("/orders/order/").content.decode()
    assert "Lipa PL" in html
    assert "Not taken in yet" not in html
    park(shop, 1)
    html = admin.get("/orders/order/").content.decode()
    assert "Not taken in yet" in html
    assert PARKED in html
    assert "Not taken in yet" not in staff("view_order").get("/orders/order/").content.decode()


def test_an_order_leads_to_the_panel_of_its_shop(admin, staff):
    shop = make_shop("woo", name="Lipa Woo", address="https://lipa.example")
    order = make_order("A-1", source="woo", source_id="4711")
    html = admin.get(f"/orders/order/{order.pk}/change/").content.decode()
    assert "Open this order in the panel of Lipa Woo" in html
    assert "https://lipa.example/wp-admin/" in html
    assert "4711" in html
    alone = staff("view_order").get(f"/orders/order/{order.pk}/change/").content.decode()
    assert "in the panel of" not in alone
    assert shop.name in alone
