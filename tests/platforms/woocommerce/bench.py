"""WooCommerce's stand-in (the demo shop) as the contract suite uses it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backoffice.demo.shop import DemoShop, Product
from tests.peers.woocommerce import ADMIN, UNKNOWN, make_shop
from tests.platforms.bench import Bench

_ROUTES = {
    "category": "/products/categories",
    "producer": "/products/brands",
    "vat_rate": "/taxes",
    "article": "/products",
    "customer": "/customers",
    "order": "/orders",
}
_TERMS = {"category": "category", "producer": "brand"}


class WooBench(Bench):
    platform = "woocommerce"
    country = "SI"
    percent = "22"
    gross = False
    statuses = ("processing", "completed")
    page = 100
    credentials = {"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret}
    wrong_credentials = {"consumer_key": UNKNOWN.key, "consumer_secret": UNKNOWN.secret}

    shop: DemoShop

    def start(self) -> None:
        self.shop = make_shop()
        self.address = self.shop.start()

    def stop(self) -> None:
        self.shop.stop()
        assert self.shop.crashes == []

    # The store

    def add(self, kind: str, **values: Any) -> str:
        state = self.shop.state
        if kind in _TERMS:
            parent = int(values.pop("parent", "") or 0)
            return str(state.add_term(_TERMS[kind], values["name"], parent=parent)["id"])
        if kind == "vat_rate":
            return str(state.add_tax(self.country, values["percent"], f"{values['percent']} %", "zero-rate"))
        if kind == "article":
            parent = state.products[int(values["parent"])] if values.get("parent") else None
            return str(self.shop.add_product(parent=parent, **_product(values)).id)
        if kind == "image":
            return self._add_image(**values)
        if kind == "customer":
            return str(self.shop.add_customer(values.pop("email"), **_customer(values))["id"])
        if kind == "order":
            return str(self.shop.add_order(**self._order(**values))["id"])
        raise NotImplementedError(kind)

    def change(self, kind: str, remote_id: str, **values: Any) -> None:
        state, number = self.shop.state, int(remote_id.rpartition(":")[2])
        with state.lock:
            if kind in _TERMS:
                state.terms[number].update(values)
            elif kind == "article":
                self.shop.api.rules.update(state.products[number], _product(values))
            elif kind == "image":
                state.images[number].update(values)
                state.forget_rows()
            elif kind == "customer":
                state.customers[number].update(_customer(values), modified=state.now())
            else:
                self.shop.api.orders.update(state.orders[number], values)

    def remove(self, kind: str, remote_id: str) -> None:
        assert kind == "article"
        with self.shop.state.lock:
            self.shop.api.rules.delete(self.shop.state.products[int(remote_id)])

    def shown(self, kind: str) -> list[dict[str, Any]]:
        state = self.shop.state
        if kind in _TERMS:
            return [
                {"id": str(row["id"]), "name": row["name"], "parent": str(row["parent"] or "")}
                for row in state.terms_of(_TERMS[kind])
            ]
        return {
            "unit": lambda: [],
            "vat_rate": lambda: [
                {"id": str(pk), "percent": Decimal(row["rate"])} for pk, row in state.taxes.items()
            ],
            "article": lambda: [_shown_product(one) for one in state.products.values()],
            "image": self._shown_images,
            "customer": lambda: [
                {
                    "id": str(row["id"]),
                    "email": row["email"],
                    "first_name": row["first_name"],
                    "last_name": row["last_name"],
                    "city": row["billing"]["city"],
                }
                for row in state.customers.values()
            ],
            "order": lambda: [
                {"id": str(row["id"]), "status": row["status"], "total": Decimal(row["total"])}
                for row in state.orders.values()
            ],
            "parcel": lambda: [
                {"order": str(row["order_id"]), "text": row["note"]} for row in state.notes.values()
            ],
            "payment_method": lambda: [
                {"id": row["id"], "name": row["title"]} for row in state.gateways.values()
            ],
        }[kind]()

    def _add_image(self, article: str, name: str, alt: str, content: bytes) -> str:
        state = self.shop.state
        with state.lock:
            image = self.shop.api.pictures.store(name, content)
            image["alt"] = alt
            product = state.products[int(article)]
            product.image_ids.append(image["id"])
            state.touch(product)
        return f"{article}:{image['id']}"

    def _shown_images(self) -> list[dict[str, Any]]:
        state = self.shop.state
        return [
            {
                "id": f"{product.id}:{number}",
                "article": str(product.id),
                "name": state.images[number]["file"].rpartition("/")[2],
                "alt": state.images[number]["alt"],
                "position": position,
            }
            for product in state.products.values()
            for position, number in enumerate(product.image_ids)
        ]

    def _order(self, sku: str, quantity: int, email: str, shipping: Decimal) -> dict[str, Any]:
        product = next(one for one in self.shop.state.products.values() if one.sku == sku)
        net = (shipping / (1 + Decimal(self.percent) / 100)).quantize(Decimal("0.0001"))
        return {
            "status": self.statuses[0],
            "payment_method": "cod",
            "payment_method_title": "Cash on delivery",
            "billing": {
                "first_name": "Ana",
                "last_name": "Novak",
                "address_1": "Lipova 1",
                "city": "Celje",
                "postcode": "3000",
                "country": self.country,
                "email": email,
            },
            "line_items": [{"product_id": product.parent_id or product.id, "quantity": quantity}
                           | ({"variation_id": product.id} if product.parent_id else {})],
            "shipping_lines": [{"method_id": "flat_rate", "method_title": "GLS", "total": str(net)}],
        }  # fmt: skip

    # Bad days

    def breaks(self, fault: str, kind: str = "article") -> None:
        shop, route = self.shop, _ROUTES.get(kind, "/products")
        if fault == "unanswered":
            shop.fault("commit_then_drop", method="POST", route=f"{route}/batch")
        elif fault == "down":
            shop.fails(times=2, status=503)
        elif fault == "limit":
            shop.limits_rate(times=2, retry_after=0)
        elif fault == "nonsense":
            shop.answers_html("GET", where=lambda _method, asked, _query: asked == route, times=None)
        elif fault == "empty":
            shop.fault(
                "shrink", method="GET", where=lambda _method, asked, _query: asked == route, times=None
            )
        elif fault == "poison":
            shop.refuses("^POISON$", code="odd_plugin_rule", message="The shop does not like it.")
        else:
            assert fault == "moves"
            assert kind == "article"
            shop.fault(None, method="GET", where=self._move_once)

    def _move_once(self, _method: str, route: str, query: Mapping[str, str]) -> bool:
        if route != "/products" or query.get("page") != "2":
            return False
        with self.shop.state.lock:
            first = min(self.shop.state.products)
            self.shop.api.rules.delete(self.shop.state.products[first])
        self.add("article", sku="LATECOMER", name="Latecomer", price=Decimal(1), stock=Decimal(1))
        return True  # once

    def heals(self) -> None:
        self.shop.heal()

    # What it cost

    @property
    def requests(self) -> int:
        return len(self.shop.requests)

    @property
    def writes(self) -> int:
        return len(self.shop.writes)

    def forgets(self) -> None:
        self.shop.reset_counts()


def _product(values: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: values[name] for name in ("sku", "name") if name in values}
    if "price" in values:
        fields["regular_price"] = str(values["price"])
    if "sale" in values:
        fields["sale_price"] = "" if values["sale"] is None else str(values["sale"])
    if "stock" in values:
        fields |= {"manage_stock": True, "stock_quantity": int(values["stock"])}
    if "active" in values:
        fields["status"] = "publish" if values["active"] else "draft"
    if "category" in values:
        fields["categories"] = [{"id": int(values["category"])}]
    if "options" in values:
        fields["type"] = "variable"
        fields["attributes"] = [
            {"name": name, "visible": True, "variation": True, "options": options}
            for name, options in values["options"].items()
        ]
    if "variant" in values:
        fields["attributes"] = [
            {"name": name, "option": option} for name, option in values["variant"].items()
        ]
    return fields


def _shown_product(product: Product) -> dict[str, Any]:
    return {
        "id": str(product.id),
        "sku": product.sku,
        "name": product.name,
        "stock": None if product.stock_quantity is None else Decimal(product.stock_quantity),
        "price": Decimal(product.regular_price) if product.regular_price else None,
        "sale": Decimal(product.sale_price) if product.sale_price else None,
        "active": product.status == "publish",
        "category": str(product.category_ids[0]) if product.category_ids else "",
        "parent": str(product.parent_id or ""),
        "options": {row["name"]: row["options"] for row in product.attributes if "options" in row},
        "variant": {row["name"]: row["option"] for row in product.attributes if "option" in row},
    }


def _customer(values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: values[name] for name in ("first_name", "last_name") if name in values}
    if "city" in values:
        empty = dict.fromkeys(
            ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "state",
             "country", "email", "phone"), ""
        )  # fmt: skip
        fields["billing"] = empty | {"last_name": "Novak", "address_1": "Lipova 1", "city": values["city"], "country": "SI"}  # fmt: skip
    return fields
