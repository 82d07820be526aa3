"""What a checkout of the storefront writes: order, totals, history, lines, stock, in its order and with its arithmetic.

The rules are the shop's (classes/order.php, modules/order_total): prices are rounded piece by piece, taxes are added up
by their description, and each module of the total changes the sum when its turn comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.peers.oscommerce import seed
from tests.peers.oscommerce.store import Store


@dataclass
class Basket:
    """items: (product, pieces, options as ((name, value), ...)). shipping: net cost; shipping_class: its tax class.

    totals: the order in which the modules of the total work. fees: (class, title, value) of add-ons, as they store it.
    """

    customer: int
    items: Sequence[tuple[int, int, tuple[tuple[str, str], ...]]]
    shipping: str = "5.00"
    shipping_class: int = 1
    shipping_title: str = "Flat Rate (Best Way)"
    gross: bool = True
    currency: str = "EUR"
    totals: tuple[str, ...] = ("ot_subtotal", "ot_shipping", "ot_tax", "ot_total")
    payment: str = "Cash on Delivery"
    comment: str = ""
    taxed: bool = True
    delivery: dict[str, Any] = field(default_factory=dict)
    fees: Sequence[tuple[str, str, str]] = ()


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Checkout:
    def __init__(self, shop: Store, basket: Basket) -> None:
        self.shop = shop
        self.basket = basket
        self.taxes: dict[str, Decimal] = {}
        self.subtotal = self.total = Decimal(0)
        self.lines = [self._line(*item) for item in basket.items]

    def _rate(self, tax_class: int) -> Decimal:
        known = seed.TAX_CLASSES.get(tax_class)
        return Decimal(known[1]) if known and self.basket.taxed else Decimal(0)

    def _line(self, product: int, pieces: int, options: tuple[tuple[str, str], ...]) -> dict[str, Any]:
        row = self.shop.row("products", products_id=product)
        specials = self.shop.rows("specials", products_id=product, status=1)
        price = Decimal(specials[0]["specials_new_products_price"] if specials else row["products_price"])
        chosen = [self._option(product, name, value) for name, value in options]
        final = price + sum((surcharge for _name, _value, surcharge in chosen), Decimal(0))
        rate = self._rate(int(row["products_tax_class_id"]))
        shown = cents(final * (1 + rate / 100) if self.basket.gross else final) * pieces
        self.subtotal += shown
        if rate:
            tax = shown - shown / (1 + rate / 100) if self.basket.gross else shown * rate / 100
            self._add_tax(rate, tax)
        return {"row": row, "price": price, "final": final, "rate": rate, "pieces": pieces, "options": chosen}

    def _option(self, product: int, name: str, value: str) -> tuple[str, str, Decimal]:
        option = self.shop.rows("products_options", products_options_name=name)[0]["products_options_id"]
        wanted = self.shop.rows("products_options_values", products_options_values_name=value)[0]
        row = self.shop.row(
            "products_attributes",
            products_id=product,
            options_id=option,
            options_values_id=wanted["products_options_values_id"],
        )
        sign = -1 if row["price_prefix"] == "-" else 1
        return name, value, sign * Decimal(row["options_values_price"])

    def _add_tax(self, rate: Decimal, tax: Decimal) -> None:
        title = f"DDV {rate.normalize():f}%:"
        self.taxes[title] = self.taxes.get(title, Decimal(0)) + tax

    def _totals(self) -> list[tuple[str, str, Decimal]]:
        """(class, title, value) in the order of the modules."""
        self.total = self.subtotal
        if not self.basket.gross:
            self.total += sum(self.taxes.values(), Decimal(0))
        shipping = Decimal(self.basket.shipping)
        self.total += shipping
        found: list[tuple[str, str, Decimal]] = []
        for module in self.basket.totals:
            if module == "ot_subtotal":
                found.append((module, "Sub-Total:", self.subtotal))
            elif module == "ot_shipping":
                rate = self._rate(self.basket.shipping_class)
                tax = cents(shipping * rate / 100)
                if tax:
                    self._add_tax(rate, tax)
                    self.total += tax
                found.append(
                    (module, f"{self.basket.shipping_title}:", shipping + (tax if self.basket.gross else 0))
                )
            elif module == "ot_tax":
                found += [("ot_tax", title, tax) for title, tax in self.taxes.items() if tax]
            elif module == "ot_total":
                found.append((module, "Total:", self.total))
            else:
                for name, title, value in self.basket.fees:
                    if name == module:
                        found.append((name, title, abs(Decimal(value))))
                        self.total += Decimal(value)
        return found

    def write(self) -> int:
        shop, basket = self.shop, self.basket
        totals = self._totals()
        order = shop.insert("orders", **self._head())
        for name, title, value in totals:
            rate = Decimal("0.86") if basket.currency == "GBP" else Decimal(1)
            text = f"{cents(value * rate)} {basket.currency}"
            shop.insert(
                "orders_total",
                orders_id=order,
                title=title,
                text=f"<strong>{text}</strong>" if name == "ot_total" else text,
                value=f"{value.quantize(Decimal('0.0001'), ROUND_HALF_UP)}",
                **{"class": name},
                sort_order=basket.totals.index(name) + 1,
            )
        self._history(order)
        for line in self.lines:
            self._sell(order, line)
        return order

    def _history(self, order: int) -> None:
        self.shop.insert(
            "orders_status_history",
            orders_id=order,
            orders_status_id=1,
            date_added="now",
            customer_notified=0,
            comments=self.basket.comment.replace("<", "_").replace(">", "_"),
        )

    def _head(self) -> dict[str, Any]:
        customer = self.shop.row("customers", customers_id=self.basket.customer)
        book = self.shop.row("address_book", address_book_id=customer["customers_default_address_id"])
        home = {
            "name": f"{book['entry_firstname']} {book['entry_lastname']}",
            "company": book["entry_company"],
            "street_address": book["entry_street_address"],
            "suburb": book["entry_suburb"],
            "city": book["entry_city"],
            "postcode": book["entry_postcode"],
            "state": "",
            "country": seed.COUNTRIES[int(book["entry_country_id"])][0],
            "address_format_id": 1,
        }
        values: dict[str, Any] = {
            "customers_id": self.basket.customer,
            "customers_telephone": customer["customers_telephone"],
            "customers_email_address": customer["customers_email_address"],
            "payment_method": self.basket.payment,
            "date_purchased": "now",
            "orders_status": 1,
            "currency": self.basket.currency,
            "currency_value": "0.86" if self.basket.currency == "GBP" else "1.0",
        }
        for block in ("customers", "delivery", "billing"):
            there = home | (self.basket.delivery if block == "delivery" else {})
            values |= {f"{block}_{name}": value for name, value in there.items()}
        return values

    def _sell(self, order: int, line: dict[str, Any]) -> None:
        shop, row, pieces = self.shop, line["row"], line["pieces"]
        product = row["products_id"]
        left = int(shop.row("products", products_id=product)["products_quantity"]) - pieces
        shop.update("products", {"products_quantity": left}, products_id=product)
        may_run_out = shop.row("configuration", configuration_key="STOCK_ALLOW_CHECKOUT")[
            "configuration_value"
        ]
        if left < 1 and may_run_out == "false":
            shop.update("products", {"products_status": 0}, products_id=product)
        shop.update(
            "products", {"products_ordered": int(row["products_ordered"]) + pieces}, products_id=product
        )
        line_id = shop.insert(
            "orders_products",
            orders_id=order,
            products_id=product,
            products_model=row["products_model"],
            products_name=shop.row("products_description", products_id=product, language_id=1)[
                "products_name"
            ],
            products_price=str(line["price"]),
            final_price=str(line["final"]),
            products_tax=str(line["rate"]),
            products_quantity=pieces,
        )
        for name, value, surcharge in line["options"]:
            shop.insert(
                "orders_products_attributes",
                orders_id=order,
                orders_products_id=line_id,
                products_options=name,
                products_options_values=value,
                options_values_price=str(abs(surcharge)),
                price_prefix="-" if surcharge < 0 else "+",
            )


def buy(shop: Store, customer: int, *items: tuple[Any, ...], minutes_ago: int = 5, **basket: Any) -> int:
    """Put an order; items are (product, pieces) or (product, pieces, (("Colour", "Red"),)). Its id."""
    whole = [(item[0], item[1], item[2] if len(item) > 2 else ()) for item in items]
    order = Checkout(shop, Basket(customer, whole, **basket)).write()
    age(shop, order, minutes_ago)
    return order


def age(shop: Store, order: int, minutes: int) -> None:
    """As if the order had been placed so many minutes ago."""
    for table, column in (("orders", "date_purchased"), ("orders_status_history", "date_added")):
        shop.run(
            f"UPDATE {shop.prefix}{table} SET {column}=NOW() - INTERVAL {minutes} MINUTE WHERE orders_id=%s",
            [order],
        )
