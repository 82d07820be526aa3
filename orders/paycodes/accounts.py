"""Accounts and amounts, as the payment codes write them."""

from __future__ import annotations

import re
from decimal import Decimal

from stdnum import iban as ibans

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


def checked_iban(text: str) -> str:
    """The IBAN without spaces, in capitals; "" unless length, checksum and the country's own check digits are right."""
    try:
        return str(ibans.validate(text.replace("\u00a0", " ")))
    except ibans.ValidationError:
        return ""


def checked_bic(text: str) -> str:
    """The BIC in capitals; "" unless it has its form of 8 or 11 characters."""
    bic = text.replace(" ", "").upper()
    return bic if _BIC.fullmatch(bic) else ""


def one_line(text: str) -> str:
    """Codes end their fields by line feeds: whatever breaks a line becomes a space."""
    return " ".join(_CONTROL.sub(" ", text).split())


def in_cents(amount: Decimal) -> int | None:
    """The amount in hundredths; None if it has more decimals than a transfer can carry."""
    cents = amount * 100
    return int(cents) if cents == cents.to_integral_value() else None


def remittance(number: str, reference: str) -> str:
    """What the payee shall find on the statement: the reference, and the document's number if that says more."""
    number, reference = one_line(number), one_line(reference)
    if reference and number and _plain(number) not in _plain(reference):
        return f"{reference} {number}"
    return reference or number


def _plain(text: str) -> str:
    return re.sub(r"\W", "", text).upper()
