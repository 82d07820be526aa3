"""A firm with a small catalogue and a shop connected to the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from inventory.models import Article
from shops.models import Rule, Run, Shop
from shops.services.rules import ensure_rules
from shops.services.runs import confirm_overwriting, start_run, work_run
from tests import factories as make
from tests.peers.woocommerce import ADMIN, DemoShop, woo

__all__ = ["woo"]

SYNC_ON = {"linked": "shop", "export_there": True}


@pytest.fixture(autouse=True)
def _no_waiting(settings: Any) -> None:
    settings.SYNC_RETRY_AFTER_S = (0, 0, 0)


@pytest.fixture
def shop(db: None, woo: DemoShop) -> Shop:
    return connected(woo)


def connected(woo: DemoShop) -> Shop:
    """A confirmed shop with one warehouse and two gross price lists; all rules say "leave alone"."""
    make.make_company()
    shop = make.make_shop(
        "lipa",
        address=woo.url,
        credentials={"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret},
        options={"requests_per_second": "10000"},
        country="SI",
    )
    shop.warehouses.add(make.make_warehouse("LJ"))
    shop.price_list = make.make_price_list("Retail", gross=True)
    shop.sale_price_list = make.make_price_list("Sale", gross=True, kind="sale")
    shop.save()
    confirm_overwriting(shop, None)
    ensure_rules(shop)
    return shop


@pytest.fixture
def catalogue(shop: Shop) -> list[Article]:
    """Three articles with a category, a producer, a VAT rate the shop knows, stock and a price."""
    return stock_up(shop, 3)


def stock_up(shop: Shop, count: int, *, prefix: str = "ART") -> list[Article]:
    vat = make.make_vat_rate("22")
    producer = make.make_producer("Kovar")
    root = make.make_category("Home")
    leaf = make.make_category("Kitchen", parent=root)
    warehouse = shop.warehouses.get()
    articles = []
    for number in range(1, count + 1):
        article = make.make_article(
            f"{prefix}-{number:03}",
            name=f"Mug {number}",
            description=f"<p>Mug number {number}</p>",
            vat_rate=vat,
            producer=producer,
            weight_g=Decimal(300),
            categories=[leaf],
        )
        make.make_stock(article, warehouse, number + 4)
        make.make_price(shop.price_list, article, f"{number}.90")
        articles.append(article)
    return articles


def set_rules(shop: Shop, **rules: dict[str, Any]) -> None:
    for kind, values in rules.items():
        Rule.objects.filter(shop=shop, kind=kind).update(**values)


def kontor_leads(shop: Shop) -> None:
    set_rules(
        shop,
        category=SYNC_ON,
        producer=SYNC_ON,
        article=SYNC_ON,
        image=SYNC_ON,
        stock={"linked": "shop"},
        price={"linked": "shop"},
    )


@pytest.fixture
def sync(shop: Shop) -> Callable[..., Run]:
    """Run a job to its end: sync("export_stock", mode="preview")."""

    def run(job: str = "sync", **options: Any) -> Run:
        shop.refresh_from_db()
        return work_run(start_run(shop, job, **options).pk)

    return run
