"""Parcels of orders. Shoper moves an order by itself when a parcel of it is sent (shoper.md, 9.4), so they go first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused, Retriable
from shops.platforms.shoper.client import Call, Client, listing
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Payload
from shops.platforms.shoper.setup import Setup
from shops.records import OrderStatusChange, ParcelRecord

# Of each order that was told of parcels: the status that it has in the shop after them, or why it was not told.
Told = dict[str, str | KontorError]


class ParcelWriter:
    """Tells the shop of parcels that left, each once."""

    def __init__(self, client: Client, setup: Setup) -> None:
        self.client = client
        self.setup = setup

    def write(self, records: Sequence[OrderStatusChange]) -> Told:
        """One request to see the orders and their parcels, one for each 25 parcels that are not among them.

        A parcel has no key of ours in the shop: it is known again by its tracking number, so an unanswered request is
        repeated without harm. Raises what concerns more than one order.
        """
        if not records:
            return {}
        ids = {"order_id": {"IN": [int(record.remote_id) for record in records]}}
        rows, there = self.client.whole(listing("orders", filters=ids), listing("parcels", filters=ids))
        orders = {values.own_id(row, "order_id"): row for row in rows}
        sent: dict[str, list[str]] = {}
        for row in there:
            sent.setdefault(values.identity(row, "order_id"), []).append(values.text(row, "shipping_code"))
        found: Told = {}
        calls: list[tuple[str, Call]] = []
        for record in records:
            new = [parcel for parcel in record.parcels if not _known(parcel, sent.get(record.remote_id, ()))]
            try:
                calls += [(record.remote_id, _call(orders, record, parcel)) for parcel in new]
                found[record.remote_id] = values.identity(orders.get(record.remote_id, {}), "status_id")
            except Refused as error:
                found[record.remote_id] = error
        return self._send(calls, found)

    def _send(self, calls: Sequence[tuple[str, Call]], found: Told) -> Told:
        moved = values.identity(self.setup.config, "shopping_parcel_send_status_id") if calls else ""
        bodies = self.client.bulks([call for _order, call in calls])
        for (order, _post), body in zip(calls, bodies, strict=True):
            if isinstance(body, KontorError):
                if not isinstance(body, (Refused, Retriable)):
                    raise body
                found[order] = body
            elif moved and not isinstance(found[order], KontorError):
                found[order] = moved
        return found


def _known(parcel: ParcelRecord, numbers: Sequence[str]) -> bool:
    """Without a number nobody can tell parcels apart: then any that has none is it, if we may have written it."""
    return parcel.number in numbers if parcel.number else parcel.doubtful and "" in numbers


def _call(orders: Mapping[str, Payload], record: OrderStatusChange, parcel: ParcelRecord) -> Call:
    """Without a list of its products a parcel holds all that had not been sent."""
    order = orders.get(record.remote_id)
    if order is None:
        raise Refused(
            _("The shop does not have this order any more."),
            cure=_("Tell the customer yourself; nothing else needs to be done."),
            key="gone",
            data={"gone": "1"},
        )
    shipping = values.identity(order, "shipping_id")
    if not shipping.isdigit():
        raise Refused(
            _("The order has no way of delivery in the shop, and without one the shop takes no parcel."),
            cure=_("Choose one on the order's page in Shoper's panel, then try again."),
            key="no_shipping",
        )
    body: dict[str, Any] = {"order_id": int(record.remote_id), "shipping_id": int(shipping), "sent": True}
    return Call("POST", "parcels", {**body, "shipping_code": parcel.number})
