"""The arithmetic of the e-invoice: what EN 16931 wants to add up to the cent, from a document's fixed totals. Pure.

A document's lines are each rounded, its VAT rows are sums of unrounded ones, so that the two may differ by cents. What
the buyer sees decides both: lines stay as printed, rows stay as printed, and the cents between them are said aloud, as
an allowance or charge of that VAT category called rounding (BR-CO-13, BR-S-08 and their like).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from backoffice.lib.money import round_half_up
from orders.documents_view import DocumentView, LineView, VatRow
from orders.einvoice.codes import EUROPEAN_UNION
from orders.errors import EInvoiceImpossible

Category = Literal["S", "Z", "E", "AE", "G", "O"]
_PRICE_DECIMALS = 10
_SLACK = Decimal("0.02")  # between quantity times price and a line's net (PEPPOL-EN16931-R120)
_OUTSIDE_VAT = "Not subject to VAT"


@dataclass(frozen=True, slots=True)
class Tax:
    """One VAT category with its rate (None for O, which has none) and why there is no VAT in it."""

    category: Category
    percent: Decimal | None
    reason: str = ""
    reason_code: str = ""

    @property
    def key(self) -> tuple[str, Decimal | None]:
        return self.category, self.percent


@dataclass(frozen=True, slots=True)
class TaxSum:
    """taxable, vat: as on the document. adjustment: what the lines are short of taxable by rounding, mostly 0."""

    tax: Tax
    taxable: Decimal
    vat: Decimal
    adjustment: Decimal


@dataclass(frozen=True, slots=True)
class LineSum:
    """One line with a price that is not negative; allowance below zero is a charge."""

    line: LineView
    tax: Tax
    quantity: Decimal
    price: Decimal
    allowance: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    lines: tuple[LineSum, ...]
    taxes: tuple[TaxSum, ...]
    line_total: Decimal
    allowances: Decimal
    charges: Decimal
    net: Decimal
    vat: Decimal
    prepaid: Decimal
    rounding: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def payable(self) -> Decimal:
        return self.gross - self.prepaid + self.rounding


def sums_of(view: DocumentView) -> Sums:
    """Raises EInvoiceImpossible when the document's own figures do not add up; none is bent."""
    by_percent = _taxes(view)
    lines = tuple(_line_sum(line, by_percent, view) for line in view.lines)
    taxes = tuple(_tax_sum(tax, by_percent, lines, view) for tax in dict.fromkeys(by_percent.values()))
    adjustments = [one.adjustment for one in taxes]
    sums = Sums(
        lines=lines,
        taxes=taxes,
        line_total=sum((line.net for line in lines), Decimal(0)),
        allowances=-sum((one for one in adjustments if one < 0), Decimal(0)),
        charges=sum((one for one in adjustments if one > 0), Decimal(0)),
        net=sum((one.taxable for one in taxes), Decimal(0)),
        vat=sum((one.vat for one in taxes), Decimal(0)),
        prepaid=round_half_up(view.paid, view.decimals),
        rounding=round_half_up(view.rounding, view.decimals),
    )
    if sums.payable != view.amount_due:
        raise _does_not_add_up(view, f"rows {sums.gross} + rounding {sums.rounding} != total {view.total}")
    return sums


def _taxes(view: DocumentView) -> dict[Decimal | None, Tax]:
    """The tax of each rate of the document. Rows of one category and rate are one: their lines cannot be told apart."""
    # A rate whose lines come to nothing (free shipping) has no row, but its lines have a category nonetheless.
    rows: dict[Decimal | None, list[VatRow]] = {one.percent: [] for one in view.vat_rows}
    rows |= {one.vat_percent: [] for one in view.lines}
    for row in view.vat_rows:
        rows[row.percent].append(row)
    alone = len(rows) == 1
    taxes = {
        percent: _tax(percent, _joined(row.legal for row in same), view, alone)
        for percent, same in rows.items()
    }
    return {
        percent: replace(tax, reason=_joined(one.reason for one in taxes.values() if one.key == tax.key))
        for percent, tax in taxes.items()
    }


def _joined(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))


def _tax(percent: Decimal | None, legal: str, view: DocumentView, alone: bool) -> Tax:
    if percent is None:
        # O may not stand beside another category (BR-O-11); an exempt line says the same there.
        reason = legal or _OUTSIDE_VAT
        return Tax("O", None, reason, "VATEX-EU-O") if alone else Tax("E", Decimal(0), reason)
    if percent:
        return Tax("S", percent)
    if view.vat_exempt:
        destination = (view.delivery or view.buyer).country
        if destination and destination not in EUROPEAN_UNION:
            return Tax("G", percent, legal, "VATEX-EU-G")
        if view.buyer.vat_id and view.seller.vat_id:
            return Tax("AE", percent, legal, "VATEX-EU-AE")
        return Tax("E", percent, legal or _joined(view.legal_notes) or "Exempt from VAT")
    return Tax("E", percent, legal) if legal else Tax("Z", percent)


def _line_sum(line: LineView, taxes: dict[Decimal | None, Tax], view: DocumentView) -> LineSum:
    net = round_half_up(line.net, view.decimals)
    allowance = round_half_up(line.discount, view.decimals)
    quantity, price = line.quantity, line.net_price
    if abs(quantity * price - allowance - net) > _SLACK:
        if not quantity:
            raise _does_not_add_up(view, f"line {line.position} has an amount and no quantity")
        price = round_half_up((net + allowance) / quantity, _PRICE_DECIMALS)
    if price < 0:  # the standard knows no negative price (BR-27), but negative quantities
        quantity, price = -quantity, -price
    return LineSum(line, taxes[line.vat_percent], quantity, price, allowance, net)


def _tax_sum(
    tax: Tax, by_percent: dict[Decimal | None, Tax], lines: tuple[LineSum, ...], view: DocumentView
) -> TaxSum:
    mine = [line for line in lines if line.tax == tax]
    rows = [row for row in view.vat_rows if by_percent[row.percent] == tax]
    taxable = round_half_up(sum((row.net for row in rows), Decimal(0)), view.decimals)
    vat = round_half_up(sum((row.vat for row in rows), Decimal(0)), view.decimals)
    adjustment = taxable - sum((line.net for line in mine), Decimal(0))
    # Each line may be half a smallest unit off, and so may the row itself.
    most = Decimal(len(mine) + 1).scaleb(-view.decimals)
    if abs(adjustment) > most:
        raise _does_not_add_up(view, f"lines of {tax.percent} % differ by {adjustment} from their VAT row")
    if vat and tax.category != "S":
        raise _does_not_add_up(view, f"VAT of {vat} in category {tax.category}")
    return TaxSum(tax, taxable, vat, adjustment)


def _does_not_add_up(view: DocumentView, detail: str) -> EInvoiceImpossible:
    return EInvoiceImpossible(
        _("Document %(number)s cannot be written as an e-invoice, because its amounts do not add up.")
        % {"number": view.number},
        cure=_("Correct it with a credit note and issue it anew."),
        detail=detail,
        key=f"einvoice_sums:{view.number}",
    )
