"""The rows of an order out of a draft: its own columns, its addresses, its lines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from backoffice.lib.money import round_cent
from orders.drafts import AddressDraft, OrderDraft
from orders.models import Address, Order, OrderEvent, OrderLine
from orders.services.content import coupons_text


def columns_of(draft: OrderDraft, lines: list[OrderLine]) -> dict[str, Any]:
    """What an order says by its own columns, without customer, addresses, state and payments."""
    vat = sum((line.vat for line in lines), start=draft.total - draft.total)
    return {
        "email": draft.email,
        "vat_id": draft.vat_id,
        "currency": draft.currency,
        "prices_gross": draft.prices_gross,
        "vat_exempt": draft.vat_exempt,
        "payment_method_id": draft.payment_method_id,
        "payment_name": draft.payment_name,
        "transaction_id": draft.transaction_id,
        "shipping_method_id": draft.shipping_method_id,
        "shipping_name": draft.shipping_name,
        "total": draft.total,
        "source_total": draft.total,
        "total_vat": round_cent(vat, draft.currency) if draft.total_vat is None else draft.total_vat,
        "coupons": coupons_text(draft),
        "customer_note": draft.customer_note,
    }


def saved_address(row: Address | None, draft: AddressDraft | None) -> Address | None:
    if draft is None or (row is None and draft == AddressDraft()):
        return row
    row = row or Address()
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    row.save()
    return row


def write_lines(order: Order, lines: list[OrderLine], *, new: bool = False) -> None:
    """Rows of the same position keep their id, so that what points to a line keeps pointing to it.

    new: the order was made just now and has no lines yet.
    """
    for line in lines:
        line.order = order
    if new:
        OrderLine.objects.bulk_create(lines, batch_size=200)
        return
    OrderLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["order", "position"],
        update_fields=[
            "kind", "article", "sku", "name", "quantity", "net", "vat", "discount",
            "vat_percent", "vat_rate", "source_id", "note",
        ],
        batch_size=200,
    )  # fmt: skip
    order.lines.filter(position__gt=len(lines)).delete()


def replace_lines(order: Order, lines: list[OrderLine]) -> None:
    """The lines of a known order. Those whose goods left and came back again begin anew: what points to them means the
    goods of before. Call inside changing_lines."""
    order.lines.filter(issued__gt=0).delete()
    write_lines(order, lines)


def write_events(order: Order, events: list[OrderEvent]) -> None:
    for event in events:
        event.order = order
    OrderEvent.objects.bulk_create(events)


def event_of(draft: OrderDraft, kind: OrderEvent.Kind, **data: Any) -> OrderEvent:
    """A line of history that the shop wrote, its order not set yet."""
    return OrderEvent(kind=kind, source=draft.source_label, data=data)
