"""Drafts for tests: plain functions with defaults, as in tests.factories."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orders.services.accept import AddressDraft, LineDraft, OrderDraft

ANNA = AddressDraft(
    first_name="Anna",
    last_name="Nowak",
    street="Prosta 1",
    postcode="30-001",
    city="Kraków",
    country="PL",
    phone="600 000 000",
)


def line(sku: str = "", net: str = "10", vat: str = "2.20", **fields: Any) -> LineDraft:
    defaults: dict[str, Any] = {"name": sku or "Something", "vat_percent": Decimal(22)}
    return LineDraft(sku=sku, net=Decimal(net), vat=Decimal(vat), **(defaults | fields))


def draft(*lines: LineDraft, **fields: Any) -> OrderDraft:
    """An order of shop "lipa", whose total is the sum of its lines unless said otherwise."""
    total = sum((one.net + one.vat for one in lines), Decimal(0)).quantize(Decimal("0.01"))
    defaults: dict[str, Any] = {
        "source": "lipa",
        "source_id": "127",
        "number": "10482",
        "source_label": "Lipa PL",
        "currency": "EUR",
        "placed_at": datetime(2026, 11, 21, 19, 3, 45, tzinfo=UTC),
        "email": "Anna.Nowak@example.org",
        "billing": ANNA,
        "total": total,
    }
    return OrderDraft(lines=lines, **(defaults | fields))
