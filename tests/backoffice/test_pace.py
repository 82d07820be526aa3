import multiprocessing
import time

import pytest
from django.db import connection

from backoffice.lib.errors import RateLimited
from backoffice.lib.pace import Pace
from shops.models import Pace as PaceRow

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def pace(clock, per_second=2.0, burst=3, key="shop:1"):
    return Pace(key, per_second, burst, clock=clock, sleep=clock.sleep)


def waits(pace, count, **kwargs):
    return [round(pace.wait(**kwargs), 3) for _ in range(count)]


def test_after_a_rest_a_burst_goes_at_once_and_the_rest_at_the_pace(clock):
    assert waits(pace(clock), 6) == [0, 0, 0, 0.5, 0.5, 0.5]
    clock.sleep(1.0)
    assert waits(pace(clock), 4) == [0, 0, 0.5, 0.5]
    clock.sleep(1000)
    assert waits(pace(clock), 4) == [0, 0, 0, 0.5]


def test_a_dear_call_takes_the_room_of_several(clock):
    slow = pace(clock, per_second=1, burst=1)
    assert waits(slow, 1, cost=5) == [0]
    assert waits(slow, 2) == [5, 1]


def test_a_fraction_of_a_call_per_second(clock):
    assert waits(pace(clock, per_second=1 / 60, burst=1), 3) == [0, 60, 60]


def test_shops_do_not_wait_for_each_other(clock):
    assert waits(pace(clock, burst=1, key="shop:1"), 2) == [0, 0.5]
    assert waits(pace(clock, burst=1, key="shop:2"), 1) == [0]


def test_a_wait_longer_than_allowed_is_refused_and_reserves_nothing(clock):
    slow = pace(clock, per_second=0.1, burst=1)
    slow.wait()
    before = PaceRow.objects.get().free_at
    with pytest.raises(RateLimited) as limited:
        slow.wait(max_s=9.9)
    assert limited.value.after_s == pytest.approx(10.0)
    assert limited.value.key == "pace"
    assert PaceRow.objects.get().free_at == before
    assert slow.wait(max_s=10.0) == pytest.approx(10.0)


def test_a_429_stops_all_workers_for_as_long_as_the_shop_says(clock):
    one, other = pace(clock, burst=5), pace(clock, burst=5)
    one.wait()
    one.penalise(30)
    assert waits(other, 3) == [30, 0.5, 0.5]


def test_a_shorter_penalty_does_not_shorten_a_longer_one(clock):
    one = pace(clock)
    one.penalise(30)
    one.penalise(1)
    assert waits(one, 1) == [30]


def test_one_statement_a_call_once_the_row_is_there(clock, django_assert_num_queries):
    one = pace(clock)
    one.wait()
    with django_assert_num_queries(2):
        one.wait()
        one.penalise(0)


def test_the_databases_own_clock_paces_too():
    fast = Pace("shop:1", per_second=20, burst=2)
    started = time.monotonic()
    for _ in range(8):
        fast.wait()
    assert 0.28 <= time.monotonic() - started < 1.0


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_pace_of_nothing_is_a_mistake(per_second, burst):
    with pytest.raises(ValueError, match="per_second > 0 and burst >= 1"):
        Pace("shop:1", per_second, burst)


def _worker(results, until):
    connection.close()
    mine = Pace("shop:1", per_second=40, burst=5)
    granted = []
    while time.time() < until:
        mine.wait()
        granted.append(time.time())
    results.put(granted)
    connection.close()


def test_several_processes_share_one_limit_fairly():
    Pace("shop:1", 40, 5).penalise(0)
    connection.close()
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    until = time.time() + 1.5
    workers = [context.Process(target=_worker, args=(results, until)) for _ in range(3)]
    for worker in workers:
        worker.start()
    granted = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    moments = sorted(moment for list_ in granted for moment in list_)
    span = moments[-1] - moments[0]
    # Never more than the pace and one burst allow; and not much less, or the limit would be wasted.
    assert 0.6 * 40 * 1.5 <= len(moments) <= 40 * span + 5 + 3 + 1
    assert min(map(len, granted)) >= 0.5 * max(map(len, granted))
