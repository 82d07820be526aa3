"""The shop's leaky bucket, by the headers of its answers, with a worker in each of the four lanes."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from shops.sync.connect import open_platform
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS, EACH = 4, 12


@pytest.mark.requirement("S4")
def test_four_workers_at_once_are_never_refused(shoper):
    """The shop's own pace is set high on purpose: the headers alone hold the workers back."""
    make.make_company(country="PL", currency="PLN")
    shop = make.make_shop(
        "lipa",
        platform="shoper",
        address=shoper.url,
        credentials={"token": shoper.panel_token(), "login": "", "password": ""},
        options={"requests_per_second": "10000"},
        country="PL",
    )
    shoper.bucket.limit, shoper.bucket.bandwidth = 10, 20.0
    ready = threading.Barrier(WORKERS)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with open_platform(shop) as (platform, _book):
                ready.wait(10)
                for _number in range(EACH):
                    platform.read("producer")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert shoper.calls["GET", "producers"] == WORKERS * EACH
    assert {asked.status for asked in shoper.asked} == {200}
