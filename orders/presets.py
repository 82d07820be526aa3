"""What a new installation begins with: a number series of each kind, and the texts of the e-mails in five languages.

Staff change both; nothing here is read again once the rows exist. Languages without a text of their own get English.
"""

from __future__ import annotations

from typing import NamedTuple


class SeriesPreset(NamedTuple):
    name: str
    pattern: str


class MailText(NamedTuple):
    subject: str
    body: str


SERIES = {
    "invoice": SeriesPreset("Invoices", "{YYYY}-{N}"),
    "proforma": SeriesPreset("Pro forma invoices", "PF{YYYY}-{N}"),
    "delivery_note": SeriesPreset("Delivery notes", "DN{YYYY}-{N}"),
    "credit_note": SeriesPreset("Credit notes", "CN{YYYY}-{N}"),
}

_PAYMENT = {
    "en": "Total: {total}\nTo pay: {open}\nDue date: {due_date}\nAccount: {account}\nPayment reference: {reference}",
    "cs": "Celkem: {total}\nK úhradě: {open}\nDatum splatnosti: {due_date}\nÚčet: {account}\nVariabilní symbol: {reference}",
    "pl": "Razem: {total}\nDo zapłaty: {open}\nTermin płatności: {due_date}\nRachunek: {account}\nTytuł przelewu: {reference}",
    "hu": "Összesen: {total}\nFizetendő: {open}\nFizetési határidő: {due_date}\nSzámlaszám: {account}\nKözlemény: {reference}",
    "sl": "Skupaj: {total}\nZa plačilo: {open}\nRok plačila: {due_date}\nTekoči račun: {account}\nSklic: {reference}",
}
_FRAME = {
    "en": "Dear customer,\n\n{middle}\n\nWith kind regards\n{company}",
    "cs": "Dobrý den,\n\n{middle}\n\nS pozdravem\n{company}",
    "pl": "Dzień dobry,\n\n{middle}\n\nZ poważaniem\n{company}",
    "hu": "Tisztelt Vásárlónk!\n\n{middle}\n\nÜdvözlettel:\n{company}",
    "sl": "Spoštovani,\n\n{middle}\n\nLep pozdrav\n{company}",
}
# (subject, first sentence, is the payment told)
_TEXTS: dict[str, dict[str, tuple[str, str, bool]]] = {
    "invoice": {
        "en": ("Invoice {number}", "attached is invoice {number} for your order {order}.", True),
        "cs": ("Faktura {number}", "v příloze posíláme fakturu {number} k objednávce {order}.", True),
        "pl": ("Faktura {number}", "w załączniku przesyłamy fakturę {number} do zamówienia {order}.", True),
        "hu": ("Számla: {number}", "mellékelten küldjük a {number} számú számlát. Rendelés: {order}.", True),
        "sl": ("Račun {number}", "v prilogi vam pošiljamo račun {number} za naročilo {order}.", True),
    },
    "proforma": {
        "en": (
            "Pro forma invoice {number}",
            "attached is pro forma invoice {number} for your order {order}. We send the goods when it is paid.",
            True,
        ),
        "cs": (
            "Proforma faktura {number}",
            "v příloze posíláme proforma fakturu {number} k objednávce {order}. Zboží odešleme po jejím uhrazení.",
            True,
        ),
        "pl": (
            "Faktura pro forma {number}",
            "w załączniku przesyłamy fakturę pro forma {number} do zamówienia {order}. Towar wyślemy po jej opłaceniu.",
            True,
        ),
        "hu": (
            "Díjbekérő: {number}",
            "mellékelten küldjük a {number} számú díjbekérőt. Rendelés: {order}. Az árut a fizetés után küldjük el.",
            True,
        ),
        "sl": (
            "Predračun {number}",
            "v prilogi vam pošiljamo predračun {number} za naročilo {order}. Blago bomo poslali po plačilu.",
            True,
        ),
    },
    "delivery_note": {
        "en": ("Delivery note {number}", "attached is delivery note {number} for your order {order}.", False),
        "cs": (
            "Dodací list {number}",
            "v příloze posíláme dodací list {number} k objednávce {order}.",
            False,
        ),
        "pl": (
            "Dokument WZ {number}",
            "w załączniku przesyłamy dokument wydania zewnętrznego (WZ) {number} do zamówienia {order}.",
            False,
        ),
        "hu": (
            "Szállítólevél: {number}",
            "mellékelten küldjük a {number} számú szállítólevelet. Rendelés: {order}.",
            False,
        ),
        "sl": (
            "Dobavnica {number}",
            "v prilogi vam pošiljamo dobavnico {number} za naročilo {order}.",
            False,
        ),
    },
    "credit_note": {
        "en": (
            "Credit note {number}",
            "attached is credit note {number} for {total}, for your order {order}.",
            False,
        ),
        "cs": (
            "Opravný daňový doklad {number}",
            "v příloze posíláme opravný daňový doklad {number} na {total} k objednávce {order}.",
            False,
        ),
        "pl": (
            "Faktura korygująca {number}",
            "w załączniku przesyłamy fakturę korygującą {number} na kwotę {total} do zamówienia {order}.",
            False,
        ),
        "hu": (
            "Jóváíró számla: {number}",
            "mellékelten küldjük a {number} számú jóváíró számlát. Összege: {total}. Rendelés: {order}.",
            False,
        ),
        "sl": (
            "Dobropis {number}",
            "v prilogi vam pošiljamo dobropis {number} v znesku {total} za naročilo {order}.",
            False,
        ),
    },
}
LANGUAGES = tuple(_FRAME)


def _text(language: str, subject: str, sentence: str, tells_payment: bool) -> MailText:
    middle = f"{sentence}\n\n{_PAYMENT[language]}" if tells_payment else sentence
    return MailText(subject, _FRAME[language].replace("{middle}", middle))


# kind of document -> language -> text
MAIL_TEXTS = {
    kind: {language: _text(language, *parts) for language, parts in texts.items()}
    for kind, texts in _TEXTS.items()
}
