"""Addresses of a shop as the order list takes them."""

from __future__ import annotations

from dataclasses import fields

from orders.drafts import AddressDraft
from shops.records import AddressRecord

_NAMES = tuple(field.name for field in fields(AddressRecord))


def as_draft(record: AddressRecord) -> AddressDraft:
    return AddressDraft(**{name: getattr(record, name) for name in _NAMES})
