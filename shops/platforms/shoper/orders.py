"""Which orders to read, and their lines: a resource of its own, so fetched for many orders at once (shoper.md, 3, 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shops.platforms.shoper.client import LIMIT, Client, Rows, listing
from shops.platforms.shoper.lists import LongList, Place
from shops.platforms.shoper.mapping import orders, terms, values
from shops.platforms.shoper.mapping.orders import Till
from shops.platforms.shoper.mapping.values import Payload
from shops.platforms.shoper.setup import Setup
from shops.records import OrderRecord

# How far back open orders are looked at once a day, because a change by staff moves no date (shoper.md, 9.13).
OPEN_DAYS = 30
# Local time goes back in October; a bound in that night is taken this much earlier (9.12).
_NIGHT = timedelta(hours=2)
Pieces = tuple[list[Payload], str | None, int | None]


class OrderReader:
    def __init__(self, client: Client, setup: Setup) -> None:
        self.client = client
        self.setup = setup

    def piece(self, since: datetime | None, cursor: str | None) -> Pieces:
        """(orders, next cursor, how many in all if known).

        What is new and what changed its status since then are two lists. Mostly both are short, and come in one
        request; else each is read to its end: a cursor is then "list:place".
        """
        if since is None:
            piece = LongList(self.client, "orders", "order_id").piece(Place.of(cursor))
            return piece.rows, None if piece.following is None else str(piece.following), piece.total
        filters = self._filters(since)
        if cursor is None:
            calls = [listing("orders", filters=one) for one in filters]
            first = self.client.lists(calls)
            if all(rows.count <= LIMIT for rows in first):
                return _once(first), None, None
            cursor = "0/"
        number, _slash, place = cursor.partition("/")
        position = int(number) if number.isdigit() and int(number) < len(filters) else 0
        long = LongList(self.client, "orders", "order_id", filters=filters[position])
        piece = long.piece(Place.of(place or None))
        if piece.following is not None:
            return piece.rows, f"{position}/{piece.following}", None
        return piece.rows, f"{position + 1}/" if position + 1 < len(filters) else None, None

    def _filters(self, since: datetime) -> list[dict[str, Any]]:
        bound = self._bound(since)
        found: list[dict[str, Any]] = [{"date": {">=": bound}}, {"status_date": {">=": bound}}]
        zone = self.setup.zone
        if since.astimezone(zone).date() < datetime.now(UTC).astimezone(zone).date():
            # The first read of a day also looks at the open ones.
            open_ids = [int(one) for one in terms.open_statuses(self.setup.statuses)]
            begin = self._bound(since - timedelta(days=OPEN_DAYS))
            found.append({"status_id": {"IN": open_ids}, "date": {">=": begin}})
        return found

    def _bound(self, moment: datetime) -> str:
        local = moment.astimezone(self.setup.zone)
        gone_back = (local.utcoffset() or timedelta()) - (
            (moment + _NIGHT).astimezone(self.setup.zone).utcoffset() or timedelta()
        )
        if gone_back > timedelta():
            local -= gone_back
        return local.strftime(values.TIME_FORMAT)

    def lines(self, rows: Sequence[Payload]) -> dict[str, list[Payload]]:
        """{order: its lines}, in one request for each 1,250 orders and one more where they have many."""
        ids = [int(values.own_id(row, "order_id")) for row in rows]
        calls = [
            listing(
                "order-products", order="id asc", filters={"order_id": {"IN": ids[start : start + LIMIT]}}
            )
            for start in range(0, len(ids), LIMIT)
        ]
        found: dict[str, list[Payload]] = {}
        for lines in self.client.whole(*calls) if calls else ():
            for line in lines:
                found.setdefault(values.identity(line, "order_id"), []).append(line)
        return found

    def mapping(self, lines: Mapping[str, Sequence[Payload]]) -> Callable[[Payload], OrderRecord]:
        """How to understand an order; asks for the shop's dictionaries when the first is met."""

        def record(row: Payload) -> OrderRecord:
            return orders.order(row, lines.get(values.own_id(row, "order_id"), ()), self.till)

        return record

    @property
    def till(self) -> Till:
        setup = self.setup
        methods = {
            "payments": [terms.payment_method(row, setup.locale) for row in setup.payments],
            "shippings": [terms.shipping_method(row, setup.locale) for row in setup.shippings],
        }
        return Till(
            zone=setup.zone,
            currencies=setup.currencies,
            **{name: {one.remote_id: one.name or "" for one in found} for name, found in methods.items()},  # type: ignore[attr-defined]
        )


def _once(pages: Sequence[Rows]) -> list[Payload]:
    """An order that is new has a new status too: it stands on two lists."""
    found: dict[str, Payload] = {}
    for page in pages:
        for row in page.rows:
            found.setdefault(values.own_id(row, "order_id"), row)
    return list(found.values())
