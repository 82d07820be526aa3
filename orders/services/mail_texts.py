"""The texts of the e-mails that carry documents: placeholders from a fixed list, and nothing else that could act.

A placeholder is replaced by its value as it is: no format strings, no attributes, no code. A line whose placeholders
are all empty (no due date, nothing to pay) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.documents_view import BankAccount, DocumentView, LineView, Party
from orders.models import MailTemplate
from orders.pdf.formats import formats
from orders.presets import MAIL_TEXTS, MailText

PLACEHOLDERS = {
    "number": gettext_lazy("number of the document"),
    "order": gettext_lazy("number of the order, as the customer knows it"),
    "corrects": gettext_lazy("number of the document that a credit note corrects"),
    "customer": gettext_lazy("name of the customer"),
    "company": gettext_lazy("name of your company"),
    "date": gettext_lazy("date of issue"),
    "due_date": gettext_lazy("due date"),
    "total": gettext_lazy("total"),
    "open": gettext_lazy("what is still to be paid"),
    "account": gettext_lazy("your bank account"),
    "reference": gettext_lazy("payment reference"),
}
_BRACES = re.compile(r"\{([^{}\n]*)\}|[{}]")
_FALLBACK = "en"


def check_text(text: str) -> None:
    """Raises ValidationError that names what is wrong and what there is."""
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for found in _BRACES.finditer(text):
        if found[1] is None:
            raise ValidationError(
                _("There is a lone “%(brace)s”. Placeholders look like this: %(known)s."),
                params={"brace": found[0], "known": known},
            )
        if found[1] not in PLACEHOLDERS:
            raise ValidationError(
                _("There is no placeholder “%(name)s”. These can be used: %(known)s."),
                params={"name": found[0], "known": known},
            )


def fill(text: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in text.splitlines():
        names = [found[1] for found in _BRACES.finditer(line) if found[1] in PLACEHOLDERS]
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(_BRACES.sub(lambda found: _value(found, values), line))
    return "\n".join(lines)


def text_for(kind: str, language: str) -> MailText:
    """In the document's language; where staff have none for it, in English; at last the text that Kontor came with."""
    rows = {row.language: row for row in MailTemplate.objects.filter(kind=kind)}
    for candidate in (language[:2].lower(), _FALLBACK):
        if row := rows.get(candidate):
            return MailText(row.subject, row.body)
        if candidate in MAIL_TEXTS[kind]:
            return MAIL_TEXTS[kind][candidate]
    return MAIL_TEXTS[kind][_FALLBACK]


def written(text: MailText, view: DocumentView) -> MailText:
    """The text of the mail with this document; the subject is one line."""
    values = values_of(view)
    return MailText(
        " ".join(fill(text.subject, values).split())[:200], fill(text.body, values).strip() + "\n"
    )


def values_of(view: DocumentView) -> dict[str, str]:
    """As the language of the document writes them."""
    shown = formats(view.language, view.decimals, view.currency)
    asks = view.kind in ("invoice", "proforma") and view.amount_due > 0
    bank = view.bank if asks else None
    return {
        "number": view.number,
        "order": view.order_source_number or view.order_number,
        "corrects": view.corrects_number,
        "customer": view.buyer.name,
        "company": view.seller.name,
        "date": shown.date(view.issue_date),
        "due_date": shown.date(view.due_date) if asks and view.due_date else "",
        "total": shown.money(view.total) if view.show_prices else "",
        "open": shown.money(view.amount_due) if asks else "",
        "account": bank.iban if bank else "",
        "reference": view.payment_reference if bank else "",
    }


def example(kind: str, language: str) -> DocumentView:
    """An invented document, to look at a text that is being written."""
    today = date.today()  # noqa: DTZ011 - any day does
    total, credit = Decimal("74.18"), kind == "credit_note"
    return DocumentView(
        kind=kind,  # type: ignore[arg-type]
        number=f"{today.year}-00123",
        corrects_number=f"{today.year}-00098" if credit else "",
        seller=Party(name="Lipa d.o.o.", country="SI"),
        buyer=Party(name="Anna Nowak", country="PL"),
        issue_date=today,
        due_date=today,
        currency="EUR",
        language=language,
        lines=(LineView(position=1, name="Mug", quantity=Decimal(1)),),
        total=total,
        order_number="PL-10482",
        order_source_number="10482",
        payment_reference="RF18 5390",
        bank=BankAccount(iban="SI56191000000123438"),
        show_prices=kind != "delivery_note",
    )


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    """What is no placeholder stays as it is: a text of an older release must not stop a mail."""
    name = found[1]
    return values.get(name, "") if name in PLACEHOLDERS else found[0]
