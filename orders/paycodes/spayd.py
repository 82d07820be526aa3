"""SPAYD (“QR Platba”): the Czech code (documents-pdf.md, 4.3), in plain capitals so that it stays small."""

from __future__ import annotations

import re
from decimal import Decimal

import segno
from anyascii import anyascii

from orders.documents_view import DocumentView
from orders.paycodes.accounts import checked_bic, in_cents, one_line, remittance

_LARGEST = Decimal("9999999.99")
_NAME, _MESSAGE, _SYMBOL = 35, 60, 10


def draw(view: DocumentView, iban: str) -> tuple[bytes, segno.QRCode] | None:
    """(payload, code), or None for an amount of more than the ten characters that the code has for it."""
    if in_cents(view.amount_due) is None or view.amount_due > _LARGEST:
        return None
    assert view.bank is not None
    bic = checked_bic(view.bank.bic)
    values = {
        "ACC": f"{iban}+{bic}" if bic else iban,
        "AM": f"{view.amount_due:.2f}",
        "CC": view.currency,
        "RN": _value(view.seller.name, _NAME),
        "DT": f"{view.due_date:%Y%m%d}" if view.due_date else "",
        "X-VS": variable_symbol(view.number, view.payment_reference),
        "MSG": _value(remittance(view.number, view.payment_reference), _MESSAGE),
    }
    text = "*".join(["SPD", "1.0", *(f"{key}:{value}" for key, value in values.items() if value)])
    return text.encode("ascii"), segno.make_qr(text, error="m", boost_error=False)


def variable_symbol(number: str, reference: str) -> str:
    """The digits of the payment reference, else of the document's number; "" if neither has one to ten of them."""
    for text in (reference, number):
        digits = re.sub(r"\D", "", text, flags=re.ASCII)
        if 1 <= len(digits) <= _SYMBOL:
            return digits
    return ""


def _value(text: str, most: int) -> str:
    """The star ends a field; the percent sign is how it is written inside one."""
    plain = one_line(anyascii(one_line(text)).upper())[:most].strip()
    return plain.replace("%", "%25").replace("*", "%2A")
