"""Dates, amounts and countries as the customer's language writes them. The page itself computes and formats nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from backoffice.lib.money import round_half_up
from orders.pdf.words import LANGUAGES, language_of

# Of English the British dates; where a language has only one country here, it needs no region.
_LOCALES = {"en": "en_GB"}
_PRICE_DECIMALS, _QUANTITY_DECIMALS = 4, 3
NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Formats:
    """How one document writes its values. decimals: of its amounts."""

    locale: Locale
    decimals: int
    currency: str

    def date(self, day: date) -> str:
        """Digits only, but for English, of which nobody knows which number is the day."""
        if self.locale.language == "en":
            return format_date(day, "medium", locale=self.locale)
        return format_skeleton("yMd", day, locale=self.locale)

    def amount(self, amount: Decimal) -> str:
        return self._number(round_half_up(amount, self.decimals), self.decimals, self.decimals)

    def money(self, amount: Decimal) -> str:
        """With the currency's code, which is the same in every language and on the bank's statement."""
        return f"{self.amount(amount)}{NBSP}{self.currency}"

    def price(self, price: Decimal) -> str:
        """Of one unit: as many decimals as it has, up to four, so that quantity times price can be checked."""
        return self._number(round_half_up(price, _PRICE_DECIMALS), self.decimals, _PRICE_DECIMALS)

    def quantity(self, quantity: Decimal) -> str:
        return self._number(round_half_up(quantity, _QUANTITY_DECIMALS), 0, _QUANTITY_DECIMALS)

    def percent(self, percent: Decimal) -> str:
        return format_percent(percent / 100, locale=self.locale, decimal_quantization=False)

    def country(self, code: str) -> str:
        """The country's name; the code itself if Babel does not know it."""
        return self.locale.territories.get(code.upper(), code)

    def _number(self, number: Decimal, least: int, most: int) -> str:
        pattern = "#,##0" + ("." + "0" * least + "#" * (most - least) if most else "")
        return format_decimal(number, format=pattern, locale=self.locale)


def formats(language: str, decimals: int, currency: str) -> Formats:
    return Formats(_locale(language_of(language)), decimals, currency)


@lru_cache(maxsize=len(LANGUAGES))
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))
