"""The sum of an order's lines against the total that its shop gives. Pure: no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.lib.money import minor_units, round_cent

# Forint amounts may carry fillér (backoffice.lib.money), but shops round each line or the whole order to the forint;
# the cent's counterpart for a tolerance is therefore the forint.
_TOLERANCE_UNITS = {"HUF": 0}


@dataclass(frozen=True, slots=True)
class Balance:
    """How the lines meet the total.

    exact: all lines added up, rounded once. per_line: each line rounded, then added up.
    vat: what to store as VAT of each line, in the order of the lines.
    rounding: the amount of the rounding line, 0 = none is needed. None = too far off, the order must wait.
    """

    exact: Decimal
    per_line: Decimal
    vat: tuple[Decimal, ...]
    rounding: Decimal | None


def balance(
    amounts: Sequence[tuple[Decimal, Decimal]], total: Decimal, currency: str, tolerance: Decimal
) -> Balance:
    """Hold the lines, (net, vat) each at full precision, against `total`.

    A shop rounds either once at the end or line by line (DESIGN.md §6); both are tried. Where only the second meets
    the total, each line's VAT takes up the fraction of a cent, so that the stored lines add up too: with the
    returned `vat` and `rounding`, the rounded sum of the lines always equals `total`.
    """
    exact = round_cent(sum((net + vat for net, vat in amounts), Decimal(0)), currency)
    rounded = [round_cent(net + vat, currency) for net, vat in amounts]
    per_line = sum(rounded, Decimal(0))
    given = tuple(vat for _net, vat in amounts)
    if exact == total:
        return Balance(exact, per_line, given, Decimal(0))
    if per_line == total:
        # A line without VAT takes up nothing: it must not get any by rounding.
        vat = tuple(gross - net if vat else vat for gross, (net, vat) in zip(rounded, amounts, strict=True))
        left = total - sum((net for net, _vat in amounts), Decimal(0)) - sum(vat, Decimal(0))
        if round_cent(left, currency) == 0:
            return Balance(exact, per_line, vat, Decimal(0))
    difference = total - exact
    if abs(difference) > tolerance_in(currency, tolerance):
        return Balance(exact, per_line, given, None)
    return Balance(exact, per_line, given, difference)


def tolerance_in(currency: str, tolerance: Decimal) -> Decimal:
    """`tolerance` is for a currency of two decimals; in another it is as many smallest units: 0.05 -> 5 JPY."""
    units = _TOLERANCE_UNITS.get(currency.upper(), minor_units(currency))
    return tolerance.scaleb(2 - units)
