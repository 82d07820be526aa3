"""When something runs by itself: the pure decision, minute by minute, also on the nights when the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shops.sync.schedule import Timing, due, next_turn, next_turns, quiet_until

PRAGUE = ZoneInfo("Europe/Prague")
MINUTE = timedelta(minutes=1)
# In 2026 the clock jumps from 02:00 to 03:00 on 29 March, and back from 03:00 to 02:00 on 25 October.
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 10)


def local(day, hour, minute=0, fold=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PRAGUE, fold=fold).astimezone(UTC)


def turns(timing, begin, end, *, look=MINUTE, last=None):
    """The moments at which something was started, by one who looks every `look`."""
    found, last, now = [], last or begin - look, begin
    while now < end:
        if due(timing, now, last) is not None:
            found.append(now)
            last = now
        now += look
    return found


def daily(hour, minute=0, **more):
    return Timing(zone=PRAGUE, at=time(hour, minute), **more)


def every(minutes, **more):
    return Timing(zone=PRAGUE, every_min=minutes, **more)


# Once a day


@pytest.mark.requirement("E1")
@pytest.mark.parametrize("day", [PLAIN, SPRING, AUTUMN])
@pytest.mark.parametrize(
    "at", [(0, 0), (1, 59), (2, 0), (2, 30), (2, 59), (3, 0), (3, 30), (12, 0), (23, 59)]
)
def test_a_daily_time_comes_once_on_each_day_also_when_the_clock_changes(day, at):
    begin = local(day - timedelta(days=2), 0)
    found = turns(daily(*at), begin, local(day + timedelta(days=3), 0))
    days = [moment.astimezone(PRAGUE).date() for moment in found]
    assert days == [day + timedelta(days=n) for n in range(-2, 3)]
    for moment in found:
        clock = moment.astimezone(PRAGUE)
        missing = clock.date() == SPRING and at[0] == 2
        assert (clock.hour, clock.minute) == ((3, at[1]) if missing else at)
        assert clock.fold == 0  # of two times by that name the first


def test_a_missed_time_is_made_up_for_once_however_many_were_missed():
    last = local(PLAIN, 3)
    back = local(PLAIN + timedelta(days=10), 11, 17)
    assert turns(daily(3), back, back + timedelta(hours=30), last=last) == [
        back,
        local(PLAIN + timedelta(days=11), 3),
    ]


def test_a_time_that_is_set_at_noon_does_not_make_up_for_last_night():
    armed = local(PLAIN, 12)
    assert due(daily(3), armed + MINUTE, armed) is None
    assert next_turn(daily(3), armed + MINUTE, armed) == local(PLAIN + timedelta(days=1), 3)


def test_the_moment_itself_is_due_and_the_second_before_is_not():
    at = local(PLAIN, 3)
    assert due(daily(3), at, at - timedelta(hours=24)) == at
    assert due(daily(3), at - timedelta(seconds=1), at - timedelta(hours=24)) is None
    assert due(daily(3), at + timedelta(seconds=1), at) is None


# Every so many minutes


@pytest.mark.requirement("E1", "E2")
@pytest.mark.parametrize("minutes", [1, 5, 7, 10, 20, 60, 90, 1440])
@pytest.mark.parametrize("shift", [0, 3, 1000])
@pytest.mark.parametrize("day", [PLAIN, SPRING, AUTUMN])
def test_turns_are_evenly_apart_whatever_the_clock_does(minutes, shift, day):
    begin = local(day, 0)
    found = turns(every(minutes, shift_min=shift), begin, begin + timedelta(hours=72), last=begin)
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=minutes)}
    assert len(found) in (72 * 60 // minutes - 1, 72 * 60 // minutes, 72 * 60 // minutes + 1)


def test_looking_late_and_unevenly_drifts_nowhere():
    """The tick comes some seconds late, now and then a minute or four: the grid stays."""
    begin = local(PLAIN, 0)
    late = [timedelta(seconds=(n * 37) % 59) for n in range(600)]
    last, found = begin, []
    for n, delay in enumerate(late):
        now = begin + n * MINUTE + delay
        if n % 50 in (3, 4, 5, 6):  # nobody looked
            continue
        if due(every(5), now, last) is not None:
            found.append(now)
            last = now
    minutes = [moment.replace(second=0) for moment in found]
    assert len(set(minutes)) == len(minutes)
    slots = [(moment - begin) // timedelta(minutes=5) for moment in minutes]
    assert slots == sorted(set(slots))
    assert len(slots) == 119  # of 120 slots the first is where it began


def test_shops_are_spread_by_their_shift():
    begin = local(PLAIN, 0)
    firsts = {
        turns(every(5, shift_min=n), begin, begin + timedelta(minutes=6), last=begin)[0] for n in range(20)
    }
    assert len(firsts) == 5


def test_many_missed_turns_are_made_up_for_once():
    last = local(PLAIN, 0)
    back = local(PLAIN, 9, 2)
    assert turns(every(5), back, back + timedelta(minutes=10), last=last) == [
        back,
        local(PLAIN, 9, 5),
        local(PLAIN, 9, 10),
    ]


# Quiet hours


def test_nothing_is_due_in_quiet_hours_and_what_was_missed_comes_once_at_their_end():
    timing = every(20, quiet=(time(22, 0), time(6, 0)))
    found = turns(timing, local(PLAIN, 21), local(PLAIN + timedelta(days=1), 7), last=local(PLAIN, 20, 55))
    clocks = [moment.astimezone(PRAGUE).time() for moment in found]
    assert clocks == [time(21, 0), time(21, 20), time(21, 40), time(6, 0), time(6, 20), time(6, 40)]


def test_quiet_hours_within_one_day():
    timing = daily(13, 30, quiet=(time(12, 0), time(14, 0)))
    found = turns(timing, local(PLAIN, 0), local(PLAIN + timedelta(days=1), 0))
    assert [moment.astimezone(PRAGUE).time() for moment in found] == [time(14, 0)]
    assert quiet_until(timing, local(PLAIN, 12)) == local(PLAIN, 14)
    assert quiet_until(timing, local(PLAIN, 11, 59)) is None
    assert quiet_until(timing, local(PLAIN, 14)) is None


@pytest.mark.parametrize(
    ("day", "quiet", "hours"),
    [
        (PLAIN, (time(22), time(6)), 8),
        (SPRING, (time(22), time(6)), 7),
        (AUTUMN, (time(22), time(6)), 9),
        (AUTUMN, (time(22), time(2, 30)), 5.5),  # to the second half past two
        (AUTUMN, (time(2, 30), time(6)), 4.5),  # from the first
        (SPRING, (time(22), time(2, 30)), 4.5),  # half past two does not exist: half past three
        (SPRING, (time(2, 30), time(6)), 3.5),
    ],
)
def test_quiet_hours_over_a_change_of_the_clock_are_one_piece(day, quiet, hours):
    timing = every(1, quiet=quiet)
    begin = local(day - timedelta(days=1), 12)
    still = [now for n in range(24 * 60) if quiet_until(timing, now := begin + n * MINUTE) is not None]
    assert still[-1] - still[0] == (len(still) - 1) * MINUTE
    assert len(still) == hours * 60


# What comes next


@pytest.mark.parametrize("quiet", [None, (time(22), time(6)), (time(12), time(14))])
@pytest.mark.parametrize("timing", [daily(3), daily(13, 30), every(5), every(20), every(90, shift_min=7)])
@pytest.mark.parametrize("day", [PLAIN, SPRING, AUTUMN])
def test_what_is_said_to_come_next_is_what_comes(timing, quiet, day):
    timing = Timing(timing.zone, timing.every_min, timing.shift_min, timing.at, quiet)
    last = begin = local(day, 0, 30)
    expected = [turn for turn in next_turns(timing, begin, last, 12) if turn < begin + timedelta(hours=48)]
    found = turns(timing, begin, begin + timedelta(hours=48), last=last)
    assert found[: len(expected)] == expected
