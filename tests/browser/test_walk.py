"""A walk through every page of the admin: no fault in the console, nothing sideways on a phone, no leaks of the code.

Each page is loaded at 390 px (some of unfold's parts measure themselves once, while loading), then widened to 1400 px.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from inventory.models import Article, Warehouse
from inventory.services import stock
from orders.models import Customer
from shops.models import Run, Shop
from shops.services.checks import check_shop
from shops.services.rules import KONTOR_LEADS, apply_preset
from shops.services.runs import confirm_overwriting, start_run, work_run
from tests import factories
from tests.peers.woocommerce import ADMIN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What the code says to itself: template tags, placeholders, None, tags and entities that were escaped twice.
LEAK = re.compile(
    r"\{\{|\}\}|\{%|%\(\w+\)[sd]|\bNone\b|&(?:amp|lt|gt|quot|#\d+);|</?(?:strong|span|div|p|br|a)\b|object at 0x|Traceback"
    r"|\bNaN\b|\bundefined\b|\[object Object\]"
)
SHOP_PAGES = ("matrix", "stock_prices", "orders", "mappings", "health", "past")


@pytest.fixture
def house(woo, petra) -> Shop:
    """A shop after some work: a sync with one article that could not be sent, an order, files, a preview."""
    factories.make_company()
    warehouse, prices = factories.make_warehouse(), factories.make_price_list()
    categories = [factories.make_category("Mugs")]
    rate, unit, producer = factories.make_vat_rate("22"), factories.make_unit(), factories.make_producer()
    for sku, vat in (("MUG-R", rate), ("MUG-G", rate), ("ODD", factories.make_vat_rate("8.5"))):
        article = factories.make_article(
            sku=sku, vat_rate=vat, unit=unit, producer=producer, categories=categories
        )
        factories.make_price(prices, article, "10.00")
        stock.correct_many({(article.pk, warehouse.pk): Decimal(12)}, cause="count")
    factories.make_order_status()
    shop = factories.make_shop(
        "lipa",
        name="Lipa SI",
        address=woo.url,
        credentials={"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret},
        options={"requests_per_second": 200},
        price_list=prices,
    )
    shop.warehouses.set(Warehouse.objects.all())
    apply_preset(shop, KONTOR_LEADS)
    confirm_overwriting(shop, by=None)
    assert work_run(start_run(shop, Run.Job.SYNC).pk).state == Run.State.PARTLY
    sold = next(product for product in woo.state.products.values() if product.sku == "MUG-R")
    woo.add_order(
        status="processing",
        billing={"first_name": "Maja", "last_name": "Kovač", "country": "SI", "email": "maja@example.com"},
        line_items=[{"product_id": sold.id, "quantity": 1}],
    )
    work_run(start_run(shop, Run.Job.IMPORT_ORDERS).pk)
    work_run(start_run(shop, Run.Job.EXPORT_STOCK, mode=Run.Mode.FILE, options={"formats": ["csv"]}).pk)
    work_run(start_run(shop, Run.Job.SYNC, mode=Run.Mode.PREVIEW).pk)
    assert list(check_shop(shop))
    return shop


def addresses(petra: Any, shop: Shop) -> Iterator[str]:
    """Every list, every form to add, and the page of one row of each model; the pages of the shop; the dashboard."""
    request = RequestFactory().get("/")
    request.user = petra
    yield reverse("admin:index")
    for model, model_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        if not model_admin.has_view_or_change_permission(request):
            continue
        yield reverse(f"admin:{name}_changelist")
        if model_admin.has_add_permission(request):
            yield reverse(f"admin:{name}_add")
        row = model._default_manager.order_by("-pk").first()
        if row is not None and getattr(model_admin, "list_display_links", ()) is not None:
            yield reverse(f"admin:{name}_change", args=[row.pk])
    yield from (reverse(f"admin:shops_shop_{page}", args=[shop.pk]) for page in SHOP_PAGES)
    for run in Run.objects.all():
        yield reverse("admin:shops_run_change", args=[run.pk])
    for model in (Article, Customer):
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"admin:{name}_import")
        yield reverse(f"admin:{name}_export")


def found_on(page: Any, address: str) -> list[str]:
    """What is wrong with one page, in words."""
    page.faults.clear()
    page.set_viewport_size({"width": 390, "height": 844})
    answer = page.goto(address)
    if answer.status != 200:
        return [f"answers {answer.status}"]
    wrong = []
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            wrong.append(f"is {wide} px wide in {width}")
    text = page.locator("body").inner_text()
    wrong += [
        f"shows {text[max(0, leak.start() - 40) : leak.end() + 20]!r}"
        for leak in list(LEAK.finditer(text))[:3]
    ]
    return wrong + [f"console: {fault}" for fault in page.faults]


@pytest.mark.requirement("D1", "D6")
def test_no_page_has_faults_scrolls_sideways_or_shows_the_code(open_page, petra, house):
    page = open_page(390)
    walked = list(dict.fromkeys(addresses(petra, house)))
    assert len(walked) > 50
    wrong = {address: found for address in walked if (found := found_on(page, address))}
    assert wrong == {}
