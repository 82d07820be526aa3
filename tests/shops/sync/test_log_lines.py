"""The lines of a run say which run of which shop they are about, through the formatter that production uses."""

from __future__ import annotations

import json
import logging

import pytest

from backoffice.lib.logs import JsonFormatter
from shops import jobs
from shops.services.runs import start_run
from shops.sync import budget
from tests.shops.sync.conftest import kontor_leads

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lines():
    """Every line written meanwhile, as the fields of its JSON."""
    written: list[dict[str, object]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(self.format(record)))

    handler, root = Handler(), logging.getLogger()
    handler.setFormatter(JsonFormatter("%(levelname)s %(name)s %(message)s"))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def ours(lines):
    return [line for line in lines if str(line["name"]).startswith("shops.")]


def test_every_line_of_a_run_names_it_and_its_shop(shop, woo, catalogue, lines):
    kontor_leads(shop)
    run = start_run(shop, "sync")
    assert jobs.run_slice(run.pk) == "finished"
    assert [line["message"] for line in ours(lines)] == ["sync ended: done"]
    assert {(line.get("shop"), line.get("run")) for line in ours(lines)} == {(shop.code, run.pk)}


def test_a_run_that_breaks_says_which_it_was(shop, catalogue, lines, monkeypatch):
    run = start_run(shop, "sync")
    monkeypatch.setattr("shops.sync.slices._work", lambda *_args: 1 / 0)
    assert jobs.run_slice(run.pk) == "later"
    inner, outer = ours(lines)
    assert (inner["shop"], inner["run"], outer["run"]) == (shop.code, run.pk, run.pk)
    assert "ZeroDivisionError" in inner["exc_info"]


def test_the_thread_that_keeps_the_lease_says_it_too(shop, woo, catalogue, lines, monkeypatch):
    from django.db import DatabaseError

    def refuse(*_args, **_options):
        raise DatabaseError("away")

    kontor_leads(shop)
    run = start_run(shop, "sync")
    monkeypatch.setattr(budget, "RENEW_EVERY_S", 0.001)
    monkeypatch.setattr(budget, "renew", refuse)
    monkeypatch.setattr("shops.sync.slices._work", lambda run, _budget: _a_moment())
    jobs.run_slice(run.pk)
    [line] = [line for line in ours(lines) if line["name"] == "shops.sync.budget"][:1]
    assert (line["shop"], line["run"]) == (shop.code, run.pk)


def _a_moment():
    import time

    from shops.sync.slices import Outcome

    time.sleep(0.2)
    return Outcome.MORE


@pytest.mark.parametrize(
    ("job", "inside"),
    [("hear", "shops.services.hearing.start_hearing"), ("look_after_calls", "shops.services.calls.tend")],
)
def test_the_jobs_about_a_shop_name_it(shop, lines, monkeypatch, job, inside):
    monkeypatch.setattr(inside, lambda *_args: 1 / 0)
    getattr(jobs, job)(shop.pk)
    [line] = ours(lines)
    assert (line["shop"], line["levelname"]) == (shop.code, "ERROR")
