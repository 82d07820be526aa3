"""Writes groups of records, 25 calls a request."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused, Unsupported
from shops.platforms.base import Result, Verb
from shops.platforms.shoper.client import Call, Client
from shops.platforms.shoper.finding import Finder
from shops.platforms.shoper.mapping import customers, terms, values
from shops.platforms.shoper.mapping.values import Payload
from shops.platforms.shoper.parcels import ParcelWriter
from shops.platforms.shoper.reading import Reader
from shops.platforms.shoper.sending import deleted, failed, new_id, send
from shops.platforms.shoper.setup import Setup
from shops.platforms.shoper.writing_goods import GoodsWriter
from shops.platforms.shoper.writing_images import ImageWriter
from shops.records import (
    AddressRecord,
    CustomerRecord,
    ImageSetRecord,
    OrderStatusChange,
    ProducerRecord,
    Record,
    UnitRecord,
)

_PATHS = {"unit": "units", "producer": "producers", "customer": "users"}


class Writer:
    def __init__(
        self, client: Client, setup: Setup, reader: Reader, finder: Finder, default_category: str
    ) -> None:
        self.client = client
        self.setup = setup
        self.reader = reader
        self.finder = finder
        self.goods = GoodsWriter(client, setup, reader, default_category)
        self.images = ImageWriter(client, setup, reader, finder)
        self.parcels = ParcelWriter(client, setup)

    def write(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[Result]:
        if not records:
            return []
        if verb == "delete" and kind in _PATHS:
            return deleted(self.client, _PATHS[kind], records, [record.remote_id for record in records])
        doers: dict[tuple[str, Verb], Callable[[Sequence[Any]], list[Result]]] = {
            ("article", "create"): self.goods.create_articles,
            ("article", "update"): self.goods.update_articles,
            ("article", "delete"): self.goods.delete_articles,
            ("stock", "update"): self.goods.update_stock,
            ("price", "update"): self.goods.update_prices,
            ("image", "update"): self._image_sets,
            ("unit", "create"): self._create_units,
            ("unit", "update"): self._update_units,
            ("producer", "create"): self._create_producers,
            ("producer", "update"): self._update_producers,
            ("customer", "create"): self._create_customers,
            ("customer", "update"): self._update_customers,
            ("order", "update"): self._order_statuses,
        }
        if (kind, verb) not in doers:
            raise Unsupported(_("Pictures are written article by article."), key="image_sets")
        return doers[kind, verb](records)

    def _image_sets(self, records: Sequence[Record]) -> list[Result]:
        if not all(isinstance(record, ImageSetRecord) for record in records):
            raise Unsupported(_("Pictures are written article by article."), key="image_sets")
        return self.images.write(cast(Sequence[ImageSetRecord], records))

    # Units, producers

    def _create_units(self, records: Sequence[UnitRecord]) -> list[Result]:
        locale = self.setup.locale
        return send(
            self.client, records, lambda one: Call("POST", "units", terms.unit_payload(one, locale)), _created
        )

    def _update_units(self, records: Sequence[UnitRecord]) -> list[Result]:
        locale = self.setup.locale
        return send(
            self.client,
            records,
            lambda one: Call("PUT", f"units/{int(one.remote_id)}", terms.unit_payload(one, locale)),
        )

    def _create_producers(self, records: Sequence[ProducerRecord]) -> list[Result]:
        return send(
            self.client, records, lambda one: Call("POST", "producers", terms.producer_payload(one)), _created
        )

    def _update_producers(self, records: Sequence[ProducerRecord]) -> list[Result]:
        return send(
            self.client,
            records,
            lambda one: Call("PUT", f"producers/{int(one.remote_id)}", terms.producer_payload(one)),
        )

    # Customers: an account, and the addresses in its book

    def _create_customers(self, records: Sequence[CustomerRecord]) -> list[Result]:
        def build(record: CustomerRecord) -> Call:
            # Nobody learns this password: the customer asks the shop for a new one.
            body = {**customers.user_payload(record), "active": True, "password": secrets.token_urlsafe(18)}
            return Call("POST", "users", body)

        results = self._with_holders(records, send(self.client, records, build, _created))
        made = [
            (position, record, result)
            for position, (record, result) in enumerate(zip(records, results, strict=True))
            if result.error is None
        ]
        errors = self._write_books({result.remote_id: record for _position, record, result in made}, {})
        for position, _record, result in made:
            if (error := errors.get(result.remote_id)) is not None:
                # The account is there: it is linked, and the next run says what does not hold.
                error.data["holder"] = result.remote_id
                results[position] = Result(remote_id=result.remote_id, error=error)
        return results

    def _with_holders(self, records: Sequence[CustomerRecord], results: list[Result]) -> list[Result]:
        """Refused because of the e-mail: who has it, so that the two are linked."""
        taken = {
            position: result.error
            for position, result in enumerate(results)
            if isinstance(result.error, Refused) and "email" in result.error.data.get("fields", "")
        }
        accounts = self.finder.accounts(records[position].email or "" for position in taken) if taken else {}
        for position, error in taken.items():
            found = accounts.get((records[position].email or "").casefold(), [])
            if len(found) == 1:
                error.data["holder"] = found[0].remote_id
        return results

    def _update_customers(self, records: Sequence[CustomerRecord]) -> list[Result]:
        changed = [record for record in records if customers.user_payload(record)]
        done = dict(
            zip(
                (record.remote_id for record in changed),
                send(
                    self.client,
                    changed,
                    lambda one: Call("PUT", f"users/{int(one.remote_id)}", customers.user_payload(one)),
                ),
                strict=True,
            )
        )
        moved = {
            record.remote_id: record
            for record in records
            if customers.billing_payload(record) or customers.shipping_payload(record)
        }
        books = self.reader.address_books(moved) if moved else {}
        errors = self._write_books(moved, books)
        results = []
        for record in records:
            result = done.get(record.remote_id, Result(remote_id=record.remote_id))
            if result.error is None and record.remote_id in errors:
                result = Result(remote_id=record.remote_id, error=errors[record.remote_id])
            results.append(result)
        return results

    def _write_books(
        self, wanted: dict[str, CustomerRecord], books: dict[str, list[Payload]]
    ) -> dict[str, Refused]:
        """Billing and delivery address of each account; {account: why not} of what the shop refused."""
        calls: list[tuple[str, Call]] = []
        for user_id, record in wanted.items():
            billing, shipping = customers.defaults(books.get(user_id, ()))
            body = customers.billing_payload(record)
            if billing:
                if body:
                    calls.append((user_id, _address_call(billing, body)))
            elif record.billing is not None and record.billing != AddressRecord():
                calls.append((user_id, _new_address(user_id, {**body, "default": True})))
            body = customers.shipping_payload(record)
            if body and shipping and shipping is not billing:
                calls.append((user_id, _address_call(shipping, body)))
            elif body:
                calls.append((user_id, _new_address(user_id, {**body, "shipping_default": True})))
        bodies = self.client.bulks([call for _user, call in calls])
        errors: dict[str, Refused] = {}
        for (user_id, _call), body in zip(calls, bodies, strict=True):
            if isinstance(body, KontorError):
                error = failed(wanted[user_id], body).error
                if not isinstance(error, Refused):
                    raise body
                errors.setdefault(user_id, error)
        return errors

    # Orders

    def _order_statuses(self, records: Sequence[Record]) -> list[Result]:
        """Parcels first: the shop moves the order with them, and the status that Kontor has for it is the last word."""
        if not all(isinstance(record, OrderStatusChange) for record in records):
            raise Unsupported(_("Of an order, only the status can be written."), key="order_status_only")
        changes = cast(Sequence[OrderStatusChange], records)
        told = self.parcels.write([one for one in changes if one.parcels and _is_status(one.status_id)])
        results: dict[int, Result] = {}
        for position, change in enumerate(changes):
            shown = told.get(change.remote_id)
            if not _is_status(change.status_id):
                results[position] = _no_such_status(change)
            elif isinstance(shown, KontorError):
                results[position] = Result(remote_id=change.remote_id, error=shown)
            elif shown is not None and change.status_id in (None, shown):
                results[position] = _with_status(change.remote_id, shown)
        waiting = [position for position in range(len(changes)) if position not in results]
        sent = send(
            self.client,
            [changes[position] for position in waiting],
            lambda one: Call("PUT", f"orders/{int(one.remote_id)}", {"status_id": int(one.status_id)}),
            lambda one, _body: _with_status(one.remote_id, one.status_id),
        )
        results |= dict(zip(waiting, sent, strict=True))
        return [results[position] for position in range(len(changes))]


def _is_status(status_id: str | None) -> bool:
    return status_id is None or status_id.isdigit()


def _no_such_status(change: OrderStatusChange) -> Result:
    error = Refused(
        _("The shop has no order status “%(status)s”.") % {"status": change.status_id},
        cure=_("Map the status to another one on the Mappings screen."),
        key=f"order_status:{change.status_id}",
    )
    return Result(remote_id=change.remote_id, error=error)


def _with_status(remote_id: str, status_id: str | None) -> Result:
    return Result(
        remote_id=remote_id, record=OrderStatusChange(remote_id=remote_id, status_id=status_id or None)
    )


def _created(_record: Record, body: Any) -> Result:
    return Result(remote_id=new_id(body))


def _address_call(row: Payload, body: dict[str, Any]) -> Call:
    return Call("PUT", f"user-addresses/{values.own_id(row, 'address_book_id')}", body)


def _new_address(user_id: str, body: dict[str, Any]) -> Call:
    return Call("POST", "user-addresses", {"user_id": int(user_id), **body})
