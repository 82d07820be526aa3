"""Customer accounts into the shop: as the storefront makes them, but without a password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import Refused
from shops.elements import Text
from shops.platforms.base import Result
from shops.platforms.oscommerce.finding import natural_key, numbers
from shops.platforms.oscommerce.gateway import Call, Row
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.mapping.customers import is_whole
from shops.platforms.oscommerce.reading import Reader
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.fits import Fits
from shops.platforms.oscommerce.writing.prices import gone
from shops.records import AddressRecord, CustomerRecord

_FIRST: Final = gettext_lazy("The first name")
_LAST: Final = gettext_lazy("The last name")
_EMAIL: Final = gettext_lazy("The e-mail address")
_PHONE: Final = gettext_lazy("The phone number")
_ADDRESS: Final = gettext_lazy("The address")
_NAMES: Final = ("first_name", "last_name", "email", "phone")  # as "customers.insert" takes them


class CustomerWriter:
    """An account with an empty password can be used as soon as its owner asks for a new one ("forgotten password")."""

    def __init__(self, setup: Setup, reader: Reader) -> None:
        self.setup = setup
        self.reader = reader
        self.fits = Fits(setup)

    # Create

    def create(self, records: Sequence[CustomerRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        columns = self._columns(records, results)
        addresses = self._addresses(records, results)
        ids: dict[int, int] = {}
        holders = self._holders(records)
        for position, record in enumerate(records):
            holder = holders.get(str(natural_key(record)))
            if position in results or holder is None:
                continue
            if is_whole(holder):
                results[position] = Result(error=_email_taken(record.email or "", values.identity(holder)))
            else:
                ids[position] = values.number(holder, "id")
        new = [position for position in columns if position not in results and position not in ids]
        if new:
            rows = [(*(columns[position][name] for name in _NAMES), "", "", "") for position in new]
            self.setup.gateway.write("customers.insert", rows=rows)
            holders = self._holders([records[position] for position in new])
            ids |= {p: values.number(holders[str(natural_key(records[p]))], "id") for p in new}
        if ids:
            self._finish({ids[position]: addresses.get(position) for position in ids})
            self._answer(results, {position: str(pk) for position, pk in ids.items()})
        return [results[position] for position in range(len(records))]

    def _finish(self, new: dict[int, dict[str, Any] | None]) -> None:
        calls = self._missing_addresses(new)
        calls.append(Call("customers.note_created", {"rows": [(pk, 0) for pk in new]}))
        self.setup.gateway.run(calls)

    def _missing_addresses(self, wanted: dict[int, dict[str, Any] | None]) -> list[Call]:
        """Addresses for accounts that have none yet: also for one whose creation was cut off."""
        given = {pk: address for pk, address in wanted.items() if address is not None}
        if not given:
            return []
        with_one = self.setup.gateway.read("customers.with_address", ids=list(given))
        has = {values.number(row, "id") for row in with_one}
        rows = [(pk, *_in_order(address)) for pk, address in given.items() if pk not in has]
        calls = [Call("customers.add_address", {"rows": rows})] if rows else []
        return [*calls, Call("customers.first_address", {"ids": list(given)})]

    # Update

    def update(self, records: Sequence[CustomerRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        columns = self._columns(records, results)
        addresses = self._addresses(records, results)
        ids = numbers(record.remote_id for record in records)
        rows = {values.number(row, "id"): row for row in self.setup.gateway.read("customers.of", ids=ids)}
        holders = self._holders(records)
        for position, (pk, record) in enumerate(zip(ids, records, strict=True)):
            if position in results:
                continue
            holder = holders.get(str(natural_key(record))) if record.email else None
            if pk not in rows:
                results[position] = Result(remote_id=record.remote_id, error=gone())
            elif holder is not None and values.number(holder, "id") != pk:
                error = _email_taken(record.email or "", values.identity(holder))
                results[position] = Result(remote_id=record.remote_id, error=error)
        open_ids = {position: ids[position] for position in range(len(records)) if position not in results}
        if open_ids:
            self.setup.gateway.run(self._changes(open_ids, columns, addresses, rows))
            self._answer(results, {position: str(pk) for position, pk in open_ids.items()})
        return [results[position] for position in range(len(records))]

    def _changes(
        self,
        ids: dict[int, int],
        columns: dict[int, dict[str, str]],
        addresses: dict[int, dict[str, Any]],
        rows: dict[int, Row],
    ) -> list[Call]:
        def cases(name: str) -> list[tuple[int, str]]:
            return [(pk, columns[p][name]) for p, pk in ids.items() if name in columns.get(p, {})]

        named = {
            "first_names": cases("first_name"),
            "last_names": cases("last_name"),
            "emails": cases("email"),
            "phones": cases("phone"),
        }
        calls = [Call("customers.update", {"ids": list(ids.values()), **named})]
        without: dict[int, dict[str, Any] | None] = {}
        for position, address in addresses.items():
            if position not in ids:
                continue
            pk = ids[position]
            if number := values.number(rows[pk], "address"):
                calls.append(Call("customers.write_address", {"id": number, "customer": pk, **address}))
            else:
                without[pk] = address
        return [
            *calls,
            *self._missing_addresses(without),
            Call("customers.note_changed", {"ids": list(ids.values())}),
        ]

    # Both

    def _columns(
        self, records: Sequence[CustomerRecord], results: dict[int, Result]
    ) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        for position, record in enumerate(records):
            is_new = not record.remote_id
            given = {
                "first_name": ("customers_firstname", record.first_name, _FIRST),
                "last_name": ("customers_lastname", record.last_name, _LAST),
                "email": ("customers_email_address", record.email, _EMAIL),
                "phone": ("customers_telephone", record.phone, _PHONE),
            }
            try:
                found[position] = {
                    name: self.fits.text("customers", column, value or "", field)
                    for name, (column, value, field) in given.items()
                    if value is not None or is_new
                }
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
        return found

    def _addresses(
        self, records: Sequence[CustomerRecord], results: dict[int, Result]
    ) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for position, record in enumerate(records):
            if record.billing is None or position in results:
                continue
            try:
                found[position] = self._address(record, record.billing)
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
        return found

    def _address(self, record: CustomerRecord, address: AddressRecord) -> dict[str, Any]:
        places = self.setup.places
        country = places.country_id(address.country)
        if not country:
            raise Refused(
                _("The shop has no country “%(country)s”.") % {"country": address.country or "–"},
                cure=_("Correct the country of the address, or add it in the shop's panel under Locations."),
                key=f"country:{address.country}",
            )
        zone, state = places.state_there(country, address.state)
        vat_id = record.vat_id if places.vat_in_suburb else ""
        texts = {
            "first_name": ("entry_firstname", address.first_name or record.first_name),
            "last_name": ("entry_lastname", address.last_name or record.last_name),
            "street": ("entry_street_address", address.street),
            "postcode": ("entry_postcode", address.postcode),
            "city": ("entry_city", address.city),
            "company": ("entry_company", address.company or record.company),
            "suburb": ("entry_suburb", vat_id or address.street2),
        }
        fitted: dict[str, Any] = {
            name: self._text("address_book", column, value or "", _ADDRESS)
            for name, (column, value) in texts.items()
        }
        return {**fitted, "country": int(country), "zone": int(zone), "state": state}

    def _text(self, table: str, column: str, value: str, field: Text) -> str:
        return self.fits.text(table, column, value, field)

    def _holders(self, records: Sequence[CustomerRecord]) -> dict[str, Row]:
        """{e-mail in small letters: the account that has it}: the shop itself only asks before it makes one."""
        emails = sorted({record.email for record in records if record.email})
        rows = self.setup.gateway.read("customers.with_email", emails=emails) if emails else ()
        found: dict[str, Row] = {}
        for row in rows:
            found.setdefault(values.text(row, "email").strip().casefold(), row)
        return found

    def _answer(self, results: dict[int, Result], ids: dict[int, str]) -> None:
        rows = self.setup.gateway.read("customers.of", ids=numbers(ids.values()))
        page = self.reader.customers(rows)
        seen = {record.remote_id: record for record in page.records}
        for position, pk in ids.items():
            results[position] = Result(pk, seen.get(pk), error=None if pk in seen else gone())


def _in_order(address: dict[str, Any]) -> tuple[Any, ...]:
    """The values of an address as "customers.add_address" takes them."""
    names = (
        "first_name",
        "last_name",
        "street",
        "postcode",
        "city",
        "country",
        "zone",
        "company",
        "suburb",
        "state",
    )
    return tuple(address[name] for name in names)


def _email_taken(email: str, holder: str) -> Refused:
    return Refused(
        _("Another customer account of the shop has the e-mail address %(email)s.") % {"email": email},
        cure=_("Link the two on the Mappings screen, or correct the address."),
        key="email_taken",
        data={"holder": holder},
    )
