"""Sets in the shops: their stock comes from their parts, in every way that stock goes out (P4)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from inventory.models import Article, StockLevel
from inventory.services.stock import move
from orders.models import Reservation
from orders.services.reservations import reserve_order, reserve_orders_with
from shops.files.article_rows import describe_stock, stock_for_shop
from shops.models import Run
from shops.services.explain import explain_article
from shops.sync.local.amounts import available_quantities
from tests import factories as make
from tests.shops.sync.conftest import kontor_leads
from tests.shops.sync.test_export import product

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture
def pair(catalogue: list[Article]) -> Article:
    """Two of the first article (5 on hand) and one of the second."""
    first, second, _third = catalogue
    return make.make_set("PAIR", {first: 2, second: 1}, vat_rate=first.vat_rate)


@pytest.mark.requirement("P4")
def test_a_set_is_shown_as_many_times_as_its_parts_make_it(shop, woo, catalogue, pair, sync):
    kontor_leads(shop)
    shop.safety_buffer = D(1)
    shop.save()
    assert available_quantities(shop, [pair.pk, catalogue[0].pk]) == {pair.pk: D(1), catalogue[0].pk: D(4)}
    sync()
    assert product(woo, "PAIR").stock_quantity == 1
    assert product(woo, "PAIR").manage_stock is True
    move([(catalogue[0].pk, shop.warehouses.get().pk, D(4))], kind="receipt", cause="")
    run = sync(Run.Job.EXPORT_STOCK)
    assert sorted(run.changes.values_list("key", "state")) == [("ART-001", "done"), ("PAIR", "done")]
    assert product(woo, "PAIR").stock_quantity == 3
    assert describe_stock(shop, [pair.pk], None)[pair.pk]["quantity"] == 3
    assert pair in stock_for_shop(shop)


def test_the_arithmetic_of_a_set_is_shown_part_by_part(shop, catalogue, pair):
    story = explain_article(pair)
    worked = story.shops[0].available
    assert [(line.article.sku, line.free, line.makes) for line in worked.parts] == [
        ("ART-001", D(5), D(2)),
        ("ART-002", D(6), D(6)),
    ]
    assert worked.available == 2 == available_quantities(shop, [pair.pk])[pair.pk]


def test_a_shop_that_leads_the_stock_does_not_touch_a_set(shop, woo, catalogue, pair, sync):
    kontor_leads(shop)
    sync()
    shop.download_warehouse = shop.warehouses.get()
    shop.save()
    shop.rules.filter(kind="stock").update(linked="here")
    product(woo, "PAIR").stock_quantity = 77
    product(woo, "ART-001").stock_quantity = 9
    assert sync().state == "done"
    assert not StockLevel.objects.filter(article=pair).exists()
    assert StockLevel.objects.get(article=catalogue[0]).on_hand == 9


def test_reading_articles_leaves_a_set_a_set(shop, woo, catalogue, pair, sync):
    kontor_leads(shop)
    sync()
    shop.rules.filter(kind="article").update(linked="here")
    product(woo, "PAIR").name = "The pair"
    sync()
    pair.refresh_from_db()
    assert (pair.kind, pair.name) == ("set", "The pair")


def test_open_orders_follow_other_parts(shop, catalogue, pair):
    order = make.make_order()
    make.make_line(order, pair, 3)
    reserve_order(order)
    pair.components.filter(component=catalogue[1]).delete()
    reserve_orders_with(pair.pk)
    assert list(Reservation.objects.values_list("article", "quantity")) == [(catalogue[0].pk, D(6))]
    assert StockLevel.objects.get(article=catalogue[1]).reserved == 0
