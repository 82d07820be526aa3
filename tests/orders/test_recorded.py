"""Orders of a running WooCommerce, as recorded beside the project, go into the order list to the cent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.lib.money import round_cent
from orders.models import Order
from orders.services.accept import (
    AddressDraft,
    IntakeRules,
    LineDraft,
    OrderDraft,
    Outcome,
    RefundDraft,
    accept_order,
)

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "woocommerce"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not RECORDINGS.is_dir(), reason="The recordings are not beside this checkout."),
]


def recorded_orders() -> dict[str, dict[str, Any]]:
    """{file and number: payload}: every answer in the recordings that is an order, or a list of them."""
    found = {}
    for path in sorted(RECORDINGS.glob("*order*.json")):
        body = json.loads(path.read_text(), parse_float=str).get("response", {}).get("body")
        for one in body if isinstance(body, list) else [body]:
            whole = (
                isinstance(one, dict)
                and {"line_items", "total", "currency", "date_created_gmt", "billing"} <= one.keys()
            )
            if whole and one["status"] != "checkout-draft":
                found[f"{path.stem}:{one['id']}"] = one
    return found


def to_draft(order: dict[str, Any]) -> OrderDraft:
    percents = {tax["rate_id"]: Decimal(str(tax["rate_percent"])) for tax in order["tax_lines"]}
    lines = []
    for key, kind in (("line_items", "item"), ("shipping_lines", "shipping"), ("fee_lines", "fee")):
        for one in order[key]:
            taxes = [tax for tax in one["taxes"] if tax["total"]]
            lines.append(
                LineDraft(
                    kind=kind,
                    source_id=str(one["id"]),
                    sku=one.get("sku") or "",
                    name=one.get("name") or one.get("method_title") or "",
                    quantity=Decimal(one.get("quantity", 1)),
                    net=Decimal(one["total"]),
                    vat=sum((Decimal(tax["total"]) for tax in taxes), Decimal(0)),
                    vat_percent=percents.get(taxes[0]["id"]) if len(taxes) == 1 else None,
                )
            )
    billing = order["billing"]
    return OrderDraft(
        source="woo",
        source_id=str(order["id"]),
        number=order["number"],
        source_label="Woo",
        currency=order["currency"],
        placed_at=datetime.fromisoformat(order["date_created_gmt"]).replace(tzinfo=UTC),
        email=billing.get("email", ""),
        billing=AddressDraft(
            first_name=billing["first_name"],
            last_name=billing["last_name"],
            company=billing["company"],
            street=billing["address_1"],
            city=billing["city"],
            postcode=billing["postcode"],
            country=billing["country"],
        ),
        prices_gross=order["prices_include_tax"],
        total=Decimal(order["total"]),
        total_vat=Decimal(order["total_tax"]),
        lines=tuple(lines),
        refunds=tuple(RefundDraft(amount=Decimal(refund["total"])) for refund in order["refunds"]),
    )


@pytest.mark.requirement("O1")
def test_every_recorded_order_is_taken_to_the_cent():
    payloads = recorded_orders()
    assert len(payloads) > 15
    rounding = {}
    for name, payload in payloads.items():
        Order.objects.all().delete()
        draft = to_draft(payload)
        order = accept_order(draft, rules=IntakeRules()).order
        lines = list(order.lines.all())
        assert order.total == Decimal(payload["total"]), name
        assert round_cent(sum((line.gross for line in lines), Decimal(0)), order.currency) == order.total, (
            name
        )
        rounding[name] = sum((line.net for line in lines if line.kind == "rounding"), Decimal(0))
        assert accept_order(draft, rules=IntakeRules()).outcome == Outcome.UNCHANGED, name
    assert sum(amount == 0 for amount in rounding.values()) > len(rounding) / 2
    # Gross shops round inside the shop; none of the recorded ones is off by more than two cents.
    assert all(abs(amount) <= Decimal("0.02") for amount in rounding.values()), rounding


def test_recorded_refund_and_reverse_charge():
    payloads = {name.partition(":")[0]: payload for name, payload in recorded_orders().items()}
    refunded = accept_order(to_draft(payloads["072-order-fully-refunded"]), rules=IntakeRules()).order
    assert refunded.refunded == refunded.total == Decimal("30.50")
    exempt = accept_order(to_draft(payloads["057-order-vat-exempt"]), rules=IntakeRules()).order
    assert (exempt.total, exempt.total_vat) == (Decimal("135.90"), Decimal(0))
