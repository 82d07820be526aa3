"""What the engine does with a platform, in the fewest words: read all pages, write in groups; and things to do it with."""

from __future__ import annotations

from decimal import Decimal

from shops.records import ArticleRecord, PriceRecord, Record, Sale, StockRecord
from tests.peers.woocommerce import Client, add_products
from tests.platforms.driving import errors, pages, records, write

__all__ = ["errors", "full", "now", "order", "pages", "records", "stock_of", "variable", "write"]


def variable(woo, *sizes: str, name: str = "Shoe", **fields) -> int:
    """A product with a variation for each size, made through the shop's own API. Its id."""
    client = Client(woo)
    attributes = [{"name": "Size", "visible": True, "variation": True, "options": list(sizes)}]
    body = {"type": "variable", "name": name, "sku": name.upper(), "attributes": attributes, **fields}
    made = client.post("/products", body).json["id"]
    rows = [
        {
            "sku": f"{name.upper()}-{size}",
            "regular_price": "20.00",
            "attributes": [{"name": "Size", "option": size}],
        }
        for size in sizes
    ]
    client.post(f"/products/{made}/variations/batch", {"create": rows})
    return made


def order(woo, **fields) -> dict:
    [product] = add_products(woo.state, 1, prefix="ORD")[:1]
    body = {
        "payment_method": "cod",
        "billing": {"first_name": "Jan", "country": "SI", "email": "jan@example.org"},
        "line_items": [{"product_id": product.id, "quantity": 2}],
        **fields,
    }
    return Client(woo).post("/orders", body).json


def now(woo, products) -> list:
    """The products as the shop has them by now: it replaces rows, it does not change them."""
    return [woo.state.products[one.id] for one in products]


def stock_of(products, quantity: int) -> list[Record]:
    return [
        StockRecord(remote_id=str(one.id), article_id=str(one.id), quantity=Decimal(quantity))
        for one in products
    ]


def full(**changes) -> ArticleRecord:
    fields = {
        "sku": "MUG",
        "ean": "3830001000016",
        "name": "Skodelica & krožnik",
        "short_description": "Kratko",
        "description": "<p>Dolgo</p>\n<p>😀 שלום</p>",
        "vat_rate_id": "2",
        "weight_g": Decimal(350),
        "length_mm": Decimal(120),
        "width_mm": Decimal(80),
        "height_mm": Decimal("45.5"),
        "active": True,
        "service": False,
        "stock": StockRecord(quantity=Decimal(12)),
        "price": PriceRecord(regular=Decimal("9.99"), sale=Sale(price=Decimal(8))),
    }
    return ArticleRecord(**{**fields, **changes})
