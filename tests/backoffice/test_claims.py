from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.utils import timezone

from backoffice.lib.claims import claim, new_holder, release, renew
from shops.models import Run, Shop


@pytest.fixture
def run(db):
    shop = Shop.objects.create(
        name="Lipa", code="lipa", platform="woocommerce", address="https://lipa.example"
    )
    return Run.objects.create(shop=shop, job=Run.Job.SYNC, lane=Run.Lane.CATALOGUE)


def row(run):
    return Run.objects.filter(pk=run.pk)


def test_only_one_of_two_gets_the_lease_and_its_start_is_counted(run):
    assert claim(row(run), holder="a", seconds=30, slice_starts=F("slice_starts") + 1)
    assert not claim(row(run), holder="b", seconds=30, slice_starts=F("slice_starts") + 1)
    run.refresh_from_db()
    assert (run.lease_holder, run.slice_starts) == ("a", 1)
    assert timedelta(seconds=28) < run.lease_until - timezone.now() <= timedelta(seconds=30)


def test_it_takes_one_query(run, django_assert_num_queries):
    with django_assert_num_queries(1):
        claim(row(run), holder="a", seconds=30)


def test_a_lease_that_ran_out_goes_to_the_next_and_the_late_holder_learns_it(run):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        assert claim(row(run), holder="a", seconds=30)
        clock.shift(29)
        assert not claim(row(run), holder="b", seconds=30)
        clock.shift(1)
        assert claim(row(run), holder="b", seconds=30)
        assert not renew(row(run), holder="a", seconds=30, message="late")
        assert not release(row(run), holder="a", message="late")
    run.refresh_from_db()
    assert (run.lease_holder, run.message, run.lease_until) == ("b", "", start + timedelta(seconds=60))


def test_a_holder_may_go_on_when_its_lease_ran_out_but_nobody_took_it(run):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        claim(row(run), holder="a", seconds=30)
        clock.shift(45)
        assert renew(row(run), holder="a", seconds=30)
        assert not claim(row(run), holder="b", seconds=30)


def test_a_released_lease_is_free_at_once(run):
    claim(row(run), holder="a", seconds=30)
    assert release(row(run), holder="a", message="done")
    run.refresh_from_db()
    assert (run.lease_holder, run.lease_until, run.message) == ("", None, "done")
    assert claim(row(run), holder="b", seconds=30)


def test_names_of_holders_never_repeat_and_fit_the_field():
    names = {new_holder() for _ in range(1000)}
    assert len(names) == 1000
    assert max(map(len, names)) <= Run._meta.get_field("lease_holder").max_length


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_wins():
    from concurrent.futures import ThreadPoolExecutor

    shop = Shop.objects.create(
        name="Lipa", code="lipa", platform="woocommerce", address="https://lipa.example"
    )
    run = Run.objects.create(shop=shop, job=Run.Job.SYNC, lane=Run.Lane.CATALOGUE)

    def attempt(number):
        try:
            return claim(row(run), holder=str(number), seconds=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(24)))
    assert won.count(True) == 1
    assert Run.objects.get().lease_holder == str(won.index(True))
