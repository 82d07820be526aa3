"""Parcels of orders: WooCommerce has no field for them, so a note and our own meta fields (woocommerce.md, 9.18)."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from shops.platforms.parcel_words import parcel_sentence
from shops.platforms.woocommerce.client import Client
from shops.platforms.woocommerce.mapping import values
from shops.records import OrderStatusChange, ParcelRecord

# The platform's option "parcel_note"; empty = a note to the customer.
PRIVATE, NO_NOTE = "private", "none"


def parcel_meta(record: OrderStatusChange) -> list[dict[str, str]]:
    """A field for each parcel: writing it again changes nothing."""
    return [{"key": f"_kontor_parcel_{parcel.key}", "value": _text(parcel)} for parcel in record.parcels]


class ParcelNotes:
    """A note cannot be written twice without being there twice, and the customer gets a mail for each."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def write(self, record: OrderStatusChange) -> None:
        """One request for each parcel; one more where nobody knows whether its note arrived. Raises RemoteError."""
        kind = self.client.connection.options.get("parcel_note", "").strip()
        if kind == NO_NOTE:
            return
        path = f"orders/{int(record.remote_id)}/notes"
        there: list[str] | None = None
        for parcel in record.parcels:
            if parcel.doubtful:
                if there is None:
                    there = [values.text(row, "note") for row in self.client.get_list(path).rows]
                if any((parcel.number or _text(parcel)) in note for note in there):
                    continue
            with translation.override(self.client.connection.language or None):
                note: dict[str, Any] = {"note": parcel_sentence(parcel)}
            if kind != PRIVATE:
                note["customer_note"] = True
            self.client.post(path, note)


def _text(parcel: ParcelRecord) -> str:
    return " ".join(part for part in (parcel.carrier, parcel.number, parcel.url) if part) or parcel.key
