"""Paying back an order, in part or in full."""

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backoffice.demo.shop.order_rules import OrderRules
from backoffice.demo.shop.order_totals import Order, plain
from backoffice.demo.shop.text import decimal, integer, rounded
from backoffice.demo.shop.wire import ApiError


class RefundRules:
    """Creates refunds; stock comes back through the orders' own rules. Call with the state's lock held."""

    def __init__(self, orders: OrderRules):
        self.orders, self.state = orders, orders.state

    def create(self, order: Order, data: Mapping[str, Any]) -> dict[str, Any]:
        """Pay back part of an order or all of it. Raises ApiError 500 whose data is a bare number (trap 13)."""
        lines = [item for item in data.get("line_items") or () if isinstance(item, dict)]
        paid_back = sum((decimal(row["amount"]) for row in self._refunds(order)), Decimal(0))
        amount = decimal(data.get("amount")) or sum((_refund_amount(item) for item in lines), Decimal(0))
        if amount <= 0 or amount > decimal(order["total"]) - paid_back:
            raise _no_refund("Invalid refund amount.")
        if data.get("api_refund", True) is not False and not self._gateway_refunds(order):
            raise _no_refund("The payment gateway for this order does not support automatic refunds.")
        full = amount == decimal(order["total"]) - paid_back
        refund = {
            "id": self.state.next("post"), "order_id": order["id"], "created": self.state.now(),
            "amount": plain(amount), "reason": str(data.get("reason") or ""), "refunded_by": 1,
            "refunded_payment": data.get("api_refund", True) is not False,
            "meta_data": [{"id": self.state.next("meta"), "key": "_refund_type", "value": "full" if full else "partial"}],
            "line_items": [line for line in (self._refund_line(order, item) for item in lines) if line],
            "shipping_lines": [], "fee_lines": [], "tax_lines": [],
        }  # fmt: skip
        refund["tax_lines"] = self._refund_taxes(order, refund["line_items"])
        self.state.refunds.put(refund["id"], refund)
        changed = copy.deepcopy(order)
        if data.get("api_restock", True) is not False:
            self._restock(changed, lines)
        if full:
            changed["status"] = "refunded"
            self.orders.note(order["id"], "Order status changed to Refunded.")
        self.orders.touch(changed)
        return refund

    def _refunds(self, order: Order) -> list[dict[str, Any]]:
        return [row for row in self.state.refunds.values() if row["order_id"] == order["id"]]

    def _gateway_refunds(self, order: Order) -> bool:
        gateways = self.state.gateways.values()
        return any(g["id"] == order["payment_method"] and g.get("refunds") for g in gateways)

    def _refund_line(self, order: Order, item: Mapping[str, Any]) -> dict[str, Any] | None:
        source = next((line for line in order["line_items"] if line["id"] == integer(item.get("id"))), None)
        if source is None:
            return None
        taxes = {integer(t.get("id")): -decimal(t.get("refund_total")) for t in item.get("refund_tax") or ()}
        total, tax = plain(-decimal(item.get("refund_total"))), plain(sum(taxes.values(), Decimal(0)))
        number = str(source["id"])
        return {
            **{name: source[name] for name in ("name", "product_id", "variation_id", "tax_class")},
            "id": self.state.next("order_item"), "quantity": -integer(item.get("quantity")),
            "subtotal": total, "total": total, "subtotal_tax": tax, "total_tax": tax,
            "taxes": [{"id": n, "total": plain(t), "subtotal": plain(t)} for n, t in taxes.items()],
            "meta_data": [{"id": self.state.next("item_meta"), "key": "_refunded_item_id", "value": number,
                           "display_key": "_refunded_item_id", "display_value": number}],
        }  # fmt: skip

    def _refund_taxes(self, order: Order, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        sums: dict[int, Decimal] = {}
        for line in lines:
            for tax in line["taxes"]:
                sums[tax["id"]] = sums.get(tax["id"], Decimal(0)) + decimal(tax["total"])
        by_rate = {line["rate_id"]: line for line in order["tax_lines"]}
        return [
            by_rate[n]
            | {
                "id": self.state.next("order_item"),
                "tax_total": plain(rounded(t, 2)),
                "shipping_tax_total": "0.00",
            }
            for n, t in sums.items()
            if n in by_rate
        ]

    def _restock(self, order: Order, items: list[Mapping[str, Any]]) -> None:
        for item in items:
            line = next((x for x in order["line_items"] if x["id"] == integer(item.get("id"))), None)
            taken = (
                next((m for m in line["meta_data"] if m["key"] == "_reduced_stock"), None) if line else None
            )
            quantity = integer(item.get("quantity"))
            product = self.state.products.get(line["variation_id"] or line["product_id"]) if line else None
            if not taken or not quantity or product is None:
                continue
            keeper = self.orders.totals.rows.stock_keeper(product)
            if keeper.manage_stock:
                self.orders.move_stock(keeper, quantity)
                left = str(max(0, integer(taken["value"]) - quantity))
                taken |= {"value": left, "display_value": left}


def _refund_amount(item: Mapping[str, Any]) -> Decimal:
    taxes = item.get("refund_tax") or ()
    return decimal(item.get("refund_total")) + sum(
        (decimal(t.get("refund_total")) for t in taxes), Decimal(0)
    )


def _no_refund(message: str) -> ApiError:
    return ApiError("woocommerce_rest_cannot_create_order_refund", message, 500, 500)
