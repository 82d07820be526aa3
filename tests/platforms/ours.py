"""Kontor's side of the contract scenarios: make, find and rename elements of any type by one short key."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inventory.models import Article, Category, Producer, Unit, VatRate
from orders.models import Customer
from shops.models import Shop
from tests import factories as make

# The types that go both ways, in the order of a sync.
KINDS = ("unit", "category", "producer", "article", "customer")
# What they are found by on both sides.
NAME_FIELD = {"unit": "name", "category": "name", "producer": "name", "article": "sku", "customer": "email"}
MODELS: dict[str, Any] = {
    "unit": Unit,
    "category": Category,
    "producer": Producer,
    "article": Article,
    "customer": Customer,
}


def there_values(kind: str, key: str, category: str) -> dict[str, Any]:
    """The element `key` as the shop has it (bench.py). category: the id of an article's category there."""
    if kind == "article":
        return {"sku": key, "name": f"Name {key}", "stock": Decimal(3), "price": Decimal(10), "category": category}  # fmt: skip
    if kind == "customer":
        return {"email": f"{key.lower()}@example.test", "first_name": "Ana", "last_name": "Novak", "city": "Celje"}  # fmt: skip
    return {"name": f"{key.capitalize()} {kind}", **({"parent": ""} if kind == "category" else {})}


@dataclass(frozen=True, slots=True)
class Ours:
    shop: Shop
    vat: VatRate
    kitchen: Category

    def make(self, kind: str, key: str, **fields: Any) -> Any:
        """The same element as `there_values` describes. Articles get 5 pieces and a price of 12."""
        values = there_values(kind, key, "")
        if kind == "article":
            fields = {"name": values["name"], "vat_rate": self.vat, "categories": [self.kitchen]} | fields
            article = make.make_article(key, **fields)
            if not article.has_variants:
                make.make_stock(article, self.shop.warehouses.get(), 5)
                make.make_price(self.shop.price_list, article, "12.00")
            return article
        if kind == "customer":
            return Customer.objects.create(**{n: values[n] for n in ("email", "first_name", "last_name")})
        return MODELS[kind]._default_manager.create(name=values["name"], **fields)

    def get(self, kind: str, key: str) -> Any:
        """The row, or None."""
        name = NAME_FIELD[kind]
        return MODELS[kind]._default_manager.filter(**{name: there_values(kind, key, "")[name]}).first()

    def rename(self, kind: str, key: str, text: str) -> None:
        """A change of what the element is called; what it is found by stays where that is something else."""
        row = self.get(kind, key)
        setattr(row, "last_name" if kind == "customer" else "name", text)
        row.save()

    def get_renamed(self, kind: str, key: str, text: str) -> Any:
        if kind == "customer":
            return Customer.objects.filter(email=there_values(kind, key, "")["email"], last_name=text).first()
        if kind == "article":
            return Article.objects.filter(sku=key, name=text).first()
        return MODELS[kind]._default_manager.filter(name=text).first()
