"""The shop's time: its tables hold the local time of its database, without a zone (oscommerce.md, 9.4). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backoffice.lib import foreign
from shops.platforms.oscommerce.mapping.values import Malformed, Row, number

_FORM: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Clock:
    """zone: of the database. ahead: how far its clock is before ours."""

    zone: tzinfo = UTC
    ahead: timedelta = timedelta()

    @classmethod
    def of(cls, server: Row, zone_name: str, now: datetime) -> Clock:
        """server: a row of "shop.server", read at `now` (aware). zone_name: IANA, "" = as far from UTC as it is today."""
        shown = server.get("utc") or ""
        try:
            there = datetime.strptime(f"{shown[:19]} +0000", f"{_FORM} %z")
        except ValueError:
            raise Malformed("utc", shown) from None
        return cls(named_zone(zone_name) or timezone(offset(server)), there - now)

    def moment(self, row: Row, field: str) -> datetime | None:
        """A time of the shop as aware UTC; None for NULL and for zero dates."""
        value = row.get(field)
        if not value or value.startswith("0000-00-00"):
            return None
        try:
            return foreign.moment(value[:19], self.zone)
        except ValueError:
            raise Malformed(field, value) from None

    def there(self, moment: datetime) -> datetime:
        """An aware time as the shop writes it: naive, of its zone, to the second."""
        return moment.astimezone(self.zone).replace(tzinfo=None, microsecond=0)

    def since(self, moment: datetime) -> datetime:
        """The same for a time of our clock, as the shop's clock showed it then."""
        return self.there(moment + self.ahead)


def offset(server: Row) -> timedelta:
    """How far the database's local time is from UTC now."""
    return timedelta(seconds=number(server, "offset_s"))


def named_zone(name: str) -> ZoneInfo | None:
    """None when there is no such zone."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
