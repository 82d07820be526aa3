"""Lists and the dashboard: as many queries for 500 rows as for 50, and nothing for who may not see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inventory.models import StockLevel
from inventory.services.stock import move
from shops.models import Change, ExportFile, IncomingOrder, Problem, RemoteElement, Run, Shop
from tests.factories import make_article, make_order, make_run, make_shop, make_warehouse

pytestmark = pytest.mark.django_db

now = timezone.now


def shops(shop, start, count):
    made = Shop.objects.bulk_create(
        Shop(name=f"Shop {n}", code=f"s{n}", platform="fabric", address="x")
        for n in range(start, start + count)
    )
    for one in made:
        runs(one, 0, 1)


def runs(shop, start, count):
    Run.objects.bulk_create(
        Run(
            shop=shop,
            job="sync",
            lane="catalogue",
            state="done",
            started_at=now(),
            finished_at=now(),
        )
        for _n in range(count)
    )


def files(shop, start, count):
    run = make_run(shop, state="done")
    ExportFile.objects.bulk_create(
        ExportFile(run=run, name=f"f{n}", format="csv", file="x", expires_at=now() + timedelta(days=1))
        for n in range(start, start + count)
    )


def changes(shop, start, count):
    run = make_run(shop, state="done")
    Change.objects.bulk_create(
        Change(
            run=run,
            kind="article",
            verb="update_shop",
            state="done",
            key=f"K{n}",
            fields={"name": ["a", "b"]},
        )
        for n in range(count)
    )


def causes(shop, start, count):
    run = make_run(shop, state="done")
    Problem.objects.bulk_create(
        Problem(
            shop=shop, kind="article", key=f"k{n}", message=f"m{n}", count=n, last_seen=now(), last_run=run
        )
        for n in range(start, start + count)
    )


def elements(shop, start, count):
    RemoteElement.objects.bulk_create(
        RemoteElement(shop=shop, kind="article", remote_id=str(n), name=f"n{n}")
        for n in range(start, start + count)
    )


@pytest.mark.parametrize(
    ("address", "fill"),
    [
        ("/shops/shop/", shops),
        ("/shops/run/", runs),
        ("/shops/exportfile/", files),
        ("/shops/change/", changes),
        ("/shops/problem/?state__exact=open", causes),
        ("/shops/remoteelement/", elements),
        ("/shops/shop/{shop}/past/", runs),
        ("/shops/shop/{shop}/health/", runs),
        ("/shops/shop/{shop}/change/", runs),
        ("/shops/shop/{shop}/orders/", causes),
        ("/", shops),
        ("/", runs),
        ("/", causes),
    ],
)
def test_a_list_needs_the_same_queries_for_50_and_500_rows(admin, shop, queries, address, fill):
    address = address.format(shop=shop.pk)
    fill(shop, 1, 50)
    assert admin.get(address).status_code == 200
    few = queries(lambda: admin.get(address))
    fill(shop, 51, 450)
    many = queries(lambda: admin.get(address))
    assert few == many
    assert many <= 26


def test_the_matrix_needs_few_queries(admin, shop, queries):
    assert queries(lambda: admin.get(f"/shops/shop/{shop.pk}/what-to-sync/")) <= 12


def test_lists_are_read_only(admin, shop):
    for name in ("run", "change", "problem", "exportfile", "remoteelement"):
        assert admin.get(f"/shops/{name}/add/").status_code == 403, name


def test_lists_are_absent_without_the_right(staff, shop):
    client = staff("view_shop")
    for name in ("run", "change", "problem", "exportfile", "remoteelement"):
        assert client.get(f"/shops/{name}/").status_code == 403, name


def test_the_list_of_shops_tells_their_state(admin, shop):
    make_run(shop, state="failed", started_at=now(), finished_at=now())
    off = make_shop("off", name="Closed", active=False)
    new = make_shop("new", name="Fresh")
    html = admin.get("/shops/shop/").content.decode()
    assert "Stopped" in html
    assert "Not set up yet" in html
    assert "<span>Off</span>" in html
    assert off.name in html
    assert new.name in html
    found = admin.get("/shops/shop/", {"platform": "fabric"}).content.decode()
    assert "Lipa PL" in found
    assert "Fresh" not in found


def test_without_a_shop_the_list_says_what_to_do(admin):
    html = admin.get("/shops/shop/").content.decode()
    assert "No shop yet" in html
    assert reverse("admin:shops_shop_add") in html


def test_runs_can_be_narrowed_to_those_that_work(admin, shop):
    done, open_run = make_run(shop, state="done", message="all fine"), make_run(shop, message="still to come")
    html = admin.get("/shops/run/", {"progress": "open"}).content.decode()
    assert "still to come" in html
    assert "all fine" not in html
    assert done.pk != open_run.pk


def test_causes_show_what_is_open_first_and_good_news_as_such(admin, shop):
    assert "Nothing needs you" in admin.get("/shops/problem/", follow=True).content.decode()
    causes(shop, 1, 1)
    assert "m1" in admin.get("/shops/problem/", follow=True).content.decode()


# The dashboard


def test_the_dashboard_says_what_to_do_first(admin, shop):
    blik = Problem.objects.create(
        shop=shop, kind="payment_method", key="a", message="“BLIK” is not linked", count=1, last_seen=now()
    )
    run = make_run(shop, state="partly", started_at=now(), finished_at=now())
    Problem.objects.create(
        shop=shop, kind="image", key="b", message="Pictures missing", count=14, last_seen=now(), last_run=run
    )
    IncomingOrder.objects.create(
        shop=shop, remote_id="1", payload={}, payload_print="x", state="parked", problem=blik
    )
    make_order("A", source="pl", total="59.56")
    make_order("B", source="pl", total="100", currency="PLN")
    StockLevel.objects.create(article=make_article("LOW-1"), warehouse=make_warehouse(), on_hand=1, minimum=5)
    html = admin.get("/").content.decode()
    # one parked order outweighs fourteen pictures
    assert html.index("“BLIK” is not linked") < html.index("Pictures missing")
    assert reverse("admin:shops_shop_mappings_kind", args=[shop.pk, "payment_method"]) in html
    assert reverse("admin:shops_run_change", args=[run.pk]) in html
    assert "2 causes, most urgent first" in html
    assert "LOW-1" in html
    assert "59.56 EUR" in html
    assert "100.00 PLN" in html
    assert "not taken in yet" in html
    assert "2 causes</span>" in html


def test_the_dashboard_draws_the_orders_of_two_weeks(admin):
    for n in range(3):
        make_order(f"T{n}", source="pl")
    make_order("OLD", source="pl", placed_at=now() - timedelta(days=13))
    make_order("OLDER", source="pl", placed_at=now() - timedelta(days=14))
    html = admin.get("/").content.decode()
    assert 'aria-label="4 orders in the last 14 days."' in html
    assert html.count("<rect ") == 14
    assert ": 3 orders</title>" in html
    assert ": 1 order</title>" in html


def test_the_dashboard_says_how_long_low_stock_lasts(admin):
    warehouse = make_warehouse()
    for sku, left in (("SOON", 10), ("OUT", 0), ("CALM", 4)):
        article = make_article(sku)
        if sku != "CALM":
            move([(article.pk, warehouse.pk, left + 60)], kind="opening", cause="")
            move([(article.pk, warehouse.pk, -60)], kind="issue", cause="sold")
        else:
            move([(article.pk, warehouse.pk, left)], kind="opening", cause="")
    StockLevel.objects.update(minimum=20)
    html = " ".join(admin.get("/").content.decode().split())
    assert "5 days</td>" in html  # 60 in 30 days, 10 are left
    assert "sold out</span>" in html
    assert html.index("OUT</strong>") < html.index("CALM</strong>") < html.index("SOON</strong>")


def test_an_empty_installation_has_a_friendly_dashboard(admin):
    html = admin.get("/").content.decode()
    for text in (
        "No shop yet",
        "Nothing needs you",
        "No article is below its minimum.",
        "No order yet today.",
    ):
        assert text in html, text


def test_the_dashboard_shows_nobody_what_they_may_not_see(staff, shop):
    make_order("A", source="pl", total="59.56")
    causes(shop, 1, 1)
    html = staff("view_order").get("/").content.decode()
    assert "59.56 EUR" in html
    for text in ("Lipa PL</a>", "Needs a person</h2>", "Low stock"):
        assert text not in html, text
    assert "59.56" not in staff("view_shop").get("/").content.decode()


def test_many_shops_become_a_table_worst_first(admin, shop):
    shops(shop, 1, 12)
    make_run(shop, state="failed", started_at=now(), finished_at=now())
    html = admin.get("/").content.decode()
    assert "worst first" in html
    assert html.index("Lipa PL") < html.index("Shop 1<")


def test_a_paused_shop_is_shown_as_stopped_with_the_reason(admin, shop):
    make_run(shop, state="done", started_at=now(), finished_at=now())
    assert "Stopped" not in admin.get("/shops/shop/").content.decode()
    shop.paused_until = now() + timedelta(minutes=10)
    shop.pause_reason = "Lipa PL has not answered for three runs."
    shop.save()
    assert "Stopped" in admin.get("/shops/shop/").content.decode()
    page = admin.get(f"/shops/shop/{shop.pk}/change/").content.decode()
    assert "Lipa PL has not answered for three runs." in page
