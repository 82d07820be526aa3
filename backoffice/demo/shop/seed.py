"""A new shop as its owner would have set it up, without products: those come from Kontor."""

from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Key, Product

READ_WRITE = Key("ck_" + "0" * 39 + "1", "cs_" + "0" * 39 + "1")


def seeded(
    state: ShopState | None = None, *, key: str = READ_WRITE.key, secret: str = READ_WRITE.secret
) -> ShopState:
    """Trgovina Lipa: euro, Slovenia, gross prices shown, rates of four countries, three ways to send and to pay."""
    state = state if state is not None else ShopState()
    with state.lock:
        state.settings |= {
            "woocommerce_store_address": "Lipova ulica 5",
            "woocommerce_store_city": "Ljubljana",
            "woocommerce_store_postcode": "1000",
            "woocommerce_default_country": "SI",
        }
        state.add_key(key, secret)
        _taxes(state)
        _shipping(state)
        _gateways(state)
    return state


def _taxes(state: ShopState) -> None:
    state.add_tax_class("Reduced rate")
    state.add_tax_class("Second reduced rate")
    state.add_tax_class("Zero rate")
    rates = {
        "SI": (
            "DDV",
            (("22", "standard"), ("9.5", "reduced-rate"), ("5", "second-reduced-rate"), ("0", "zero-rate")),
        ),
        "CZ": ("DPH", (("21", "standard"), ("12", "reduced-rate"))),
        "PL": ("VAT", (("23", "standard"), ("8", "reduced-rate"), ("5", "second-reduced-rate"))),
        "HU": ("ÁFA", (("27", "standard"), ("18", "reduced-rate"), ("5", "second-reduced-rate"))),
    }
    for country, (word, found) in rates.items():
        for rate, tax_class in found:
            state.add_tax(country, rate, f"{word} {rate.replace('.', ',')} %", tax_class)


def _shipping(state: ShopState) -> None:
    zones = (
        ("Slovenija", ["SI"], (("flat_rate", "GLS home delivery", "4.10"), ("flat_rate", "Parcel locker", "2.90"),
                               ("local_pickup", "Personal pick-up", "0.00"))),
        ("Sosednje države", ["CZ", "PL", "HU"], (("flat_rate", "GLS home delivery", "8.90"),
                                                 ("flat_rate", "Parcel locker", "6.50"))),
    )  # fmt: skip
    state.zones.put(
        0, {"id": 0, "name": "Locations not covered by your other zones", "countries": [], "methods": []}
    )
    for name, countries, methods in zones:
        number = state.next("zone")
        rows = [
            {"instance_id": state.next("instance"), "method_id": kind, "title": title, "cost": cost}
            for kind, title, cost in methods
        ]
        state.zones.put(
            number, {"id": number, "name": name, "countries": countries, "methods": rows, "order": number}
        )


def _gateways(state: ShopState) -> None:
    rows = (
        {"id": "bacs", "title": "Bank transfer", "enabled": True},
        {"id": "cod", "title": "Cash on delivery", "enabled": True, "fee": "1.50"},
        {"id": "card", "title": "Card", "enabled": True, "refunds": True},
    )
    for number, row in enumerate(rows):
        state.gateways.put(number, row)


def add_products(
    state: ShopState, count: int, *, prefix: str = "SKU-", category_id: int | None = None
) -> list[Product]:
    """Many simple products at once, for tests and measurements: prefix00001, ... with stock and price."""
    with state.lock:
        now = state.now()
        categories = [category_id or state.default_category()]
        found = []
        for number in range(1, count + 1):
            sku = f"{prefix}{number:05d}"
            product = Product(
                id=state.next("post"), name=f"Article {sku}", slug=sku.lower(), sku=sku, created=now, modified=now,
                regular_price=f"{number % 500 + 1}.90", manage_stock=True, stock_quantity=number % 90,
                stock_status="instock" if number % 90 else "outofstock", category_ids=list(categories),
                description=f"<p>Description of article {sku}.</p>",
            )  # fmt: skip
            found.append(state.add(product))
        return found
