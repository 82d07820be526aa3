"""What the law wants to be written on a document without VAT, in the buyer's language. Pure.

The words for the reverse charge are those of each language's own version of Directive 2006/112/EC, Article 226 (11a);
they are no screen texts, so they stand here and not among the translations.
"""

from __future__ import annotations

from enum import StrEnum

EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())


class Reason(StrEnum):
    """Why there is no VAT."""

    REVERSE_CHARGE = "reverse_charge"
    EXPORT = "export"


_TEXTS: dict[Reason, dict[str, str]] = {
    Reason.REVERSE_CHARGE: {
        "en": "Reverse charge: the VAT is due by the customer (Directive 2006/112/EC).",
        "cs": "Daň odvede zákazník (směrnice 2006/112/ES).",
        "pl": "Odwrotne obciążenie (dyrektywa 2006/112/WE).",
        "hu": "Fordított adózás (2006/112/EK irányelv).",
        "sl": "Obrnjena davčna obveznost: DDV plača kupec (Direktiva 2006/112/ES).",
        "sk": "Prenesenie daňovej povinnosti (smernica 2006/112/ES).",
        "hr": "Prijenos porezne obveze (Direktiva 2006/112/EZ).",
        "de": "Steuerschuldnerschaft des Leistungsempfängers (Richtlinie 2006/112/EG).",
        "it": "Inversione contabile (Direttiva 2006/112/CE).",
        "fr": "Autoliquidation (directive 2006/112/CE).",
        "ro": "Taxare inversă (Directiva 2006/112/CE).",
    },
    Reason.EXPORT: {
        "en": "Export of goods, exempt from VAT (Directive 2006/112/EC, Article 146).",
        "cs": "Vývoz zboží, osvobozeno od DPH (směrnice 2006/112/ES, článek 146).",
        "pl": "Eksport towarów, zwolnienie z VAT (dyrektywa 2006/112/WE, art. 146).",
        "hu": "Termékexport, áfamentes (2006/112/EK irányelv, 146. cikk).",
        "sl": "Izvoz blaga, oproščeno DDV (Direktiva 2006/112/ES, člen 146).",
        "sk": "Vývoz tovaru, oslobodené od DPH (smernica 2006/112/ES, článok 146).",
        "hr": "Izvoz dobara, oslobođeno PDV-a (Direktiva 2006/112/EZ, članak 146.).",
        "de": "Ausfuhrlieferung, umsatzsteuerfrei (Richtlinie 2006/112/EG, Artikel 146).",
        "it": "Esportazione di beni, esente da IVA (Direttiva 2006/112/CE, articolo 146).",
        "fr": "Exportation de biens, exonérée de TVA (directive 2006/112/CE, article 146).",
        "ro": "Export de bunuri, scutit de TVA (Directiva 2006/112/CE, articolul 146).",
    },
}


def reason_without_vat(seller_country: str, destination: str) -> Reason:
    """destination: where the goods go; "" = not known."""
    abroad = destination and destination != seller_country
    return Reason.EXPORT if abroad and destination not in EU else Reason.REVERSE_CHARGE


def legal_note(reason: Reason, language: str) -> str:
    """language: like "sl"; unknown ones get English."""
    texts = _TEXTS[reason]
    return texts.get(language[:2], texts["en"])
