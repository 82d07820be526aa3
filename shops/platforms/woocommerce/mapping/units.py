"""Weights and lengths: the shop's units, which it may have set to pounds and inches, and ours (g, mm)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Exact by definition (NIST SP 811, appendix B).
GRAMS = {
    "kg": Decimal(1000),
    "g": Decimal(1),
    "lbs": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
MILLIMETRES = {
    "m": Decimal(1000),
    "cm": Decimal(10),
    "mm": Decimal(1),
    "in": Decimal("25.4"),
    "yd": Decimal("914.4"),
}
# Fine enough that grams survive the way to pounds and back.
_SHOP_STEP = Decimal("0.000001")
_OUR_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Units:
    """weight, length: the shop's units by WooCommerce's short names; "" = not known, nothing is converted."""

    weight: str = ""
    length: str = ""

    def grams(self, value: Decimal | None) -> Decimal | None:
        return _ours(value, GRAMS.get(self.weight))

    def millimetres(self, value: Decimal | None) -> Decimal | None:
        return _ours(value, MILLIMETRES.get(self.length))

    def shop_weight(self, grams: Decimal) -> Decimal | None:
        return _shops(grams, GRAMS.get(self.weight))

    def shop_length(self, millimetres: Decimal) -> Decimal | None:
        return _shops(millimetres, MILLIMETRES.get(self.length))


def _ours(value: Decimal | None, factor: Decimal | None) -> Decimal | None:
    if value is None or factor is None:
        return None
    return (value * factor).quantize(_OUR_STEP, ROUND_HALF_UP)


def _shops(value: Decimal, factor: Decimal | None) -> Decimal | None:
    return None if factor is None else (value / factor).quantize(_SHOP_STEP, ROUND_HALF_UP)
