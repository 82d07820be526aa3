"""`manage.py demo`: a believable firm, loaded once, and the first shop."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image
from stdnum import ean
from stdnum.eu import vat

from backoffice.demo.catalogue import PRODUCTS
from backoffice.demo.pictures import COLOURS, DRAWINGS, draw
from inventory.models import (
    Article,
    ArticleImage,
    ArticleText,
    Category,
    Company,
    Price,
    StockLevel,
    StockMovement,
    VatRate,
    Warehouse,
)
from inventory.services import stock
from orders.models import Customer
from shops.models import Rule, Shop

ACCESS = ("--shop-url=http://127.0.0.1:8641", "--shop-key=ck_1", "--shop-secret=cs_1")


@pytest.fixture
def demo(db: None, settings: Any, tmp_path: Path) -> Callable[..., str]:
    settings.MEDIA_ROOT = tmp_path / "media"

    def run(*arguments: str) -> str:
        out = io.StringIO()
        call_command("demo", *arguments, stdout=out)
        return out.getvalue()

    return run


def test_the_firm_is_believable(demo: Callable[..., str]) -> None:
    assert "63 articles" in demo(*ACCESS)
    articles = list(Article.objects.select_related("vat_rate", "unit", "producer"))
    assert all(
        (a.vat_rate and a.unit and a.producer and a.short_description) or a.parent_id for a in articles
    )
    eans = [a.ean for a in articles if a.ean]
    assert len(eans) == len(set(eans)) >= 50
    assert all(ean.is_valid(number) for number in eans)
    assert {rate.country for rate in VatRate.objects.all()} == {"SI", "CZ", "PL", "HU"}
    assert {str(a.vat_rate) for a in articles} == {"SI 22 %", "SI 9.5 %", "SI 5 %"}
    assert max(row.tree_depth for row in Category.objects.with_tree_fields()) == 2
    assert set(ArticleText.objects.values_list("language", flat=True)) == {"cs", "pl", "hu", "sl"}
    assert Company.load().name == "Lipa Dom d.o.o."
    for article in articles:
        article.full_clean()


def test_variants_are_complete(demo: Callable[..., str]) -> None:
    demo()
    parents = Article.objects.filter(has_variants=True).prefetch_related("variants")
    assert {tuple(parent.option_names) for parent in parents} >= {("Colour",), ("Size",), ("Size", "Colour")}
    for parent in parents:
        values = [tuple(variant.option_values) for variant in parent.variants.all()]
        assert len(values) == len(set(values)) >= 2
        assert {len(row) for row in values} == {len(parent.option_names)}
        assert not parent.stock_levels.exists()


def test_stock_and_prices_are_there_for_all_that_is_sold(demo: Callable[..., str]) -> None:
    demo()
    sold = Article.objects.filter(has_variants=False)
    assert not sold.exclude(prices__price_list__name="Retail").exists()
    goods = sold.filter(kind="goods")
    assert StockLevel.objects.count() == goods.count() * Warehouse.objects.count()
    assert stock.rebuild_levels() == []
    assert set(StockMovement.objects.values_list("kind", "cause")) == {("opening", "Opening stock")}
    assert StockLevel.objects.filter(on_hand=0).exists()  # something is out of stock somewhere
    for sale in Price.objects.filter(price_list__name="Sale"):
        regular = Price.objects.get(price_list__name="Retail", article=sale.article)
        assert Decimal("0.7") < sale.amount / regular.amount < 1
        assert sale.valid_from < sale.valid_to


def test_pictures_are_stored_with_their_thumbnails(demo: Callable[..., str]) -> None:
    demo()
    plain = Article.objects.filter(parent=None, images=None)
    assert not plain.exists()
    for image in ArticleImage.objects.all():
        with default_storage.open(image.file.name) as file, Image.open(file) as picture:
            assert picture.size == (800, 800)
        assert default_storage.exists(f"thumbnails/{image.checksum[:2]}/{image.checksum}.webp")


def test_customers_have_valid_vat_ids_and_reach_nobody(demo: Callable[..., str]) -> None:
    demo()
    customers = list(Customer.objects.select_related("billing"))
    assert Counter(customer.kind for customer in customers) == {"person": 7, "company": 5}
    assert {customer.billing.country for customer in customers if customer.billing} == {
        "SI",
        "CZ",
        "PL",
        "HU",
    }
    assert all(vat.is_valid(customer.vat_id) for customer in customers if customer.vat_id)
    assert all(customer.email.endswith("example.com") for customer in customers)
    assert vat.is_valid(Company.load().vat_id)


def test_the_first_shop_is_ready(demo: Callable[..., str]) -> None:
    demo(*ACCESS)
    shop = Shop.objects.get()
    assert (shop.code, shop.platform, shop.address) == ("demo", "woocommerce", "http://127.0.0.1:8641")
    assert shop.credentials == {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
    assert set(shop.warehouses.all()) == set(Warehouse.objects.all())
    assert (str(shop.price_list), str(shop.sale_price_list)) == ("Retail (EUR)", "Sale (EUR)")
    rules = {rule.kind: rule for rule in Rule.objects.all()}
    assert len(rules) == 14
    for kind in ("category", "producer", "article", "image"):
        assert (rules[kind].linked, rules[kind].export_there) == ("shop", True), kind
    assert (rules["stock"].linked, rules["price"].linked) == ("shop", "shop")
    assert rules["order"].import_here


def test_loading_again_changes_nothing_but_the_way_to_the_shop(demo: Callable[..., str]) -> None:
    demo(*ACCESS)
    mug = Article.objects.get(sku="LD-TEAPOT-12")
    Article.objects.filter(pk=mug.pk).update(name="Changed by staff")
    level = StockLevel.objects.get(article=mug, warehouse__code="LJ")
    stock.correct(mug, level.warehouse, Decimal(3), cause="Count")
    Price.objects.filter(article=mug, price_list__name="Retail").update(amount=1)
    Shop.objects.update(name="Our shop")
    before = _counts()
    demo("--shop-url=http://127.0.0.1:9999", "--shop-key=ck_2", "--shop-secret=cs_2")
    assert _counts() == before
    mug.refresh_from_db()
    level.refresh_from_db()
    assert (mug.name, level.on_hand) == ("Changed by staff", Decimal(3))
    assert Price.objects.get(article=mug, price_list__name="Retail").amount == 1
    shop = Shop.objects.get()
    assert (shop.name, shop.address) == ("Our shop", "http://127.0.0.1:9999")
    assert shop.credentials["consumer_key"] == "ck_2"


def test_only_an_empty_database_when_asked_so(demo: Callable[..., str]) -> None:
    Article.objects.create(sku="OWN", name="Own article")
    assert "no demo data was loaded" in demo("--if-empty", *ACCESS)
    assert Article.objects.count() == 1
    assert not Shop.objects.exists()


def test_half_an_access_is_refused(demo: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="all three"):
        demo("--shop-url=http://127.0.0.1:1")
    assert not Article.objects.exists()


def test_pictures_are_drawn_alike_every_time() -> None:
    assert draw("mug", "blue") == draw("mug", "blue")
    assert draw("mug", "blue") != draw("mug", "red")
    used = {product.drawing for product in PRODUCTS}
    assert used == set(DRAWINGS), "a drawing without an article, or the other way round"
    assert {product.colour for product in PRODUCTS} <= set(COLOURS)


def _counts() -> dict[str, int]:
    models = (Article, ArticleImage, ArticleText, Category, Customer, Price, Rule, Shop, StockLevel, VatRate)
    return {model.__name__: model.objects.count() for model in models}
