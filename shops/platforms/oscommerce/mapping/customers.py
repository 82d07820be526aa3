"""Customer accounts and addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shops.platforms.oscommerce.clock import Clock
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.mapping.values import Row
from shops.records import AddressRecord, CustomerRecord

_VAT_ID: Final = re.compile(r"[A-Z]{2}[ ]?[0-9A-Z][0-9A-Z .-]{1,13}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Places:
    """countries: {id: ISO2}, by_name: {name in small letters: ISO2}. zones: {id: (id of its country, name, code)}.

    vat_in_suburb: the merchant has customers enter their VAT id as the suburb; osCommerce has no field for it.
    """

    countries: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    vat_in_suburb: bool = False

    def split_suburb(self, suburb: str) -> tuple[str, str]:
        """(VAT id, second line of the street)."""
        if self.vat_in_suburb and _VAT_ID.fullmatch(suburb.strip()):
            return suburb.strip(), ""
        return "", suburb

    def country_id(self, code: str) -> str:
        """ "" when the shop has no such country."""
        return next((pk for pk, known in self.countries.items() if known == code.upper()), "")

    def state_there(self, country_id: str, state: str) -> tuple[str, str | None]:
        """(id of the zone or "0", text of the state): a country with zones takes one of them and no text."""
        inside = {pk: zone for pk, zone in self.zones.items() if zone[0] == country_id}
        if not inside:
            return "0", state or None
        wanted = state.strip().casefold()
        for pk, (_country, zone, code) in inside.items():
            if wanted and wanted in (zone.casefold(), code.casefold()):
                return pk, None
        return "0", state or None


def is_whole(row: Row) -> bool:
    """False for what a cut off creation leaves: an account that was never noted and has no address. It is no customer
    yet; the next creation with this e-mail address takes it up.
    """
    return bool(row.get("created")) or bool(values.identity(row, "address"))


def customer(row: Row, places: Places, clock: Clock) -> CustomerRecord:
    """row: of "customers.page". Its address is None where the account has none."""
    vat_id, street2 = places.split_suburb(values.text(row, "suburb"))
    has_address = bool(values.identity(row, "address"))
    billing = None
    if has_address:
        zone = places.zones.get(values.text(row, "zone"))
        billing = AddressRecord(
            first_name=values.name(row, "entry_first_name"),
            last_name=values.name(row, "entry_last_name"),
            company=values.name(row, "company"),
            street=values.name(row, "street"),
            street2=" ".join(street2.split()),
            city=values.name(row, "city"),
            postcode=values.name(row, "postcode"),
            state=zone[1] if zone else values.name(row, "state"),
            country=places.countries.get(values.text(row, "country"), ""),
            phone=values.name(row, "phone"),
            email=values.text(row, "email").strip(),
        )
    return CustomerRecord(
        remote_id=values.identity(row),
        modified_at=clock.moment(row, "modified") or clock.moment(row, "created"),
        registered_at=clock.moment(row, "created"),
        email=values.text(row, "email").strip(),
        first_name=values.name(row, "first_name"),
        last_name=values.name(row, "last_name"),
        company=billing.company if billing else None,
        vat_id=vat_id if places.vat_in_suburb and has_address else None,
        phone=values.name(row, "phone"),
        billing=billing,
    )
