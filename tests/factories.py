"""Plain functions that make rows for tests: `make_article(sku="MUG")`. Everything has a default, nothing is random."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from inventory.models import (
    Article,
    Category,
    Company,
    Price,
    PriceList,
    Producer,
    SetComponent,
    StockLevel,
    Unit,
    VatRate,
    Warehouse,
)
from orders.models import (
    Document,
    DocumentKind,
    DocumentLine,
    NumberSeries,
    Order,
    OrderLine,
    OrderStatus,
)
from shops.models import RemoteElement, Run, Shop

_numbers = count(1)


def make_company(**fields: Any) -> Company:
    company, _created = Company.objects.update_or_create(
        pk=1, defaults={"name": "Lipa d.o.o.", "country": "SI", "currency": "EUR", "language": "en"} | fields
    )
    return company


def make_unit(name: str = "piece", **fields: Any) -> Unit:
    return Unit.objects.create(name=name, **({"symbol": "pcs"} | fields))


def make_producer(name: str = "Kovar", **fields: Any) -> Producer:
    return Producer.objects.create(name=name, **fields)


def make_vat_rate(percent: str = "22", country: str = "SI", **fields: Any) -> VatRate:
    return VatRate.objects.create(percent=Decimal(percent), country=country, **fields)


def make_category(name: str = "Kitchen", parent: Category | None = None, **fields: Any) -> Category:
    return Category.objects.create(name=name, parent=parent, **fields)


def make_article(sku: str = "", *, categories: list[Category] | None = None, **fields: Any) -> Article:
    number = next(_numbers)
    sku = sku or f"SKU-{number}"
    article = Article.objects.create(sku=sku, **({"name": f"Article {sku}"} | fields))
    if categories:
        article.categories.set(categories)
    return article


def make_warehouse(code: str = "MAIN", **fields: Any) -> Warehouse:
    return Warehouse.objects.create(code=code, **({"name": f"Warehouse {code}"} | fields))


def make_stock(
    article: Article, warehouse: Warehouse, on_hand: str | int, reserved: str | int = 0
) -> StockLevel:
    """A level without its movements: for tests that read stock. Those of the ledger use inventory.services.stock."""
    return StockLevel.objects.create(
        article=article, warehouse=warehouse, on_hand=Decimal(on_hand), reserved=Decimal(reserved)
    )


def make_price_list(name: str = "Retail", **fields: Any) -> PriceList:
    return PriceList.objects.create(name=name, **({"currency": "EUR", "gross": False} | fields))


def make_price(price_list: PriceList, article: Article, amount: str, **fields: Any) -> Price:
    return Price.objects.create(price_list=price_list, article=article, amount=Decimal(amount), **fields)


def make_shop(code: str = "lipa", **fields: Any) -> Shop:
    defaults = {
        "name": f"Shop {code}",
        "platform": "woocommerce",
        "address": "http://127.0.0.1:1",
        "credentials": {"consumer_key": "ck_test", "consumer_secret": "cs_test"},
    }
    return Shop.objects.create(code=code, **(defaults | fields))


def make_run(shop: Shop, job: str = Run.Job.SYNC, **fields: Any) -> Run:
    return Run.objects.create(shop=shop, job=job, **({"lane": Run.Lane.CATALOGUE} | fields))


def make_link(shop: Shop, kind: str, local_id: int, remote_id: str, **fields: Any) -> RemoteElement:
    return RemoteElement.objects.create(
        shop=shop, kind=kind, local_id=local_id, remote_id=remote_id, **fields
    )


def make_element(shop: Shop, kind: str, remote_id: str, **fields: Any) -> RemoteElement:
    return RemoteElement.objects.create(shop=shop, kind=kind, remote_id=remote_id, **fields)


def make_order_status(name: str = "New", **fields: Any) -> OrderStatus:
    return OrderStatus.objects.create(name=name, **fields)


def make_order(number: str = "", **fields: Any) -> Order:
    number = number or f"2026-{next(_numbers):05}"
    return Order.objects.create(number=number, **({"currency": "EUR", "placed_at": timezone.now()} | fields))


def make_line(
    order: Order, article: Article | None = None, quantity: str | int = 1, **fields: Any
) -> OrderLine:
    position = order.lines.count() + 1
    defaults = {"sku": article.sku if article else "", "name": article.name if article else "Something"}
    return OrderLine.objects.create(
        order=order, article=article, quantity=Decimal(quantity), position=position, **(defaults | fields)
    )


def make_document(order: Order | None, kind: str = DocumentKind.DELIVERY_NOTE, **fields: Any) -> Document:
    """A draft with a line for each line of the order; `lines` takes {order line: quantity} instead."""
    series, _created = NumberSeries.objects.get_or_create(
        kind=kind, preset=True, defaults={"name": f"Series of {kind}"}
    )
    quantities = fields.pop("lines", None)
    document = Document.objects.create(
        kind=kind,
        order=order,
        **(
            {"series": series, "issue_date": timezone.localdate(), "language": "en", "currency": "EUR"}
            | fields
        ),
    )
    if quantities is None:
        quantities = {line: line.quantity for line in order.lines.all()} if order else {}
    for position, (line, quantity) in enumerate(quantities.items(), start=1):
        DocumentLine.objects.create(
            document=document,
            position=position,
            kind=line.kind,
            order_line=line,
            article=line.article,
            sku=line.sku,
            name=line.name,
            quantity=Decimal(quantity),
        )
    return document


def make_set(sku: str, parts: dict[Article, str | int], **fields: Any) -> Article:
    whole = make_article(sku, **({"kind": Article.Kind.SET} | fields))
    for component, quantity in parts.items():
        SetComponent.objects.create(whole=whole, component=component, quantity=Decimal(quantity))
    return whole
