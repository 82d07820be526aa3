"""The demo firm: Lipa Dom d.o.o. with its articles, stock, prices, customers, and the first shop.

Whatever exists already is left as it is, so that it can be loaded again after somebody has worked with it; only the
address and the login of the shop follow what is given, because the demo shop may have moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from backoffice.demo import catalogue
from backoffice.demo.catalogue import CATEGORIES, PRODUCTS, Product, Variant, ean_of
from backoffice.demo.people import CUSTOMERS, Person
from backoffice.demo.pictures import draw
from inventory.models import (
    Article,
    ArticleImage,
    ArticleText,
    Category,
    Company,
    Price,
    PriceList,
    Producer,
    StockLevel,
    StockMovement,
    Unit,
    VatRate,
    Warehouse,
)
from inventory.services import stock
from inventory.services.images import add_image
from orders.models import Address, Customer, OrderStatus, PaymentMethod, ShippingMethod
from shops.models import Shop
from shops.services.rules import KONTOR_LEADS, apply_preset, ensure_rules

RETAIL, SALE = "Retail", "Sale"
WAREHOUSES = (("LJ", "Ljubljana"), ("MB", "Maribor"))
SHOP_CODE = "demo"
IBAN = "SI56029220087654336"
LOW = Decimal(5)  # below it Ljubljana is to be filled up

# The names that the demo shop uses, so that its own can be linked at a glance.
PAYMENT_METHODS = (("Bank transfer", True), ("Cash on delivery", False), ("Card", True))
SHIPPING_METHODS = ("GLS home delivery", "Parcel locker", "Personal pick-up")
ORDER_STATUSES = (
    ("Pending payment", OrderStatus.Kind.NEW),
    ("Processing", OrderStatus.Kind.PROCESSING),
    ("On hold", OrderStatus.Kind.WAITING),
    ("Shipped", OrderStatus.Kind.SHIPPED),
    ("Completed", OrderStatus.Kind.DONE),
    ("Cancelled", OrderStatus.Kind.CANCELLED),
    ("Failed", OrderStatus.Kind.CANCELLED),
    ("Refunded", OrderStatus.Kind.RETURNED),
)


@dataclass(frozen=True, slots=True)
class ShopAccess:
    """Where the demo shop is, and its WooCommerce REST key."""

    url: str
    key: str
    secret: str


@dataclass(slots=True)
class Loaded:
    """How many of each kind there are now."""

    articles: int = 0
    pictures: int = 0
    customers: int = 0
    shops: int = 0


def load(access: ShopAccess | None = None, *, say: Callable[[str], None] = lambda text: None) -> Loaded:
    """Load the demo firm; without `access` no shop is connected. `say` hears what is being done."""
    with transaction.atomic():
        say("firm, dictionaries, price lists")
        _company()
        _dictionaries()
        say("articles, prices, stock")
        articles = _articles()
        _texts(articles)
        _prices(articles)
        _stock(articles)
        say("customers")
        _customers()
    say("pictures")
    _pictures(articles)
    if access:
        say("shop")
        _shop(access)
    return Loaded(
        articles=Article.objects.count(),
        pictures=ArticleImage.objects.count(),
        customers=Customer.objects.count(),
        shops=Shop.objects.count(),
    )


def _company() -> None:
    Company.objects.get_or_create(
        pk=1,
        defaults={
            "name": "Lipa Dom d.o.o.",
            "street": "Lipova ulica 5",
            "postcode": "1000",
            "city": "Ljubljana",
            "country": "SI",
            "vat_id": "SI59876506",
            "registration_number": "9876543000",
            "email": "info@lipa-dom.example.com",
            "phone": "+386 1 555 01 00",
            "bank_account": IBAN,
            "bank_bic": "LJBASI2X",
            "currency": "EUR",
            "language": "en",
        },
    )


def _dictionaries() -> None:
    for name, symbol in catalogue.UNITS:
        Unit.objects.get_or_create(name=name, defaults={"symbol": symbol})
    for country, percent, kind, name in catalogue.VAT_RATES:
        VatRate.objects.get_or_create(
            country=country, percent=Decimal(percent), defaults={"kind": kind, "name": name}
        )
    for name in catalogue.PRODUCERS:
        Producer.objects.get_or_create(name=name)
    for code, name in WAREHOUSES:
        Warehouse.objects.get_or_create(code=code, defaults={"name": name})
    for name, kind in ((RETAIL, PriceList.Kind.NORMAL), (SALE, PriceList.Kind.SALE)):
        PriceList.objects.get_or_create(name=name, defaults={"currency": "EUR", "gross": True, "kind": kind})
    for name, prepaid in PAYMENT_METHODS:
        PaymentMethod.objects.get_or_create(name=name, defaults={"prepaid": prepaid})
    for name in SHIPPING_METHODS:
        ShippingMethod.objects.get_or_create(name=name)
    for position, (name, kind) in enumerate(ORDER_STATUSES, 1):
        OrderStatus.objects.get_or_create(name=name, defaults={"kind": kind, "position": position})
    _categories()


def _categories() -> dict[tuple[str, ...], Category]:
    found: dict[tuple[str, ...], Category] = {}
    for path in CATEGORIES:
        found[path], _made = Category.objects.get_or_create(name=path[-1], parent=found.get(path[:-1]))
    return found


def _articles() -> dict[str, Article]:
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
        self.categories = _categories()


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


def _texts(articles: dict[str, Article]) -> None:
    ArticleText.objects.bulk_create(
        [
            ArticleText(article=articles[product.sku], language=language, name=name)
            for product in PRODUCTS
            for language, name in zip(catalogue.LANGUAGES, product.names, strict=False)
        ],
        ignore_conflicts=True,
    )


def _prices(articles: dict[str, Article]) -> None:
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


def _stock(articles: dict[str, Article]) -> None:
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


def _customers() -> None:
    known = set(Customer.objects.values_list("email", flat=True))
    for person in CUSTOMERS:
        if person.email not in known:
            Customer.objects.create(
                kind=Customer.Kind.COMPANY if person.company else Customer.Kind.PERSON,
                first_name=person.first_name,
                last_name=person.last_name,
                company=person.company,
                vat_id=person.vat_id,
                vat_id_checked=bool(person.vat_id),
                email=person.email,
                phone=person.phone,
                language=person.language,
                billing=_address(person, (person.street, person.postcode, person.city)),
                delivery=_address(person, person.delivery) if person.delivery else None,
            )


def _address(person: Person, place: tuple[str, str, str]) -> Address:
    street, postcode, city = place
    return Address.objects.create(
        first_name=person.first_name,
        last_name=person.last_name,
        company=person.company,
        street=street,
        postcode=postcode,
        city=city,
        country=person.country,
        phone=person.phone,
        email=person.email,
    )


def _pictures(articles: dict[str, Article]) -> None:
    """Drawn outside of the transaction: it takes some seconds. Articles with a picture keep it."""
    pictured = set(
        Article.objects.filter(pk__in=[article.pk for article in articles.values()], images__isnull=False)
        .values_list("sku", flat=True)
        .distinct()
    )
    drawn: dict[tuple[str, str], bytes] = {}
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


def _shop(access: ShopAccess) -> None:
    shop = Shop.objects.filter(code=SHOP_CODE).first()
    credentials = {"consumer_key": access.key, "consumer_secret": access.secret}
    if shop:
        if shop.address != access.url or shop.credentials != credentials:
            shop.address, shop.credentials = access.url, credentials
            shop.credentials_saved_at = timezone.now()
            shop.save(update_fields=["address", "credentials", "credentials_saved_at"])
        return
    price_list, sale_list = PriceList.objects.get(name=RETAIL), PriceList.objects.get(name=SALE)
    with transaction.atomic():
        shop = Shop.objects.create(
            code=SHOP_CODE,
            name="Demo shop",
            platform="woocommerce",
            address=access.url,
            credentials=credentials,
            credentials_saved_at=timezone.now(),
            options={},
            country="SI",
            download_warehouse=Warehouse.objects.get(code="LJ"),
            price_list=price_list,
            sale_price_list=sale_list,
            download_price_list=price_list,
            # A new shop of our own with nothing in it: there is nothing that could be overwritten (P3).
            overwrite_confirmed_at=timezone.now(),
        )
        shop.warehouses.set(Warehouse.objects.filter(code__in=[code for code, _name in WAREHOUSES]))
        ensure_rules(shop)
        apply_preset(shop, KONTOR_LEADS)
