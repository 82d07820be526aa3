"""What the stand-in makes of writes: who may be written, what is required, what is refused (shoper.md, 4, 5, 7)."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from tests.peers.shoper.fields import EVENTS, FIELDS, NESTED_STOCK, WORDS, invalid, required
from tests.peers.shoper.rules_sales import SalesRules
from tests.peers.shoper.store import KEYS, Row, Store
from tests.peers.shoper.wire import Failure

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Rules(SalesRules):
    """Creates, changes and deletes rows. Call with the store's lock held.

    group_writable: whether a product takes `group_id`. order_writable: whether an image takes `order`. Neither is known
    of real shops; where it is not, the field is ignored without a word.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.group_writable = True
        self.order_writable = True
        self.refused: list[re.Pattern[str]] = []

    def create(self, resource: str, body: Any) -> int:
        values = self._checked(resource, body)
        maker: dict[str, Callable[[Row], Row]] = {
            "products": self._new_product,
            "product-stocks": self._new_stock,
            "product-images": self._new_image,
            "specialoffers": self._new_offer,
            "users": self._new_user,
            "user-addresses": self._new_address,
            "parcels": self._new_parcel,
            "webhooks": self._new_webhook,
            "options": self._new_option,
            "option-values": self._new_value,
        }
        if resource in maker:
            return int(maker[resource](values)[KEYS[resource]])
        if resource in ("orders", "statuses"):
            raise Failure(405, "invalid_request", "Method not allowed")
        missing = [name for name in ("translations",) if name not in values and resource != "producers"]
        if resource == "producers" and not values.get("name"):
            missing = ["name"]
        if missing:
            raise required(*missing)
        defaults: dict[str, Row] = {
            "units": {"floating_point": 0},
            "categories": {"parent_id": 0, "order": 0, "root": 0},
            "producers": {"web": "", "gfx": "", "isdefault": 0},
        }
        return int(self.store.add(resource, **{**defaults.get(resource, {}), **values})[KEYS[resource]])

    def update(self, resource: str, row: Row, body: Any) -> int:
        values = self._checked(resource, body, row)
        if resource == "products":
            self._change_product(row, values)
        elif resource == "product-stocks":
            self._check_stock(values, self._floating(row["product_id"]))
            row.update(values)
            if not row["extended"] and row.get("price_type") != 1:
                raise invalid("Wartość pola 'price_type' jest niepoprawna")
        elif resource == "orders":
            self._change_order(row, values)
        elif resource == "product-images":
            if not self.order_writable:
                values.pop("order", None)
            self._translate(row, values)
            row.update(values)
        elif resource == "parcels":
            self._change_parcel(row, values)
        elif resource == "users" and "email" in values:
            self._unique_email(values["email"], row["user_id"])
            row.update(values)
        else:
            self._translate(row, values)
            row.update(values)
        return 1

    def delete(self, resource: str, row: Row) -> int:
        if resource in ("orders", "taxes", "statuses", "payments", "shippings", "currencies", "languages"):
            raise Failure(405, "invalid_request", "Method not allowed")
        number = row[KEYS[resource]]
        field = {"units": "unit_id", "producers": "producer_id", "categories": "category_id"}.get(resource)
        if field and any(one.get(field) == number for one in self.store.rows("products")):
            raise invalid("cannot_delete_internal_object")
        if resource == "products":
            self.store.remove_product(number)
        elif resource == "product-stocks" and not row["extended"]:
            raise invalid("cannot_delete_internal_object")
        else:
            self.store.remove(resource, number)
        return 1

    # Checks

    def _checked(self, resource: str, body: Any, row: Row | None = None) -> Row:
        """A copy of the body whose fields, references and languages are known ones."""
        if resource not in FIELDS:
            raise Failure(405, "invalid_request", "Method not allowed")
        if not isinstance(body, Mapping):
            raise invalid("Body is not an object")
        if unknown := sorted(set(body) - FIELDS[resource]):
            raise invalid(*(f"Unknown field '{name}'" for name in unknown))
        values = dict(body)
        self._refuse_poison(values, row)
        for field, other in (
            ("product_id", "products"), ("unit_id", "units"), ("tax_id", "taxes"), ("category_id", "categories"),
            ("producer_id", "producers"), ("status_id", "statuses"), ("user_id", "users"), ("order_id", "orders"),
            ("shipping_id", "shippings"), ("group_id", "option-groups"), ("option_id", "options"),
        ):  # fmt: skip
            if values.get(field) is not None and not (resource == "users" and field == "group_id"):
                if self.store.get(other, values[field]) is None:
                    raise invalid(f"Wartość pola '{field}' jest niepoprawna: Nie znaleziono wartości '{values[field]}'")  # fmt: skip
                values[field] = int(values[field])
        for category in values.get("categories", ()):
            if self.store.get("categories", category) is None:
                raise invalid(f"Wartość pola 'categories' jest niepoprawna: {category}")
        if "translations" in values:
            self._check_words(resource, values["translations"])
        return values

    def _refuse_poison(self, values: Row, row: Row | None) -> None:
        names = [str(values.get(name, "")) for name in ("code", "name", "email")]
        names += [str(text.get("name", "")) for text in values.get("translations", {}).values()]
        if row is not None and "product_id" in row:
            names.append(str(self.store.base_row(row["product_id"])["code"]))
        for pattern in self.refused:
            if any(pattern.search(name) for name in names if name):
                raise invalid("Wartość pola 'code' jest niepoprawna: Sklep tego nie lubi")

    def _check_words(self, resource: str, translations: Any) -> None:
        known = {row["locale"] for row in self.store.rows("languages")}
        for locale, texts in translations.items():
            if locale not in known:
                raise invalid(f"Nie znaleziono języka '{locale}'")
            if unknown := sorted(set(texts) - WORDS[resource]):
                raise invalid(*(f"Unknown field 'translations.{name}'" for name in unknown))

    def _translate(self, row: Row, values: Row) -> None:
        """Texts are merged language by language; a language that was not there begins empty."""
        for locale, texts in values.pop("translations", {}).items():
            row.setdefault("translations", {}).setdefault(locale, {}).update(texts)

    def _floating(self, product_id: int) -> bool:
        unit = self.store.tables["units"].get(self.store.tables["products"][product_id]["unit_id"])
        return bool(unit and unit["floating_point"])

    def _check_stock(self, values: Row, floating: bool) -> None:
        for name in ("stock", "price", "weight"):
            if name not in values:
                continue
            try:
                values[name] = Decimal(str(values[name]))
            except InvalidOperation:
                raise invalid(f"Wartość pola '{name}' jest niepoprawna") from None
        if values.get("price", 0) < 0:
            raise invalid("Wartość pola 'price' jest niepoprawna")
        if "stock" in values and values["stock"] % 1 and not floating:
            raise invalid("Wartość pola 'stock' jest niepoprawna: liczba całkowita")
        if "stock" in values and self.store.config["warehouses_enabled"]:
            del values["stock"]  # read-only, the sum of the warehouses

    # Products

    def _new_product(self, values: Row) -> Row:
        missing = [
            name for name in ("category_id", "code", "pkwiu", "stock", "translations") if name not in values
        ]
        if missing:
            raise required(*missing)
        if not any(text.get("name") for text in values["translations"].values()):
            raise required("name")
        nested = self._nested(values.pop("stock"), bool(values.get("unit_id")) and values["unit_id"] == 2)
        code, ean = values.pop("code"), values.pop("ean", "")
        if not self.group_writable:
            values.pop("group_id", None)
        for texts in values["translations"].values():
            texts.setdefault("active", 1)
        product = self.store.add(
            "products",
            **{
                "producer_id": None, "group_id": None, "tax_id": 1, "unit_id": 1, "currency_id": None, "type": 0,
                "categories": [values["category_id"]], "add_date": self.store.now(), "edit_date": self.store.now(),
                "dimension_w": 0, "dimension_h": 0, "dimension_l": 0,
            } | values,
        )  # fmt: skip
        if product["category_id"] not in product["categories"]:
            product["categories"] = [product["category_id"], *product["categories"]]
        self._add_row(product["product_id"], code=code, ean=ean, **nested)
        return product

    def _add_row(self, product_id: int, **values: Any) -> Row:
        fields = {
            "extended": 0, "price": Decimal(0), "price_type": 1, "stock": Decimal(0), "weight": Decimal(0),
            "weight_type": 1, "active": 1, "code": "", "ean": "", "options": [], "gfx_id": None, "warn_level": 1,
        }  # fmt: skip
        return self.store.add("product-stocks", product_id=product_id, **(fields | values))

    def _nested(self, stock: Any, floating: bool) -> Row:
        if not isinstance(stock, Mapping):
            raise required("stock")
        if unknown := sorted(set(stock) - NESTED_STOCK):
            raise invalid(*(f"Unknown field 'stock.{name}'" for name in unknown))
        values = dict(stock)
        self._check_stock(values, floating)
        return values

    def _change_product(self, row: Row, values: Row) -> None:
        base = self.store.base_row(row["product_id"])
        if "stock" in values:
            base.update(self._nested(values.pop("stock"), self._floating(row["product_id"])))
        base.update({name: values.pop(name) for name in ("code", "ean") if name in values})
        if not self.group_writable:
            values.pop("group_id", None)
        self._translate(row, values)
        row.update(values)
        if row["category_id"] not in row["categories"]:
            row["categories"] = [row["category_id"], *row["categories"]]
        row["edit_date"] = self.store.now()

    def _new_stock(self, values: Row) -> Row:
        if not values.get("product_id") or not values.get("options"):
            raise required("product_id", "options")
        product = self.store.tables["products"][values["product_id"]]
        axes = {row["option_id"] for row in self.store.rows("options", group_id=product["group_id"], stock=1)}
        chosen = [
            {"option_id": int(one["option_id"]), "value_id": int(one["value_id"])}
            for one in values["options"]
        ]
        if not axes or {one["option_id"] for one in chosen} != axes:
            raise invalid("Wartość pola 'options' jest niepoprawna: grupa wariantów")
        for one in chosen:
            value = self.store.get("option-values", one["value_id"])
            if value is None or value["option_id"] != one["option_id"]:
                raise invalid("Wartość pola 'options' jest niepoprawna: value_id")
        if any(_same(row["options"], chosen) for row in self.store.variant_rows(product["product_id"])):
            raise invalid("Wariant już istnieje")
        self._check_stock(values, self._floating(product["product_id"]))
        return self._add_row(**{**values, "extended": 1, "options": chosen})

    # Images

    def _new_image(self, values: Row) -> Row:
        if not values.get("product_id"):
            raise required("product_id")
        if values.get("url"):
            name, content = urlsplit(values["url"]).path.rpartition("/")[2], _fetched(values.pop("url"))
        elif values.get("content"):
            name = ""
            try:
                content = base64.b64decode(values.pop("content"), validate=True)
            except binascii.Error:
                raise invalid("Wartość pola 'content' jest niepoprawna") from None
        else:
            raise required("content")
        translations = values.pop("translations", {})
        name = name or next((text["name"] for text in translations.values() if text.get("name")), "image.jpg")
        last = max((one["order"] for one in self.store.rows("product-images", product_id=values["product_id"])), default=0)  # fmt: skip
        values.pop("order", None)
        row = self.store.add(
            "product-images", order=last + 1, name=name, extension=name.rpartition(".")[2],
            translations=self.store.words(name=name), **{"hidden": False, **values},
        )  # fmt: skip
        self._translate(row, {"translations": translations})
        self.store.files[row["gfx_id"]] = content
        return row

    # Offers

    def _new_offer(self, values: Row) -> Row:
        missing = [name for name in ("product_id", "discount", "discount_type", "date_from", "date_to") if name not in values]  # fmt: skip
        if missing:
            raise required(*missing)
        values = {"condition_type": 1, "discount_wholesale": 0, "discount_special": 0, **values}
        own = {row["stock_id"] for row in self.store.rows("product-stocks", product_id=values["product_id"])}
        values["stocks"] = [int(one) for one in values.get("stocks", [])]
        if values["condition_type"] == 1:
            values["stocks"] = [self.store.base_row(values["product_id"])["stock_id"]]
        if not set(values["stocks"]) <= own or not values["stocks"]:
            raise invalid("Wartość pola 'stocks' jest niepoprawna")
        for other in self.store.rows("specialoffers", product_id=values["product_id"]):
            if other["condition_type"] == values["condition_type"] and set(other["stocks"]) & set(values["stocks"]):  # fmt: skip
                raise invalid("Promocja już istnieje")
        return self.store.add("specialoffers", **values)

    # Options

    def _new_option(self, values: Row) -> Row:
        if not values.get("group_id") or "translations" not in values:
            raise required("group_id", "translations")
        fields = {"type": "select", "required": 1, "stock": 0, "order": 1, **values}
        fields["stock"], fields["required"] = int(bool(fields["stock"])), int(bool(fields["required"]))
        return self.store.add("options", **fields)

    def _new_value(self, values: Row) -> Row:
        if not values.get("option_id") or "translations" not in values:
            raise required("option_id", "translations")
        return self.store.add("option-values", **{"order": 1, "color": "", **values})

    def _new_webhook(self, values: Row) -> Row:
        if not values.get("url") or not values.get("events"):
            raise required("url", "events")
        if unknown := sorted(set(values["events"]) - EVENTS):
            raise invalid(*(f"Wartość pola 'events' jest niepoprawna: {name}" for name in unknown))
        return self.store.add("webhooks", **{"format": 0, "active": True, "secret": "", **values})


def _same(one: list[Row], other: list[Row]) -> bool:
    return {(o["option_id"], o["value_id"]) for o in one} == {(o["option_id"], o["value_id"]) for o in other}


def _fetched(url: str) -> bytes:
    try:
        with _OPENER.open(url, timeout=10) as answer:
            content: bytes = answer.read()
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        raise invalid(f"Nie można pobrać pliku: {error}") from None
    if content[:4] not in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"GIF8", b"RIFF"):
        raise invalid("Plik nie jest obrazem")
    return content
