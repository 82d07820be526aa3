"""One browser for each module, pages that remember what went wrong in them, and a worker in a thread."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client

from shops.services.runs import work_run
from tests.peers.woocommerce import woo

__all__ = ["woo"]

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
PASSWORD = "lime-tree-avenue-7"  # long enough for the validators


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    # Playwright's loop runs in this thread; Django would refuse the ORM because of it.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_page(browser, live_server) -> Iterator[Callable[..., Any]]:
    """new_page(width=1400) is a fresh window, nobody logged in; page.faults has errors of scripts, of the console
    (refusals by the content security policy among them) and answers of 500."""
    contexts = []

    def opened(width: int = 1400) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, base_url=live_server.url, locale="en-GB"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.faults = []
        page.on(
            "console", lambda message: page.faults.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("response", lambda answer: page.faults.append(answer.url) if answer.status >= 500 else None)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def petra(db) -> Any:
    """She may do everything."""
    return get_user_model().objects.create_superuser("petra", password=PASSWORD)


@pytest.fixture
def open_page(new_page, live_server, petra) -> Callable[..., Any]:
    """Like new_page, with Petra logged in."""
    client = Client()
    client.force_login(petra)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    def opened(width: int = 1400) -> Any:
        page = new_page(width)
        page.context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        return page

    return opened


@contextmanager
def worker(run_id: int) -> Iterator[None]:
    """The slices of a run, worked off in a thread as a worker would; ends with the run, and raises what it raised."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            work_run(run_id)
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    try:
        yield
    finally:
        thread.join(30)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def run_of(page: Any) -> int:
    """The run whose page is open, once it is."""
    page.wait_for_url("**/shops/run/*/change/")
    found = re.search(r"/run/(\d+)/", page.url)
    assert found
    return int(found.group(1))


def watched_to_its_end(page: Any) -> int:
    """Work the run off whose page is open, until the page has turned into that of a finished run. Its id."""
    run_id = run_of(page)
    page.locator("#run-live").wait_for()
    with worker(run_id):
        page.locator("#run-live").wait_for(state="detached", timeout=30_000)
    page.wait_for_load_state()
    return run_id


def press(page: Any, menu: str, entry: str) -> Any:
    """Choose an entry of a menu in a shop page's head; the window with its question."""
    opened = page.locator("details.sh-menu").filter(has_text=menu)
    opened.locator("summary").click()
    opened.get_by_role("link", name=entry, exact=True).click()
    return window_of(page)


def window_of(page: Any) -> Any:
    window = page.locator("#modal-content")
    window.locator("button[type=submit]").wait_for()
    return window
