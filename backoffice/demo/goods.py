"""What the firm sells: articles, texts, prices, opening stock, pictures, sets."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from backoffice.demo import catalogue
from backoffice.demo.catalogue import PRODUCTS, Product, Variant, ean_of
from backoffice.demo.firm import RETAIL, SALE, WAREHOUSES, load_categories
from backoffice.demo.pictures import draw
from inventory.models import (
    Article,
    ArticleText,
    Category,
    Price,
    PriceList,
    Producer,
    SetComponent,
    StockLevel,
    StockMovement,
    Unit,
    VatRate,
    Warehouse,
)
from inventory.services import stock
from inventory.services.images import add_image

LOW = Decimal(5)  # below it Ljubljana is to be filled up


def load_articles() -> dict[str, Article]:
    """All articles of the demo by SKU; the missing ones are made, parents first."""
    skus = [sku for product in PRODUCTS for sku in _skus(product)]
    eans = {sku: ean_of(number) for number, sku in enumerate(skus, 1)}
    known = {article.sku: article for article in Article.objects.filter(sku__in=skus)}
    refers = _References()
    missing = [product for product in PRODUCTS if product.sku not in known]
    made = Article.objects.bulk_create(_article(product, refers, eans) for product in missing)
    known |= {article.sku: article for article in made}
    variants = [
        _variant(product, variant, known[product.sku], refers, eans)
        for product in PRODUCTS
        for variant in product.variants
        if f"{product.sku}-{variant.suffix}" not in known
    ]
    known |= {article.sku: article for article in Article.objects.bulk_create(variants)}
    through = Article.categories.through
    through.objects.bulk_create(
        through(article=known[product.sku], category=refers.categories[path])
        for product in missing
        for path in filter(None, (product.category, product.also))
    )
    return known


class _References:
    """What articles refer to, by name."""

    def __init__(self) -> None:
        self.units = {unit.name: unit for unit in Unit.objects.all()}
        self.rates = {rate.percent: rate for rate in VatRate.objects.filter(country="SI")}
        self.producers = {producer.name: producer for producer in Producer.objects.all()}
        self.categories = load_categories()


def _article(product: Product, refers: _References, eans: dict[str, str]) -> Article:
    length, width, height = product.size or (None, None, None)
    made_by = "" if product.service else f"<p>Made by {product.producer}.</p>"
    return Article(
        sku=product.sku,
        ean="" if product.variants or product.service else eans[product.sku],
        name=product.name,
        short_description=product.text,
        description=f"<p>{product.text}</p>{made_by}",
        kind=Article.Kind.SERVICE if product.service else Article.Kind.GOODS,
        unit=refers.units[product.unit],
        vat_rate=refers.rates[Decimal(product.vat)],
        producer=refers.producers[product.producer],
        weight_g=product.weight_g or None,
        length_mm=length,
        width_mm=width,
        height_mm=height,
        has_variants=bool(product.variants),
        option_names=list(product.options),
    )


def _variant(
    product: Product, variant: Variant, parent: Article, refers: _References, eans: dict[str, str]
) -> Article:
    sku = f"{product.sku}-{variant.suffix}"
    return Article(
        sku=sku,
        ean=eans[sku],
        name=f"{product.name}, {', '.join(variant.values)}",
        parent=parent,
        unit=refers.units[product.unit],
        vat_rate=refers.rates[Decimal(product.vat)],
        producer=refers.producers[product.producer],
        weight_g=product.weight_g or None,
        option_values=list(variant.values),
    )


def _skus(product: Product) -> list[str]:
    return [product.sku, *(f"{product.sku}-{variant.suffix}" for variant in product.variants)]


def load_texts(articles: dict[str, Article]) -> None:
    ArticleText.objects.bulk_create(
        [
            ArticleText(article=articles[product.sku], language=language, name=name)
            for product in PRODUCTS
            for language, name in zip(catalogue.LANGUAGES, product.names, strict=False)
        ],
        ignore_conflicts=True,
    )


def load_prices(articles: dict[str, Article]) -> None:
    """A list in which an article has any price is left alone. Sales hold from today for thirty days."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    retail = {
        sku: price
        for product in PRODUCTS
        for sku, price in (
            [(f"{product.sku}-{variant.suffix}", variant.price) for variant in product.variants]
            or [(product.sku, product.price)]
        )
    }
    retail |= {bundle.sku: bundle.price for bundle in catalogue.SETS}
    sale = {product.sku: product.sale for product in PRODUCTS if product.sale}
    _fill_list(RETAIL, retail, articles, None, None)
    _fill_list(SALE, sale, articles, today, today + timedelta(days=30))


def _fill_list(
    name: str,
    amounts: dict[str, str],
    articles: dict[str, Article],
    valid_from: datetime | None,
    valid_to: datetime | None,
) -> None:
    price_list = PriceList.objects.get(name=name)
    priced = set(price_list.prices.values_list("article__sku", flat=True))
    Price.objects.bulk_create(
        Price(
            price_list=price_list,
            article=articles[sku],
            amount=Decimal(amount),
            valid_from=valid_from,
            valid_to=valid_to,
        )
        for sku, amount in amounts.items()
        if sku not in priced
    )


def load_stock(articles: dict[str, Article]) -> None:
    """Opening stock of what nothing has moved yet, through the ledger as ever."""
    places = {code: Warehouse.objects.get(code=code) for code, _name in WAREHOUSES}
    moved = set(
        StockMovement.objects.filter(article__in=articles.values()).values_list("article__sku", flat=True)
    )
    opening = {
        sku: pieces
        for product in PRODUCTS
        if not product.service
        for sku, pieces in (
            [(f"{product.sku}-{variant.suffix}", variant.stock) for variant in product.variants]
            or [(product.sku, product.stock)]
        )
        if sku not in moved
    }
    counted = [
        (articles[sku].pk, place, Decimal(count))
        for sku, pieces in opening.items()
        for place, count in zip(places.values(), pieces, strict=True)
    ]
    StockLevel.objects.bulk_create(
        [
            StockLevel(article_id=article, warehouse=place, minimum=LOW if place.code == "LJ" else None)
            for article, place, _count in counted
        ],
        ignore_conflicts=True,
    )
    stock.move(
        [(article, place.pk, count) for article, place, count in counted],
        kind=StockMovement.Kind.OPENING,
        cause="Opening stock",
    )


def load_pictures(articles: dict[str, Article]) -> None:
    """Drawn outside of the transaction: it takes some seconds. Articles with a picture keep it."""
    pictured = set(
        Article.objects.filter(pk__in=[article.pk for article in articles.values()], images__isnull=False)
        .values_list("sku", flat=True)
        .distinct()
    )
    drawn: dict[tuple[str, str], bytes] = {}
    for bundle in catalogue.SETS:
        if bundle.sku not in pictured:
            picture = drawn[bundle.drawing, bundle.colour] = draw(bundle.drawing, bundle.colour)
            article = articles[bundle.sku]
            add_image(article, picture, name=f"{bundle.drawing}-{bundle.colour}.png", alt=article.name)
    for product in PRODUCTS:
        wanted = {product.sku: [product.colour, *product.more]}
        wanted |= {
            f"{product.sku}-{variant.suffix}": [variant.colour]
            for variant in product.variants
            if variant.colour
        }
        for sku, colours in wanted.items():
            if sku in pictured:
                continue
            article = articles[sku]
            for position, colour in enumerate(colours):
                key = (product.drawing, colour)
                if key not in drawn:
                    drawn[key] = draw(*key)
                add_image(
                    article,
                    drawn[key],
                    name=f"{product.drawing}-{colour}.png",
                    alt=article.name,
                    position=position,
                )


def load_sets(articles: dict[str, Article]) -> None:
    """Sets, with their parts and their price. They are pictured like their first part."""
    for bundle in catalogue.SETS:
        first = articles[bundle.parts[0][0]]
        whole, made = Article.objects.get_or_create(
            sku=bundle.sku,
            defaults={
                "name": bundle.name,
                "short_description": bundle.text,
                "description": f"<p>{bundle.text}</p>",
                "kind": Article.Kind.SET,
                "unit": first.unit,
                "vat_rate": first.vat_rate,
                "producer": first.producer,
                "ean": bundle.ean,
            },
        )
        articles[bundle.sku] = whole
        if not made:
            continue
        whole.categories.set([Category.objects.get(name="Gifts")])
        for sku, pieces in bundle.parts:
            SetComponent.objects.create(whole=whole, component=articles[sku], quantity=Decimal(pieces))
