"""What only a browser can show: scripts under the content security policy, dialogs, no scrolling sideways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from shops.models import Change, Hold, Rule, Run, Shop, Step
from shops.platforms.base import Finding
from shops.services.plans import rules_print
from shops.services.rules import ensure_rules
from tests.factories import make_company, make_run, make_shop
from tests.shops.fakes import Fabric

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _sync_in_the_browsers_loop(monkeypatch):
    # Playwright's loop runs in this thread; Django would refuse the ORM because of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def lipa() -> Shop:
    make_company()
    shop = make_shop("pl", name="Lipa PL", platform="fabric", credentials={"login": "p", "api_token": "t"})
    ensure_rules(shop)
    Rule.objects.filter(shop=shop).update(linked_count=1204, only_here_count=36, only_shop_count=18)
    return shop


@pytest.fixture
def browser(chromium: str) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture
def open_page(browser, live_server, lipa):
    """open_page(width=1400) is a page of somebody who may do everything; page.faults collects what went wrong."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("petra", password="x"))
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    def opened(width: int = 1400) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, base_url=live_server.url)
        context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page = context.new_page()
        page.faults = []
        page.on(
            "console", lambda message: page.faults.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        return page

    return opened


def test_the_matrix_answers_each_click_at_once(open_page, lipa):
    page = open_page()
    page.goto(f"/shops/shop/{lipa.pk}/what-to-sync/")
    row = page.locator("#row-article")
    row.locator('input[value="shop"]').check()
    assert "1,204 get our version if they differ" in row.inner_text()
    assert row.locator("[data-changed-mark]").is_visible()
    assert page.locator('[data-sum="there"]').inner_text() == "1"
    row.locator('[data-cell="import"]').check()
    row.locator('[data-cell="delete"]').check()
    assert "The same 18 would come here and vanish there." in row.inner_text()
    assert "sh-contradiction" in row.locator(".sh-only-shop").get_attribute("class")
    row.locator('[data-cell="import"]').uncheck()
    assert row.get_by_text("18 that exist only in Lipa PL are deleted there").is_visible()
    row.locator("[data-confirm] input").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    rule = Rule.objects.get(shop=lipa, kind="article")
    assert (rule.linked, rule.import_here, rule.delete_there) == ("shop", False, True)
    assert page.faults == []


def test_the_arrow_keys_move_inside_a_choice_of_three(open_page, lipa):
    page = open_page()
    page.goto(f"/shops/shop/{lipa.pk}/what-to-sync/")
    row = page.locator("#row-stock")
    row.locator('input[value="nothing"]').focus()
    page.keyboard.press("ArrowRight")
    assert row.locator('input[value="shop"]').is_checked()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert row.locator('input[value="here"]').is_checked()


def test_a_run_is_asked_for_in_a_window_and_started(open_page, lipa):
    page = open_page()
    page.goto(f"/shops/shop/{lipa.pk}/what-to-sync/")
    page.get_by_text("More runs").click()
    page.get_by_role("link", name="Read the shop").first.click()
    window = page.locator("#modal-content")
    window.get_by_text("Read Lipa PL?").wait_for()
    assert page.url.endswith("/what-to-sync/")
    window.get_by_role("button", name="Read the shop").click()
    page.wait_for_url("**/shops/run/*/change/")
    assert Run.objects.get().job == "read"
    assert page.faults == []


def test_checks_appear_and_the_result_stays(open_page, lipa):
    Fabric.findings = [
        Finding("address", "Address", "ok", "answers in 41 ms"),
        Finding("right", "Permissions", "problem", "The key may only read.", cure="Make a new key."),
    ]
    page = open_page()
    page.goto(f"/shops/shop/{lipa.pk}/change/")
    page.get_by_role("button", name="Test settings").first.click()
    page.get_by_text("1 problem", exact=True).wait_for()
    assert page.get_by_text("The key may only read.").is_visible()
    assert page.faults == []


def test_a_live_run_moves_by_itself_and_ends_by_itself(open_page, lipa):
    run = make_run(lipa, state="running")
    step = Step.objects.create(run=run, kind="article", position=1, state="running", phase="read", read=10)
    page = open_page()
    page.goto(f"/shops/run/{run.pk}/change/")
    assert "Articles: reading the shop" in page.locator("#run-live").inner_text()
    Step.objects.filter(pk=step.pk).update(phase="linked", read=77)
    page.get_by_text("Articles: comparing what is linked").wait_for(timeout=8000)
    Step.objects.filter(pk=step.pk).update(state="done", phase="finished")
    Run.objects.filter(pk=run.pk).update(state="done", message="All 77 are equal.")
    page.get_by_text("Done without exceptions.").wait_for(timeout=8000)
    page.wait_for_load_state()
    assert page.locator("#run-live").count() == 0
    assert page.faults == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/shops/shop/{}/change/",
        "/shops/shop/{}/what-to-sync/",
        "/shops/shop/{}/stock-and-prices/",
        "/shops/shop/{}/orders/",
        "/shops/shop/{}/mappings/",
        "/shops/shop/{}/safety/",
        "/shops/shop/{}/health/",
        "/shops/problem/parked/",
        "/shops/shop/{}/past/",
    ],
)
def test_nothing_scrolls_sideways_on_a_phone(open_page, lipa, path):
    page = open_page(width=390)
    page.goto(path.format(lipa.pk))
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.faults == []


def test_the_choices_of_a_row_unfold_on_a_phone(open_page, lipa):
    page = open_page(width=390)
    page.goto(f"/shops/shop/{lipa.pk}/what-to-sync/")
    choice = page.locator("#row-article .sh-choice")
    assert not choice.is_visible()
    page.locator("#row-article .sh-fold").check()
    assert choice.is_visible()
    assert page.locator("#row-article .sh-option").first.bounding_box()["height"] >= 40


def a_plan(shop: Shop) -> Run:
    run = make_run(
        shop, mode="preview", state="done", finished_at=timezone.now(), options={"rules": rules_print(shop)}
    )
    Step.objects.create(run=run, kind="article", position=1, state="done", phase="finished", equal=1143)
    for number in range(3):
        Change.objects.create(
            run=run, kind="article", verb="update_shop", key=f"MUG-{number}", fields={"name": ["a", "b" * 40]}
        )
    Change.objects.create(run=run, kind="image", verb="delete_shop", name="old.jpg", remote_id="7")
    return run


def test_a_tick_is_kept_at_once_and_the_sum_follows(open_page, lipa):
    run = a_plan(lipa)
    page = open_page()
    page.goto(f"/shops/run/{run.pk}/change/")
    foot = page.locator("#plan-foot")
    assert "Approve and run 4 changes" in foot.inner_text()
    assert "1 deletion among them" in foot.inner_text()
    page.get_by_role("checkbox", name="Update in shop: MUG-1, Lipa PL").focus()
    page.keyboard.press("Space")
    foot.get_by_text("Approve and run 3 changes").wait_for()
    assert "4 planned − 1 left out = 3" in foot.inner_text()
    assert "Left out 1" in " ".join(page.locator("#plan-filters").inner_text().split())
    assert Change.objects.get(key="MUG-1").state == "held"
    page.get_by_role("checkbox", name="Tick all rows of this page").check()
    foot.get_by_text("Approve and run 4 changes").wait_for()
    page.get_by_role("checkbox", name="Tick all rows of this page").uncheck()
    foot.get_by_text("4 planned − 4 left out = 0").wait_for()
    page.get_by_role("checkbox", name="Delete in shop: old.jpg, Lipa PL").check()
    foot.get_by_role("button", name="Approve and run 1 change").click()
    page.wait_for_url("**/shops/run/*/change/")
    carrier = Run.objects.get(job="apply")
    assert (carrier.plan, Change.objects.get(state="planned").name) == (run, "old.jpg")
    assert page.faults == []


def test_a_preview_does_not_scroll_sideways_on_a_phone(open_page, lipa):
    run = a_plan(lipa)
    page = open_page(width=390)
    page.goto(f"/shops/run/{run.pk}/change/")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.faults == []


def test_what_is_held_is_released_in_a_window(open_page, lipa):
    run = a_plan(lipa)
    hold = Hold.objects.create(run=run, kind="article", risk="hide", count=1, base=4)
    Change.objects.filter(key="MUG-2").update(state="held", hold=hold)
    page = open_page()
    page.goto(f"/shops/run/{run.pk}/change/")
    page.get_by_role("link", name="Release the 1 …").click()
    window = page.locator("#modal-content")
    window.get_by_text("Release 1 change?").wait_for()
    window.get_by_label("Reason, kept in the history").fill("Black Friday")
    window.get_by_label("Type the number of changes").fill("1")
    window.get_by_role("button", name="Release 1 change").click()
    page.get_by_text("This run carries out what was released").wait_for()
    hold.refresh_from_db()
    assert (hold.state, hold.reason) == ("released", "Black Friday")
    assert page.faults == []
