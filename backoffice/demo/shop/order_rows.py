"""Orders, refunds and notes as the API shows them."""

from collections.abc import Sequence
from typing import Any

from backoffice.demo.shop.product_rows import ITEM_METHODS, ProductRows
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.text import decimal, money
from backoffice.demo.shop.wire import php_number

_TOTALS = (
    "discount_total",
    "discount_tax",
    "shipping_total",
    "shipping_tax",
    "cart_tax",
    "total",
    "total_tax",
)
_COPIED = (
    "customer_id", "order_key", "billing", "shipping", "payment_method", "payment_method_title", "transaction_id",
    "customer_ip_address", "customer_user_agent", "created_via", "customer_note",
)  # fmt: skip


class OrderRows:
    def __init__(self, state: ShopState, products: ProductRows, home: str):
        self.state, self.products, self.home = state, products, home

    def order(self, order: dict[str, Any], dp: int | None = None) -> dict[str, Any]:
        """An order with amounts to `dp` decimals (the shop's own by default)."""
        state, places = self.state, self.state.decimals if dp is None else dp
        row: dict[str, Any] = {
            "id": order["id"], "parent_id": 0, "status": order["status"], "currency": order["currency"],
            "version": order["version"], "prices_include_tax": order["prices_include_tax"],
            "date_created": state.local(order["created"]), "date_modified": state.local(order["modified"]),
        }  # fmt: skip
        row |= {name: money(order[name], places) for name in _TOTALS}
        row |= {name: order[name] for name in _COPIED}
        row |= {
            "date_completed": state.local(order["completed"]), "date_paid": state.local(order["paid"]),
            "cart_hash": order["cart_hash"], "number": order["number"], "meta_data": order["meta_data"],
            "line_items": [self.line(line, places) for line in order["line_items"]],
            "tax_lines": self.tax_lines(order["tax_lines"], places),
            "shipping_lines": self.flat_lines(order["shipping_lines"], places),
            "fee_lines": self.flat_lines(order["fee_lines"], places),
            "coupon_lines": order["coupon_lines"],
            "refunds": [
                {"id": r["id"], "reason": r["reason"], "total": f"-{money(r['amount'], places)}"}
                for r in self.refunds_of(order["id"])
            ],
            "payment_url": f"{self.home}/checkout/order-pay/{order['id']}/?pay_for_order=true&key={order['order_key']}",
            "is_editable": order["status"] in ("pending", "on-hold", "auto-draft"),
            "needs_payment": order["status"] in ("pending", "failed", "checkout-draft") and decimal(order["total"]) > 0,
            "needs_processing": self.needs_processing(order),
            "date_created_gmt": state.gmt(order["created"]), "date_modified_gmt": state.gmt(order["modified"]),
            "date_completed_gmt": state.gmt(order["completed"]), "date_paid_gmt": state.gmt(order["paid"]),
            "currency_symbol": state.currency_symbol if order["currency"] == state.currency else order["currency"],
            "_links": self.links(order),
        }  # fmt: skip
        return row

    def links(self, order: dict[str, Any]) -> dict[str, Any]:
        root = f"{self.home}/wp-json/wc/v3"
        here = f"{root}/orders/{order['id']}"
        links: dict[str, Any] = {
            "self": [{"href": here, "targetHints": {"allow": ITEM_METHODS}}],
            "collection": [{"href": f"{root}/orders"}],
        }
        if not self.products.old:
            links["email_templates"] = [{"embeddable": True, "href": f"{here}/actions/email_templates"}]
        if order["customer_id"]:
            links["customer"] = [{"href": f"{root}/customers/{order['customer_id']}"}]
        return links

    def needs_processing(self, order: dict[str, Any]) -> bool:
        for line in order["line_items"]:
            product = self.state.products.get(line["variation_id"] or line["product_id"])
            if product is None or not (product.virtual and product.downloadable):
                return True
        return False

    def refunds_of(self, order_id: int) -> list[dict[str, Any]]:
        return [row for row in self.state.refunds.values() if row["order_id"] == order_id]

    def line(self, line: dict[str, Any], places: int) -> dict[str, Any]:
        """A line with what its product is now: a deleted product leaves 0 and null, a deleted variation its
        parent's id and SKU (woocommerce.md, 12)."""
        product_id, variation_id = line["product_id"], line["variation_id"]
        if variation_id and variation_id not in self.state.products:
            variation_id = 0
        if product_id and product_id not in self.state.products:
            product_id = 0
        product = self.state.products.get(variation_id or product_id)
        parent = self.state.products.get(product.parent_id) if product and product.is_variation else None
        quantity = line["quantity"] or 1
        return {
            "id": line["id"], "name": line["name"], "product_id": product_id, "variation_id": variation_id,
            "quantity": line["quantity"], "tax_class": line["tax_class"],
            "subtotal": money(line["subtotal"], places), "subtotal_tax": money(line["subtotal_tax"], places),
            "total": money(line["total"], places), "total_tax": money(line["total_tax"], places),
            "taxes": _taxes(line["taxes"], places),
            "meta_data": line["meta_data"],
            "sku": product.sku if product else None,
            "global_unique_id": product.global_unique_id if product else None,
            "price": php_number(float(line["total"]) / quantity),
            "image": self._image(product, parent),
            "parent_name": parent.name if parent else None,
        }  # fmt: skip

    def _image(self, product: Any, parent: Any) -> dict[str, Any]:
        """The id is text for a product, a number for a variation, "" without image and 0 without product."""
        if product is None:
            return {"id": 0, "src": ""}
        own = [n for n in product.image_ids if n in self.state.images]
        inherited = [n for n in (parent.image_ids if parent else ()) if n in self.state.images]
        number = next(iter(own or inherited), None)
        if number is None:
            return {"id": "", "src": ""}
        src = f"{self.home}/wp-content/uploads/{self.state.images[number]['file']}"
        return {"id": number if parent else str(number), "src": src}

    def tax_lines(self, lines: Sequence[dict[str, Any]], places: int) -> list[dict[str, Any]]:
        return [
            line | {name: money(line[name], places) for name in ("tax_total", "shipping_tax_total")}
            for line in lines
        ]

    def flat_lines(self, lines: Sequence[dict[str, Any]], places: int) -> list[dict[str, Any]]:
        return [
            line
            | {
                "total": money(line["total"], places),
                "total_tax": money(line["total_tax"], places),
                "taxes": _taxes(line["taxes"], places),
            }
            for line in lines
        ]

    def refund(self, refund: dict[str, Any], dp: int | None = None) -> dict[str, Any]:
        places = self.state.decimals if dp is None else dp
        here = f"{self.home}/wp-json/wc/v3/orders/{refund['order_id']}"
        return {
            "id": refund["id"],
            "date_created": self.state.local(refund["created"]), "date_created_gmt": self.state.gmt(refund["created"]),
            "amount": money(refund["amount"], places), "reason": refund["reason"],
            "refunded_by": refund["refunded_by"], "refunded_payment": refund["refunded_payment"],
            "meta_data": refund["meta_data"],
            "line_items": [self.line(line, places) for line in refund["line_items"]],
            "shipping_lines": self.flat_lines(refund["shipping_lines"], places),
            "tax_lines": self.tax_lines(refund["tax_lines"], places),
            "fee_lines": self.flat_lines(refund["fee_lines"], places),
            "_links": {
                "self": [{"href": f"{here}/refunds/{refund['id']}", "targetHints": {"allow": ["GET", "DELETE"]}}],
                "collection": [{"href": f"{here}/refunds"}],
                "up": [{"href": here}],
            },
        }  # fmt: skip

    def note(self, note: dict[str, Any]) -> dict[str, Any]:
        """The author is always "WooCommerce": a client cannot tell its own notes apart."""
        here = f"{self.home}/wp-json/wc/v3/orders/{note['order_id']}"
        return {
            "id": note["id"], "author": "WooCommerce",
            "date_created": self.state.local(note["created"]), "date_created_gmt": self.state.gmt(note["created"]),
            "note": note["note"], "customer_note": note["customer_note"],
            "_links": {
                "self": [{"href": f"{here}/notes/{note['id']}", "targetHints": {"allow": ["GET", "DELETE"]}}],
                "collection": [{"href": f"{here}/notes"}],
                "up": [{"href": here}],
            },
        }  # fmt: skip


def _taxes(taxes: Sequence[dict[str, Any]], places: int) -> list[dict[str, Any]]:
    return [
        {
            "id": tax["id"],
            "total": money(tax["total"], places),
            "subtotal": "" if tax["subtotal"] == "" else money(tax["subtotal"], places),
        }
        for tax in taxes
    ]
