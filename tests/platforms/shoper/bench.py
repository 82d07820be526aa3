"""Shoper's stand-in as the contract suite uses it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.peers.shoper import ShoperShop
from tests.platforms.bench import Bench

_RESOURCES = {
    "unit": "units",
    "category": "categories",
    "producer": "producers",
    "vat_rate": "taxes",
    "article": "products",
    "stock": "product-stocks",
    "image": "product-images",
    "customer": "users",
    "order": "orders",
}


class ShoperBench(Bench):
    platform = "shoper"
    country = "PL"
    percent = "23"
    currency = "PLN"
    gross = True
    statuses = ("1", "11")
    page = 50
    options = {"pages_at_once": "1"}

    shop: ShoperShop

    def start(self) -> None:
        self.shop = ShoperShop()
        self.address = self.shop.start()
        self.credentials = {"token": "", "login": self.shop.login, "password": self.shop.password}
        self.wrong_credentials = {**self.credentials, "password": "wrong"}

    def stop(self) -> None:
        self.shop.stop()
        assert self.shop.crashes == []

    # The store

    def add(self, kind: str, **values: Any) -> str:
        store, rules = self.shop.store, self.shop.rules
        with store.lock:
            if kind == "unit":
                return str(
                    store.add("units", floating_point=0, translations=store.words(**values))["unit_id"]
                )
            if kind == "producer":
                return str(store.add("producers", web="", **values)["producer_id"])
            if kind == "category":
                return str(self._add_category(**values))
            if kind == "vat_rate":
                percent = f"{values['percent']:f}%"
                row = store.add("taxes", value=values["percent"], name=percent, **{"class": percent})
                return str(row["tax_id"])
            if kind == "article":
                return self._add_variant(**values) if values.get("parent") else self._add_product(**values)
            if kind == "image":
                return self._add_image(**values)
            if kind == "customer":
                return self._add_customer(**values)
        assert kind == "order"
        order = store.place_order(
            [(values["sku"], values["quantity"])], email=values["email"], shipping_cost=values["shipping"]
        )
        assert rules is not None
        return str(order["order_id"])

    def _add_category(self, name: str, parent: str = "") -> int:
        store = self.shop.store
        place = len(store.rows("categories")) + 1
        row = store.add(
            "categories",
            parent_id=int(parent or 0),
            order=place,
            root=int(not parent),
            translations=store.words(name=name, description="", active=1),
        )
        return int(row["category_id"])

    def _add_product(self, **values: Any) -> str:
        body = {
            "category_id": int(values["category"]),
            "code": values["sku"],
            "pkwiu": "",
            "tax_id": 1,
            "stock": {"price": values["price"], "stock": values["stock"]},
            "translations": {"pl_PL": {"name": values["name"], "active": values.get("active", True)}},
        }
        if "options" in values:
            body["group_id"] = self._group(values["options"])
        number = self.shop.rules.create("products", body)
        if values.get("sale") is not None:
            self._sell(number, values["sale"])
        return str(number)

    def _group(self, options: Mapping[str, list[str]]) -> int:
        store = self.shop.store
        group = store.add("option-groups", translations=store.words(name=", ".join(options)))["group_id"]
        for place, (name, texts) in enumerate(options.items(), start=1):
            option = store.add(
                "options", group_id=group, type="select", required=1, stock=1, order=place,
                translations=store.words(name=name),
            )["option_id"]  # fmt: skip
            for text in texts:
                store.add("option-values", option_id=option, order=1, color="", translations=store.words(value=text))  # fmt: skip
        return int(group)

    def _add_variant(self, **values: Any) -> str:
        store, product = self.shop.store, int(values["parent"])
        group = store.tables["products"][product]["group_id"]
        options = []
        for row in store.rows("options", group_id=group):
            text = values["variant"][row["translations"]["pl_PL"]["name"]]
            value = next(
                one
                for one in store.rows("option-values", option_id=row["option_id"])
                if one["translations"]["pl_PL"]["value"] == text
            )
            options.append({"option_id": row["option_id"], "value_id": value["ovalue_id"]})
        body = {
            "product_id": product, "code": values["sku"], "options": options, "price": values["price"],
            "price_type": 1, "stock": values["stock"], "active": True,
        }  # fmt: skip
        return f"{product}:{self.shop.rules.create('product-stocks', body)}"

    def _sell(self, product: int, sale: Decimal) -> None:
        store = self.shop.store
        for row in store.rows("specialoffers", product_id=product):
            store.remove("specialoffers", row["promo_id"])
        self.shop.rules.create(
            "specialoffers",
            {
                "product_id": product, "discount_type": 2, "discount": store.price(store.base_row(product)) - sale,
                "date_from": "2020-01-01 00:00:00", "date_to": "2090-01-01 00:00:00",
            },
        )  # fmt: skip

    def _add_image(self, article: str, name: str, alt: str, content: bytes) -> str:
        store = self.shop.store
        last = len(store.rows("product-images", product_id=int(article)))
        row = store.add(
            "product-images", product_id=int(article), order=last + 1, name=name, hidden=0,
            extension=name.rpartition(".")[2], translations=store.words(name=alt or name),
        )  # fmt: skip
        store.files[row["gfx_id"]] = content
        return str(row["gfx_id"])

    def _add_customer(self, email: str, first_name: str, last_name: str, city: str) -> str:
        number = self.shop.rules.create(
            "users", {"email": email, "firstname": first_name, "lastname": last_name, "active": True}
        )
        self.shop.rules.create(
            "user-addresses",
            {
                "user_id": number, "firstname": first_name, "lastname": last_name, "street_1": "Lipova 1",
                "city": city, "zip_code": "00-001", "phone": "600000000", "country_code": "PL", "default": True,
                "shipping_default": True,
            },
        )  # fmt: skip
        return str(number)

    def change(self, kind: str, remote_id: str, **values: Any) -> None:
        store, rules = self.shop.store, self.shop.rules
        with store.lock:
            if kind == "order":
                store.set_status(store.tables["orders"][int(remote_id)], int(values["status"]))
                return
            row = store.get(_RESOURCES[kind], remote_id)
            assert row is not None
            if kind == "customer":
                names = {"first_name": "firstname", "last_name": "lastname"}
                row.update({names.get(name, name): value for name, value in values.items()})
            elif kind == "producer":
                row.update(values)
            elif kind == "article":
                rules.update("products", row, {"translations": {"pl_PL": values}})
            else:
                row["translations"]["pl_PL"].update(values)

    def remove(self, kind: str, remote_id: str) -> None:
        assert kind == "article"
        with self.shop.store.lock:
            self.shop.store.remove_product(int(remote_id))

    def shown(self, kind: str) -> list[dict[str, Any]]:
        store = self.shop.store
        if kind == "article":
            return self._shown_products()
        if kind in ("unit", "category"):
            key = f"{kind}_id"
            return [
                {
                    "id": str(row[key]),
                    "name": row["translations"]["pl_PL"]["name"],
                    "parent": str(row.get("parent_id") or ""),
                }
                for row in store.rows(_RESOURCES[kind])
            ]
        shapes = {
            "producer": ("producers", lambda row: {"id": str(row["producer_id"]), "name": row["name"]}),
            "vat_rate": ("taxes", lambda row: {"id": str(row["tax_id"]), "percent": Decimal(row["value"])}),
            "image": ("product-images", _shown_image),
            "customer": ("users", self._shown_customer),
            "parcel": ("parcels", lambda row: {"order": str(row["order_id"]), "text": row["shipping_code"]}),
            "order": (
                "orders",
                lambda row: {
                    "id": str(row["order_id"]),
                    "status": str(row["status_id"]),
                    "total": Decimal(row["sum"]),
                },
            ),
        }
        resource, shape = shapes[kind]
        return [shape(row) for row in store.rows(resource)]

    def _shown_products(self) -> list[dict[str, Any]]:
        store, found = self.shop.store, []
        for product in store.rows("products"):
            number = product["product_id"]
            base, variants = store.base_row(number), store.variant_rows(number)
            texts = product["translations"]["pl_PL"]
            common = {"category": str(product["category_id"]), "active": bool(int(texts["active"]))}
            found.append(
                {
                    "id": str(number), "sku": base["code"], "name": texts["name"], "parent": "",
                    "stock": Decimal(base["stock"]), "price": store.price(base), "sale": store.sale_price(base),
                    "options": self._named(variants), "variant": {}, **common,
                }
            )  # fmt: skip
            found += [
                {
                    "id": f"{number}:{row['stock_id']}", "sku": row["code"], "name": texts["name"],
                    "parent": str(number), "stock": Decimal(row["stock"]), "price": store.price(row),
                    "sale": store.sale_price(row), "options": {},
                    "variant": {name: texts_[0] for name, texts_ in self._named([row]).items()}, **common,
                }
                for row in variants
            ]  # fmt: skip
        return found

    def _named(self, rows: list[dict[str, Any]]) -> dict[str, list[str]]:
        tables = self.shop.store.tables
        found: dict[str, list[str]] = {}
        for row in rows:
            for one in row["options"]:
                name = tables["options"][one["option_id"]]["translations"]["pl_PL"]["name"]
                text = tables["option-values"][one["value_id"]]["translations"]["pl_PL"]["value"]
                found.setdefault(name, []).append(text)
        return found

    def _shown_customer(self, row: dict[str, Any]) -> dict[str, Any]:
        book = self.shop.store.rows("user-addresses", user_id=row["user_id"])
        return {
            "id": str(row["user_id"]),
            "email": row["email"],
            "first_name": row["firstname"],
            "last_name": row["lastname"],
            "city": book[0]["city"] if book else "",
        }

    # Bad days

    def breaks(self, fault: str, kind: str = "article") -> None:
        shop, resource = self.shop, _RESOURCES[kind]
        if fault == "unanswered":
            # Stock lies in rows of its own, which are written instead of the product.
            for method, name in (("POST", resource), ("PUT", "product-stocks")):
                shop.fault("commit_then_drop", method=method, resource=name)
        elif fault == "down":
            shop.fault("answer", status=503, times=2)
        elif fault == "limit":
            shop.fault("answer", status=429, error="temporarily_unavailable", headers={"Retry-After": "0"}, times=2)  # fmt: skip
        elif fault == "nonsense":
            shop.fault("answer", method="GET", resource=resource, status=200, raw=b"<html>One moment</html>", times=None)  # fmt: skip
        elif fault == "empty":
            shop.hidden.add(resource)
        elif fault == "poison":
            shop.refuses("^POISON$")
        else:
            assert fault == "moves"
            shop.before_list = self._move_once

    def _move_once(self, resource: str, params: Mapping[str, Any]) -> None:
        later = str(params.get("page", "1")) != "1" or ">" in str(params.get("filters", ""))
        if resource != "products" or not later:
            return
        self.shop.before_list = None
        self.shop.store.remove_product(min(self.shop.store.tables["products"]))
        category = str(self.shop.store.rows("categories")[0]["category_id"])
        self.add("article", sku="LATECOMER", name="Latecomer", price=Decimal(1), stock=Decimal(1), category=category)  # fmt: skip

    def heals(self) -> None:
        self.shop.heal()

    # What it cost

    @property
    def requests(self) -> int:
        return len(self.shop.asked)

    @property
    def writes(self) -> int:
        return len(self.shop.writes)

    def forgets(self) -> None:
        self.shop.forget()


def _shown_image(row: dict[str, Any]) -> dict[str, Any]:
    caption = row["translations"]["pl_PL"]["name"]
    return {
        "id": str(row["gfx_id"]),
        "article": str(row["product_id"]),
        "name": row["name"],
        "alt": "" if caption == row["name"] else caption,
        "position": row["order"] - 1,
    }
