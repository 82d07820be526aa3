"""Documents of any amounts, for hypothesis."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from backoffice.lib.money import round_half_up
from orders.documents_view import BankAccount, DocumentView, LineView, VatRow
from tests.orders.documents import BUYER, FIRM, credited, make_view

RATES = st.sampled_from([None, *map(Decimal, ("0", "5", "8", "9.5", "12", "21", "22", "23", "27"))])


@st.composite
def documents(draw) -> DocumentView:
    """As documents are made: lines at full precision, rows and totals rounded once from their sums."""
    decimals = draw(st.sampled_from([0, 2]))
    amounts = st.decimals(-50, 5000, places=6, allow_nan=False)
    lines = []
    for position in range(1, draw(st.integers(1, 12)) + 1):
        percent, quantity = draw(RATES), draw(st.decimals("0.001", 1000, places=3))
        net = draw(amounts)
        discount = draw(st.sampled_from([Decimal(0), Decimal(0), abs(net) / 10])).quantize(
            Decimal("0.000001")
        )
        lines.append(
            LineView(
                position=position, name="x", quantity=quantity, vat_percent=percent, discount=discount, net=net,
                net_price=((net + discount) / quantity).quantize(Decimal("0.000001")),
                vat=net * (percent or Decimal(0)) / 100, gross=net * (1 + (percent or Decimal(0)) / 100),
            )
        )  # fmt: skip
    rows = []
    for percent in {line.vat_percent for line in lines}:
        exact = sum((line.net for line in lines if line.vat_percent == percent), Decimal(0))
        net = round_half_up(exact, decimals)
        vat = round_half_up(exact * (percent or 0) / 100, decimals)
        rows.append(VatRow(percent=percent, net=net, vat=vat, gross=net + vat))
    total_net, total_vat = sum(row.net for row in rows), sum(row.vat for row in rows)
    rounding = draw(st.sampled_from([Decimal(0), Decimal("-1"), Decimal("2")])).scaleb(-decimals)
    total = total_net + total_vat + rounding
    view = make_view(
        lines=tuple(lines), vat_rows=tuple(rows), total_net=total_net, total_vat=total_vat, total=total,
        rounding=rounding, decimals=decimals, currency="EUR" if decimals else "HUF",
        paid=draw(st.sampled_from([Decimal(0), total, Decimal(1)])), buyer=draw(st.sampled_from([BUYER, FIRM])),
        vat_exempt=draw(st.booleans()), issue_date=draw(st.dates(date(2000, 1, 1))),
        due_date=draw(st.none() | st.just(date(2026, 1, 1))),
        bank=draw(st.none() | st.just(BankAccount(iban="AT611904300234573201"))),
    )  # fmt: skip
    return credited(view) if draw(st.booleans()) else view
