"""What a shop's customer reads of a parcel, where the shop has no field for it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from shops.records import ParcelRecord


def parcel_sentence(parcel: ParcelRecord) -> str:
    """In the language that is switched on."""
    name = " ".join(part for part in (parcel.carrier, parcel.number) if part)
    text = (
        _("Your parcel is on its way: %(parcel)s.") % {"parcel": name}
        if name
        else _("Your parcel is on its way.")
    )
    return f"{text} {parcel.url}".strip()
