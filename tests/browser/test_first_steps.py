"""The first steps of a newcomer, in a browser: connect a shop, choose what to sync, run, read, sell, look into a file.

The shop is the demo shop on loopback; runs are worked off in a thread, as a worker would. What the screens of a shop
answer in detail is in tests/shops/admin.
"""

from __future__ import annotations

import csv
import re
import socket
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from inventory.models import Article, StockMovement, Warehouse
from inventory.services import stock
from orders.models import Order
from shops.models import Rule, Run, Shop
from shops.services.rules import KONTOR_LEADS, apply_preset
from shops.services.runs import confirm_overwriting, start_run, work_run
from tests import factories
from tests.browser.conftest import PASSWORD, press, run_of, watched_to_its_end, window_of, worker
from tests.peers.woocommerce import ADMIN, READER, UNKNOWN, Key

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def goods() -> list[Article]:
    """Three mugs with stock in one warehouse and prices in one list."""
    factories.make_company()
    warehouse, prices = factories.make_warehouse(), factories.make_price_list()
    common: dict[str, Any] = {
        "vat_rate": factories.make_vat_rate("22"),
        "unit": factories.make_unit(),
        "producer": factories.make_producer(),
        "categories": [factories.make_category("Mugs")],
    }
    articles = [
        factories.make_article(sku=sku, name=name, **common)
        for sku, name in (("MUG-R", "Red mug"), ("MUG-G", "Green mug"), ("MUG-B", "Blue mug – Modrá"))
    ]
    for article in articles:
        factories.make_price(prices, article, "10.00")
    stock.correct_many({(article.pk, warehouse.pk): Decimal(12) for article in articles}, cause="count")
    return articles


@pytest.fixture
def lipa(goods, woo) -> Shop:
    """The shop as somebody has set it up: Kontor leads, and everybody knows that updates overwrite."""
    shop = factories.make_shop(
        "lipa",
        name="Lipa SI",
        address=woo.url,
        credentials={"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret},
        options={"requests_per_second": 200},
        price_list=factories.PriceList.objects.get(),
    )
    shop.warehouses.set(Warehouse.objects.all())
    apply_preset(shop, KONTOR_LEADS)
    confirm_overwriting(shop, by=None)
    return shop


@pytest.fixture
def filled(lipa, woo) -> Shop:
    """The same after its first synchronisation."""
    run = work_run(start_run(lipa, Run.Job.SYNC).pk)
    assert run.state == Run.State.DONE, run.message
    woo.reset_counts()
    return lipa


def fill_in(page: Any, address: str, key: Key, name: str = "Lipa SI") -> None:
    page.goto("/shops/shop/add/")
    page.get_by_role("link", name="WooCommerce").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Shop address").fill(address)
    page.get_by_label("Consumer key").fill(key.key)
    page.get_by_label("Consumer secret").fill(key.secret)
    page.get_by_role("button", name="Save and test settings").click()
    page.locator("[data-check-badge]").wait_for()


@pytest.mark.requirement("M1", "D3")
def test_a_newcomer_logs_in_adds_a_shop_and_it_works(new_page, petra, goods, woo):
    page = new_page()
    page.goto("/shops/shop/")
    page.get_by_label("Username").fill("petra")
    page.get_by_label("Password").fill("a wrong one")
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_text("Please enter the correct username and password").is_visible()
    page.get_by_label("Username").fill("petra")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/shops/shop/")

    fill_in(page, woo.url, ADMIN)
    assert page.locator("[data-check-badge] > span").last.inner_text() == "Works, with 1 remark"
    findings = page.locator("#check-findings").inner_text()
    assert "The shop accepts the key for reading." in findings
    assert "The shop sells in EUR." in findings
    shop = Shop.objects.get()
    assert (shop.name, shop.code, shop.address, shop.currency) == ("Lipa SI", "lipa-si", woo.url, "EUR")
    assert shop.credentials == {"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret}
    assert woo.writes == []
    # Saved, and from then on in no page any more.
    assert ADMIN.secret not in page.content()
    page.get_by_role("link", name="What to sync").click()
    assert page.get_by_text("We do not know yet what Lipa SI has").is_visible()
    assert set(Rule.objects.values_list("linked", "import_here", "export_there", "delete_there")) == {
        ("nothing", False, False, False)
    }
    assert page.faults == []


def nobody_listens() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def closed(woo: Any) -> None:
    woo.maintenance = True


def plain_permalinks(woo: Any) -> None:
    woo.permalinks = "plain"


# what is wrong, the key, what the shop does, which check says so, its words, what to do
BAD = {
    "wrong address": (ADMIN, None, "The shop can be reached", "", ""),
    "unknown key": (UNKNOWN, None, "The key is accepted", "refuses the key", "Copy both again"),
    "wrong secret": (
        Key(ADMIN.key, UNKNOWN.secret), None, "The key is accepted", "refuses the key", "Copy both again",
    ),
    "swapped": (Key(ADMIN.secret, ADMIN.key), None, "The key is accepted", "are swapped", "ck_ as the key"),
    "read-only key": (READER, None, "The key may write", "", "Read/Write"),
    "plain permalinks": (ADMIN, plain_permalinks, "The shop can be reached", "a web page", "Post name"),
    "maintenance": (ADMIN, closed, "The shop can be reached", "closed for maintenance", "test again"),
    "a page of a firewall": (
        ADMIN, lambda woo: woo.answers_html(times=None, status=403), "The shop can be reached", "", "provider",
    ),
}  # fmt: skip


@pytest.mark.requirement("M1")
@pytest.mark.parametrize("wrong", BAD)
def test_bad_settings_are_named_with_their_cure(open_page, woo, wrong):
    key, meddle, check, words, cure = BAD[wrong]
    if meddle:
        meddle(woo)
    page = open_page()
    fill_in(page, nobody_listens() if wrong == "wrong address" else woo.url, key)
    assert page.locator("[data-check-badge] > span").last.inner_text().startswith("1 problem")
    # The problem stands first, with what to do, and tells nothing secret.
    problem = page.locator("#check-findings > li").first.inner_text()
    assert check in problem
    assert words in problem
    assert "What to do" in problem
    assert cure in problem
    assert key.secret not in page.content()
    assert woo.writes == []
    assert page.faults == []


@pytest.mark.requirement("M4", "D4")
def test_a_contradiction_is_refused_at_its_row_and_a_preset_can_be_saved(open_page, filled):
    Rule.objects.filter(shop=filled).update(
        linked="nothing", import_here=False, export_there=False, delete_there=False
    )
    page = open_page()
    page.goto(f"/shops/shop/{filled.pk}/what-to-sync/")
    row = page.locator("#row-article")
    row.locator('[data-cell="delete"]').check()
    row.locator("[data-confirm] input").check()
    row.locator('[data-cell="import"]').check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#contradictions").wait_for()
    assert "1 row needs a decision" in page.locator("#contradictions").inner_text()
    assert "Import and Delete contradict each other" in page.locator("#row-article").inner_text()
    rule = Rule.objects.get(shop=filled, kind="article")
    assert (rule.import_here, rule.delete_there) == (False, False)
    # What was ticked is still there to be corrected.
    assert page.locator('#row-article [data-cell="import"]').is_checked()

    page.get_by_role("link", name="Kontor leads").click()
    page.wait_for_url("**preset=kontor_leads")
    assert not Rule.objects.filter(shop=filled, export_there=True).exists()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(lambda url: "preset" not in url)
    rules = {rule.kind: (rule.linked, rule.import_here, rule.export_there) for rule in filled.rules.all()}
    assert rules["article"] == ("shop", False, True)
    assert rules["order"] == ("here", True, False)
    assert rules["vat_rate"] == ("nothing", False, False)
    assert page.locator(".sh-pills [aria-current=true]").inner_text() == "Kontor leads"
    assert page.faults == []


@pytest.mark.requirement("P3", "D6")
def test_the_first_sync_is_confirmed_watched_to_its_end_and_read(open_page, lipa, woo):
    Shop.objects.update(overwrite_confirmed_at=None)
    woo.delays(0.15, times=None)  # long enough to be seen at work
    page = open_page()
    page.goto(f"/shops/shop/{lipa.pk}/change/")
    page.get_by_role("link", name="Synchronise").click()
    window = window_of(page)
    assert "“Update” overwrites the other side" in window.inner_text()
    window.get_by_role("button", name="Synchronise now").click()
    page.get_by_text("Tick this to go on. It is asked only once.").wait_for()
    assert not Run.objects.exists()
    page.get_by_label("I know that articles link by SKU").check()
    page.get_by_role("button", name="Synchronise now").click()

    run_id = run_of(page)
    assert "Waits for a worker" in page.locator("#run-live").inner_text()
    with worker(run_id):
        page.get_by_text("Articles: ").first.wait_for()  # it moves by itself
        page.locator("#run-live").wait_for(state="detached", timeout=30_000)
    page.wait_for_load_state()
    assert page.get_by_text("Done without exceptions.").first.is_visible()
    assert {product.sku for product in woo.state.products.values()} == {"MUG-R", "MUG-G", "MUG-B"}
    page.goto(f"/shops/run/{run_id}/change/?q=MUG-B")
    [line] = page.locator("tr", has_text="MUG-B").all()
    assert "Create in shop" in line.inner_text()
    assert "Blue mug – Modrá" in line.inner_text()
    assert "Done" in line.inner_text()
    assert page.faults == []


@pytest.mark.requirement("D6", "P4", "O1", "O13")
def test_a_new_stock_reaches_the_buyer_and_his_order_comes_back(open_page, filled, woo):
    page = open_page()
    page.goto("/inventory/stocklevel/?q=MUG-R")
    page.locator("#result_list input[type=number]").fill("5")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("1 stock level was changed successfully.").wait_for()
    assert StockMovement.objects.filter(article__sku="MUG-R").latest("pk").quantity == -7

    page.goto(f"/shops/shop/{filled.pk}/change/")
    press(page, "More runs", "Export stock").get_by_role("button", name="Export stock").click()
    watched_to_its_end(page)
    line = page.locator("tr", has_text="MUG-R")
    assert "Update in shop" in line.inner_text()
    assert "12 → 5" in " ".join(line.inner_text().split())
    assert len(woo.writes) == 1

    page.goto(f"{woo.url}/?s=Red+mug")
    page.get_by_role("link", name="Red mug").click()
    assert page.get_by_text("5 in stock").is_visible()
    page.get_by_role("button", name="Add to cart").click()
    buyer = {
        "First name": "Maja", "Last name": "Kovač", "Street and number": "Lipova 5", "Postcode": "1000",
        "City": "Ljubljana", "E-mail": "maja@example.com", "Phone": "+386 1 555 01 30",
    }  # fmt: skip
    for label, value in buyer.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Place an order").click()
    page.wait_for_url(re.compile(r"/order/\d+/\?key="))

    page.goto(f"/shops/shop/{filled.pk}/change/")
    press(page, "More runs", "Import orders …").get_by_role("button", name="Import orders").click()
    watched_to_its_end(page)
    order = Order.objects.get()
    page.goto("/orders/order/")
    line = page.locator("#result_list tbody tr", has_text=order.number).inner_text()
    assert "Maja Kovač" in line
    assert "Red mug" in line
    page.get_by_role("link", name=order.number).first.click()
    page.get_by_text("equals the shop's total to the cent").wait_for()
    assert [(item.sku, item.quantity) for item in order.lines.filter(kind="item")] == [("MUG-R", 1)]
    assert page.faults == []


@pytest.mark.requirement("E5", "E6", "D6")
def test_an_export_file_is_written_downloaded_and_looked_into(open_page, filled, woo, tmp_path: Path):
    page = open_page()
    page.goto(f"/shops/shop/{filled.pk}/change/")
    window = press(page, "Files", "Export stock to a file …")
    window.get_by_label("XLSX").uncheck()
    window.get_by_label("CSV").check()
    window.get_by_role("button", name="Write the files").click()
    run_id = watched_to_its_end(page)
    assert page.get_by_text("The files are ready.").first.is_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    name = started.value.suggested_filename
    assert name.startswith("lipa-export_stock-")
    assert name.endswith("-stock.csv")
    path = tmp_path / name
    started.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["sku"]: row for row in csv.DictReader(file, delimiter=";")}
    assert {sku: row["quantity"] for sku, row in rows.items()} == dict.fromkeys(
        ("MUG-R", "MUG-G", "MUG-B"), "12"
    )
    assert rows["MUG-R"]["link"] == "linked"
    assert woo.requests == []  # the shop was not touched
    page.goto("/shops/exportfile/")
    assert page.get_by_text(name).first.is_visible()
    assert Run.objects.get(pk=run_id).mode == Run.Mode.FILE
    assert page.faults == []
