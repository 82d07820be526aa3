"""Workers on two hosts, one PostgreSQL, one Redis: one host is cut off in the middle of a run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django_q.brokers import redis_broker
from django_q.conf import Conf
from django_q.tasks import async_task

from shops.models import Run
from shops.services.runs import start_run
from tests.crash.conftest import both_sides
from tests.crash.hosts import Host, hosts, why_not
from tests.shops.sync.conftest import kontor_leads, stock_up

pytestmark = [pytest.mark.django_db(transaction=True)]

ARTICLES = 450


def wait_for(what: Callable[[], Any], seconds: float) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:g} s")


def environment(host: Host, redis_url: str) -> dict[str, str]:
    given = connection.settings_dict
    database = host.serve(int(given["PORT"]))
    redis = host.serve(urlsplit(redis_url).port or 6379)
    name = urlsplit(redis_url).path
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.crash.host_settings",
        "DATABASE_URL": f"postgres://{given['USER']}:{given['PASSWORD']}@{host.gateway}:{database}/{given['NAME']}",
        "BROKER_URL": f"redis://{host.gateway}:{redis}{name}",
        "KONTOR_TEST_DB": "",
    }


@pytest.mark.requirement("D5")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="one file of SQLite serves one host")
def test_a_host_that_is_cut_off_loses_its_run_to_the_other(shop, woo, redis_url, tmp_path, monkeypatch):
    if reason := why_not():
        pytest.skip(reason)
    kontor_leads(shop)
    stock_up(shop, ARTICLES)
    woo.delays(0.5, times=None, method="POST")
    port = urlsplit(woo.url).port
    assert port is not None
    monkeypatch.setattr(Conf, "REDIS", redis_url)
    broker = redis_broker.Redis("kontor")
    with hosts(2) as (first, second):
        for host in (first, second):
            host.mirror(port, tmp_path / host.name)
            worker = [sys.executable, "manage.py", "worker"]
            host.run(worker, environment(host, redis_url), tmp_path / host.name)
        run = start_run(shop, Run.Job.SYNC)
        ring(broker, run)
        cut, other = holder(run, [first, second], tmp_path)
        wait_for(lambda: woo.writes and len(woo.state.products) > 100, 60)
        cut.pull_the_cable()
        began = time.monotonic()
        wait_for(lambda: taken_over(run, other) or sweep(broker), 60)
        wait_for(lambda: Run.objects.get(pk=run.pk).is_finished or sweep(broker), 120)
        took = time.monotonic() - began
        cut.plug_it_in()
        time.sleep(5)  # what it still had to say it says now
        run.refresh_from_db()
        assert run.state == Run.State.DONE, (run.message, log_of(tmp_path))
        skus = sorted(product.sku for product in woo.state.products.values())
        assert len(skus) == ARTICLES
        assert skus == sorted(set(skus))
        assert both_sides(shop, woo)["open"] == 0
        assert both_sides(shop, woo)["left over"] == []
        print(f"taken over and finished {took:.1f} s after the cable was pulled")


def ring(broker: Any, run: Run) -> None:
    async_task("shops.jobs.run_slice", run.pk, q_options={"sync": False, "save": False, "broker": broker})


def sweep(broker: Any) -> None:
    """The tick of every minute, sooner."""
    async_task("shops.jobs.sweep", q_options={"sync": False, "save": False, "broker": broker})
    time.sleep(1)


def holder(run: Run, known: list[Host], folder: Path) -> tuple[Host, Host]:
    """(the host that works on the run, the other one)."""

    def find() -> tuple[Host, Host] | None:
        name = Run.objects.filter(pk=run.pk).values_list("lease_holder", flat=True).get()
        for host in known:
            if name and int(name.split(":")[1]) in host.pids():
                return host, next(one for one in known if one is not host)
        return None

    try:
        return wait_for(find, 40)
    except AssertionError:
        now = Run.objects.get(pk=run.pk)
        raise AssertionError((now.state, now.message, now.lease_holder, log_of(folder))) from None


def taken_over(run: Run, host: Host) -> bool:
    name = Run.objects.filter(pk=run.pk).values_list("lease_holder", flat=True).get()
    return bool(name) and int(name.split(":")[1]) in host.pids()


def log_of(folder: Path) -> str:
    return "\n".join(path.read_text()[-3000:] for path in folder.iterdir() if path.is_file())
