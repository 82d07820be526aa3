"""What happens to orders: lines from products, stock that goes out and comes back, states, notes."""

import copy
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from backoffice.demo.shop.order_totals import Order, Totals, plain
from backoffice.demo.shop.product_rules import ProductRules, derive_stock_status
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import decimal, format_decimal, integer, kses, slug
from backoffice.demo.shop.wire import ApiError, php_number

REDUCING = ("processing", "completed", "on-hold")
RESTORING = ("pending", "cancelled")
_FIELDS = (
    "payment_method", "payment_method_title", "transaction_id", "customer_note", "created_via",
    "customer_ip_address", "customer_user_agent", "cart_hash",
)  # fmt: skip
_ADDRESS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
)


class OrderRules:
    """Creates and changes orders. Call with the state's lock held. Batch items come unchecked (trap 1)."""

    def __init__(self, state: ShopState, totals: Totals, products: ProductRules, version: str):
        self.state, self.totals, self.products, self.version = state, totals, products, version

    def create(self, data: Mapping[str, Any]) -> Order:
        """A new order. A coupon that does not hold leaves a checkout-draft behind (trap 11)."""
        order = self._blank()
        self._write(order, data)
        wanted = self._status(data.get("status"), "pending")
        try:
            for coupon in data.get("coupon_lines") or ():
                self.totals.apply_coupon(order, str(coupon.get("code") or ""))
        except ApiError as error:
            order["status"] = "checkout-draft"
            self._add(order)
            if isinstance(error.data, dict):
                error.data["new_draft_order_id"] = order["id"]
            raise
        self._add(order)
        self.state.emit("order.created", order["id"])
        if data.get("set_paid"):
            order["paid"] = self.state.now()
            wanted = "processing"
        if wanted != "pending":
            self._move(order, wanted)
        return order

    def draft(self, data: Mapping[str, Any]) -> Order:
        """An order as `create` would make it, with its totals, that is not kept."""
        order = self._blank()
        self._write(order, data)
        self.totals.recalculate(order)
        return order

    def update(self, order: Order, data: Mapping[str, Any]) -> Order:
        changed = copy.deepcopy(order)
        recalculate = self._write(changed, data)
        for coupon in data.get("coupon_lines") or ():
            if not any(c["code"] == coupon.get("code") for c in changed["coupon_lines"]):
                self.totals.apply_coupon(changed, str(coupon.get("code") or ""))
                recalculate = True
        if recalculate:
            self.totals.recalculate(changed)
        self.state.orders.put(order["id"], changed)
        wanted = self._status(data.get("status"), changed["status"])
        if data.get("set_paid") and changed["paid"] is None:
            changed["paid"] = self.state.now()
            wanted = "processing"
        if wanted != changed["status"]:
            self._move(changed, wanted)
        self.touch(changed)
        return changed

    def _status(self, value: Any, otherwise: str) -> str:
        """The status asked for. An empty one is ignored; an unknown one becomes pending (trap 1)."""
        if not value:
            return otherwise
        status = str(value).removeprefix("wc-")
        return (
            status if status in self.state.order_statuses or status in ("auto-draft", "trash") else "pending"
        )

    def _blank(self) -> Order:
        now = self.state.now()
        return {
            "id": 0, "status": "pending", "currency": self.state.currency, "version": self.version,
            "prices_include_tax": self.state.prices_include_tax,
            "created": now, "modified": now, "paid": None, "completed": None, "customer_id": 0,
            "order_key": f"wc_order_{secrets.token_urlsafe(10)[:13]}",
            "billing": dict.fromkeys((*_ADDRESS, "email", "phone"), ""),
            "shipping": dict.fromkeys((*_ADDRESS, "phone"), ""),
            "payment_method": "", "payment_method_title": "", "transaction_id": "", "customer_ip_address": "",
            "customer_user_agent": "", "created_via": "rest-api", "customer_note": "", "cart_hash": "", "number": "",
            "meta_data": [], "line_items": [], "tax_lines": [], "shipping_lines": [], "fee_lines": [],
            "coupon_lines": [], "stock_reduced": False,
            **dict.fromkeys(("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax"), "0.00"),
        }  # fmt: skip

    def _add(self, order: Order) -> None:
        self.totals.recalculate(order)
        order["id"] = self.state.next("post")
        order["number"] = str(order["id"])
        self.state.orders.put(order["id"], order)

    def touch(self, order: Order) -> None:
        order["modified"] = self.state.now()
        self.state.orders.put(order["id"], order)
        self.state.emit("order.updated", order["id"])

    # Fields

    def _write(self, order: Order, data: Mapping[str, Any]) -> bool:
        """Set what the request says; True when amounts have to be computed anew."""
        for name in _FIELDS:
            if data.get(name) is not None:
                order[name] = str(data[name])
        if data.get("currency"):
            order["currency"] = str(data["currency"])
        if data.get("customer_id") is not None:
            order["customer_id"] = integer(data["customer_id"])
            if order["customer_id"] and order["customer_id"] not in self.state.customers:
                raise ApiError("woocommerce_rest_invalid_customer_id", "Customer ID is invalid.", 400)
        if isinstance(data.get("meta_data"), list):
            order["meta_data"] = self.products.merged_meta(order["meta_data"], data["meta_data"])
        recalculate = False
        for name in ("billing", "shipping"):
            if isinstance(data.get(name), dict):
                known = {k: str(v) for k, v in data[name].items() if k in order[name] and v is not None}
                order[name] = order[name] | known
                recalculate = True
        for name, write in (
            ("line_items", self._line),
            ("shipping_lines", self._shipping),
            ("fee_lines", self._fee),
        ):
            for item in data.get(name) or ():
                if isinstance(item, dict):
                    self._put_line(order[name], item, write)
                    recalculate = True
        return recalculate

    def _put_line(self, lines: list[dict[str, Any]], item: Mapping[str, Any], write: Any) -> None:
        """A line with an id is changed (or removed by a null), one without is appended (trap 12)."""
        number = integer(item.get("id"))
        if not number:
            lines.append(write({}, item))
            return
        at = next((i for i, line in enumerate(lines) if line["id"] == number), None)
        if at is None:
            raise ApiError(
                "woocommerce_rest_invalid_item_id",
                "Order item ID provided is not associated with order.",
                400,
            )
        removing = any(name in item and item[name] is None for name in ("product_id", "method_id", "name"))
        if removing or item.get("quantity") == 0:
            del lines[at]
        else:
            lines[at] = write(lines[at], item)

    def _line(self, line: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
        product = self._product(item) if not line else self._product(line)
        quantity = integer(item.get("quantity", line.get("quantity", 1)))
        new: dict[str, Any] = dict(line) or {
            "id": self.state.next("order_item"), "name": "", "product_id": 0, "variation_id": 0, "quantity": quantity,
            "tax_class": "", "subtotal": "0.00", "total": "0.00", "subtotal_tax": "0.00", "total_tax": "0.00",
            "taxes": [], "meta_data": [],
        }  # fmt: skip
        if product is not None and not line:
            parent = self.state.products.get(product.parent_id) if product.is_variation else None
            new["product_id"] = parent.id if parent else product.id
            new["variation_id"] = product.id if parent else 0
            new["name"] = self.totals.rows.product(product)["name"]
            new["tax_class"] = self.totals.tax_class(product)
            new["meta_data"] = self._attribute_meta(product)
        if product is not None and (not line or quantity != line["quantity"]):
            price = decimal(self.totals.rows.price(product))
            new["subtotal"] = new["total"] = plain(self.totals.net(price * quantity, product))
        new["quantity"] = quantity
        if item.get("name"):
            new["name"] = kses(item["name"])
        if item.get("tax_class") is not None:
            new["tax_class"] = "" if item["tax_class"] == "standard" else str(item["tax_class"])
        for name in ("subtotal", "total"):
            if item.get(name) is not None:
                new[name] = plain(decimal(format_decimal(item[name])))
        return new

    def _product(self, item: Mapping[str, Any]) -> Product | None:
        number = integer(item.get("variation_id")) or integer(item.get("product_id"))
        if not number and item.get("sku"):
            holder = self.state.holder_of_sku(str(item["sku"]))
            return holder
        return self.state.products.get(number)

    def _attribute_meta(self, product: Product) -> list[dict[str, Any]]:
        """What was chosen: as slug for a global attribute, as text for one of the product alone."""
        found = []
        for attribute in product.attributes if product.is_variation else ():
            value = attribute["option"]
            if attribute.get("id"):
                value = slug(value)
            found.append(
                {
                    "id": self.state.next("item_meta"),
                    "key": attribute["slug"].lower(),
                    "value": value,
                    "display_key": attribute["name"],
                    "display_value": attribute["option"],
                }
            )
        return found

    def _shipping(self, line: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(line) or {
            "id": self.state.next("order_item"), "method_title": "", "method_id": "", "instance_id": "",
            "total": "0.00", "total_tax": "0.00", "taxes": [], "tax_status": "taxable", "meta_data": [],
        }  # fmt: skip
        for name in ("method_title", "method_id", "instance_id"):
            if item.get(name) is not None:
                new[name] = str(item[name])
        if item.get("total") is not None:
            new["total"] = plain(decimal(format_decimal(item["total"])))
        return new

    def _fee(self, line: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(line) or {
            "id": self.state.next("order_item"), "name": "", "tax_class": "", "tax_status": "taxable", "amount": "",
            "total": "0.00", "total_tax": "0.00", "taxes": [], "meta_data": [],
        }  # fmt: skip
        for name in ("name", "tax_class", "tax_status"):
            if item.get(name) is not None:
                new[name] = str(item[name])
        if item.get("total") is not None:
            new["total"] = plain(decimal(format_decimal(item["total"])))
        return new

    # States, stock, notes

    def _move(self, order: Order, status: str) -> None:
        """Change the state with what hangs on it: stock, dates, a note."""
        before, order["status"] = order["status"], status
        now = self.state.now()
        if status in REDUCING and not order["stock_reduced"]:
            self._stock(order, -1)
        elif status in RESTORING and order["stock_reduced"]:
            self._stock(order, 1)
        if order["paid"] is None and (
            status == "completed" or (status == "processing" and order["payment_method"] != "cod")
        ):
            order["paid"] = now
        if status == "completed":
            order["completed"] = now
        self.state.orders.put(order["id"], order)
        names = self.state.order_statuses
        if before != status and status in names:
            self.note(
                order["id"], f"Order status changed from {names.get(before, before)} to {names[status]}."
            )

    def _stock(self, order: Order, sign: int) -> None:
        """Take the lines' quantities out of the managed stock, or put back what was taken. Overselling is
        possible, as in the running shop (trap 3)."""
        told = []
        for line in order["line_items"]:
            taken = next((m for m in line["meta_data"] if m["key"] == "_reduced_stock"), None)
            product = self.state.products.get(line["variation_id"] or line["product_id"])
            if product is None or (sign > 0) != (taken is not None):
                continue
            keeper = self.totals.rows.stock_keeper(product)
            if not keeper.manage_stock:
                continue
            quantity = integer(taken["value"]) if taken else line["quantity"]
            before = keeper.stock_quantity or 0
            self.move_stock(keeper, sign * quantity)
            if taken is None:
                text = str(quantity)
                meta = {"id": self.state.next("item_meta"), "key": "_reduced_stock", "value": text,
                        "display_key": "_reduced_stock", "display_value": text}  # fmt: skip
                line["meta_data"] = [*line["meta_data"], meta]
                product.total_sales += quantity
            else:
                line["meta_data"] = [m for m in line["meta_data"] if m is not taken]
            told.append(f"{line['name']} ({before}&rarr;{keeper.stock_quantity})")
        order["stock_reduced"] = sign < 0
        if told:
            self.note(
                order["id"], f"Stock levels {'reduced' if sign < 0 else 'increased'}: " + ", ".join(told)
            )

    def move_stock(self, product: Product, change: int) -> None:
        """A sale touches the product's date_modified and fires product.updated (trap 14)."""
        product.stock_quantity = (product.stock_quantity or 0) + change
        derive_stock_status(product)
        self.state.touch(product)
        self.state.emit("product.updated", product.id)

    def note(self, order_id: int, text: str, *, customer: bool = False) -> dict[str, Any]:
        """Notes don't touch the order's date_modified (trap 14)."""
        number = self.state.next("comment")
        row = {
            "id": number,
            "order_id": order_id,
            "created": self.state.now(),
            "note": text,
            "customer_note": customer,
        }
        return self.state.notes.put(number, row)

    def trash(self, order: Order) -> None:
        if order["status"] == "trash":
            raise ApiError("woocommerce_rest_already_trashed", "The order has already been deleted.", 410)
        self.state.orders.put(order["id"], order | {"status": "trash", "modified": self.state.now()})
        self.state.emit("order.deleted", order["id"])

    def delete(self, order: Order) -> None:
        """For good; sends nothing (woocommerce.md, 8)."""
        self.state.orders.drop(order["id"])
        for table in (self.state.notes, self.state.refunds):
            for number in [n for n, row in table.items() if row["order_id"] == order["id"]]:
                table.drop(number)


def cart_hash(lines: Any) -> str:
    return hashlib.md5(repr(lines).encode(), usedforsecurity=False).hexdigest()


__all__ = ["OrderRules", "cart_hash", "php_number"]
