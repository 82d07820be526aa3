"""VAT: an article names a tax class; a class has a rate in each tax zone. Kontor's articles name a rate.

So the VAT rate of a class is what the shop charges for it at home.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.mapping.values import Row
from shops.records import VatRateRecord

NO_TAX: Final = "0"
NO_TAX_NAME: Final = "--none--"  # what the shop's panel calls it


@dataclass(frozen=True, slots=True)
class Taxes:
    """country: ISO2 of the home. percents: {id of a tax class: its percentage at home, None = it has no rate there}."""

    country: str
    percents: dict[str, Decimal | None]
    titles: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, classes: Iterable[Row], rates: Iterable[Row], *, country: str, country_id: int, zone_id: int
    ) -> Taxes:
        """classes, rates: rows of "taxes.classes" and "taxes.rates"."""
        by_class = values.grouped(
            (row for row in rates if _is_at_home(row, country_id, zone_id)), "tax_class"
        )
        titles = {values.identity(row): values.name(row, "title") for row in classes}
        return cls(country, {pk: _percent(by_class.get(pk, [])) for pk in titles}, titles)

    def records(self) -> list[VatRateRecord]:
        """ "No tax" is among them, so that a rate of 0 % here has something to be linked with."""
        found = [VatRateRecord(remote_id=NO_TAX, name=NO_TAX_NAME, country=self.country, percent=Decimal(0))]
        found += [
            VatRateRecord(
                remote_id=pk,
                name=self.titles.get(pk, ""),
                country=self.country,
                percent=percent,
                tax_class=self.titles.get(pk, ""),
            )
            for pk, percent in self.percents.items()
        ]
        return found

    def knows(self, tax_class: str) -> bool:
        return tax_class in ("", NO_TAX) or tax_class in self.percents


def _is_at_home(row: Row, country_id: int, zone_id: int) -> bool:
    """A rate holds where its zone has the country, or all countries (0), or nothing at all: as the shop's own query."""
    country, zone = row.get("country"), row.get("zone")
    return (country is None or values.number(row, "country") in (0, country_id)) and (
        zone is None or values.number(row, "zone") in (0, zone_id)
    )


def _percent(rows: list[Row]) -> Decimal | None:
    """Rates of one priority are added up, those of the next are taken of the sum."""
    if not rows:
        return None
    by_priority: dict[int, Decimal] = {}
    for row in rows:
        priority = values.number(row, "priority")
        by_priority[priority] = by_priority.get(priority, Decimal(0)) + values.percent(row, "percent")
    factor = Decimal(1)
    for percent in by_priority.values():
        factor *= 1 + percent / 100
    return _tidy((factor - 1) * 100)


def _tidy(percent: Decimal) -> Decimal:
    return Decimal(f"{percent.quantize(Decimal('0.0001')).normalize():f}")
