"""What the engine does with a platform, in the fewest words: read all pages, write in groups; and things to do it with."""

from __future__ import annotations

from decimal import Decimal

from shops.platforms.base import Page, Result
from shops.platforms.woocommerce import WooCommerce
from shops.records import ArticleRecord, PriceRecord, Record, Sale, StockRecord
from tests.peers.woocommerce import Client, add_products


def pages(platform: WooCommerce, kind: str, **how) -> list[Page]:
    found: list[Page] = []
    cursor: str | None = None
    while True:
        found.append(platform.read(kind, cursor=cursor, **how))
        cursor = found[-1].next_cursor
        if cursor is None:
            return found


def records(platform: WooCommerce, kind: str, **how) -> list:
    return [record for page in pages(platform, kind, **how) for record in page.records]


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


def write(platform: WooCommerce, verb: str, kind: str, wanted: list[Record]) -> list[Result]:
    """As the engine does: in the groups that the platform asks for; results in the order of `wanted`."""
    results: dict[int, Result] = {}
    for group in platform.batches(kind, verb, wanted):
        answers = getattr(platform, verb)(kind, [wanted[position] for position in group])
        results |= dict(zip(group, answers, strict=True))
    assert sorted(results) == list(range(len(wanted)))
    return [results[position] for position in range(len(wanted))]


def errors(results: list[Result]) -> list[str]:
    return [result.error.key if result.error else "" for result in results]


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
