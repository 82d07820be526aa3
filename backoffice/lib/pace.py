"""The rate limit of one shop, shared by all worker processes on all hosts through one row of the database.

Reserve a moment by one UPDATE, commit, then sleep outside of any transaction (ECOSYSTEM.md §5: fair, 0.04 ms on SQLite
and 1 ms on PostgreSQL a call, and a killed worker leaves no lock). The table has `key` (text, unique) and `free_at`
(double, seconds since 1970): the moment from which on the limit is at rest. It is shops.models.Pace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from django.db import connections
from django.utils.translation import gettext as _

from backoffice.lib.errors import RateLimited


class Pace:
    """At most `per_second` calls a second for `key`, after a rest up to `burst` at once.

    clock and sleep are for tests. Without a clock, PostgreSQL's own is taken: hosts need not agree on the time.
    """

    def __init__(
        self,
        key: str,
        per_second: float,
        burst: int = 1,
        *,
        table: str = "shops_pace",
        using: str = "default",
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a pace needs per_second > 0 and burst >= 1")
        self.key = key
        self.gap_s = 1.0 / per_second
        self.burst = burst
        self._connection = connections[using]
        self._postgres = self._connection.vendor == "postgresql"
        self._clock = clock or (None if self._postgres else time.time)
        self._sleep = sleep
        self._table = self._connection.ops.quote_name(table)

    def wait(self, cost: float = 1, max_s: float | None = None) -> float:
        """Reserve `cost` calls and sleep until they may be made; the seconds slept.

        Raises RateLimited, with nothing reserved, when the sleep would be longer than max_s.
        Call it outside transaction.atomic: inside, all other workers would wait for your commit.
        """
        delay_s = self._reserve(cost, max_s)
        if delay_s > 0:
            self._sleep(delay_s)
        return max(delay_s, 0.0)

    def penalise(self, after_s: float) -> None:
        """Stop all workers of this key for after_s seconds: the shop said 429 with Retry-After."""
        now, params = self._now()
        later = self._greatest("free_at", f"{now} + %s")
        sql = f"UPDATE {self._table} SET free_at = {later} WHERE key = %s"  # noqa: S608 (our own table and expressions)
        self._change(sql, [*params, float(after_s), self.key])

    def _reserve(self, cost: float, max_s: float | None) -> float:
        now, params = self._now()
        rest = (self.burst - 1) * self.gap_s
        start = self._greatest("free_at", f"{now} - %s")
        sql = f"UPDATE {self._table} SET free_at = {start} + %s WHERE key = %s"  # noqa: S608 (as above)
        values: list[float | str] = [*params, rest, self.gap_s * cost, self.key]
        if max_s is not None:
            sql += f" AND free_at - {now} <= %s"
            values += [*params, float(max_s)]
        row = self._change(f"{sql} RETURNING free_at - {now}", [*values, *params])
        if row is None:
            after_s = max(self._ahead(), 0.0)
            raise RateLimited(
                _("The shop's rate limit is used up for the next %(seconds)d seconds.")
                % {"seconds": round(after_s)},
                cure=_("Nothing needs to be done, the work goes on by itself."),
                after_s=after_s,
                key="pace",
            )
        return row - self.gap_s * cost

    def _change(self, sql: str, params: Sequence[float | str]) -> float | None:
        """Run an UPDATE; create the row and run it again when there is none. None: the row's condition failed."""
        for first_try in (True, False):
            with self._connection.cursor() as cursor:
                cursor.execute(sql, params)
                if cursor.description is not None:
                    if (row := cursor.fetchone()) is not None:
                        return float(row[0])
                elif cursor.rowcount:
                    return None
                if first_try:
                    cursor.execute(
                        f"INSERT INTO {self._table} (key, free_at) VALUES (%s, 0) ON CONFLICT (key) DO NOTHING",  # noqa: S608
                        [self.key],
                    )
                    if not cursor.rowcount:
                        return None
        return None

    def _ahead(self) -> float:
        now, params = self._now()
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT free_at - {now} FROM {self._table} WHERE key = %s", [*params, self.key])  # noqa: S608
            row = cursor.fetchone()
        return float(row[0]) if row else 0.0

    def _now(self) -> tuple[str, list[float]]:
        """The present moment as an SQL expression and its parameters."""
        if self._clock is None:
            return "EXTRACT(EPOCH FROM clock_timestamp())::double precision", []
        return ("%s::double precision" if self._postgres else "%s"), [self._clock()]

    def _greatest(self, left: str, right: str) -> str:
        return f"{'GREATEST' if self._postgres else 'MAX'}({left}, {right})"
