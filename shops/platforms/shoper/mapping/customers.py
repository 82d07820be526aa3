"""Accounts and their address books. Company, VAT id and phone stand in the addresses (shoper.md, 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Payload
from shops.records import AddressRecord, CustomerRecord

_BOOK: Final = {
    "first_name": "firstname",
    "last_name": "lastname",
    "company": "company_name",
    "street": "street_1",
    "street2": "street_2",
    "city": "city",
    "postcode": "zip_code",
    "state": "state",
    "country": "country_code",
    "phone": "phone",
}
# Orders name three of them otherwise.
ON_ORDERS: Final = {
    **_BOOK,
    "company": "company",
    "street": "street1",
    "street2": "street2",
    "postcode": "postcode",
}


def address(payload: Payload, names: Mapping[str, str] = _BOOK) -> AddressRecord:
    return AddressRecord(**{ours: values.name(payload, theirs) for ours, theirs in names.items()})


def defaults(book: Sequence[Payload]) -> tuple[Payload, Payload]:
    """(billing, shipping) of an address book; {} where there is none. One address serves for both."""
    billing = next((row for row in book if values.flag(row, "default")), book[0] if book else {})
    shipping = next((row for row in book if values.flag(row, "shipping_default")), billing)
    return billing, shipping


def customer(payload: Payload, book: Sequence[Payload], zone: tzinfo) -> CustomerRecord:
    billing, shipping = defaults(book)
    return CustomerRecord(
        remote_id=values.own_id(payload, "user_id"),
        registered_at=values.moment(payload, "date_add", zone),
        email=values.text(payload, "email").strip(),
        first_name=values.name(payload, "firstname"),
        last_name=values.name(payload, "lastname"),
        company=values.name(billing, "company_name"),
        vat_id=values.name(billing, "tax_identification_number"),
        phone=values.name(billing, "phone"),
        billing=address(billing) if billing else AddressRecord(),
        shipping=address(shipping) if shipping and shipping is not billing else AddressRecord(),
    )


def user_payload(record: CustomerRecord) -> dict[str, Any]:
    found = {"email": record.email, "firstname": record.first_name, "lastname": record.last_name}
    return {name: value for name, value in found.items() if value is not None}


def billing_payload(record: CustomerRecord) -> dict[str, Any]:
    """The billing address's fields as far as they are known; {} when nothing of it is."""
    found: dict[str, Any] = {} if record.billing is None else address_payload(record.billing)
    for field, theirs in (
        ("company", "company_name"),
        ("vat_id", "tax_identification_number"),
        ("phone", "phone"),
    ):
        if (value := getattr(record, field)) is not None:
            found[theirs] = value
    return found


def shipping_payload(record: CustomerRecord) -> dict[str, Any]:
    if record.shipping is None or record.shipping == AddressRecord():
        return {}
    return address_payload(record.shipping)


def address_payload(record: AddressRecord) -> dict[str, Any]:
    found = {theirs: getattr(record, ours) for ours, theirs in _BOOK.items()}
    if not found["country_code"]:
        del found["country_code"]  # the shop takes its own
    return found
