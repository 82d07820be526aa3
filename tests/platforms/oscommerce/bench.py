"""osCommerce's stand-in as the contract suite uses it: a real database, the panel's and the storefront's own writes."""

from __future__ import annotations

import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from tests.peers.oscommerce.checkout import buy
from tests.peers.oscommerce.fixtures import need_mariadb
from tests.peers.oscommerce.shape import Shape
from tests.peers.oscommerce.store import Row, Store
from tests.peers.oscommerce.wire import PASSES, Fate, Wire
from tests.platforms.bench import Bench

_TABLES = {"article": "products", "category": "categories", "producer": "manufacturers", "order": "orders"}
_POISON = "BEGIN IF NEW.products_model='POISON' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT='not here'; END IF; END"


class OscBench(Bench):
    """shape: which kind of shop. Its subclasses choose the way in."""

    platform = "oscommerce"
    country = "SI"
    percent = "22"
    gross = False
    statuses = ("1", "3")
    page = 200
    changes = frozenset({"position"})
    shape: ClassVar[Shape]

    store: Store
    wire: Wire

    def start(self) -> None:
        need_mariadb()
        self.store = Store(self.shape)
        self.store.start()
        self.wire = Wire()
        self.wire.start()
        self.folder = Path(tempfile.mkdtemp(prefix="kontor-osc-"))
        self._add_abandoned_order()
        self.open_way()

    def _add_abandoned_order(self) -> None:
        """Never paid, so it is no order. Payments and deliveries have no table: the titles of orders name them."""
        order = self.store.insert(
            "orders", customers_id=0, payment_method="Cash on Delivery", date_purchased="now", orders_status=5
        )
        title = {"title": "Flat Rate (Best Way):", "text": "", "value": 0, "sort_order": 2}
        self.store.insert("orders_total", orders_id=order, **title, **{"class": "ot_shipping"})

    def open_way(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self.wire.stop()
        self.store.stop()

    # The store

    def add(self, kind: str, **values: Any) -> str:
        shop = self.store
        if kind == "category":
            return str(shop.add_category(values["name"], parent=int(values.get("parent") or 0)))
        if kind == "producer":
            return str(shop.add_producer(values["name"]))
        if kind == "vat_rate":
            pk = shop.insert(
                "tax_class",
                tax_class_title=f"{values['percent']} %",
                tax_class_description="",
                date_added="now",
            )
            rate = {
                "tax_zone_id": 2,
                "tax_class_id": pk,
                "tax_priority": 1,
                "tax_rate": str(values["percent"]),
            }
            shop.insert("tax_rates", **rate, tax_description="DDV", date_added="now")
            return str(pk)
        if kind == "article":
            return self._add_article(**values)
        if kind == "image":
            return self._add_image(**values)
        if kind == "customer":
            city = {"entry_city": values["city"]} if "city" in values else {}
            names = {name: values[name] for name in ("first_name", "last_name") if name in values}
            return str(shop.add_customer(values["email"], **names, **city))
        assert kind == "order"
        return self._add_order(**values)

    def _add_article(self, sku: str, name: str = "", **values: Any) -> str:
        assert not values.get("options"), "osCommerce has no variants"
        pk = self.store.add_product(
            sku,
            name,
            price=values.get("price", Decimal(10)),
            quantity=int(values.get("stock", 0)),
            category=int(values.get("category") or 0),
            products_status=int(values.get("active", True)),
        )
        if values.get("sale") is not None:
            self.store.add_special(pk, values["sale"])
        return str(pk)

    def _add_image(self, article: str, name: str, content: bytes, alt: str = "") -> str:
        (self.folder / "images" / name).write_bytes(content)
        product = self.store.row("products", products_id=article)
        if not product["products_image"]:
            self.store.update("products", {"products_image": name}, products_id=article)
        else:
            rows = self.store.rows("products_images", products_id=article)
            if not rows:  # the gallery is shown instead of the first picture
                self.store.add_picture(int(article), product["products_image"], 1)
            self.store.add_picture(int(article), name, len(rows) + 2)
        return f"{article}:{name}"

    def _add_order(self, sku: str, quantity: int, email: str, shipping: Decimal) -> str:
        known = self.store.rows("customers", customers_email_address=email)
        customer = (
            known[0]["customers_id"]
            if known
            else self.store.add_customer(email, "Jan", "Novak", entry_city="Celje", entry_postcode="3000")
        )
        product = self.store.row("products", products_model=sku)["products_id"]
        cost = shipping / (1 + Decimal(self.percent) / 100)
        return str(buy(self.store, customer, (product, quantity), shipping=f"{cost:.4f}"))

    def change(self, kind: str, remote_id: str, **values: Any) -> None:
        shop, pk = self.store, int(remote_id)
        if kind == "category":
            shop.update("categories", {"last_modified": "now"}, categories_id=pk)
            shop.update("categories_description", {"categories_name": values["name"]}, categories_id=pk)
        elif kind == "producer":
            new = {"manufacturers_name": values["name"], "last_modified": "now"}
            shop.update("manufacturers", new, manufacturers_id=pk)
        elif kind == "customer":
            names = {f"customers_{name.replace('_', '')}": value for name, value in values.items()}
            shop.update("customers", names, customers_id=pk)
            shop.update(
                "customers_info", {"customers_info_date_account_last_modified": "now"}, customers_info_id=pk
            )
        elif kind == "order":
            shop.set_status(pk, int(values["status"]))
        else:
            assert kind == "article"
            self._change_article(pk, **values)

    def _change_article(self, pk: int, **values: Any) -> None:
        columns = {
            "sku": "products_model",
            "price": "products_price",
            "stock": "products_quantity",
            "active": "products_status",
        }
        row = {
            columns[name]: str(value) if name != "active" else int(value)
            for name, value in values.items()
            if name in columns
        }
        self.store.edit_product(pk, **row)
        if "name" in values:
            self.store.update("products_description", {"products_name": values["name"]}, products_id=pk)
        if "sale" in values:
            self.store.delete("specials", products_id=pk)
            if values["sale"] is not None:
                self.store.add_special(pk, values["sale"])

    def remove(self, kind: str, remote_id: str) -> None:
        assert kind == "article"
        for table in (
            "products",
            "products_description",
            "products_to_categories",
            "products_images",
            "specials",
        ):
            self.store.delete(table, products_id=remote_id)

    def shown(self, kind: str) -> list[dict[str, Any]]:
        shop = self.store
        if kind == "category":
            names = {
                row["categories_id"]: row["categories_name"]
                for row in shop.rows("categories_description", language_id=1)
            }
            return [
                {
                    "id": str(row["categories_id"]),
                    "name": names.get(row["categories_id"], ""),
                    "parent": str(row["parent_id"] or ""),
                }
                for row in shop.rows("categories")
            ]
        if kind == "vat_rate":  # with "--none--", which the panel offers beside the classes
            rates = {
                row["tax_class_id"]: Decimal(row["tax_rate"]) for row in shop.rows("tax_rates", tax_zone_id=2)
            }
            return [{"id": "0", "percent": Decimal(0)}] + [
                {"id": str(row["tax_class_id"]), "percent": rates[row["tax_class_id"]]}
                for row in shop.rows("tax_class")
            ]
        return {
            "unit": lambda: [],
            "producer": lambda: [
                {"id": str(row["manufacturers_id"]), "name": row["manufacturers_name"]}
                for row in shop.rows("manufacturers")
            ],
            "article": self._shown_articles,
            "image": self._shown_images,
            "customer": self._shown_customers,
            "order": self._shown_orders,
            "parcel": lambda: [
                {"order": str(row["orders_id"]), "text": row["comments"]}
                for row in shop.rows("orders_status_history")
                if row["comments"]
            ],
        }[kind]()

    def _shown_articles(self) -> list[dict[str, Any]]:
        """What the shop's pages show: without a text an article is in none."""
        shop = self.store
        names = {
            row["products_id"]: row["products_name"]
            for row in shop.rows("products_description", language_id=1)
        }
        places = {row["products_id"]: row["categories_id"] for row in shop.rows("products_to_categories")}
        sales = {
            row["products_id"]: row["specials_new_products_price"] for row in shop.rows("specials", status=1)
        }
        return [
            {
                "id": str(pk),
                "sku": row["products_model"],
                "name": names[pk],
                "stock": Decimal(row["products_quantity"]),
                "price": Decimal(row["products_price"]),
                "sale": Decimal(sales[pk]) if pk in sales else None,
                "active": row["products_status"] == 1,
                "category": str(places.get(pk) or ""),
                "parent": "",
                "options": {},
                "variant": {},
            }
            for row in shop.rows("products")
            if (pk := row["products_id"]) in names
        ]

    def _shown_images(self) -> list[dict[str, Any]]:
        found = []
        for row in self.store.rows("products"):
            pk = row["products_id"]
            gallery = sorted(
                self.store.rows("products_images", products_id=pk), key=lambda one: one["sort_order"]
            )
            names = [row["products_image"], *(one["image"] for one in gallery)]
            found += [
                {
                    "id": f"{pk}:{name}",
                    "article": str(pk),
                    "name": name.rpartition("/")[2],
                    "alt": "",
                    "position": place,
                }
                for place, name in enumerate(dict.fromkeys(name for name in names if name))
            ]
        return found

    def _shown_customers(self) -> list[dict[str, Any]]:
        books = {row["customers_id"]: row for row in self.store.rows("address_book")}
        return [
            {
                "id": str(row["customers_id"]),
                "email": row["customers_email_address"],
                "first_name": row["customers_firstname"],
                "last_name": row["customers_lastname"],
                "city": books.get(row["customers_id"], {}).get("entry_city", ""),
            }
            for row in self.store.rows("customers")
        ]

    def _shown_orders(self) -> list[dict[str, Any]]:
        totals: dict[int, Row] = {
            row["orders_id"]: row for row in self.store.rows("orders_total", **{"class": "ot_total"})
        }
        return [
            {
                "id": str(row["orders_id"]),
                "status": str(row["orders_status"]),
                "total": Decimal(totals[row["orders_id"]]["value"]).quantize(Decimal("0.01")),
            }
            for row in self.store.rows("orders")
            if row["orders_id"] in totals
        ]

    # Bad days

    def breaks(self, fault: str, kind: str = "article") -> None:
        if fault == "poison":
            for verb in ("INSERT", "UPDATE"):
                self.store.run(
                    f"CREATE TRIGGER poison_{verb.lower()} BEFORE {verb} ON products FOR EACH ROW {_POISON}"
                )
            return
        table = f"`{_TABLES.get(kind, 'products')}`"
        left = [2 if fault in ("down", "limit") else 1]

        def decide(sql: str) -> Fate:
            verb = sql.split(None, 1)[0].upper()
            if fault == "unanswered":
                return self._once(left, Fate(lost="after")) if verb != "SELECT" and table in sql else PASSES
            if fault == "down":
                return self._once(left, Fate(lost="before"))
            if fault == "limit":
                return self._once(left, Fate(error=(1226, "User has exceeded the 'max_questions' resource")))
            if fault == "nonsense":
                damaged = Fate(error=(1194, f"Table {table} is marked as crashed and should be repaired"))
                return damaged if verb == "SELECT" and table in sql else PASSES
            if fault == "empty":
                empty = Fate(rewritten=re.sub(r"LIMIT \d+", "LIMIT 0", sql))
                return empty if verb == "SELECT" and table in sql else PASSES
            assert fault == "moves"
            return self._move(sql, left)

        self.wire.decide = decide

    @staticmethod
    def _once(left: list[int], fate: Fate) -> Fate:
        left[0] -= 1
        return fate if left[0] >= 0 else PASSES

    def _move(self, sql: str, left: list[int]) -> Fate:
        """When the second page is asked for."""
        if left[0] and (after := re.search(r"products_id > (\d+)", sql)) and int(after[1]) > 0:
            left[0] = 0
            first = min(int(row["products_id"]) for row in self.store.rows("products"))
            self.remove("article", str(first))
            self.add("article", sku="LATECOMER", name="Latecomer", price=Decimal(1), stock=Decimal(1))
        return PASSES

    def heals(self) -> None:
        self.wire.decide = lambda _sql: PASSES
        for verb in ("insert", "update"):
            self.store.run(f"DROP TRIGGER IF EXISTS poison_{verb}")

    # What it cost

    @property
    def requests(self) -> int:
        return len(self.wire.statements)

    @property
    def writes(self) -> int:
        return len(self.wire.writes)

    def forgets(self) -> None:
        self.wire.statements.clear()
