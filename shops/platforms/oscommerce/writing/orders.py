"""Statuses of orders into the shop: the order's own status and its row of history, as the shop's panel writes them.

Parcels have no table: they are the comment of a row of history, which customers read in their account.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused, Unsupported
from shops.platforms.base import Result
from shops.platforms.oscommerce.finding import numbers
from shops.platforms.oscommerce.gateway import Call, Row
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.prices import gone
from shops.platforms.parcel_words import parcel_sentence
from shops.records import OrderStatusChange, Record


class StatusWriter:
    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def write(self, records: Sequence[Record]) -> list[Result]:
        """Three statements for all; one more to look for parcels that may have been told before.

        The customer is mailed nothing: SQL sends no e-mail, so none is noted. An order that has the status already and
        nothing to tell is left alone, as the panel does; unless its row of history is missing, because an earlier write
        was cut off between the two.
        """
        ids = numbers(record.remote_id for record in records)
        now = {values.number(row, "id"): row for row in self.setup.plain.read("orders.now", ids=ids)}
        comments = self._comments(records)
        results: dict[int, Result] = {}
        changed: dict[int, int] = {}
        noted: dict[int, tuple[int, str]] = {}
        for position, (pk, record) in enumerate(zip(ids, records, strict=True)):
            try:
                wanted = self._wanted(record, now.get(pk))
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
                continue
            row, comment = now[pk], comments.get(record.remote_id, "")
            if values.number(row, "status") != wanted:
                changed[pk] = wanted
            if pk in changed or comment or values.number(row, "noted") == 0:
                noted[pk] = (wanted, comment)
            seen = OrderStatusChange(remote_id=record.remote_id, status_id=str(wanted))
            results[position] = Result(remote_id=record.remote_id, record=seen)
        calls = []
        if changed:
            calls.append(Call("orders.set_status", {"ids": list(changed), "statuses": list(changed.items())}))
        if noted:
            rows = [(pk, status, 0, comment) for pk, (status, comment) in noted.items()]
            calls.append(Call("orders.note_status", {"rows": rows}))
        if calls:
            self.setup.plain.run(calls)
        return [results[position] for position in range(len(records))]

    def _comments(self, records: Sequence[Record]) -> dict[str, str]:
        """{order: what its customer is told of its parcels}; without those that stand in its history already."""
        telling = [record for record in records if isinstance(record, OrderStatusChange) and record.parcels]
        doubted = numbers(one.remote_id for one in telling if any(parcel.doubtful for parcel in one.parcels))
        told: dict[str, str] = {}
        for row in self.setup.plain.read("orders.comments", ids=doubted) if doubted else ():
            pk = values.identity(row)
            told[pk] = f"{told.get(pk, '')}\n{values.text(row, 'comments')}"
        with translation.override(self.setup.connection.language or None):
            return {
                one.remote_id: "\n".join(
                    parcel_sentence(parcel)
                    for parcel in one.parcels
                    if (parcel.number or parcel_sentence(parcel)) not in told.get(one.remote_id, "")
                )
                for one in telling
            }

    def _wanted(self, record: Record, row: Row | None) -> int:
        """The status that the order shall have; the one it has where only parcels are told."""
        if not isinstance(record, OrderStatusChange):
            raise Unsupported(_("Of an order, only the status can be written."), key="order_status_only")
        if row is None:
            raise gone()
        if record.status_id is None:
            return values.number(row, "status")
        if record.status_id not in self.setup.sales.statuses:
            raise Refused(
                _("The shop has no order status “%(status)s”.") % {"status": record.status_id},
                cure=_("Map the status to another one on the Mappings screen."),
                key=f"order_status:{record.status_id}",
            )
        return int(record.status_id)
