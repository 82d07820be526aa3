"""The pictures of the user's guide, taken from a Kontor of its own with the demo data.

    .venv/bin/python docs/user-guide/shoot.py            # all pictures, about a minute and a half
    .venv/bin/python docs/user-guide/shoot.py --only matrix

Everything is made in a temporary folder and thrown away; only docs/user-guide/images/ is written. Needs Chromium
(package chromium, or CHROMIUM=path) and the packages of `make install`.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
HOME = HERE.parent.parent
IMAGES = HERE / "images"
sys.path.insert(0, str(HOME))

from backoffice.processes import Family, wait_for_page  # noqa: E402
from tests import services  # noqa: E402

KEY, SECRET = "ck_" + "4f7a" * 10, "cs_" + "93c1" * 10
EXACT = 176
WIDE, PHONE = 1400, 390
CARAFE = "/product/carafe-jelka-1-l-with-cork/"

# An article whose VAT rate the demo shop does not have: its next synchronisation has something to say.
ODD_ARTICLE = """
from decimal import Decimal
from inventory.models import Article, Unit, VatRate
vat, _ = VatRate.objects.get_or_create(country="SI", percent=Decimal("8.5"), defaults={"name": "DDV 8,5 %"})
for sku, name in (("LD-SOAP-LAV", "Lavender soap Lipa 100 g"), ("LD-SOAP-SAG", "Sage soap Lipa 100 g")):
    Article.objects.create(sku=sku, name=name, unit=Unit.objects.first(), vat_rate=vat)
Article.objects.filter(sku="LD-BASKET").update(name="Willow basket Pohorje, large")
"""
SLOW = "from shops.models import Shop; Shop.objects.filter(code='demo').update(options={'requests_per_second': %s})"

# The tour presses each button itself.
BY_HAND = "from shops.models import ShopSchedule; ShopSchedule.objects.update(active=False)"
BY_ITSELF = "from shops.models import ShopSchedule; ShopSchedule.objects.update(active=True)"

TABLE = """sku;name;vat_rate;unit
LD-MUG-GRN;Stoneware mug Sava 350 ml, Moss green;SI 22;piece
LD-TRAY-40;Serving tray Pohorje 40 cm;SI 22;piece
LD-TRAY-60;Serving tray Pohorje 60 cm;SI 23;piece
"""


class Kontor:
    """A running Kontor with its demo shop: `page` is logged in, `shop` is the demo shop's address."""

    def __init__(self, page: Page, settings: dict[str, str], url: str, shop: str) -> None:
        self.page, self.settings, self.url, self.shop = page, settings, url, shop

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.url + path)
        self.page.wait_for_load_state("networkidle")

    def shot(self, name: str, height: int = 900, width: int = WIDE) -> None:
        """A picture of the window, so high that nothing sticks over what is to be seen."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(400)
        self.save(self.page.screenshot(), name)
        self.page.set_viewport_size({"width": WIDE, "height": 900})

    @staticmethod
    def save(png: bytes, name: str) -> None:
        """256 colours: the most frequent exactly as they are (a screen has large even areas), the rest averaged."""
        picture = Image.open(BytesIO(png)).convert("RGB")
        counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
        exact = [value for _count, colour in counted[:EXACT] for value in colour]
        averaged = picture.quantize(256 - EXACT, dither=Image.Dither.NONE).getpalette() or []
        palette = Image.new("P", (1, 1))
        palette.putpalette(exact + averaged)
        small = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        small.save(IMAGES / f"{name}.png", optimize=True)
        print(f"  {name}.png  {(IMAGES / f'{name}.png').stat().st_size // 1000} kB", flush=True)

    def manage(self, *arguments: str) -> str:
        return manage(self.settings, *arguments)

    def press(self, menu: str, entry: str) -> Any:
        """Open an entry of a menu in the page's head; the window with its question."""
        opened = self.page.locator("details.sh-menu").filter(has_text=menu)
        opened.locator("summary").click()
        opened.locator("a", has_text=entry).first.click()
        window = self.page.locator("#modal-content")
        window.locator("button[type=submit]").wait_for()
        return window

    def run(self, menu: str, entry: str) -> None:
        """Start a run from the demo shop's page and wait until its page says how it ended."""
        self.go("/shops/shop/1/change/")
        self.press(menu, entry).locator("button[type=submit]").click()
        self.finish()

    def finish(self) -> None:
        self.page.wait_for_url("**/shops/run/*/change/")
        self.page.locator("#run-live").wait_for(state="detached", timeout=90_000)
        self.page.wait_for_load_state("networkidle")


def manage(settings: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=HOME, env=settings, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def kontor(port: int, folder: Path) -> Iterator[Kontor]:
    url, shop = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    settings = {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in ("DJANGO_SETTINGS_MODULE", "DEBUG")
        },
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CREDENTIAL_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "DATABASE_URL": f"sqlite:///{folder / 'kontor.sqlite3'}",
        "BROKER_URL": "",
        "PUBLIC_URL": url,
        "PRIVATE_TARGETS": "127.0.0.0/8",  # the demo shop is on this machine
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "WORKERS": "1",
        "QUICK_WORKERS": "1",
    }
    ready = json.loads(manage(settings, "prepare").splitlines()[-1])
    os.chdir(HOME)
    family = Family(settings, folder / "log")
    python = sys.executable
    try:
        seed = ["--seed", "--data", str(folder / "shop.sqlite3"), "--key", KEY, "--secret", SECRET]
        family.add("demo-shop", [python, "-m", "backoffice.demo.shop", "--port", str(port + 1), *seed])
        wait_for_page(family, "demo-shop", f"{shop}/wp-json/")
        manage(settings, "demo", "--shop-url", shop, "--shop-key", KEY, "--shop-secret", SECRET)
        manage(settings, "shell", "-v", "0", "-c", BY_HAND)
        web = f"--bind 127.0.0.1:{port} --worker-class gthread --threads 4 --no-control-socket"
        family.add("web", [python, "-m", "gunicorn", "backoffice.wsgi", *web.split()])
        wait_for_page(family, "web", f"{url}/healthz")
        family.add("worker", [python, "manage.py", "worker"])
        family.add("worker-quick", [python, "manage.py", "worker", "--cluster", "quick"])
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=services.chromium(),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            page = browser.new_page(viewport={"width": WIDE, "height": 900}, locale="en-GB")
            house = Kontor(page, settings, url, shop)
            house.go("/login/?next=/")
            page.fill("[name=username]", ready["administrator"])
            page.fill("[name=password]", ready["password"])
            page.click("[type=submit]")
            page.wait_for_url(f"{url}/")
            yield house
            browser.close()
    finally:
        family.stop()


# The tour. Each part leaves Kontor as the next one expects it.


def first_steps(at: Kontor) -> None:
    at.go("/shops/run/1/change/")
    at.page.locator("#run-live").wait_for(state="detached", timeout=300_000)
    at.page.get_by_text("Done").first.wait_for(timeout=300_000)
    at.go(at.shop)
    at.shot("storefront", 800)
    at.go("/inventory/stocklevel/?q=LD-CARAFE")
    at.page.locator("input[name$=on_hand]").first.fill("7")
    at.shot("stock-edit", 560)
    at.page.get_by_role("button", name="Save", exact=True).click()
    at.page.wait_for_load_state("networkidle")
    at.go("/shops/shop/1/change/")
    at.page.locator("summary", has_text="More runs").click()
    at.shot("more-runs", 420)
    at.run("More runs", "Export stock")
    at.shot("run-stock", 780)
    at.go(at.shop + CARAFE)
    at.shot("storefront-carafe", 800)
    order(at, "card")
    at.run("More runs", "Import orders")
    at.go("/orders/order/")
    at.shot("orders", 760)
    at.page.get_by_role("link", name="DEMO-").first.click()
    at.page.wait_for_load_state("networkidle")
    at.shot("order", 860)


def sales(at: Kontor) -> None:
    at.go("/orders/order/?queue=pack")
    for box in at.page.locator("input.action-select").all()[:3]:
        box.check()
    at.shot("order-queue", 640)
    at.go("/orders/order/?queue=ship")
    at.page.get_by_role("link", name="DEMO-").first.click()
    at.page.locator(".k-card", has_text="Documents").get_by_role("link", name="Invoice").first.click()
    at.page.wait_for_load_state("networkidle")
    at.shot("document", 800)
    at.go("/inventory/stockcount/2/change/")
    at.shot("count", 620)
    at.go(at.shop + CARAFE)
    order(at, "cod")  # the method that is not linked yet
    at.run("More runs", "Import orders")
    at.go("/shops/problem/parked/")
    at.shot("parked", 640)


def order(at: Kontor, payment: str) -> None:
    at.page.get_by_role("button", name="Add to cart").click()
    buyer = {
        "first_name": "Maja", "last_name": "Kovač", "address_1": "Lipova ulica 21", "postcode": "1000",
        "city": "Ljubljana", "email": "maja.kovac@example.com", "phone": "+386 1 555 01 30",
    }  # fmt: skip
    for name, value in buyer.items():
        at.page.fill(f"[name={name}]", value)
    at.page.check(f"[name=payment][value={payment}]")
    at.page.get_by_role("button", name="Place an order").click()
    at.page.wait_for_load_state("networkidle")


def shops(at: Kontor) -> None:
    at.go("/shops/shop/1/change/")
    at.page.get_by_role("button", name="Test settings").first.click()
    at.page.get_by_text("nothing was changed").first.wait_for()
    at.page.wait_for_load_state("networkidle")
    at.shot("test-settings", 900)
    at.go("/shops/shop/add/")
    at.page.get_by_role("link", name="WooCommerce").click()
    at.page.wait_for_load_state("networkidle")
    fields = {
        "name": "Lipa CZ", "code": "lipa-cz", "address": at.shop, "consumer_key": KEY,
        "consumer_secret": "cs_" + "0" * 40,
    }  # fmt: skip
    for name, value in fields.items():
        at.page.fill(f"[name$={name}]", value)
    at.shot("shop-add", 760)
    at.page.get_by_role("button", name="Save and test settings").click()
    at.page.get_by_text("nothing was changed").first.wait_for()
    at.page.wait_for_load_state("networkidle")
    at.shot("test-settings-problem", 700)
    at.go("/shops/shop/2/what-to-sync/")
    at.shot("matrix-unread", 620)
    at.go("/shops/shop/1/health/")
    at.shot("health", 820)


def matrix(at: Kontor) -> None:
    at.run("More runs", "Read the shop")
    at.go("/shops/shop/1/what-to-sync/")
    at.shot("matrix", 1240)
    at.shot("matrix-phone", 860, PHONE)
    row = at.page.locator("#row-article")
    row.locator('[data-cell="import"]').check()
    row.locator('[data-cell="delete"]').check()
    row.scroll_into_view_if_needed()
    at.page.set_viewport_size({"width": WIDE, "height": 1240})
    at.page.wait_for_timeout(300)
    at.save(row.screenshot(), "matrix-contradiction")
    at.go("/shops/shop/1/stock-and-prices/")
    at.shot("stock-and-prices", 1180)
    at.go("/shops/shop/1/orders/")
    at.shot("shop-orders", 800)


def runs(at: Kontor) -> None:
    at.manage("shell", "-v", "0", "-c", ODD_ARTICLE)
    at.go("/shops/shop/1/change/")
    at.page.get_by_role("link", name="Preview").click()
    at.page.locator("#modal-content button[type=submit]").click()
    at.finish()
    at.shot("preview", 1250)
    at.manage("shell", "-v", "0", "-c", SLOW % 1)
    at.go("/shops/shop/1/change/")
    at.page.get_by_role("link", name="Synchronise").click()
    at.page.locator("#modal-content button[type=submit]").click()
    at.page.get_by_text("Articles: reading the shop").wait_for(timeout=60_000)
    at.shot("run-live", 1000)
    at.shot("run-live-phone", 860, PHONE)
    at.manage("shell", "-v", "0", "-c", SLOW % 5)
    at.finish()
    at.shot("run-causes", 800)
    at.go("/shops/problem/")
    at.shot("needs-a-person", 460)
    at.go("/")
    at.shot("dashboard", 860)


def mappings(at: Kontor) -> None:
    at.go("/shops/shop/1/mappings/order_status/")
    at.shot("mappings", 800)


def goods(at: Kontor) -> None:
    at.go("/inventory/article/")
    at.shot("articles", 760)
    at.page.get_by_role("link", name="LD-BOWL-16").first.click()
    at.page.wait_for_load_state("networkidle")
    at.shot("article", 1000)
    at.go("/inventory/article/import/")
    table = {"name": "articles.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    at.page.set_input_files("input[type=file]", table)
    chosen = at.page.locator("select[name=format] option", has_text="CSV").first.get_attribute("value")
    at.page.select_option("select[name=format]", value=chosen)
    at.page.get_by_role("button", name="Submit").click()
    at.page.wait_for_load_state("networkidle")
    at.shot("import-preview", 620)


def files(at: Kontor) -> None:
    at.go("/shops/shop/1/change/")
    window = at.press("Files", "Export all")
    for box in window.locator("input[type=checkbox]").all():
        box.check()
    at.shot("file-dialog", 620)
    window.locator("button[type=submit]").click()
    at.finish()
    at.shot("files", 640)


def schedule(at: Kontor) -> None:
    at.manage("shell", "-v", "0", "-c", BY_ITSELF)
    at.go("/shops/shop/1/schedule/")
    at.shot("schedule", 1150)


PARTS: dict[str, Callable[[Kontor], None]] = {
    part.__name__: part
    for part in (first_steps, sales, shops, matrix, runs, mappings, goods, files, schedule)
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8680, help="of Kontor; the demo shop takes the next one")
    parser.add_argument("--only", choices=PARTS, help="one part (the others' traces are then missing in it)")
    options = parser.parse_args()
    if not services.chromium():
        sys.exit("Chromium is missing: install the package chromium, or set CHROMIUM to its path.")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, kontor(options.port, Path(folder)) as at:
        for name, part in PARTS.items():
            if options.only in (None, name):
                print(name, flush=True)
                part(at)
    return 0


if __name__ == "__main__":
    sys.exit(main())
