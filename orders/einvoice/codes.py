"""Code lists of the e-invoice: units of measure, electronic addresses, the countries of the Union."""

from __future__ import annotations

# The member states, as addresses write them (Greece is EL only in VAT ids).
EUROPEAN_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)

# A VAT id as electronic address: which scheme (EAS list) its first two letters stand for.
_VAT_SCHEMES = {
    "AT": "9914", "BE": "9925", "BG": "9926", "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931", "EL": "9933",
    "ES": "9920", "FR": "9957", "HR": "9934", "HU": "9910", "IE": "9935", "IT": "0211", "LT": "9937", "LU": "9938",
    "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945", "PT": "9946", "RO": "9947", "SI": "9949", "SK": "9950",
}  # fmt: skip
_EMAIL = "EM"  # the European standard has it, Peppol has not
PEPPOL_SCHEMES = frozenset(_VAT_SCHEMES.values())

# UN/ECE Recommendation 20 (pieces, weights, lengths, times) and 21 (packages, with an X in front).
PIECE = "C62"
_UNITS = {
    "H87": "pc pcs piece pieces kos kom ks kus kusů db darab szt sztuka stk stück pz pezzo",
    "KGM": "kg kilogram kilogramm",
    "GRM": "g gram gramm",
    "TNE": "t tonne tona tuna tonna",
    "MTR": "m metre meter metr metar",
    "CMT": "cm",
    "MMT": "mm",
    "MTK": "m2 m²",
    "MTQ": "m3 m³",
    "LTR": "l litre liter litr litar",
    "MLT": "ml",
    "HUR": "h hour ura hod godz óra std sat ora",
    "DAY": "day dan den dzień nap tag deň giorno",
    "MON": "month mesec měsíc miesiąc hónap monat mesiac mjesec mese",
    "SET": "set sada komplet készlet satz",
    "PR": "pair par pár para paar paio",
    "XPK": "pack package paket balík balení opakowanie csomag packung balenie pakiranje confezione",
    "XBX": "box škatla krabice pudełko doboz schachtel krabica kutija scatola",
    "XCT": "carton karton kartón",
    "XBO": "bottle steklenica láhev butelka üveg palack flasche fľaša boca bottiglia",
    "XRO": "roll rola role rolka tekercs rolle",
}
_CODE_OF = {word: code for code, words in _UNITS.items() for word in words.split()}


def unit_code(unit: str) -> str:
    """The code of a unit as staff write it ("kos", "Kg", "ks."); that of a counted thing for those not known."""
    return _CODE_OF.get(unit.strip().rstrip(".").lower(), PIECE)


def is_known_unit(unit: str) -> bool:
    return not unit.strip() or unit.strip().rstrip(".").lower() in _CODE_OF


def endpoint(vat_id: str, email: str) -> tuple[str, str]:
    """(scheme, address) of a party: its VAT id where there is a scheme for it, else its e-mail; ("", "") = neither."""
    scheme = _VAT_SCHEMES.get(vat_id[:2])
    if scheme:
        return scheme, vat_id
    return (_EMAIL, email) if email else ("", "")
