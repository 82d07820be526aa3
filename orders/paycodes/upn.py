"""UPN QR: the Slovenian code, for payers in Slovenia (documents-pdf.md, 4.2). Always 77 x 77 modules."""

from __future__ import annotations

import re

import segno
from anyascii import anyascii
from stdnum import iso11649

from orders.documents_view import DocumentView, Party
from orders.paycodes.accounts import in_cents, one_line, remittance

_CHARSET = "iso-8859-2"
_LARGEST_CENTS = 99_999_999_999
_ADDRESS, _PURPOSE = 33, 42
_SI_REFERENCE = re.compile(r"SI\d{2}(\d{1,12}(-\d{1,12}){0,2})?", re.ASCII)
_MODEL_00 = re.compile(r"\d{1,12}", re.ASCII)


def draw(view: DocumentView, iban: str) -> tuple[bytes, segno.QRCode] | None:
    """(payload, code), or None for an amount that the slip's eleven digits cannot hold."""
    cents = in_cents(view.amount_due)
    if cents is None or cents > _LARGEST_CENTS:
        return None
    text = _payload(view, iban, cents)
    code = segno.make_qr(
        text, encoding=_CHARSET, eci=True, version=15, error="m", boost_error=False, mode="byte"
    )
    return text.encode(_CHARSET), code


def _payload(view: DocumentView, iban: str, cents: int) -> str:
    purpose = _latin2(remittance(view.number, view.payment_reference), _PURPOSE)
    due = view.due_date.strftime("%d.%m.%Y") if view.due_date else ""
    fields = [
        "UPNQR",
        *("", "", "", ""),  # payer's account, deposit, withdrawal, payer's reference
        *_name_and_address(view.buyer),
        f"{cents:011d}",
        *("", ""),  # day of payment, urgent
        "GDSV",  # purchase and sale of goods and services
        purpose,
        due,
        iban,
        payment_reference(view.payment_reference),
        *_name_and_address(view.seller),
    ]
    text = "".join(f"{field}\n" for field in fields)
    return f"{text}{len(text):03d}\n"


def payment_reference(text: str) -> str:
    """As the slip wants it: SI with its model or RF; digits alone become model SI00, anything else SI99 (= none)."""
    reference = re.sub(r"\s", "", text).upper()
    if iso11649.is_valid(reference):
        return str(iso11649.compact(reference))
    if _SI_REFERENCE.fullmatch(reference) and len(reference) <= 26:
        return reference
    return f"SI00{reference}" if _MODEL_00.fullmatch(reference) else "SI99"


def _name_and_address(party: Party) -> list[str]:
    town = f"{party.postcode} {party.city}"
    return [_latin2(part, _ADDRESS) for part in (party.name, f"{party.street} {party.street2}", town)]


def _latin2(text: str, most: int) -> str:
    """Letters that ISO 8859-2 lacks are written in Latin ones; a code with wrong letters is refused as a whole."""
    known = "".join(char if _is_latin2(char) else anyascii(char) for char in one_line(text))
    return one_line(known)[:most].strip()


def _is_latin2(char: str) -> bool:
    try:
        return char.isprintable() and bool(char.encode(_CHARSET))
    except UnicodeEncodeError:
        return False
