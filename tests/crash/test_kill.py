"""kill -9 of a worker at every point of the engine: the next one ends in the same place as if nothing had happened.

A bounded, seeded sample runs with the tests; KONTOR_CHAOS=full (`make chaos`) kills at every passing of every point.
"""

from __future__ import annotations

import io
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from inventory.models import Article, Price, StockLevel
from inventory.services.images import add_image
from shops.models import Run, Shop
from shops.services.runs import start_run, work_run
from tests import factories as make
from tests.crash.conftest import both_sides, die_at, passings
from tests.crash.fresh import fresh_shop
from tests.peers.woocommerce import Client, DemoShop, Product, make_shop
from tests.shops.sync.conftest import kontor_leads, set_rules, stock_up

pytestmark = [pytest.mark.django_db(transaction=True)]

CHAOS = os.environ.get("KONTOR_CHAOS", "")
SAMPLE = 5
TAKE = {"linked": "here", "import_here": True}


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(buffer, "PNG")
    return buffer.getvalue()


def export(shop: Shop, woo: DemoShop) -> str:
    """Categories, brands, simple articles, a parent with variants and pictures, into an empty shop."""
    kontor_leads(shop)
    articles = stock_up(shop, 5)
    parent = make.make_article(
        "CAP", name="Cap", vat_rate=articles[0].vat_rate, has_variants=True, option_names=["Size"]
    )
    for size in "SM":
        variant = make.make_article(f"CAP-{size}", name=f"Cap {size}", parent=parent, option_values=[size])
        make.make_stock(variant, shop.warehouses.get(), 2)
    add_image(articles[0], picture("red"), name="a.png")
    add_image(articles[0], picture("blue"), name="b.png")
    return Run.Job.SYNC


def update(shop: Shop, woo: DemoShop) -> str:
    """A linked catalogue in which names, prices and stock have changed, and one article is new."""
    job = export(shop, woo)
    work_run(start_run(shop, job).pk)
    Article.objects.filter(sku__in=["ART-001", "ART-002", "CAP-S"]).update(name="Renamed")
    Price.objects.update(amount="9.90")
    StockLevel.objects.update(on_hand=33)
    make.make_article("LATE", name="Late", vat_rate=Article.objects.get(sku="ART-001").vat_rate)
    return job


def take(shop: Shop, woo: DemoShop) -> str:
    """A filled shop into an empty Kontor: terms, products, variants, customers, orders."""
    root = woo.state.add_term("category", "Garden")
    leaf = woo.state.add_term("category", "Pots", parent=root["id"])
    for number in range(1, 5):
        woo.state.add(
            Product(
                id=number, sku=f"POT-{number}", slug=f"p{number}", name=f"Pot {number}", regular_price="5",
                manage_stock=True, stock_quantity=number, category_ids=[leaf["id"]],
            )
        )  # fmt: skip
    for number in (1, 2):
        Client(woo).call(
            "POST",
            "/orders",
            {
                "billing": {"last_name": "Novak", "email": f"c{number}@example.test", "country": "SI"},
                "line_items": [{"product_id": number, "quantity": 1}],
            },
        )
        Client(woo).call("POST", "/customers", {"email": f"c{number}@example.test", "last_name": "Novak"})
    shop.download_warehouse = make.make_warehouse("SHOP")
    shop.download_price_list = make.make_price_list("From the shop", gross=True)
    shop.save()
    set_rules(
        shop, category=TAKE, producer=TAKE, vat_rate={"import_here": True}, article=TAKE, stock={"linked": "here"},
        price={"linked": "here"}, customer=TAKE, order=TAKE,
    )  # fmt: skip
    return Run.Job.SYNC


SCENARIOS: dict[str, Callable[[Shop, DemoShop], str]] = {"export": export, "update": update, "take": take}


def start(shop: Shop, woo: DemoShop, name: str) -> Run:
    job = SCENARIOS[name](shop, woo)
    shop.refresh_from_db()
    return start_run(shop, job)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_killed_worker_leaves_nothing_twice_and_nothing_undone(shop, woo, scenario, settings, live_server):
    settings.PUBLIC_URL = live_server.url
    run = start(shop, woo, scenario)
    seen = Counter(passings(lambda: work_run(run.pk)))
    run.refresh_from_db()
    assert run.state == "done", [(s.kind, s.state, s.message) for s in run.steps.all()]
    expected = both_sides(shop, woo)
    moments = [(point, nth) for point, times in sorted(seen.items()) for nth in range(1, times + 1)]
    assert len(moments) > 20
    if ":" in CHAOS:  # one moment, to look into: KONTOR_CHAOS=write.answered:4
        moments = [(CHAOS.split(":")[0], int(CHAOS.split(":")[1]))]
    elif CHAOS != "full":
        moments = random.Random(scenario).sample(moments, SAMPLE)
    for point, nth in moments:
        _play(scenario, point, nth, expected)


def _play(scenario: str, point: str, nth: int, expected: dict[str, Any]) -> None:
    with make_shop() as woo:
        shop = fresh_shop(woo)
        run = start(shop, woo, scenario)
        died = die_at(run, point, nth)
        run = work_run(run.pk)
        where = f"killed at {point} no. {nth}"
        assert died, where
        assert run.state == "done", (where, run.message, run.detail)
        found = both_sides(shop, woo)
        for part, value in expected.items():
            assert found[part] == value, f"{part}, {where}"
