"""The VAT recapitulation and the totals of a document. Pure: no database.

What is summed is exact (six decimals); what comes out is rounded to the currency, and adds up: the rows to the totals,
the totals to what the order says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from backoffice.lib.money import minor_units, round_cent
from orders.documents_view import VatRow

ZERO = Decimal(0)


class RowKey(NamedTuple):
    """percent None = not subject to VAT. country: whose VAT it is, "" = the seller's."""

    percent: Decimal | None
    country: str


class Amount(NamedTuple):
    """A line, or a row: net and VAT, exact or rounded."""

    net: Decimal
    vat: Decimal


Amounts = Mapping[RowKey, Amount]


@dataclass(frozen=True, slots=True)
class Totals:
    """net, vat: sums of the rows. total = net + vat + rounding; rounding is in no row (the order's rounding lines)."""

    rows: tuple[VatRow, ...]
    net: Decimal
    vat: Decimal
    rounding: Decimal
    total: Decimal


def totals_of(
    lines: Iterable[tuple[RowKey, Amount]], rounding: Decimal, currency: str, *, legal: str = ""
) -> Totals:
    """The totals of a document with these lines. legal: why there is no VAT on the rows without.

    The total is the sum of the lines, rounded once, as Order.total is; the cents that rounding each row by itself would
    win or lose go to the rows that were rounded the most.
    """
    exact = summed(lines)
    net, vat = _sum(exact.values())
    total = round_cent(net + vat, currency)
    total_vat = round_cent(vat, currency)
    nets = apportion(total - total_vat, [amount.net for amount in exact.values()], currency)
    vats = apportion(total_vat, [amount.vat for amount in exact.values()], currency)
    rows = {key: Amount(*pair) for key, pair in zip(exact, zip(nets, vats, strict=True), strict=True)}
    return of_rows(rows, round_cent(rounding, currency), legal=legal)


def of_rows(rows: Amounts, rounding: Decimal, *, legal: str = "") -> Totals:
    """rows: rounded already. Highest rate first; what is not subject to VAT last; rows of nothing are left out."""
    net, vat = _sum(rows.values())
    shown = [(key, amount) for key, amount in rows.items() if amount.net or amount.vat or len(rows) == 1]
    shown.sort(key=lambda row: (row[0].country, row[0].percent is None, -(row[0].percent or ZERO)))
    return Totals(
        tuple(
            VatRow(
                percent=key.percent,
                net=amount.net,
                vat=amount.vat,
                gross=amount.net + amount.vat,
                country=key.country,
                legal="" if amount.vat else legal,
            )
            for key, amount in shown
        ),
        net=net,
        vat=vat,
        rounding=rounding,
        total=net + vat + rounding,
    )


def summed(lines: Iterable[tuple[RowKey, Amount]]) -> dict[RowKey, Amount]:
    nets: dict[RowKey, Decimal] = defaultdict(Decimal)
    vats: dict[RowKey, Decimal] = defaultdict(Decimal)
    for (percent, country), amount in lines:
        key = RowKey(None if percent is None else percent.normalize(), country)
        nets[key] += amount.net
        vats[key] += amount.vat
    return {key: Amount(net, vats[key]) for key, net in nets.items()}


def apportion(target: Decimal, exact: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Round each of `exact` so that they add up to `target`, their own rounded sum give or take a cent.

    What is exactly zero stays zero: a row without VAT gets none by rounding.
    """
    cent = Decimal(1).scaleb(-minor_units(currency))
    rounded = [round_cent(value, currency) for value in exact]
    missing = int((target - sum(rounded, ZERO)) / cent)
    if missing:
        step = cent if missing > 0 else -cent
        candidates = [n for n, value in enumerate(exact) if value] or list(range(len(exact)))
        # Those first that rounding took the most away from, in the direction that is missing.
        candidates.sort(key=lambda n: (rounded[n] - exact[n]) * step)
        for turn in range(abs(missing)):
            rounded[candidates[turn % len(candidates)]] += step
    return rounded


def credited(
    original: Amounts, before: Amounts, cumulated: Amounts, complete: Iterable[RowKey], currency: str
) -> dict[RowKey, Amount]:
    """The rounded rows of a credit note, positive.

    original: the rows of the document it corrects. before: what closed credit notes took back already. cumulated: all
    credited lines, exact, this note's included. complete: rows of which nothing is left after it: they end on the cent
    where the original stands, so that all credit notes together never exceed it.
    """
    finished = set(complete)
    rows = {}
    for key, whole in original.items():
        taken = before.get(key, Amount(ZERO, ZERO))
        if key in finished:
            rows[key] = Amount(whole.net - taken.net, whole.vat - taken.vat)
        elif key in cumulated:
            # The gross amount is what a person compares, so it is the one that is rounded by itself.
            now = cumulated[key]
            done, limit = taken.net + taken.vat, whole.net + whole.vat
            gross = _between(round_cent(now.net + now.vat, currency) - done, limit - done)
            vat = _between(round_cent(now.vat, currency) - taken.vat, whole.vat - taken.vat)
            rows[key] = Amount(gross - vat, vat)
    return rows


def rows_as_json(rows: Iterable[VatRow]) -> list[dict[str, Any]]:
    """For Document.vat_rows: amounts as text, so that no cent is lost in a float."""
    return [
        {
            "percent": None if row.percent is None else f"{row.percent:f}",
            "net": f"{row.net:f}",
            "vat": f"{row.vat:f}",
            "gross": f"{row.gross:f}",
            "country": row.country,
            "legal": row.legal,
        }
        for row in rows
    ]


def rows_from_json(rows: Iterable[Mapping[str, Any]]) -> list[VatRow]:
    return [
        VatRow(
            percent=None if row["percent"] is None else Decimal(row["percent"]),
            net=Decimal(row["net"]),
            vat=Decimal(row["vat"]),
            gross=Decimal(row["gross"]),
            country=row["country"],
            legal=row["legal"],
        )
        for row in rows
    ]


def amounts_of(rows: Iterable[VatRow], *, sign: int = 1) -> dict[RowKey, Amount]:
    return {RowKey(row.percent, row.country): Amount(sign * row.net, sign * row.vat) for row in rows}


def _between(amount: Decimal, limit: Decimal) -> Decimal:
    """Never beyond what is left, whichever sign it has."""
    return max(min(amount, limit), ZERO) if limit >= 0 else min(max(amount, limit), ZERO)


def _sum(amounts: Iterable[Amount]) -> Amount:
    net = vat = ZERO
    for amount in amounts:
        net += amount.net
        vat += amount.vat
    return Amount(net, vat)
