"""The sum of an order's lines against the total that its shop gives. Pure: no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from backoffice.lib.money import minor_units, round_cent, round_half_up

# Forint amounts may carry fillér (backoffice.lib.money), but shops round each line or the whole order to the forint;
# the cent's counterpart for a tolerance is therefore the forint, and both are tried.
_TOLERANCE_UNITS = {"HUF": 0}

Where = Literal["total", "rate", "line", "parts"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a shop may have added up its lines; `rounded` says where it rounds.

    total: once, at the end. rate: the VAT of each rate. line: each line with its VAT. parts: net and VAT of each line.
    """

    rounded: Where
    net: Decimal
    vat: Decimal
    stored_vat: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Balance:
    """How the lines meet the total.

    ways: every way that was tried, the plainest first. vat: what to store as VAT of each line, in the order of the
    lines. difference: what the way that comes nearest lacks to the total. rounding: the amount of the rounding line,
    0 = none is needed, None = too far off, the order must wait.
    """

    ways: tuple[Way, ...]
    vat: tuple[Decimal, ...]
    difference: Decimal
    rounding: Decimal | None

    @property
    def exact(self) -> Decimal:
        """All lines added up, rounded once."""
        return self.ways[0].total

    def way(self, rounded: Where) -> Way:
        return next(way for way in self.ways if way.rounded == rounded)


def balance(
    amounts: Sequence[tuple[Decimal, Decimal]],
    total: Decimal,
    currency: str,
    tolerance: Decimal,
    *,
    rates: Sequence[Hashable] | None = None,
    allowed: Decimal = Decimal(0),
) -> Balance:
    """Hold the lines, (net, vat) each at full precision, against `total`.

    rates: by what the lines' VAT belongs together, in the order of the lines; None = all of it. allowed: a difference
    that a person has agreed to, beside `tolerance` (see tolerance_in).

    A shop rounds once at the end, by rate or line by line (DESIGN.md §6); all are tried. Where another way than the
    plain sum meets the total, the lines' VAT takes up the fractions of a cent, so that the stored lines add up too:
    with the returned `vat` and `rounding`, the rounded sum of the lines always equals `total`.
    """
    decimals = dict.fromkeys((minor_units(currency), _TOLERANCE_UNITS.get(currency, minor_units(currency))))
    ways = tuple(way for places in decimals for way in _ways(amounts, rates or [None] * len(amounts), places))
    nets = sum((net for net, _vat in amounts), Decimal(0))

    def adds_up(way: Way) -> bool:
        """What lines without VAT leave over in fractions nobody can put into VAT."""
        return round_cent(nets + sum(way.stored_vat, Decimal(0)), currency) == way.total

    nearest = min((way for way in ways if adds_up(way)), key=lambda way: abs(total - way.total))
    difference = total - nearest.total
    limit = max(tolerance_in(currency, tolerance), abs(allowed))
    return Balance(ways, nearest.stored_vat, difference, difference if abs(difference) <= limit else None)


def tolerance_in(currency: str, tolerance: Decimal) -> Decimal:
    """`tolerance` is for a currency of two decimals; in another it is as many smallest units: 0.05 -> 5 JPY."""
    units = _TOLERANCE_UNITS.get(currency.upper(), minor_units(currency))
    return tolerance.scaleb(2 - units)


def _ways(
    amounts: Sequence[tuple[Decimal, Decimal]], rates: Sequence[Hashable], places: int
) -> tuple[Way, ...]:
    given = tuple(vat for _net, vat in amounts)
    nets = sum((net for net, _vat in amounts), Decimal(0))
    net = round_half_up(nets, places)
    whole = round_half_up(nets + sum(given, Decimal(0)), places)
    by_rate = _rounded_by_rate(given, rates, places)
    rate_vat = round_half_up(sum(by_rate, Decimal(0)), places)
    lines = [round_half_up(one + vat, places) for one, vat in amounts]
    parts = [(round_half_up(one, places), round_half_up(vat, places)) for one, vat in amounts]
    parts_net = sum((one for one, _vat in parts), Decimal(0))
    parts_vat = sum((vat for _one, vat in parts), Decimal(0))
    return (
        Way("total", net, whole - net, given),
        Way("rate", net, rate_vat, by_rate),
        Way("line", net, sum(lines, Decimal(0)) - net, _up_to(lines, amounts)),
        Way("parts", parts_net, parts_vat, _up_to([one + vat for one, vat in parts], amounts)),
    )


def _up_to(gross: Sequence[Decimal], amounts: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal, ...]:
    """The VAT with which each line comes to its rounded gross. A line without VAT must not get any by rounding."""
    return tuple(rounded - net if vat else vat for rounded, (net, vat) in zip(gross, amounts, strict=True))


def _rounded_by_rate(vats: Sequence[Decimal], rates: Sequence[Hashable], places: int) -> tuple[Decimal, ...]:
    """The largest VAT of each rate takes up what is missing to the rounded sum of its rate."""
    positions: dict[Hashable, list[int]] = defaultdict(list)
    for position, rate in enumerate(rates):
        positions[rate].append(position)
    stored = list(vats)
    for same in positions.values():
        exact = sum((vats[position] for position in same), Decimal(0))
        largest = max(same, key=lambda position: abs(vats[position]))
        if vats[largest]:
            stored[largest] += round_half_up(exact, places) - exact
    return tuple(stored)
