"""Parked orders go on by themselves once their cause is cured, wherever that happened; and what is not mapped is told."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Article, VatRate
from orders.models import Customer, PaymentMethod
from shops import jobs
from shops.models import IncomingOrder, RemoteElement
from shops.services import links
from shops.services.cured import cured_elsewhere
from shops.services.not_mapped import not_mapped_yet
from tests.shops.intake.conftest import ANA, buy, map_all, numbers, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def blik(woo):
    return str(buy(woo, payment_method="blik", payment_method_title="BLIK"))


@pytest.mark.requirement("O8")
def test_a_link_made_on_the_mappings_page_is_seen_within_a_minute(shop, strict, sync):
    number = blik(strict)
    sync("import_orders")
    assert cured_elsewhere() == []
    element = RemoteElement.objects.create(shop=shop, kind="payment_method", remote_id="blik", name="BLIK")
    links.link(element, PaymentMethod.objects.create(name="Online").pk)
    strict.reset_counts()
    jobs.tick()
    assert (numbers(), waiting(shop), strict.requests) == ([number], {}, [])


@pytest.mark.requirement("O2")
def test_an_article_or_a_customer_made_by_hand_is_seen(shop, strict, sync):
    first = str(buy(strict, "ART-002"))
    Article.objects.filter(sku="ART-002").update(sku="ELSEWHERE")
    RemoteElement.objects.filter(kind="article").update(local_id=None)
    second = str(buy(strict, billing={**ANA, "email": "jan@example.test"}))
    sync("import_orders")
    assert waiting(shop) == {first: "article_unknown", second: "customer_unknown"}
    Article.objects.create(sku="ART-002", name="Mug 2")
    jobs.tick()
    assert numbers() == [first]
    Customer.objects.create(email="jan@example.test")
    jobs.tick()
    assert (numbers(), waiting(shop)) == ([first, second], {})


def test_a_vat_rate_entered_by_hand_is_seen(shop, strict, sync):
    number = str(buy(strict))
    VatRate.objects.update(country="DE")
    sync("import_orders")
    VatRate.objects.create(country="SI", percent=22)
    jobs.tick()
    assert numbers() == [number]


def test_an_order_that_lacks_something_else_too_is_not_tried_for_nothing(shop, strict, sync):
    ids = {p.sku: p.id for p in strict.state.products.values()}
    both = [{"product_id": ids[sku], "quantity": 1} for sku in ("ART-001", "ART-002")]
    buy(strict, line_items=both)
    Article.objects.filter(sku__startswith="ART-00").delete()
    RemoteElement.objects.filter(kind="article").update(local_id=None)
    sync("import_orders")
    Article.objects.create(sku="ART-001", name="Mug 1")
    assert cured_elsewhere() == []


def test_looking_takes_the_same_queries_for_one_and_for_many(shop, strict, sync):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            cured_elsewhere()
        return len(captured)

    blik(strict)
    sync("import_orders")
    few = count()
    for _n in range(5):
        blik(strict)
    sync("import_orders")
    assert count() == few


def test_changed_rules_let_waiting_orders_in(shop, strict, sync, admin, settings):
    numbers_there = [blik(strict), blik(strict)]
    sync("import_orders")
    shop.refresh_from_db()
    shop.unmapped = "take"
    shop.save()
    jobs.release_parked(shop.pk, 0)
    assert numbers() == numbers_there


def test_many_are_released_in_turns(shop, strict, sync, monkeypatch):
    rung = []
    monkeypatch.setattr(jobs, "RELEASED_AT_ONCE", 2)
    monkeypatch.setattr(jobs, "enqueue", lambda *args: rung.append(args))
    for _n in range(3):
        blik(strict)
    sync("import_orders")
    shop.refresh_from_db()
    shop.unmapped = "take"
    shop.save()
    jobs.release_parked(shop.pk, 0)
    assert len(numbers()) == 2
    [(name, shop_id, after)] = rung
    jobs.release_parked(shop_id, after)
    assert (name, len(numbers())) == ("shops.jobs.release_parked", 3)


# Told before the first order needs it


@pytest.mark.requirement("O8")
def test_what_is_not_mapped_yet_is_told_on_the_dashboard_and_in_the_inbox(shop, selling, admin):
    found = {one.kind: one.count for one in not_mapped_yet()}
    assert found["payment_method"] == RemoteElement.objects.filter(kind="payment_method").count()
    sentence = f"{found['payment_method']} payment methods of {shop.name} are not mapped yet."
    mappings = reverse("admin:shops_shop_mappings_kind", args=[shop.pk, "payment_method"])
    for page in ("/", "/shops/problem/parked/"):
        html = admin.get(page).content.decode()
        assert sentence in html
        assert mappings in html
    for element in RemoteElement.objects.filter(kind="payment_method"):
        links.ignore(element)
    map_all(shop)
    assert not_mapped_yet() == []
    assert "not mapped yet" not in admin.get("/").content.decode()


def test_a_shop_whose_orders_do_not_come_in_is_not_mentioned(shop, selling):
    shop.rules.filter(kind="order").update(linked="nothing", import_here=False)
    assert not_mapped_yet() == []
    assert IncomingOrder.objects.count() == 0
