"""EPC QR: the European Payments Council's code for SEPA credit transfers in euro (EPC069-12, version 002)."""

from __future__ import annotations

from decimal import Decimal

import segno
from stdnum import iso11649

from orders.documents_view import DocumentView
from orders.paycodes.accounts import checked_bic, in_cents, one_line, remittance

_EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)
# In SEPA but not in the EEA: a transfer there must name the BIC.
_WITH_BIC = frozenset("AD AL CH GB GI MC MD ME MK RS SM VA".split())
_LARGEST = Decimal("999999999.99")
_MOST_BYTES = 331
_NAME, _TEXT = 70, 140


def draw(view: DocumentView, iban: str) -> tuple[bytes, segno.QRCode] | None:
    """(payload, code), or None for an account outside SEPA and an amount that the code cannot hold."""
    assert view.bank is not None
    bic = checked_bic(view.bank.bic)
    if iban[:2] not in _EEA and not (iban[:2] in _WITH_BIC and bic):
        return None
    if in_cents(view.amount_due) is None or view.amount_due > _LARGEST:
        return None
    payload = _payload(view, iban, bic)
    # Characters as bytes and no ECI: the charset is said in the third line, and apps read it there.
    return payload, segno.make_qr(payload, mode="byte", error="m", boost_error=False)


def _payload(view: DocumentView, iban: str, bic: str) -> bytes:
    reference = view.payment_reference.replace(" ", "").upper()
    structured = reference if iso11649.is_valid(reference) else ""
    free = "" if structured else remittance(view.number, view.payment_reference)
    name = one_line(view.seller.name)[:_NAME].strip()
    amount = f"EUR{view.amount_due:.2f}"
    fields = ["BCD", "002", "1", "SCT", bic, name, iban, amount, "", structured]
    head = "\n".join(fields).encode()
    # Letters of two bytes and more may fill the code before they fill the field.
    tail = _cut(free[:_TEXT].strip(), _MOST_BYTES - len(head) - 1)
    return head + b"\n" + tail if tail else head


def _cut(text: str, most_bytes: int) -> bytes:
    return text.encode()[:most_bytes].decode(errors="ignore").encode()
