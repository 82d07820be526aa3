"""What the stand-in of a Shoper shop has: its rows, and the shapes in which it shows them (shoper.md, 4-6).

Rows are plain dicts as the shop stores them, with numbers as numbers; `shown` gives the answer's shapes: ids and flags
as text, prices with two decimals, and the odd ones out as recorded from real shops.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

# resource: name of its id.
KEYS = {
    "units": "unit_id",
    "categories": "category_id",
    "producers": "producer_id",
    "taxes": "tax_id",
    "products": "product_id",
    "product-stocks": "stock_id",
    "product-images": "gfx_id",
    "specialoffers": "promo_id",
    "option-groups": "group_id",
    "options": "option_id",
    "option-values": "ovalue_id",
    "users": "user_id",
    "user-addresses": "address_book_id",
    "orders": "order_id",
    "order-products": "id",
    "statuses": "status_id",
    "payments": "payment_id",
    "shippings": "shipping_id",
    "currencies": "currency_id",
    "languages": "lang_id",
    "parcels": "parcel_id",
    "webhooks": "webhook_id",
}
# Numbers that the shop really shows as numbers.
_NUMBERS = {
    "main",
    "categories",
    "options",
    "stocks",
    "value_id",
    "total_products",
    "total_parcels",
    "events",
}
_MONEY = {"price", "sum", "paid", "shipping_cost", "discount", "cost", "price_buying", "other_price"}
_NULL = "0000-00-00 00:00:00"


class Store:
    """All rows by resource and id; one lock guards them. `clock` gives the time in the shop's zone."""

    def __init__(self, *, zone: str = "Europe/Warsaw", clock: Callable[[], datetime] | None = None) -> None:
        self.lock = threading.RLock()
        self.zone = ZoneInfo(zone)
        self.clock = clock or (lambda: datetime.now(self.zone))
        self.tables: dict[str, dict[int, Row]] = {resource: {} for resource in KEYS}
        self.files: dict[int, bytes] = {}
        self.last: dict[str, int] = {}
        self._of_product: dict[str, dict[int, list[Row]]] = {}  # index, made when it is needed
        self.config: dict[str, Any] = {
            "shop_url": "",
            "technical_url": "",
            "shop_country": "PL",
            "shop_name": "Sklep Lipa",
            "shop_off": "",
            "product_defaults_tax_id": "1",
            "product_defaults_unit_id": "1",
            "shopping_update_stock_on_buy": "1",
            "shopping_parcel_create_status_id": "4",
            "shopping_parcel_send_status_id": "7",
            "shopping_allow_product_different_currency": "0",
            "locale_timezone": zone,
            "locale_default_weight": "KILOGRAM",
            "default_language_name": "pl_PL",
            "default_language_id": "1",
            "default_currency_id": "1",
            "default_currency_name": "PLN",
            "warehouses_enabled": False,
        }
        self._seed()

    def _seed(self) -> None:
        """What every new shop has, with the ids that recordings of new shops show."""
        for name, fraction in (("szt.", 0), ("kg", 1)):
            self.add("units", floating_point=fraction, translations=self.words(name=name))
        for value in (23, 8, 0, 5):
            self.add("taxes", value=value, name=f"{value}%", **{"class": f"{value}%"})
        self.add("languages", locale="pl_PL", currency_id=1, active=1, order=1)
        self.add("languages", locale="en_US", currency_id=1, active=0, order=2)
        self.add("currencies", name="PLN", rate=1, active=1, default=1)
        self.add("currencies", name="EUR", rate=Decimal("4.3"), active=1, default=0)
        names = ("złożone", "przyjęte do realizacji", "oczekiwanie na dostawę", "w trakcie kompletowania",
                 "oczekiwanie na płatność", "gotowe do wysłania", "przesyłka wysłana", "anulowane", "odrzucone",
                 "zwrot", "zakończone")  # fmt: skip
        types = (1, 2, 2, 2, 2, 2, 3, 4, 4, 4, 3)
        for order, (name, kind) in enumerate(zip(names, types, strict=True), start=1):
            self.add("statuses", active=1, default=int(order == 1), type=kind, order=order, translations=self.words(name=name))  # fmt: skip
        for name, title in (("cash", "Gotówka"), ("cod", "Pobranie"), ("transfer", "Przelew bankowy")):
            self.add("payments", name=name, visible=1, order=1, translations=self.words(title=title, active=1))  # fmt: skip
        for name in ("InPost Kurier", "GLS", "Odbiór osobisty"):
            self.add("shippings", name=name, cost=0, tax_id=1, visible=1, engine="", translations=self.words(name=name, active=1))  # fmt: skip

    # Rows

    def add(self, resource: str, **values: Any) -> Row:
        number = self.last[resource] = self.last.get(resource, 0) + 1
        row = {KEYS[resource]: number, **values}
        self.tables[resource][number] = row
        self._of_product.pop(resource, None)
        return row

    def remove(self, resource: str, number: int) -> None:
        del self.tables[resource][number]
        self._of_product.pop(resource, None)

    def rows(self, resource: str, **values: Any) -> list[Row]:
        """Those with these values, oldest first."""
        if list(values) == ["product_id"]:
            if resource not in self._of_product:
                index: dict[int, list[Row]] = {}
                for row in self.tables[resource].values():
                    index.setdefault(row["product_id"], []).append(row)
                self._of_product[resource] = index
            return list(self._of_product[resource].get(values["product_id"], ()))
        return [
            row for row in self.tables[resource].values() if all(row.get(k) == v for k, v in values.items())
        ]

    def get(self, resource: str, number: Any) -> Row | None:
        return self.tables[resource].get(int(number)) if str(number).isdigit() else None

    def words(self, **texts: Any) -> dict[str, Row]:
        """Translations in the shop's default language."""
        return {"pl_PL": {"lang_id": 1, **texts}}

    def now(self) -> str:
        return self.clock().strftime("%Y-%m-%d %H:%M:%S")

    # Products

    def base_row(self, product_id: int) -> Row:
        return next(row for row in self.rows("product-stocks", product_id=product_id) if not row["extended"])

    def variant_rows(self, product_id: int) -> list[Row]:
        return [row for row in self.rows("product-stocks", product_id=product_id) if row["extended"]]

    def price(self, row: Row) -> Decimal:
        """What a buyer pays for this row without any offer (`comp_price`)."""
        if not row["extended"]:
            return Decimal(row["price"])
        base = Decimal(self.base_row(row["product_id"])["price"])
        own = Decimal(row["price"])
        return {0: base, 1: own, 2: base + own, 3: base - own}[row["price_type"]]

    def offer_of(self, row: Row) -> Row | None:
        """The row's own offer, else the one of the whole product."""
        offers = self.rows("specialoffers", product_id=row["product_id"])
        own = (one for one in offers if one["condition_type"] == 2 and row["stock_id"] in one["stocks"])
        return next(own, None) or next((one for one in offers if one["condition_type"] == 1), None)

    def sale_price(self, row: Row) -> Decimal | None:
        """With an offer that holds now."""
        offer = self.offer_of(row)
        if offer is None or not offer["date_from"] <= self.now() <= offer["date_to"]:
            return None
        price = self.price(row)
        if offer["discount_type"] == 3:
            return _cents(price * (1 - Decimal(offer["discount"]) / 100))
        return price - Decimal(offer["discount"])

    def remove_product(self, product_id: int) -> None:
        self.remove("products", product_id)
        for resource in ("product-stocks", "product-images", "specialoffers"):
            for row in self.rows(resource, product_id=product_id):
                self.remove(resource, row[KEYS[resource]])

    # Shapes

    def shown(self, resource: str, row: Row) -> Row:
        special: dict[str, Callable[[Row], Row]] = {
            "products": self._product,
            "product-stocks": self._stock,
            "product-images": self._image,
            "categories": self._category,
            "option-values": self._value,
            "webhooks": self._webhook,
        }
        return special[resource](row) if resource in special else plain(row)

    def _product(self, row: Row) -> Row:
        base = self.base_row(row["product_id"])
        general = [one for one in self.rows("specialoffers", product_id=row["product_id"]) if one["condition_type"] == 1]  # fmt: skip
        images = sorted(self.rows("product-images", product_id=row["product_id"]), key=lambda i: i["order"])
        sale = self.sale_price(base)
        nested = self._stock(base)
        nested.pop("special_offer", None)
        shown = plain(row) | {
            "code": base["code"],
            "ean": base["ean"],
            "type": str(row.get("type", 0)),
            "category_id": str(row["category_id"]),
            "categories": list(row["categories"]),
            "stock": nested,
            "promo_price": None if sale is None else f"{sale:.2f}",
            "options": [one["stock_id"] for one in self.variant_rows(row["product_id"])],
            "attributes": [],
            "main_image": self._image(images[0]) if images else False,
        }
        if general:
            shown["special_offer"] = plain(general[0])
        return shown

    def _stock(self, row: Row) -> Row:
        price, sale = self.price(row), self.sale_price(row)
        shown = plain(row) | {
            "price": f"{Decimal(row['price']):.2f}",
            "comp_price": f"{price:.2f}",
            "comp_promo_price": f"{price if sale is None else sale:.2f}",
            "comp_weight": number(row["weight"]),
            "weight": number(row["weight"]),
            "stock": number(row["stock"]),
            "options": [
                {"option_id": str(one["option_id"]), "value_id": one["value_id"]} for one in row["options"]
            ],
        }
        if (offer := self.offer_of(row)) is not None:
            shown["special_offer"] = plain(offer)
        return shown

    def _image(self, row: Row) -> Row:
        first = min(one["order"] for one in self.rows("product-images", product_id=row["product_id"]))
        return plain(row) | {"main": int(row["order"] == first), "unic_name": str(row["gfx_id"])}

    @staticmethod
    def _category(row: Row) -> Row:
        return plain({name: value for name, value in row.items() if name != "parent_id"})

    @staticmethod
    def _value(row: Row) -> Row:
        return plain(row) | {"change_price_type": 0, "change_price_value": 0, "percent": "0"}

    @staticmethod
    def _webhook(row: Row) -> Row:
        return plain(row) | {"events": list(row["events"]), "secret": ""}

    def tree(self, parent: int = 0) -> list[Row]:
        """categories-tree: ids only, in their order."""
        children = [row for row in self.rows("categories") if row["parent_id"] == parent]
        children.sort(key=lambda row: (row["order"], row["category_id"]))
        return [{"id": row["category_id"], "children": self.tree(row["category_id"])} for row in children]

    # What customers do

    def place_order(
        self,
        lines: list[tuple[str, int]],
        *,
        email: str = "jan@example.test",
        shipping_cost: Decimal = Decimal(0),
        city: str = "Celje",
        country: str = "PL",
        status_id: int = 1,
        sum_with_shipping: bool = True,
        **values: Any,
    ) -> Row:
        """A guest's order of (code, quantity), at the prices that the shop shows; its stock goes down at once."""
        with self.lock:
            user = next(iter(self.rows("users", email=email)), None) or self.add(
                "users", email=email, firstname="Jan", lastname="Nowak", registered=0, active=1, lang_id=1,
                date_add=self.now(), discount=0, comment="", group_id=None,
            )  # fmt: skip
            address = {
                "firstname": "Jan", "lastname": "Nowak", "company": "", "pesel": "", "city": city, "postcode": "00-001",
                "street1": "Prosta 1", "street2": "", "state": "", "country": "Polska", "country_code": country,
                "phone": "600000000", "tax_identification_number": "",
            }  # fmt: skip
            fields = {
                "user_id": user["user_id"], "date": self.now(), "status_date": self.now(), "confirm_date": _NULL,
                "status_id": status_id, "sum": Decimal(0), "paid": Decimal(0), "payment_id": 2, "shipping_id": 2,
                "shipping_cost": shipping_cost, "shipping_tax_id": 1, "shipping_tax_value": 23,
                "shipping_tax_name": "23%", "currency_id": 1, "currency_rate": 1, "email": email, "notes": "",
                "notes_priv": "", "notes_pub": "", "code": "12a2f1480ea5a344894f29e657744765", "origin": 0,
                "registered": 0, "discount_client": 0, "discount_group": 0, "discount_levels": 0, "discount_code": 0,
                "promo_code": "", "parent_order_id": None, "is_paid": False, "is_cash_on_delivery": False,
                "vat_eu": False, "lang_id": 1, "billing_address": dict(address), "delivery_address": dict(address),
            }  # fmt: skip
            order = self.add("orders", **(fields | values))
            total = sum((self._line(order, code, quantity) for code, quantity in lines), Decimal(0))
            order["sum"] = values.get("sum", total + (shipping_cost if sum_with_shipping else 0))
            return order

    def _line(self, order: Row, code: str, quantity: int) -> Decimal:
        rows = [row for row in self.rows("product-stocks") if row["code"] == code]
        row = max(rows, key=lambda one: one["extended"])
        product = self.tables["products"][row["product_id"]]
        price = self.sale_price(row) or self.price(row)
        tax = self.tables["taxes"][product["tax_id"]]
        named = [
            f"{self._word('options', one['option_id'], 'name')}: {self._word('option-values', one['value_id'], 'value')}"
            for one in row["options"]
        ]
        self.add(
            "order-products", order_id=order["order_id"], product_id=row["product_id"], stock_id=row["stock_id"],
            price=price, discount_perc="0.0000", quantity=quantity, name=product["translations"]["pl_PL"]["name"],
            code=code, ean=row["ean"], tax=tax["name"], tax_value=tax["value"], unit="szt.", option="; ".join(named),
            weight=row["weight"], type=0, loyalty=None, text_options=[],
        )  # fmt: skip
        if self.config["shopping_update_stock_on_buy"] == "1":
            row["stock"] = Decimal(row["stock"]) - quantity
        return price * quantity

    def _word(self, resource: str, number_: int, field: str) -> str:
        return str(self.tables[resource][number_]["translations"]["pl_PL"][field])

    def set_status(self, order: Row, status_id: int) -> None:
        order["status_id"], order["status_date"] = status_id, self.now()


def plain(value: Any, name: str = "") -> Any:
    """A stored value as an answer shows it."""
    if isinstance(value, Mapping):
        return {key: plain(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return value if name in _NUMBERS else [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool)) or name in _NUMBERS:
        return value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return f"{Decimal(value):.2f}" if name in _MONEY else number(value)


def number(value: Any) -> str:
    text = format(Decimal(str(value)).normalize(), "f")
    return "0" if text == "-0" else text


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
