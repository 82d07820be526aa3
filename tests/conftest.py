"""What all tests share: services that may be missing, and the account of which requirements are proven."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_django
from django.conf import settings
from django.db import connection
from django.utils import translation

from tests import flush, services
from tests.platforms import table

REQUIREMENTS = Path(__file__).resolve().parent.parent / "docs" / "requirements.md"
_ID = re.compile(r"\b([DMEOPLS]\d{1,2})\b")
# Where everything is installed, a test that could not run has not run for a wrong reason.
_STRICT = os.environ.get("CI", "").lower() in ("1", "true", "yes")


flush.install()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        flush.keep()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    return services.postgres_url() or pytest.skip(
        "needs PostgreSQL: none answers on 127.0.0.1:5432 (or set DATABASE_URL)"
    )


@pytest.fixture
def redis_url() -> Iterator[str]:
    """An empty database of a Redis server."""
    import redis

    url = services.redis_url()
    if not url:
        pytest.skip("needs Redis: none answers on 127.0.0.1:6379 (or set REDIS_URL)")
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path, for playwright's launch(executable_path=...)."""
    return services.chromium() or pytest.skip(
        "needs Chromium: install the package chromium (or set CHROMIUM)"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not services.chromium():
        pytest.skip("needs Chromium: install the package chromium (or set CHROMIUM)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if (
        report.skipped
        and _STRICT
        and (item.get_closest_marker("service") or item.get_closest_marker("browser"))
    ):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        # What is only about PostgreSQL runs there in the other pass of `make test`; recordings and schemas lie outside
        # the repository, and no installing brings them.
        elsewhere = "PostgreSQL" in reason and connection.vendor == "sqlite" and services.postgres_url()
        if not elsewhere and "not beside this checkout" not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped, which CI does not allow: {reason}"
    return report


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page that was asked for in another language leaves it switched on in its thread."""
    yield
    translation.deactivate()


# Requirements


# What takes long: processes that are killed, whole benchmarks, thousands of rows, the demo made anew for each test, every
# page in a browser, the second way into one more platform. CI runs them all.
_SLOW = (
    "tests/backoffice/test_backup.py",
    "tests/backoffice/test_csp.py::test_no_page",
    "tests/backoffice/test_worker.py",
    "tests/benchmarks/test_bench.py",
    "tests/browser/test_walk.py",
    "tests/crash/",
    "tests/demo_data/",
    "tests/inventory/test_admin_lists.py::test_a_list_takes_the_same_queries_for_50_and_500_rows",
    "tests/inventory/tables/",
    "tests/orders/test_admin_orders.py::test_queries",
    "tests/orders/test_screens_grow.py",
    "tests/orders/test_stock_mix.py",
    "tests/platforms/oscommerce/test_bridge.py::test_every_read_gives_what_the_database_gives",
    "tests/platforms/oscommerce/test_contract.py::TestNewByDatabase",
    "tests/platforms/oscommerce/test_interrupted.py",
    "tests/platforms/shoper/test_budgets.py",
    "tests/shops/files/test_writers.py::test_memory_does_not_grow_with_the_rows",
    "tests/shops/intake/test_history.py",
    "tests/shops/sync/test_budgets.py",
    "tests/shops/sync/test_week.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(_SLOW):
            item.add_marker(pytest.mark.slow)
    # What needs no database runs last, and so did the longest file, alone on one of two processes.
    items.sort(key=lambda item: not item.nodeid.startswith("tests/benchmarks/test_bench.py"))
    table.name_rows(items)
    known = required_ids()
    for item in items:
        named = sorted({name for mark in item.iter_markers("requirement") for name in mark.args})
        if known and (unknown := [name for name in named if name not in known]):
            raise pytest.UsageError(
                f"{item.nodeid} proves {', '.join(unknown)}, which docs/requirements.md does not know"
            )
        # Travels with the reports, so that it also arrives from xdist's workers.
        item.user_properties.append(("requirements", " ".join(named)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the contract table, and what no passed test proves."""
    table.print_table(terminalreporter, settings.PLATFORMS)
    _print_unproven(terminalreporter, config)


def _print_unproven(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Only after a whole run, since a part of it proves little."""
    chosen = config.option.keyword or config.option.markexpr
    whole = config.args == config.getini("testpaths") and not chosen
    if not whole or not (known := required_ids()):
        return
    proven: set[str] = set()
    failed: set[str] = set()
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            names = set(dict(getattr(report, "user_properties", ())).get("requirements", "").split())
            if outcome == "passed":
                proven |= names
            elif outcome in ("failed", "error"):
                failed |= names
    open_ids = [name for name in known if name not in proven or name in failed]
    proven_count = len(known) - len(open_ids)
    terminalreporter.section("requirements")
    terminalreporter.line(f"{proven_count} of {len(known)} proven by passed tests.")
    if open_ids:
        terminalreporter.line(f"Not proven yet: {' '.join(open_ids)}")


def required_ids() -> list[str]:
    """The ids of docs/requirements.md, in its order; none when there is no such page yet."""
    if not REQUIREMENTS.exists():
        return []
    return list(dict.fromkeys(_ID.findall(REQUIREMENTS.read_text(encoding="utf-8"))))
