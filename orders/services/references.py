"""The payment reference that a buyer copies into the transfer, made from the document's number. Pure.

By the country of the payee's bank: banks check it, and it must fit into the payment code (documents-pdf.md, 4).
"""

from __future__ import annotations

import re

from stdnum.iso7064 import mod_97_10

_LONGEST_VARIABLE_SYMBOL = 10
_LONGEST_MODEL_00 = 12  # of one part; Slovenian and Croatian references may have three, ours has one
_LONGEST_RF = 21
_ELSEWHERE = frozenset({"PL", "HU", "GB", "CH", "RS", "BA", "UA", "TR", "US"})


def payment_reference(number: str, country: str) -> str:
    """Digits and letters only. country: ISO 3166 alpha-2, of the bank.

    SI, HR: model 00 and the digits. CZ, SK: the variable symbol, ten digits at most. Other countries of the euro
    payments area: a creditor reference (RF, ISO 11649). Elsewhere: the number itself.
    """
    digits = re.sub(r"\D", "", number, flags=re.ASCII)
    plain = re.sub(r"[^0-9A-Z]", "", number.upper())
    if country in ("SI", "HR"):
        return f"{country}00{digits[-_LONGEST_MODEL_00:]}"
    if country in ("CZ", "SK"):
        return digits[-_LONGEST_VARIABLE_SYMBOL:].lstrip("0")
    if country in _ELSEWHERE or not country or not plain:
        return plain
    return _creditor_reference(plain[-_LONGEST_RF:])


def _creditor_reference(text: str) -> str:
    return f"RF{mod_97_10.calc_check_digits(f'{text}RF')}{text}"
