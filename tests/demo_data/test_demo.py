"""`manage.py demo`: a believable firm, loaded once, and the first shop."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image
from stdnum import ean
from stdnum.eu import vat

from backoffice.demo.catalogue import PRODUCTS
from backoffice.demo.pictures import COLOURS, DRAWINGS, draw
from backoffice.demo.sales_plan import SALES
from inventory.models import (
    Article,
    ArticleImage,
    ArticleText,
    Category,
    Company,
    Price,
    StockCount,
    StockLevel,
    StockMovement,
    StockTransfer,
    VatRate,
    Warehouse,
)
from inventory.services import stock
from inventory.services.sets import parts_of
from orders.models import Customer, Document, Order, Payment
from orders.paycodes import payment_code
from orders.services.document_view import view_of
from orders.services.work import Queue, count_queues
from shops.models import RemoteElement, Rule, Shop

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
    assert "65 articles" in demo(*ACCESS)
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
    assert set(StockMovement.objects.values_list("kind", flat=True)) == {"opening", "correction", "transfer"}
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


@pytest.fixture
def sold(demo: Callable[..., str]) -> None:
    demo(*ACCESS)


def test_two_weeks_of_orders_stand_in_every_queue(sold: None) -> None:
    counts = count_queues()
    assert counts["all"] == len(SALES)
    assert {queue: counts[queue] > 0 for queue in Queue} == dict.fromkeys(Queue, True)
    placed = Order.objects.dates("placed_at", "day")
    assert len(placed) >= 13
    assert set(Order.objects.values_list("paid_state", flat=True)) >= {"paid", "unpaid", "refunded"}
    assert all(order.equals_shop for order in Order.objects.all())
    assert not Order.objects.exclude(issue_problem="").exists()


def test_the_papers_are_numbered_in_the_order_of_their_days(sold: None) -> None:
    invoices = Document.objects.filter(kind="invoice", state="closed").order_by(
        "series_year", "series_number"
    )
    days = list(invoices.values_list("issue_date", flat=True))
    assert len(days) > 15
    assert days == sorted(days)
    assert days[0] < timezone.localdate() - timedelta(days=7)
    assert Document.objects.filter(kind="credit_note", state="closed").count() == 2
    assert Document.objects.filter(kind="invoice", vat_exempt=True).exists()  # a firm abroad
    countries = {row["country"] for rows in invoices.values_list("vat_rows", flat=True) for row in rows}
    assert countries >= {"", "CZ", "PL"}  # consumers abroad pay their own country's VAT
    view = view_of(invoices.filter(order__paid_state="unpaid").first())
    assert (view.logo_type, payment_code(view) is not None) == ("image/png", True)


def test_stock_is_the_sum_of_its_movements_after_two_weeks_too(sold: None) -> None:
    assert stock.rebuild_levels() == []
    assert not StockLevel.objects.filter(on_hand__lt=0).exists()
    assert StockLevel.objects.low().filter(warehouse__code="LJ").count() >= 5
    assert StockCount.objects.get(state="closed").lines.filter(counted__isnull=False).exists()
    assert StockTransfer.objects.get().state == "closed"
    tea = Article.objects.get(sku="LD-SET-TEA")
    assert parts_of([tea.pk])[tea.pk] == {
        Article.objects.get(sku=sku).pk: pieces
        for sku, pieces in (("LD-TEAPOT-12", 1), ("LD-MUG-BLU", 2), ("LD-TEA-ALP", 1))
    }


def test_one_payment_method_is_left_to_be_linked(sold: None) -> None:
    linked = RemoteElement.objects.exclude(local_id=None)
    assert set(linked.filter(kind="payment_method").values_list("remote_id", flat=True)) == {"bacs", "card"}
    assert linked.filter(kind="order_status").count() == 7
    assert linked.filter(kind="shipping_method").count() == 5


def test_the_clock_goes_on_afterwards(demo: Callable[..., str]) -> None:
    demo(*ACCESS)
    assert abs((timezone.now() - datetime.now(UTC)).total_seconds()) < 5


def _counts() -> dict[str, int]:
    models = (
        Article, ArticleImage, ArticleText, Category, Customer, Document, Order, Payment, Price, RemoteElement, Rule,
        Shop, StockCount, StockLevel, StockMovement, StockTransfer, VatRate,
    )  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}
