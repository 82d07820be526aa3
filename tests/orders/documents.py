"""Documents to draw: plain values, whose sums are true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.lib.money import round_half_up
from orders.documents_view import BankAccount, DocumentView, LineView, Party, VatRow

SELLER = Party(
    name="Čebelarstvo Žgajnar d.o.o.",
    street="Prešernova cesta 12",
    postcode="4240",
    city="Radovljica",
    country="SI",
    vat_id="SI15012557",
    registration_number="5049121000",
    email="info@zgajnar.example",
    phone="+386 4 537 00 00",
)
BUYER = Party(
    name="Anja Kovač",
    street="Slovenska 5",
    postcode="1000",
    city="Ljubljana",
    country="SI",
    email="a@b.example",
)
FIRM = replace(BUYER, name="Alpenhonig GmbH", city="Graz", country="AT", vat_id="ATU13585627")
BANK = BankAccount(iban="SI56 1910 0000 0123 438", bic="LJBASI2X", bank_country="SI")


def make_line(
    name: str = "Cvetlični med 900 g",
    quantity: str = "2",
    net_price: str = "10.00",
    percent: str | None = "22",
    discount: str = "0",
    decimals: int = 2,
    **more: Any,
) -> LineView:
    net = round_half_up(Decimal(quantity) * Decimal(net_price) - Decimal(discount), decimals)
    vat = round_half_up(net * Decimal(percent or 0) / 100, decimals)
    return LineView(
        **{
            "position": 1,
            "sku": "MED-900",
            "name": name,
            "quantity": Decimal(quantity),
            "unit": "kos",
            "net_price": Decimal(net_price),
            "discount": Decimal(discount),
            "vat_percent": None if percent is None else Decimal(percent),
            "net": net,
            "vat": vat,
            "gross": net + vat,
        }
        | more
    )


def make_view(*lines: LineView, **more: Any) -> DocumentView:
    """An invoice over the lines, with the recapitulation and the totals that follow from them."""
    numbered = [replace(line, position=n) for n, line in enumerate(lines or [make_line()], 1)]
    rows = vat_rows(numbered, more.get("decimals", 2))
    net, vat = sum(row.net for row in rows), sum(row.vat for row in rows)
    return DocumentView(
        **{
            "kind": "invoice",
            "number": "2026-00123",
            "seller": SELLER,
            "buyer": BUYER,
            "issue_date": date(2026, 3, 5),
            "supply_date": date(2026, 3, 4),
            "due_date": date(2026, 3, 20),
            "currency": "EUR",
            "language": "en",
            "lines": tuple(numbered),
            "vat_rows": tuple(rows),
            "total_net": net,
            "total_vat": vat,
            "total": net + vat + more.get("rounding", Decimal(0)),
            "order_number": "10472",
            "payment_method": "Bank transfer",
            "payment_reference": "202600123",
            "bank": BANK,
        }
        | more
    )


def vat_rows(lines: Sequence[LineView], decimals: int = 2) -> list[VatRow]:
    rows = []
    for percent in sorted({line.vat_percent for line in lines}, key=lambda p: (p is None, p)):
        mine = [line for line in lines if line.vat_percent == percent]
        net = round_half_up(sum((line.net for line in mine), Decimal(0)), decimals)
        vat = round_half_up(net * (percent or 0) / 100, decimals)
        rows.append(VatRow(percent=percent, net=net, vat=vat, gross=net + vat))
    return rows


def credited(view: DocumentView, **more: Any) -> DocumentView:
    """The credit note that takes all of an invoice back, in positive amounts."""
    return replace(
        view,
        **{
            "kind": "credit_note",
            "number": "D2026-00007",
            "corrects_number": view.number,
            "corrects_date": view.issue_date,
            "issue_date": date(2026, 3, 18),
            "bank": None,
        }
        | more,
    )
