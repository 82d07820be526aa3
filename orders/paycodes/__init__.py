"""Payment codes: the square that a banking app reads to fill in a transfer.

Which one is drawn follows from the payee's account and the currency (documents-pdf.md, 4): the country's own code
where its banks read one, else the European one. Codes for forint are none: Hungarian banks read only those of a
payment provider since qvik (September 2024).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import segno

from orders.documents_view import DocumentView
from orders.paycodes import epc, pl2d, spayd, upn
from orders.paycodes.accounts import checked_iban

Standard = Literal["epc", "upn", "spayd", "pl2d"]
QUIET_ZONE = 4  # modules, as ISO 18004 asks
_LABELS: dict[Standard, str] = {
    "epc": "EPC QR",
    "upn": "UPN QR",
    "spayd": "QR Platba",
    "pl2d": "Kod 2D (ZBP)",
}


@dataclass(frozen=True, slots=True)
class PayCode:
    """kind: the standard. text: its name, to stand beside the code. svg: the drawing with its quiet zone.

    modules: how many squares the drawing has on each side, quiet zone included; each needs 0.4 mm or more on paper.
    payload: what a reader gets, byte for byte. reference: as the standard writes it, where that is not the document's.
    """

    kind: Standard
    text: str
    svg: bytes
    modules: int
    payload: bytes
    reference: str = ""


def payment_code(view: DocumentView) -> PayCode | None:
    """The code for the open amount; None where there is nothing to pay, or no code that the buyer's bank would read.

    None for drafts (what has no number cannot be paid), credit notes, delivery notes, an IBAN whose checksum is wrong, a
    payee without a name, and amounts or accounts that a standard cannot hold.
    """
    if view.draft or view.kind not in ("invoice", "proforma") or view.bank is None or view.amount_due <= 0:
        return None
    iban = checked_iban(view.bank.iban)
    if not iban or not view.seller.name.strip():
        return None
    kind = _standard(view, iban[:2])
    if kind == "upn":
        drawn = upn.draw(view, iban)
    elif kind == "spayd":
        drawn = spayd.draw(view, iban)
    elif kind == "pl2d":
        drawn = pl2d.draw(view, iban)
    elif kind == "epc":
        drawn = epc.draw(view, iban)
    else:
        return None
    if drawn is None:
        return None
    payload, code = drawn
    modules = int(code.symbol_size(border=QUIET_ZONE)[0])
    reference = upn.payment_reference(view.payment_reference) if kind == "upn" else ""
    return PayCode(kind, _LABELS[kind], _svg(code), modules, payload, reference)


def _standard(view: DocumentView, bank_country: str) -> Standard | None:
    """A country's own code is for payers inside the country; others' banks read the European one."""
    domestic = view.buyer.country in (bank_country, "")
    match bank_country, view.currency:
        case "SI", "EUR":
            return "upn" if domestic else "epc"
        case "CZ", "EUR":
            return "spayd" if domestic else "epc"
        case "CZ", "CZK":
            return "spayd"
        case "PL", "PLN":
            return "pl2d"
        case _, "EUR":
            return "epc"
    return None


def _svg(code: segno.QRCode) -> bytes:
    drawing = io.BytesIO()
    code.save(drawing, kind="svg", border=QUIET_ZONE, xmldecl=False, nl=False)
    # Rows a little taller than their distance: else viewers show hair lines of paper between them.
    return drawing.getvalue().replace(b'stroke="#000"', b'stroke="#000" stroke-width="1.04"', 1)
