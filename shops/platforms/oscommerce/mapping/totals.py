"""What an order's rows add up to, and where its VAT is. Pure.

osCommerce stores neither whether an order was net or gross, nor the VAT of the delivery (oscommerce.md, 5). Both follow
from the sums: `ot_subtotal` says how the lines were rounded, `ot_tax` lacks what was computed after it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

ZERO: Final = Decimal(0)
SHIPPING: Final = "ot_shipping"
LOW_ORDER_FEE: Final = "ot_loworderfee"
_SUMS: Final = ("ot_subtotal", "ot_tax", "ot_total")
# The shop rounds each tax to the cent on its way; two of them may meet.
_NEAR: Final = Decimal("0.02")
_MOST_SIGNS: Final = 6
_MOST_TRIED: Final = 4096


@dataclass(frozen=True, slots=True)
class Line:
    """unit: the price of one piece without VAT, options included. percent: its VAT."""

    unit: Decimal
    percent: Decimal
    pieces: int


@dataclass(frozen=True, slots=True)
class Total:
    """A row of orders_total. place: grows in the order in which the shop computed the rows."""

    kind: str
    title: str
    value: Decimal
    place: int


@dataclass(frozen=True, slots=True)
class Amount:
    """net, tax: at full precision. percent None = the shop did not say."""

    net: Decimal
    tax: Decimal
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Rates:
    """home: the percentages that the shop has. usual: {kind of total: its percentage by the shop's settings}."""

    home: tuple[Decimal, ...] = ()
    usual: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """lines: in the order given. extras: delivery, fees, and discounts (negative). All in the shop's base currency."""

    gross: bool
    lines: tuple[Amount, ...]
    extras: tuple[tuple[Total, Amount], ...]
    total: Decimal


def settle(
    lines: Sequence[Line], totals: Sequence[Total], rates: Rates, *, decimals: int, gross_by_setting: bool
) -> Settled:
    """gross_by_setting: how the shop shows prices today; decides where both ways give the same (no VAT at all)."""
    gross = _is_gross(lines, totals, decimals, gross_by_setting)
    amounts = tuple(_line(line, decimals, gross) for line in lines)
    order = _Order(gross, decimals, amounts, tuple(totals), rates)
    extras = order.signed_extras()
    return Settled(
        gross=gross,
        lines=amounts,
        extras=tuple(zip(extras, order.amounts_of(extras), strict=True)),
        total=order.total,
    )


def _is_gross(lines: Sequence[Line], totals: Sequence[Total], decimals: int, by_setting: bool) -> bool:
    """The shop rounds the price of each piece as it shows it; the subtotal tells which of the two that was."""
    subtotals = [total.value for total in totals if total.kind == "ot_subtotal"]
    gross = sum((_shown(line, decimals, True) for line in lines), ZERO)
    net = sum((_shown(line, decimals, False) for line in lines), ZERO)
    if not subtotals or gross == net:
        return by_setting
    return abs(gross - subtotals[0]) < abs(net - subtotals[0])


def _shown(line: Line, decimals: int, gross: bool) -> Decimal:
    return _rounded(line.unit * (1 + line.percent / 100) if gross else line.unit, decimals) * line.pieces


def _line(line: Line, decimals: int, gross: bool) -> Amount:
    return _amount(_shown(line, decimals, gross), line.percent, gross)


def _amount(shown: Decimal, percent: Decimal, gross: bool) -> Amount:
    if gross:
        net = shown / (1 + percent / 100)
        return Amount(net, shown - net, percent)
    return Amount(shown, shown * percent / 100, percent)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


@dataclass(frozen=True, slots=True)
class _Order:
    gross: bool
    decimals: int
    lines: tuple[Amount, ...]
    totals: tuple[Total, ...]
    rates: Rates

    @property
    def subtotal(self) -> Decimal:
        """As the shop shows it: with VAT in a gross order."""
        found = [total.value for total in self.totals if total.kind == "ot_subtotal"]
        return found[0] if found else _sum(a.net + (a.tax if self.gross else ZERO) for a in self.lines)

    @property
    def taxes(self) -> list[Total]:
        return [total for total in self.totals if total.kind == "ot_tax"]

    @property
    def tax(self) -> Decimal:
        """The VAT that the shop shows, delivery's included only where it was computed before."""
        return _sum(total.value for total in self.taxes)

    @property
    def total(self) -> Decimal:
        found = [total.value for total in self.totals if total.kind == "ot_total"]
        if found:
            return found[-1]
        extras = _sum(total.value for total in self.totals if total.kind not in _SUMS)
        return self.subtotal + extras + (ZERO if self.gross else self.tax)

    @property
    def is_taxed(self) -> bool:
        return self.tax > 0 or any(amount.tax for amount in self.lines)

    def signed_extras(self) -> list[Total]:
        """Fees count, discounts take off. Add-ons store both as positive values: whichever makes the total right."""
        extras = [total for total in self.totals if total.kind not in _SUMS]
        doubtful = [
            place
            for place, total in enumerate(extras)
            if total.kind not in (SHIPPING, LOW_ORDER_FEE) and total.value > 0
        ]
        if not doubtful or len(doubtful) > _MOST_SIGNS:
            return extras
        tries = [self._with_signs(extras, doubtful, signs) for signs in _signs(len(doubtful))]
        # The first of equals has the fewest discounts.
        return min(tries, key=lambda tried: abs(self._left(tried)))

    @staticmethod
    def _with_signs(extras: list[Total], doubtful: list[int], signs: Sequence[int]) -> list[Total]:
        changed = list(extras)
        for place, sign in zip(doubtful, signs, strict=True):
            changed[place] = replace(extras[place], value=extras[place].value * sign)
        return changed

    def _left(self, extras: Sequence[Total]) -> Decimal:
        """What the total has beyond its parts: in a net order the VAT that `ot_tax` lacks."""
        shown = self.subtotal + _sum(total.value for total in extras) + (ZERO if self.gross else self.tax)
        return self.total - shown

    # VAT of what is no article

    def amounts_of(self, extras: Sequence[Total]) -> list[Amount]:
        if not self.is_taxed and abs(self._left(extras)) <= _NEAR:
            return [Amount(total.value, ZERO, ZERO) for total in extras]
        first_tax = min((total.place for total in self.taxes), default=-1)
        before = [total for total in extras if total.place < first_tax]
        after = [total for total in extras if total.place >= first_tax]
        known = self._fitted(before, self.tax - _sum(amount.tax for amount in self.lines))
        known |= self._guessed(after) if self.gross else self._fitted(after, self._left(extras))
        return [known[total.place] for total in extras]

    def _fitted(self, extras: Sequence[Total], tax: Decimal) -> dict[int, Amount]:
        """{place: amount}, with percentages whose VAT adds up to `tax`; the likeliest first."""
        choices = [self._likely(total.kind) for total in extras]
        for percents in itertools.islice(itertools.product(*choices), _MOST_TRIED):
            found = [self._extra(total, percent) for total, percent in zip(extras, percents, strict=True)]
            if abs(_sum(amount.tax for amount in found) - tax) <= _NEAR:
                return {total.place: amount for total, amount in zip(extras, found, strict=True)}
        amounts = {total.place: Amount(total.value, ZERO, None) for total in extras}
        if extras:  # no percentage explains it: all of it is kept, at the delivery
            first = min(extras, key=lambda total: total.kind != SHIPPING)
            net = first.value - tax if self.gross else first.value
            amounts[first.place] = Amount(net, tax, None)
        return amounts

    def _guessed(self, extras: Sequence[Total]) -> dict[int, Amount]:
        """Computed after `ot_tax` and shown with VAT: nothing but the shop's settings say how much of it is VAT."""
        found = {}
        for total in extras:
            usual = self.rates.usual.get(total.kind)
            charged = [amount.percent for amount in self.lines if amount.percent]
            if usual and charged and usual not in charged and not set(charged) & set(self.rates.home):
                usual = max(charged)  # sold at another country's rates
            found[total.place] = (
                Amount(total.value, ZERO, None) if usual is None else self._extra(total, usual)
            )
        return found

    def _likely(self, kind: str) -> list[Decimal]:
        usual = [self.rates.usual[kind]] if kind in self.rates.usual else []
        charged = sorted({amount.percent for amount in self.lines if amount.percent}, reverse=True)
        return list(dict.fromkeys([*usual, ZERO, *charged, *self.rates.home]))

    def _extra(self, total: Total, percent: Decimal) -> Amount:
        amount = _amount(total.value, percent, self.gross)
        # In a net order the shop rounds the VAT of a delivery before it adds it.
        return amount if self.gross else replace(amount, tax=_rounded(amount.tax, self.decimals))


def _signs(number: int) -> list[tuple[int, ...]]:
    return sorted(itertools.product((1, -1), repeat=number), key=lambda signs: signs.count(-1))
