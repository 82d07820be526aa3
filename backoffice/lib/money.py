"""Amounts of money: rounding, net and gross, and reading what people type. Decimal only, never float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from django.utils import formats
from django.utils.translation import gettext as _

# ISO 4217 minor units that differ from two. HUF has two there, and catalogues do carry fillér (unit prices,
# exchanged amounts); that cash is rounded to 5 Ft is a matter of the payment, not of the amount.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_MINOR_UNITS = {**dict.fromkeys(_NO_DECIMALS.split(), 0), **dict.fromkeys(_THREE_DECIMALS.split(), 3)}
# ISO 4217, the codes in use, and those that old orders still carry.
_CURRENCIES = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF"
        " CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD"
        " HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL"
        " LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR"
        " PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP"
        " TRY TTD TWD TZS UAH UGX USD UYI UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
    ).split()
)
# Wide enough that no sum of a firm loses a digit before the one rounding at the end.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)

_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’_]+")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def minor_units(currency: str) -> int:
    """How many decimals amounts in `currency` (ISO 4217 code) have."""
    return _MINOR_UNITS.get(currency.upper(), 2)


def is_currency(code: str) -> bool:
    """Is it the ISO 4217 code, in capitals, of a currency that people pay with?"""
    return code in _CURRENCIES


def round_cent(amount: Decimal, currency: str) -> Decimal:
    """Round to the currency's smallest unit, halves away from zero: 2.345 EUR -> 2.35, 100.5 JPY -> 101.

    Never returns a negative zero, so that a document does not show "-0.00".
    """
    rounded = amount.quantize(Decimal(1).scaleb(-minor_units(currency)), context=_WIDE)
    return rounded if rounded else abs(rounded)


def gross_from_net(net: Decimal, vat_percent: Decimal) -> Decimal:
    """Add VAT. Not rounded: round once, at the end, with round_cent."""
    return _WIDE.multiply(net, _factor(vat_percent))


def net_from_gross(gross: Decimal, vat_percent: Decimal) -> Decimal:
    """Take VAT out. Not rounded: round once, at the end, with round_cent."""
    return _WIDE.divide(gross, _factor(vat_percent))


def parse_decimal(text: str) -> Decimal:
    """Read a number as staff in Central Europe type it: "1 234,50", "1.234,50", "1,234.50", "-12.5".

    Where both comma and dot occur, the last of them is the decimal sign. One alone is a decimal sign
    ("1,234" is a little over one) unless it occurs more than once ("1.234.567").
    Raises ValueError with a translated sentence for anything else, also for "1e3", "NaN" and "12 EUR".
    """
    compact = _SPACES.sub("", text).replace("\u2212", "-")
    comma, dot = compact.rfind(","), compact.rfind(".")
    decimal_sign, thousands = (",", ".") if comma > dot else (".", ",")
    whole, sign, fraction = compact.rpartition(decimal_sign)
    if sign and decimal_sign in whole:  # "1.234.567": the only sign, many times
        whole, sign, fraction, thousands = compact, "", "", decimal_sign
    elif not sign:
        whole, fraction = compact, ""
    plain = whole
    if thousands in whole:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", whole, re.ASCII):
            raise _not_a_number(text)
        plain = whole.replace(thousands, "")
    plain += f".{fraction}" if sign else ""
    if not _PLAIN.fullmatch(plain):
        raise _not_a_number(text)
    return Decimal(plain)


def _factor(vat_percent: Decimal) -> Decimal:
    return _WIDE.add(Decimal(1), _WIDE.divide(vat_percent, Decimal(100)))


def _not_a_number(text: str) -> ValueError:
    return ValueError(_("“%(text)s” is not a number. Write it like 1234,50.") % {"text": text[:60]})


def round_half_up(amount: Decimal, decimals: int) -> Decimal:
    """Round to `decimals` places, halves away from zero, never to a negative zero."""
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    return rounded if rounded else abs(rounded)


def money_text(amount: Decimal, currency: str) -> str:
    """For people: with the currency's decimals, in their way of writing numbers: 1 290,00 CZK, 1 241 JPY."""
    decimals = minor_units(currency)
    if currency == "HUF" and amount == amount.to_integral_value():
        decimals = 0  # nobody writes fillér where there are none
    written = formats.number_format(round_cent(amount, currency), decimals, force_grouping=True)
    return f"{written}\N{NO-BREAK SPACE}{currency}"
