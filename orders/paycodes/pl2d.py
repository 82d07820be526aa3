"""The Polish 2D code, by the recommendation of the Polish Bank Association of 2013 (documents-pdf.md, 4.5)."""

from __future__ import annotations

import re

import segno
from anyascii import anyascii
from stdnum.pl import nip

from orders.documents_view import DocumentView
from orders.paycodes.accounts import in_cents, one_line, remittance

_NAME, _TITLE = 20, 32
_ALLOWED = re.compile(r"[A-Za-z0-9 ,./\\\-@#&*ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]")


def draw(view: DocumentView, iban: str) -> tuple[bytes, segno.QRCode] | None:
    """(payload, code), or None for an amount with parts of a grosz."""
    grosze = in_cents(view.amount_due)
    if grosze is None:
        return None
    number = view.seller.vat_id.removeprefix("PL")
    fields = [
        nip.compact(number) if nip.is_valid(number) else "",
        "PL",
        iban[2:],
        f"{grosze:06d}",  # at least six digits
        _text(view.seller.name, _NAME),
        _text(remittance(view.number, view.payment_reference), _TITLE),
        *("", "", ""),  # direct debit, Invoobill, reserved
    ]
    payload = "|".join(fields).encode()
    return payload, segno.make_qr(payload, mode="byte", error="l", boost_error=False)


def _text(text: str, most: int) -> str:
    known = "".join(char if _ALLOWED.fullmatch(char) else anyascii(char) for char in one_line(text))
    return one_line("".join(_ALLOWED.findall(known)))[:most].strip()
