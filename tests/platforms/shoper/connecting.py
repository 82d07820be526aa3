"""Platforms connected to the stand-in shop, and rows to put into it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from backoffice.lib.http import Session
from shops.platforms.base import Connection
from shops.platforms.shoper import Shoper
from tests.peers.shoper import ShoperShop
from tests.peers.turns import Turns


def connection(shop: Any, pace: Turns | None = None, **more: Any) -> Connection:
    """shop: something with a url, a login and a password."""

    def open_session(base_url: str, **options: Any) -> Session:
        return Session(base_url, timeout_s=20, pace=pace, sleep=lambda _s: None, **options)

    credentials = {
        "token": "",
        "login": getattr(shop, "login", ""),
        "password": getattr(shop, "password", ""),
    }
    given = {"credentials": credentials, "vat_country": "PL", "language": "pl", **more}
    return Connection(address=shop.url, open_session=open_session, **given)


def connect(shop: Any, pace: Turns | None = None, **more: Any) -> Shoper:
    return Shoper(connection(shop, pace, **more))


def category(shop: ShoperShop, name: str = "Kuchnia", parent: int = 0) -> int:
    store = shop.store
    row = store.add(
        "categories", parent_id=parent, order=1, root=int(not parent),
        translations=store.words(name=name, description="", active=1),
    )  # fmt: skip
    return int(row["category_id"])


def add_products(shop: ShoperShop, count: int, *, prefix: str = "SKU-", **fields: Any) -> list[int]:
    """Ids of simple products with a price of 10 and a stock of 3."""
    store = shop.store
    place = next(iter(store.tables["categories"]), None) or category(shop)
    return [
        shop.rules.create(
            "products",
            {
                "category_id": place, "code": f"{prefix}{number:04}", "pkwiu": "", "tax_id": 1,
                "stock": {"price": Decimal(10), "stock": Decimal(3)},
                "translations": {"pl_PL": {"name": f"Kubek {number}", "active": True}}, **fields,
            },
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


def add_shirt(shop: ShoperShop, *sizes: str, code: str = "SHIRT") -> int:
    """A product with a variant for each size; its id."""
    store = shop.store
    group = store.add("option-groups", translations=store.words(name="Rozmiar"))["group_id"]
    option = store.add(
        "options", group_id=group, type="select", required=1, stock=1, order=1,
        translations=store.words(name="Rozmiar"),
    )["option_id"]  # fmt: skip
    [product] = add_products(shop, 1, prefix=code, group_id=group)
    for size in sizes:
        value = store.add("option-values", option_id=option, order=1, color="", translations=store.words(value=size))  # fmt: skip
        shop.rules.create(
            "product-stocks",
            {
                "product_id": product, "code": f"{code}-{size}", "price": Decimal(20), "price_type": 1,
                "stock": Decimal(2), "options": [{"option_id": option, "value_id": value["ovalue_id"]}],
            },
        )  # fmt: skip
    return product


def fill_quickly(shop: ShoperShop, count: int) -> list[int]:
    """Like add_products without the rules, for thousands."""
    store = shop.store
    place = next(iter(store.tables["categories"]), None) or category(shop)
    found = []
    for number in range(1, count + 1):
        row = store.add(
            "products", producer_id=None, group_id=None, tax_id=1, unit_id=1, currency_id=None, type=0,
            categories=[place], category_id=place, add_date=store.now(), edit_date=store.now(), pkwiu="",
            translations=store.words(name=f"Kubek {number}", active=1),
        )  # fmt: skip
        store.add(
            "product-stocks", product_id=row["product_id"], extended=0, price=Decimal(10), price_type=1,
            stock=Decimal(3), weight=Decimal(0), weight_type=1, active=1, code=f"Q-{number:05}", ean="", options=[],
            gfx_id=None, warn_level=1,
        )  # fmt: skip
        found.append(int(row["product_id"]))
    return found
