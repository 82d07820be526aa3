"""Records for the stand-in shop."""

from __future__ import annotations

from decimal import Decimal

from shops.records import ArticleRecord, OptionRecord, PriceRecord, StockRecord
from tests.platforms.shoper.connecting import category


def stock_of(ids, quantity) -> list:
    return [StockRecord(remote_id=str(pk), article_id=str(pk), quantity=Decimal(quantity)) for pk in ids]


def new(count: int, place: int, prefix: str = "N", **fields) -> list:
    values = {
        "category_ids": (str(place),), "vat_rate_id": "1", "unit_id": "1", "active": True,
        "stock": StockRecord(quantity=Decimal(4)), "price": PriceRecord(regular=Decimal("9.99")), **fields,
    }  # fmt: skip
    return [ArticleRecord(sku=f"{prefix}-{n}", name=f"Nowy {n}", **values) for n in range(count)]


# Variants


def shirt(platform, shoper, *sizes: str, options=("Rozmiar", "Kolor")) -> list:
    place = next(iter(shoper.store.tables["categories"]), None) or category(shoper)
    [parent] = new(
        1, place, "SHIRT", stock=None, price=None,
        options=tuple(OptionRecord(name=name, values=()) for name in options),
    )  # fmt: skip
    [made] = platform.create("article", [parent])
    return [
        ArticleRecord(
            sku=f"SHIRT-{size}", parent_id=made.remote_id, active=True,
            variant=tuple(zip(options, (size, "czerwony"), strict=False)),
            stock=StockRecord(quantity=Decimal(number)), price=PriceRecord(regular=Decimal(20 + number)),
        )
        for number, size in enumerate(sizes, start=1)
    ]  # fmt: skip
