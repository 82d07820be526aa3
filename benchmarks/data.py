"""A catalogue of any size, the same at every run."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from inventory.models import (
    Article,
    Category,
    Company,
    Price,
    PriceList,
    Producer,
    StockLevel,
    Unit,
    VatRate,
    Warehouse,
)
from shops.models import Shop

_BATCH = 2000
_DESCRIPTION = (
    "<p>Made of stainless steel, for every kitchen. Wash by hand; do not put it into the microwave oven.</p>"
    "<ul><li>two years of guarantee</li><li>packed in cardboard</li></ul>"
)


def fill(articles: int, *, categories: int = 40, producers: int = 30) -> Shop:
    """A company with a shop and so many simple articles: each with a category, two prices, two stock levels."""
    Company(name="Bench", country="SI", currency="EUR", language="en").save()
    Unit.objects.create(name="piece", symbol="pcs")
    VatRate.objects.create(country="SI", percent=Decimal(22), name="Standard")
    _categories(categories)
    Producer.objects.bulk_create([Producer(name=f"Producer {number}") for number in range(producers)])
    for code in ("MAIN", "BACK"):
        Warehouse.objects.create(code=code, name=code)
    regular = PriceList.objects.create(name="Retail", currency="EUR", gross=True)
    sale = PriceList.objects.create(name="Sale", currency="EUR", gross=True, kind=PriceList.Kind.SALE)
    shop = Shop.objects.create(
        name="Bench",
        code="bench",
        platform="woocommerce",
        address="http://127.0.0.1:9",
        price_list=regular,
        sale_price_list=sale,
        facts={"currency": "EUR", "prices_gross": True, "decimals": 2},
    )
    shop.warehouses.set(Warehouse.objects.all())
    add_articles(0, articles)
    return shop


def add_articles(first: int, beyond: int) -> None:
    """The articles number `first` to `beyond` - 1 of the catalogue."""
    unit, rate = Unit.objects.get(), VatRate.objects.get()
    makers = list(Producer.objects.order_by("pk"))
    leaves = list(Category.objects.without_tree_fields().filter(children=None).order_by("pk"))
    warehouses = list(Warehouse.objects.order_by("pk"))
    regular, sale = PriceList.objects.get(name="Retail"), PriceList.objects.get(name="Sale")
    for start in range(first, beyond, _BATCH):
        numbers = range(start, min(start + _BATCH, beyond))
        batch = Article.objects.bulk_create(
            [_article(number, unit, rate, makers[number % len(makers)]) for number in numbers]
        )
        _belongings(batch, leaves, warehouses, regular, sale)


def _categories(count: int) -> None:
    roots = Category.objects.bulk_create(
        [Category(name=f"Group {number}", position=number) for number in range(max(1, count // 8))]
    )
    Category.objects.bulk_create(
        [
            Category(name=f"Category {number}", parent=roots[number % len(roots)], position=number)
            for number in range(count - len(roots))
        ]
    )


def _article(number: int, unit: Unit, rate: VatRate, producer: Producer) -> Article:
    return Article(
        sku=f"ART-{number:07}",
        ean=f"{3830000000000 + number}",
        name=f"Saucepan no. {number} with a glass lid, 20 cm",
        short_description="A saucepan for every day.",
        description=_DESCRIPTION,
        unit=unit,
        vat_rate=rate,
        producer=producer,
        weight_g=Decimal(1250),
        length_mm=Decimal(240),
        width_mm=Decimal(240),
        height_mm=Decimal(130),
    )


def _belongings(
    batch: list[Article],
    categories: list[Category],
    warehouses: list[Warehouse],
    regular: PriceList,
    sale: PriceList,
) -> None:
    through = Article.categories.through
    through.objects.bulk_create(
        [through(article=article, category=categories[article.pk % len(categories)]) for article in batch]
    )
    StockLevel.objects.bulk_create(
        [
            StockLevel(article=article, warehouse=warehouse, on_hand=Decimal(article.pk % 90))
            for article in batch
            for warehouse in warehouses
        ]
    )
    since = timezone.now() - timedelta(days=1)
    Price.objects.bulk_create(
        [
            Price(price_list=regular, article=article, amount=Decimal(10 + article.pk % 200))
            for article in batch
        ]
        + [
            Price(price_list=sale, article=article, amount=Decimal(9 + article.pk % 200), valid_from=since)
            for article in batch
        ]
    )
