"""What an order says, as flat texts: to tell whether the shop changed it since, and to show the difference (O12).

Keys: names of Order fields, "billing.FIELD", "delivery.FIELD", "line.ID" with one sentence for each line, and
"cancelled". Status, payments and the links to our own methods are no content: they follow rules of their own (O8, O11).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal

from backoffice.lib.money import round_cent
from orders.drafts import AddressDraft, OrderDraft
from orders.models import Address, Order, OrderLine

Content = dict[str, str]
ADDRESS_FIELDS = tuple(f.name for f in fields(AddressDraft))
TEXTS = ("email", "vat_id", "customer_note", "payment_name", "shipping_name", "transaction_id", "coupons")
CANCELLED, YES = "cancelled", "yes"
# What a person can take over field by field; anything else changes the lines or the sum.
SIMPLE = frozenset({*TEXTS, CANCELLED})


def content_of_draft(draft: OrderDraft) -> Content:
    """draft: cleaned (orders.services.cleaning)."""
    content = {name: str(getattr(draft, name)) for name in TEXTS if name != "coupons"}
    content |= {
        "coupons": coupons_text(draft),
        "currency": draft.currency,
        "total": _amount(draft.total, draft.currency),
    }
    content |= _address("billing", draft.billing) | _address("delivery", draft.delivery)
    for position, line in enumerate(draft.lines, start=1):
        content[f"line.{line.kind}.{line.source_id or position}"] = _line(
            line.kind, line.sku, line.name, line.quantity, line.net, line.net + line.vat, draft.currency
        )
    return content


def content_of_order(order: Order, lines: Iterable[OrderLine]) -> Content:
    content = {name: str(getattr(order, name)) for name in TEXTS}
    if order.state == Order.State.CANCELLED:
        content[CANCELLED] = YES
    content |= {
        "currency": order.currency,
        "total": _amount(order.total, order.currency),
    }
    content |= _address("billing", order.billing) | _address("delivery", order.delivery)
    for line in lines:
        if line.kind != OrderLine.Kind.ROUNDING:
            content[f"line.{line.kind}.{line.source_id or line.position}"] = _line(
                line.kind, line.sku, line.name, line.quantity, line.net, line.gross, order.currency
            )
    return content


def changed_keys(before: Content, after: Content) -> list[str]:
    """In the order of `after`, then what is in `before` only. A key that is missing says the same as an empty text."""
    keys = [*after, *(key for key in before if key not in after)]
    return [key for key in keys if before.get(key, "") != after.get(key, "")]


def can_take(key: str) -> bool:
    """Can this difference be taken over by itself, without the lines and the sum?"""
    return key in SIMPLE or key.partition(".")[0] in ("billing", "delivery")


def coupons_text(draft: OrderDraft) -> str:
    return ", ".join(draft.coupons).replace("\0", "")[:300]


def _address(name: str, address: Address | AddressDraft | None) -> Content:
    return {f"{name}.{field}": getattr(address, field) if address else "" for field in ADDRESS_FIELDS}


def _line(
    kind: str, sku: str, name: str, quantity: Decimal, net: Decimal, gross: Decimal, currency: str
) -> str:
    what = f"{sku} {name}" if sku else name
    amounts = f"{_amount(net, currency)} / {_amount(gross, currency)} {currency}"
    return f"{_plain(quantity)} × {what}, {amounts}"


def _amount(value: Decimal, currency: str) -> str:
    return f"{round_cent(value, currency):f}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
