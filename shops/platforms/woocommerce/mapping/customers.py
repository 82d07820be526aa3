"""Customer accounts and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.values import Payload
from shops.records import AddressRecord, CustomerRecord

FIELDS = "id,date_created_gmt,date_modified_gmt,email,first_name,last_name,billing,shipping,meta_data"

# The core has no field for it; plug-ins have one each (woocommerce.md, 5).
VAT_ID_KEYS = (
    "billing_vat",
    "_billing_vat",
    "_billing_vat_number",
    "billing_vat_number",
    "_vat_number",
    "vat_number",
    "_billing_vat_id",
    "billing_vat_id",
    "_billing_dic",
    "_billing_nip",
)

_ADDRESS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company",
    "street": "address_1",
    "street2": "address_2",
    "city": "city",
    "postcode": "postcode",
    "state": "state",
    "country": "country",
    "phone": "phone",
    "email": "email",
}


def address(payload: Payload) -> AddressRecord:
    return AddressRecord(**{ours: values.name(payload, theirs) for ours, theirs in _ADDRESS.items()})


def address_payload(record: AddressRecord, *, shipping: bool = False) -> dict[str, str]:
    payload = {theirs: getattr(record, ours) for ours, theirs in _ADDRESS.items()}
    if shipping:
        del payload["email"]  # a delivery address has none
    return payload


def customer(payload: Payload, vat_keys: Sequence[str] = VAT_ID_KEYS) -> CustomerRecord:
    billing = address(values.part(payload, "billing"))
    return CustomerRecord(
        remote_id=values.own_id(payload),
        modified_at=values.moment(payload, "date_modified_gmt"),
        registered_at=values.moment(payload, "date_created_gmt"),
        email=values.text(payload, "email"),
        first_name=values.name(payload, "first_name") or billing.first_name,
        last_name=values.name(payload, "last_name") or billing.last_name,
        company=billing.company,
        phone=billing.phone,
        vat_id=values.first_meta(payload, vat_keys),
        billing=billing,
        shipping=address(values.part(payload, "shipping")),
    )


def customer_payload(record: CustomerRecord, vat_keys: Sequence[str] = VAT_ID_KEYS) -> dict[str, Any]:
    """Only what is known. The VAT id goes to the first key that the shop will show again (woocommerce.md, 4)."""
    payload: dict[str, Any] = {
        field: value
        for field in ("email", "first_name", "last_name")
        if (value := getattr(record, field)) is not None
    }
    billing = {} if record.billing is None else address_payload(record.billing)
    for field in ("company", "phone"):
        if (value := getattr(record, field)) is not None:
            billing[field] = value
    if billing:
        payload["billing"] = billing
    if record.shipping is not None:
        payload["shipping"] = address_payload(record.shipping, shipping=True)
    if record.vat_id is not None:
        key = next((key for key in vat_keys if not key.startswith("_")), VAT_ID_KEYS[0])
        payload["meta_data"] = [{"key": key, "value": record.vat_id or None}]
    return payload
