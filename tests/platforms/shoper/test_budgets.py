"""What a sync of the engine costs a Shoper shop: N changes the minimum of requests, no change none (shoper.md, 3)."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from inventory.models import Article, Price, StockLevel
from shops.models import CallLog, Shop
from shops.services.rules import FIXED, RuleValues, ensure_rules, save_rules
from shops.services.runs import confirm_overwriting, start_run, work_run
from shops.sync.connect import open_platform
from tests import factories as make
from tests.platforms.shoper.connecting import category

pytestmark = pytest.mark.django_db(transaction=True)
N = 1000
TAKE_THERE = RuleValues("shop", export_there=True)


@pytest.fixture
def shop(shoper, settings: Any) -> Shop:
    settings.SYNC_RETRY_AFTER_S = (0, 0, 0)
    make.make_company(country="PL", currency="PLN")
    shop = make.make_shop(
        "lipa",
        platform="shoper",
        address=shoper.url,
        credentials={"token": "", "login": shoper.login, "password": shoper.password},
        options={"requests_per_second": "10000"},
        country="PL",
    )
    shop.warehouses.add(make.make_warehouse("LJ"))
    shop.price_list = make.make_price_list("Retail", gross=True, currency="PLN")
    shop.save()
    confirm_overwriting(shop, None)
    ensure_rules(shop)
    save_rules(
        shop,
        {"category": FIXED, "article": TAKE_THERE, "stock": RuleValues("shop"), "price": RuleValues("shop")},
    )
    return shop


@pytest.fixture
def thousand(shop: Shop, shoper) -> None:
    category(shoper, "Kuchnia")
    kitchen, vat = make.make_category("Kuchnia"), make.make_vat_rate("23", "PL")
    articles = Article.objects.bulk_create(
        [Article(sku=f"T-{n:04}", name=f"Thing {n}", vat_rate=vat) for n in range(N)]
    )
    Article.categories.through.objects.bulk_create(
        [Article.categories.through(article=a, category=kitchen) for a in articles]
    )
    StockLevel.objects.bulk_create(
        [
            StockLevel(article=a, warehouse=shop.warehouses.get(), on_hand=n % 50)
            for n, a in enumerate(articles)
        ]
    )
    Price.objects.bulk_create(
        [Price(price_list=shop.price_list, article=a, amount=Decimal("12.20")) for a in articles]
    )


def sync(shop: Shop, job: str = "sync"):
    shop.refresh_from_db()
    return work_run(start_run(shop, job).pk)


@pytest.mark.requirement("E3", "P4", "S4")
def test_a_thousand_articles_cost_what_they_must(shop, shoper, thousand):
    run = sync(shop)
    assert (run.state, len(shoper.store.rows("products"))) == ("done", N)
    # 40 bulks to create them; their stock and prices travel along.
    assert len(shoper.writes) == N / 25
    assert (
        shoper.calls["GET", "products"] == N / 25 + 1
    )  # each group is read back; the empty shop was read before
    shoper.forget()

    assert sync(shop).state == "done"
    assert shoper.writes == []
    # Version, settings, languages; four dictionaries and the tree; the articles in two.
    assert len(shoper.asked) <= 10
    shoper.forget()

    assert sync(shop, "export_stock").state == "done"
    assert shoper.asked == []  # nothing changed: not one request

    StockLevel.objects.update(on_hand=77)
    run = sync(shop, "export_stock")
    assert (run.state, run.requests) == ("done", N / 25)
    assert dict(shoper.calls) == {("POST", "bulk"): N / 25}
    assert {row["stock"] for row in shoper.store.rows("product-stocks")} == {77}
    shoper.forget()

    Price.objects.update(amount=Decimal("13.00"))
    run = sync(shop)
    assert (run.state, len(shoper.writes)) == ("done", N / 25)
    assert shoper.logins == 1


def test_two_workers_at_once_sign_in_once(shop, shoper):
    """A new token makes the older one invalid: two workers that each sign in would shut each other out."""
    ready = threading.Barrier(2)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with open_platform(shop) as (platform, _book):
                ready.wait(10)
                for _number in range(5):
                    platform.read("producer")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    for _round in range(2):
        threads = [threading.Thread(target=work) for _worker in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        shoper.tokens.clear()  # withdrawn by the shop: again one of them signs in for both
    assert (failures, shoper.logins) == ([], 2)


def test_neither_password_nor_token_stand_in_the_log_of_calls(shop, shoper):
    sync(shop, "read")
    [token] = shoper.tokens
    for line in CallLog.objects.all():
        text = f"{line.url} {line.sent} {line.answer} {line.error}"
        assert shoper.password not in text
        assert token not in text
    assert CallLog.objects.filter(url__endswith="/auth").count() == 1
