"""When something runs by itself. Pure: a timing, the present moment and the last turn in, the moment that is due out.

A turn that was missed is made up for once, however many were missed. Times of day are the office's wall clock: one that
does not exist on a night in spring comes with the clock's jump, one that exists twice in autumn comes the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Every `every_min` minutes (`shift_min` past the full grid, so that not all shops begin at once), or once a day
    at `at` of the clock in `zone`. quiet: from and until of the same clock, between which nothing is due.
    """

    zone: tzinfo
    every_min: int | None = None
    shift_min: int = 0
    at: time | None = None
    quiet: tuple[time, time] | None = None


def due(timing: Timing, now: datetime, last: datetime) -> datetime | None:
    """The moment whose turn it is, None = none. last: when it was last its turn (or since when the timing holds)."""
    if quiet_until(timing, now) is not None:
        return None
    moment = _latest(timing, now)
    return moment if moment > last else None


def next_turn(timing: Timing, now: datetime, last: datetime) -> datetime:
    """When it is the next turn; not before `now`."""
    moment = now if _latest(timing, now) > last else _following(timing, now)
    return quiet_until(timing, moment) or moment


def next_turns(timing: Timing, now: datetime, last: datetime, count: int) -> list[datetime]:
    """The next `count` turns, in their order."""
    turns: list[datetime] = []
    while len(turns) < count:
        turn = next_turn(timing, now, last)
        turns.append(turn)
        now = last = turn
    return turns


def quiet_until(timing: Timing, moment: datetime) -> datetime | None:
    """The end of the quiet hours that `moment` falls into; None = it falls into none."""
    if timing.quiet is None:
        return None
    begin, end = timing.quiet
    today = moment.astimezone(timing.zone).date()
    for day in (today - timedelta(days=1), today):
        following = day + timedelta(days=1) if end <= begin else day
        # Where the clock shows a time twice, the hours begin with the first and end with the second.
        first = min(_instant(day, begin, timing.zone, fold) for fold in (0, 1))
        last = max(_instant(following, end, timing.zone, fold) for fold in (0, 1))
        if first <= moment < last:
            return last
    return None


def _latest(timing: Timing, now: datetime) -> datetime:
    """The newest turn that is not after `now`."""
    if timing.every_min is not None:
        return _grid(timing, now, 0)
    day = now.astimezone(timing.zone).date()
    moment = _daily(timing, day)
    return moment if moment <= now else _daily(timing, day - timedelta(days=1))


def _following(timing: Timing, now: datetime) -> datetime:
    """The first turn after `now`."""
    if timing.every_min is not None:
        return _grid(timing, now, 1)
    day = now.astimezone(timing.zone).date()
    moment = _daily(timing, day)
    return moment if moment > now else _daily(timing, day + timedelta(days=1))


def _grid(timing: Timing, now: datetime, step: int) -> datetime:
    assert timing.every_min is not None
    # On the clock's grid instead of counted from the last turn: nothing drifts, and no change of the clock matters.
    shift = timing.shift_min % timing.every_min
    minutes = (now - _EPOCH) // _MINUTE
    slot = (minutes - shift) // timing.every_min + step
    return _EPOCH + (slot * timing.every_min + shift) * _MINUTE


def _daily(timing: Timing, day: date) -> datetime:
    assert timing.at is not None
    return _instant(day, timing.at, timing.zone, 0)


def _instant(day: date, clock: time, zone: tzinfo, fold: int) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).replace(fold=fold).astimezone(UTC)
