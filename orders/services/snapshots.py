"""What a document copies when it is drafted, so that an old one never changes with a customer, an address or the firm."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from inventory.models import Company
from orders.documents_view import Party
from orders.models import Address, Document, Order, PaymentMethod

# The language that most of a country's customers read; other countries get the firm's English texts.
_LANGUAGE_OF = {
    "SI": "sl",
    "CZ": "cs",
    "PL": "pl",
    "HU": "hu",
    "SK": "sk",
    "HR": "hr",
    "AT": "de",
    "DE": "de",
    "IT": "it",
}
# Nobody who pays like this is asked for a transfer.
_NO_TRANSFER = frozenset({PaymentMethod.Kind.CARD, PaymentMethod.Kind.CASH, PaymentMethod.Kind.DELIVERY})


def seller_of(company: Company) -> dict[str, Any]:
    return asdict(
        Party(
            name=company.name,
            street=company.street,
            postcode=company.postcode,
            city=company.city,
            country=company.country,
            vat_id=company.vat_id,
            registration_number=company.registration_number,
            email=company.email,
            phone=company.phone,
        )
    )


def buyer_of(order: Order) -> dict[str, Any]:
    """By the billing address; where the order has none, by the delivery address, else by what the customer is called."""
    party = _party(order.billing or order.delivery or Address())
    party["vat_id"] = order.vat_id
    party["email"] = order.email or party["email"]
    party["name"] = party["name"] or str(order.customer or "") or order.email
    return party


def delivery_of(order: Order) -> dict[str, Any]:
    """{} where the goods go to the buyer's own address."""
    if order.delivery is None:
        return {}
    party = _party(order.delivery)
    same = order.billing is not None and _place(party) == _place(_party(order.billing))
    return {} if same or not any(party.values()) else party


def destination_of(order: Order) -> str:
    """The country where the goods go, "" = not known: it decides whose VAT is due."""
    return next((a.country for a in (order.delivery, order.billing) if a is not None and a.country), "")


def language_of(order: Order, company: Company) -> str:
    """The customer's own, else that of the country, else the firm's; two letters."""
    customer = order.customer.language if order.customer else ""
    country = order.billing.country if order.billing else ""
    local = _LANGUAGE_OF.get(country, "en") if country and country != company.country else ""
    return (customer or local or company.language)[:2].lower()


def bank_of(order: Order | None, company: Company, open_amount: Decimal) -> dict[str, Any]:
    """{} where no transfer is asked for: nothing is open, or it is paid by card, in cash or on delivery."""
    method = order.payment_method if order else None
    if open_amount <= 0 or not company.bank_account or (method and method.kind in _NO_TRANSFER):
        return {}
    iban = "".join(company.bank_account.split()).upper()
    country = iban[:2] if iban[:2].isalpha() else company.country
    return {"iban": iban, "bic": company.bank_bic, "bank_country": country}


def paid_on(order: Order, document: Document) -> Decimal:
    """What of it counts for this document: other invoices of the order have used up their part."""
    if document.kind not in (Document.Kind.INVOICE, Document.Kind.PROFORMA):
        return Decimal(0)
    kept = order.received - order.refunded
    if document.kind == Document.Kind.PROFORMA:
        return max(kept, Decimal(0))
    used = (
        Document.objects.filter(
            order=order,
            kind__in=[Document.Kind.INVOICE, Document.Kind.CREDIT_NOTE],
            state=Document.State.CLOSED,
        )
        .exclude(pk=document.pk)
        .aggregate(total=Sum("total"))["total"]
    )
    return max(kept - (used or Decimal(0)), Decimal(0))


def _party(address: Address) -> dict[str, Any]:
    return asdict(
        Party(
            name=address.company or address.person,
            person=address.person if address.company else "",
            street=address.street,
            street2=address.street2,
            postcode=address.postcode,
            city=address.city,
            state=address.state,
            country=address.country,
            email=address.email,
            phone=address.phone,
        )
    )


def _place(party: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(
        party[name] for name in ("name", "person", "street", "street2", "postcode", "city", "country")
    )
