"""What the shop shows otherwise than it was sent is found by comparing, put right, and told to a person."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from inventory.models import Article, StockLevel
from shops.services.drift import drift_of, last_comparison
from tests.shops.sync.conftest import kontor_leads

pytestmark = pytest.mark.django_db(transaction=True)


def product(woo, sku):
    return next(p for p in woo.state.products.values() if p.sku == sku)


def page(name, *args):
    client = Client()
    user, _made = get_user_model().objects.get_or_create(username="petra", is_staff=True, is_superuser=True)
    client.force_login(user)
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_somebody_changed_in_the_shop_is_drift_and_our_own_change_is_none(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    sync("export_stock")
    product(woo, "ART-001").stock_quantity = 1
    product(woo, "ART-002").name = "Renamed by hand"
    for sku in ("ART-001", "ART-002"):
        woo.state.changed(product(woo, sku))
    Article.objects.filter(sku="ART-003").update(name="Renamed here")
    StockLevel.objects.filter(article__sku="ART-003").update(on_hand=99)
    run = sync("reconcile")
    drifted = {(change.key, change.kind) for change in run.changes.filter(drift=True)}
    assert drifted == {("ART-001", "stock"), ("ART-002", "article")}
    found = drift_of(run)
    assert (found.count, found.mended, len(found.examples)) == (2, 2, 2)
    assert (product(woo, "ART-001").stock_quantity, product(woo, "ART-002").name) == (5, "Mug 2")
    html = page("admin:shops_run_change", run.pk)
    assert "2 elements were not as they were last sent" in html
    assert "All of them were put right." in html
    health = page("admin:shops_shop_health", shop.pk)
    assert "2 elements were not as they were last sent" in health
    assert "Mug 2" in health
    only = Client()
    only.force_login(get_user_model().objects.get(username="petra"))
    rows = only.get(reverse("admin:shops_run_change", args=[run.pk]) + "?drift=1").content.decode()
    assert "Renamed by hand" in rows
    assert "Renamed here" not in rows


def test_what_could_not_be_put_right_is_said(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    product(woo, "ART-001").name = "Renamed by hand"
    woo.state.changed(product(woo, "ART-001"))
    woo.refuses("^Renamed by hand$", code="odd_rule")
    woo.refuses("^Mug 1$", code="odd_rule")
    found = drift_of(sync("reconcile"))
    assert (found.count, found.mended, found.left) == (1, 0, 1)
    assert "1 of them was not put right" in found.outcome


def test_without_drift_the_health_page_says_that_all_is_well(shop, woo, catalogue, sync):
    kontor_leads(shop)
    assert last_comparison(shop) is None
    assert "It has never been compared" in page("admin:shops_shop_health", shop.pk)
    sync()
    sync("reconcile")
    assert last_comparison(shop).count == 0
    assert "Nothing had drifted apart" in page("admin:shops_shop_health", shop.pk)
