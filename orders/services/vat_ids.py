"""Are VAT ids well formed? Checked by their check digits (python-stdnum), without asking anyone on the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import ModuleType

from django.utils.translation import gettext as _
from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat

_FILLING = re.compile(r"[\s\-./]+")
_LONGEST = 30


@dataclass(frozen=True, slots=True)
class VatIdCheck:
    """number: compact, with the country's letters where they are known. well_formed None = nobody can tell."""

    number: str
    well_formed: bool | None
    message: str = ""


def check_vat_id(text: str, country: str = "") -> VatIdCheck:
    """country (ISO 3166 alpha-2, of the billing address) helps where the number has no letters in front."""
    number = _FILLING.sub("", text).upper()[:_LONGEST]
    if not number:
        return VatIdCheck("", None)
    if eu_vat.is_valid(number):
        return VatIdCheck(number, True)
    # Greece writes EL on VAT ids and GR in addresses.
    prefix = {"GR": "EL"}.get(country, country)
    if prefix and not number.startswith(prefix) and eu_vat.is_valid(prefix + number):
        return VatIdCheck(prefix + number, True)
    land = number[:2] if number[:2].isalpha() else country
    if _is_european(land):
        return _malformed(number, land)
    module: ModuleType | None = get_cc_module(country, "vat") if country else None
    if module is None:
        return VatIdCheck(number, None, _("The VAT id %(number)s cannot be checked.") % {"number": number})
    # Some countries' modules want the number without the letters, some (Switzerland) with their own.
    if module.is_valid(number) or module.is_valid(number.removeprefix(country)):
        return VatIdCheck(number, True)
    return _malformed(number, country)


def _malformed(number: str, country: str) -> VatIdCheck:
    return VatIdCheck(
        number,
        False,
        _("The VAT id %(number)s is not well formed for %(country)s. Ask the customer for it once more.")
        % {"number": number, "country": country},
    )


def _is_european(country: str) -> bool:
    return country.lower() in {*eu_vat.MEMBER_STATES, "gr", "el", "xi"}
