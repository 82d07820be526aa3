"""Stock and prices into the shop: many in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import Refused
from shops.platforms.base import Result
from shops.platforms.oscommerce.finding import numbers
from shops.platforms.oscommerce.gateway import Call
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.reading import Reader
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.fits import Fits
from shops.records import PriceRecord, Record, Sale, StockRecord

_KEPT: Final = Decimal("0.0001")
_PRICE: Final = gettext_lazy("The price")
_STOCK: Final = gettext_lazy("The stock")


def net_price(price: Decimal, fits: Fits) -> Decimal:
    return fits.amount(price.quantize(_KEPT, ROUND_HALF_UP), _PRICE)


class Sales:
    """Sale prices: one row for each product that has or had one; a row is used again, so that none is there twice."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.fits = Fits(setup)

    def calls(self, sales: Mapping[int, Sale]) -> list[Call]:
        """What to write for {product: its sale}; Sale() ends one. Asks which rows there are (one statement)."""
        if not sales:
            return []
        rows: dict[int, list[int]] = {}
        for row in self.setup.plain.read("sales.rows", ids=list(sales)):
            rows.setdefault(values.number(row, "id"), []).append(values.number(row, "entry"))
        on = {pk: sale for pk, sale in sales.items() if sale.price is not None}
        # Of two rows the shop would list the product twice: all but the one that is written are ended.
        ended = [entry for pk, entries in rows.items() for entry in entries[1 if pk in on else 0 :]]
        known = {rows[pk][0]: sale for pk, sale in on.items() if pk in rows}
        calls = [Call("sales.end", {"rows": ended})] if ended else []
        if known:
            prices = [(entry, self._price(sale)) for entry, sale in known.items()]
            ends = [(entry, self._end(sale)) for entry, sale in known.items()]
            calls.append(Call("sales.update", {"rows": list(known), "prices": prices, "ends": ends}))
        if new := [(pk, self._price(sale), self._end(sale), 1) for pk, sale in on.items() if pk not in rows]:
            calls.append(Call("sales.insert", {"rows": new}))
        return calls

    def _price(self, sale: Sale) -> Decimal:
        assert sale.price is not None
        return net_price(sale.price, self.fits)

    def _end(self, sale: Sale) -> object:
        """The shop ends a sale as soon as its clock has passed this moment."""
        return None if sale.valid_to is None else self.setup.clock.there(sale.valid_to)


class LevelWriter:
    """Stock levels and prices of articles that are there."""

    def __init__(self, setup: Setup, reader: Reader, sales: Sales) -> None:
        self.setup = setup
        self.reader = reader
        self.sales = sales
        self.fits = Fits(setup)

    def stock(self, records: Sequence[StockRecord]) -> list[Result]:
        """One statement for all; one more before it where the shop switches off what is sold out."""
        results: dict[int, Result] = {}
        levels: dict[int, int] = {}
        for position, record in enumerate(records):
            try:
                if record.quantity is not None:
                    levels[position] = self.fits.pieces(record.quantity, _STOCK)
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
        ids = numbers(record.remote_id for record in records)
        back = self._back_on([ids[position] for position, pieces in levels.items() if pieces > 0])
        calls = [
            Call(
                "products.stock",
                {
                    "ids": [ids[position] for position in levels],
                    "quantities": [(ids[position], pieces) for position, pieces in levels.items()],
                },
            )
        ]
        if back:
            calls.append(Call("products.show", {"ids": back}))
        if levels:
            matched = self.setup.plain.run(calls)[0].matched
            self._note_missing(records, ids, list(levels), matched, results)
        return self._done(records, results)

    def _back_on(self, ids: list[int]) -> list[int]:
        """Of these the ones that the sale of their last piece has switched off, and nobody else."""
        if not ids or not self.setup.restocks:
            return []
        return [values.number(row, "id") for row in self.setup.plain.read("products.sold_out", ids=ids)]

    def prices(self, records: Sequence[PriceRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        ids = numbers(record.remote_id for record in records)
        regular: dict[int, Decimal] = {}
        sales: dict[int, Sale] = {}
        for position, record in enumerate(records):
            try:
                if record.regular is not None:
                    regular[ids[position]] = net_price(record.regular, self.fits)
                if record.sale is not None:
                    if record.sale.price is not None:
                        net_price(record.sale.price, self.fits)
                    sales[ids[position]] = record.sale
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
                regular.pop(ids[position], None)
        if sales:
            # A row for a product that is gone would stay behind for ever.
            self._note_missing(records, ids, [p for p, pk in enumerate(ids) if pk in sales], -1, results)
            left = {ids[position] for position in range(len(ids)) if position not in results}
            sales = {pk: sale for pk, sale in sales.items() if pk in left}
            regular = {pk: price for pk, price in regular.items() if pk in left}
        calls = []
        if regular:
            calls.append(Call("products.prices", {"ids": list(regular), "prices": list(regular.items())}))
        replies = self.setup.plain.run([*calls, *self.sales.calls(sales)]) if regular or sales else []
        if regular:
            priced = [p for p, pk in enumerate(ids) if pk in regular]
            self._note_missing(records, ids, priced, replies[0].matched, results)
        found = self._done(records, results)
        if not sales:
            return found
        # The shop keeps ends of sales to the second, in its own time: what it has now is read, not believed.
        page = self.reader.products("price", "of", ids=list(sales))
        seen = {record.remote_id: record for record in page.records}
        return [
            result if result.error else replace(result, record=seen.get(result.remote_id)) for result in found
        ]

    def _note_missing(
        self,
        records: Sequence[Record],
        ids: list[int],
        positions: list[int],
        matched: int,
        results: dict[int, Result],
    ) -> None:
        """A result for what the shop no longer has. matched: rows that a write found; -1 = nothing was written yet."""
        wanted = {ids[position] for position in positions}
        if matched == len(wanted):
            return
        rows = self.setup.plain.read("products.present", ids=sorted(wanted))
        present = {values.number(row, "id") for row in rows}
        for position in positions:
            if ids[position] not in present:
                results[position] = Result(remote_id=records[position].remote_id, error=gone())

    @staticmethod
    def _done(records: Sequence[Record], results: dict[int, Result]) -> list[Result]:
        """What was sent is what the shop has now: whole numbers, or four decimals."""
        return [
            results.get(position) or Result(remote_id=record.remote_id)
            for position, record in enumerate(records)
        ]


def gone() -> Refused:
    return Refused(
        _("The element is no longer in the shop."),
        cure=_("Nothing needs to be done: the next complete read will notice."),
        key="gone",
        data={"gone": "1"},
    )
