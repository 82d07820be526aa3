"""How many requests things cost. N changes cost the platform's minimum, no change costs none (DESIGN.md §1)."""

from __future__ import annotations

from decimal import Decimal
from math import ceil

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Article, Category, Price, Producer, StockLevel
from tests import factories as make
from tests.shops.sync.conftest import kontor_leads

pytestmark = pytest.mark.django_db(transaction=True)

N = 1000


@pytest.fixture
def thousand(shop):
    """1,000 simple articles in 40 categories of 30 brands, with stock and price."""
    vat = make.make_vat_rate("22")
    warehouse = shop.warehouses.get()
    roots = [make.make_category(f"Root {n}") for n in range(4)]
    leaves = [make.make_category(f"Leaf {n}", parent=roots[n % 4]) for n in range(36)]
    producers = Producer.objects.bulk_create([Producer(name=f"Brand {n:02}") for n in range(30)])
    articles = Article.objects.bulk_create(
        [
            Article(sku=f"T-{n:04}", name=f"Thing {n}", vat_rate=vat, producer=producers[n % 30])
            for n in range(N)
        ]
    )
    Article.categories.through.objects.bulk_create(
        [Article.categories.through(article=a, category=leaves[n % 36]) for n, a in enumerate(articles)]
    )
    StockLevel.objects.bulk_create(
        [StockLevel(article=a, warehouse=warehouse, on_hand=n % 50) for n, a in enumerate(articles)]
    )
    Price.objects.bulk_create(
        [Price(price_list=shop.price_list, article=a, amount=Decimal("12.20")) for a in articles]
    )
    assert Category.objects.count() == 40
    kontor_leads(shop)
    return articles


def count(woo, *, writes: bool) -> int:
    asked = woo.writes if writes else [r for r in woo.requests if not r.writes]
    return len(asked)


@pytest.mark.requirement("E3", "P4")
def test_a_thousand_articles_cost_what_they_must(shop, woo, thousand, sync):
    run = sync()
    assert (run.state, len(woo.state.products)) == ("done", N)
    # Categories come in as many requests as the tree has levels, brands in one, articles in N / 100;
    # stock and prices travel with the articles.
    assert count(woo, writes=True) == 2 + 1 + ceil(N / 100)
    assert count(woo, writes=False) <= 10 + 4

    woo.reset_counts()
    assert sync().state == "done"
    assert woo.writes == []
    assert count(woo, writes=False) <= 10 + ceil(N / 100)

    woo.reset_counts()
    assert sync("export_stock").state == "done"
    assert len(woo.requests) == 0  # nothing changed: not one request

    StockLevel.objects.update(on_hand=77)
    woo.reset_counts()
    run = sync("export_stock")
    assert run.state == "done"
    assert len(woo.requests) == ceil(N / 100) == run.requests
    assert {p.stock_quantity for p in woo.state.products.values()} == {77}

    woo.reset_counts()
    sync("export_stock")
    assert len(woo.requests) == 0


@pytest.mark.requirement("P4")
def test_changed_levels_are_found_by_one_query(shop, woo, thousand, sync):
    sync()
    counts = []
    for changed in (1, 90):
        StockLevel.objects.filter(article__in=thousand[:changed]).update(on_hand=500 + changed)
        with CaptureQueriesContext(connection) as queries:
            assert sync("export_stock").steps.get().shop == changed
        counts.append(len(queries))
        finding = [
            q["sql"]
            for q in queries
            if q["sql"].startswith("SELECT")
            and "stocklevel" in q["sql"]
            and "shops_remoteelement" in q["sql"]
        ]
        assert len(finding) == 1
    assert counts[1] <= counts[0] + 4  # SQLite takes few parameters a statement, so rows go in several
