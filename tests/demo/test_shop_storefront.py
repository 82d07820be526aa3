"""The storefront: what a buyer sees, and the order that reaches the API."""

import re
import sqlite3
import urllib.parse
from html import unescape
from pathlib import Path

import pytest

from tests.peers.woocommerce import Answer, Client, DemoShop, Product, ShopState, add_products, make_shop

pytestmark = pytest.mark.requirement("S1")
FORM = {
    "first_name": "Ana", "last_name": "Novak", "company": "Čebelica & sin", "vat_id": "SI12345678",
    "address_1": "Lipova 1", "postcode": "1000", "city": "Ljubljana", "country": "SI", "email": "ana@example.org",
    "phone": "040 1", "delivery": "1", "payment": "cod", "note": "Please ring",
}  # fmt: skip


class Browser:
    def __init__(self, shop: DemoShop):
        self.client, self.cookie = Client(shop, None), ""

    def get(self, path: str) -> Answer:
        path, _, query = path.partition("?")
        return self.client.send(
            "GET", path, dict(urllib.parse.parse_qsl(query)), headers={"Cookie": self.cookie}
        )

    def post(self, path: str, form: dict[str, str], origin: str = "") -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        headers |= {"Origin": origin} if origin else {}
        answer = self.client.send("POST", path, {}, urllib.parse.urlencode(form).encode(), headers)
        self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).split(";")[0]
        return answer


def text(answer: Answer) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.body.decode())).replace("\xa0", " ")


@pytest.fixture
def mug(woo: DemoShop) -> Product:
    (product,) = add_products(woo.state, 1)
    product.name, product.regular_price, product.stock_quantity = "Mug &amp; saucer", "10.00", 12
    woo.state.forget_rows()
    return product


def test_an_empty_shop_says_what_to_do(woo: DemoShop) -> None:
    assert "The shelves are still empty" in text(Browser(woo).get("/"))


def test_a_product_shows_price_with_tax_and_stock(woo: DemoShop, mug: Product) -> None:
    browser = Browser(woo)
    for page in ("/", "/product/sku-00001/"):
        shown = text(browser.get(page))
        assert "Mug & saucer" in shown
        assert "12.20 €" in shown
        assert "12 in stock" in shown
    assert "incl. 22 % VAT" in text(browser.get("/product/sku-00001/"))
    Client(woo).put(f"/products/{mug.id}", {"stock_quantity": 0})
    assert "Sold out" in text(browser.get("/"))
    assert browser.get(f"/placeholder/{mug.id}.svg").body.startswith(b"<svg")
    assert browser.get("/product/none/").status == 404


def test_drafts_and_hidden_products_are_not_shown(woo: DemoShop, mug: Product) -> None:
    Client(woo).put(f"/products/{mug.id}", {"status": "draft"})
    assert "Mug" not in text(Browser(woo).get("/"))
    assert Browser(woo).get("/product/sku-00001/").status == 404


def test_an_order_from_shelf_to_api(woo: DemoShop, mug: Product) -> None:
    browser, client = Browser(woo), Client(woo)
    browser.post("/cart/", {"product_id": str(mug.id), "quantity": "2"})
    assert "24.40 €" in text(browser.get("/checkout/"))
    done = browser.post("/checkout/", FORM)
    assert done.status == 303
    assert "Thank you, Ana" in text(browser.get(done.headers["Location"]))
    (order,) = client.get("/orders").json
    assert (order["status"], order["created_via"], order["total"]) == ("processing", "store-api", "31.23")
    assert order["billing"]["company"] == "Čebelica &amp; sin"
    assert order["meta_data"][1] | {"id": 0} == {"id": 0, "key": "_billing_vat_number", "value": "SI12345678"}
    assert (order["line_items"][0]["total"], order["line_items"][0]["total_tax"]) == ("20.00", "4.40")
    assert (order["shipping_lines"][0]["total"], order["shipping_lines"][0]["instance_id"]) == ("4.10", "1")
    assert (order["fee_lines"][0]["total"], order["fee_lines"][0]["total_tax"]) == ("1.50", "0.33")
    assert client.get(f"/products/{mug.id}").json["stock_quantity"] == 10
    assert "Your cart is empty" in text(browser.get("/checkout/"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"last_name": ""}, "Please fill this in."),
        ({"email": "nobody"}, "This does not look like an e-mail address."),
        ({"country": "CZ"}, "Choose how the order should reach you."),
        ({"payment": "gold"}, "Choose how you would like to pay."),
    ],
)
def test_a_bad_form_makes_no_order(woo: DemoShop, mug: Product, change: dict[str, str], said: str) -> None:
    browser = Browser(woo)
    browser.post("/cart/", {"product_id": str(mug.id), "quantity": "1"})
    answer = browser.post("/checkout/", FORM | change)
    assert answer.status == 422
    assert said in text(answer)
    assert woo.state.orders == {}


def test_an_order_of_nothing_is_completed_at_once(woo: DemoShop, mug: Product) -> None:
    Client(woo).put(f"/products/{mug.id}", {"regular_price": "0"})
    woo.state.gateways[1].pop("fee")
    browser = Browser(woo)
    browser.post("/cart/", {"product_id": str(mug.id), "quantity": "1"})
    browser.post("/checkout/", FORM | {"delivery": "3"})
    (order,) = Client(woo).get("/orders").json
    assert (order["total"], order["status"], order["payment_method"]) == ("0.00", "completed", "cod")


def test_no_more_is_sold_than_there_is(woo: DemoShop, mug: Product) -> None:
    browser = Browser(woo)
    browser.post("/cart/", {"product_id": str(mug.id), "quantity": "13"})
    answer = browser.post("/checkout/", FORM)
    assert "Only 12 of “Mug & saucer” are left." in text(answer)
    browser.post("/cart/update/", {f"q{mug.id}": "12"})
    assert browser.post("/checkout/", FORM).status == 303


def test_a_variant_is_chosen_first(woo: DemoShop) -> None:
    client, browser = Client(woo), Browser(woo)
    options = [{"name": "Size", "variation": True, "options": ["S", "M"]}]
    parent = client.post("/products", {"name": "Shirt", "type": "variable", "attributes": options}).json
    rows = [{"regular_price": "9.00", "attributes": [{"name": "Size", "option": size}]} for size in "SM"]
    made = client.post(f"/products/{parent['id']}/variations/batch", {"create": rows}).json["create"]
    refused = browser.post("/cart/", {"product_id": str(parent["id"]), "quantity": "1"})
    assert (refused.status, "Choose a variant first." in text(refused)) == (400, True)
    browser.post(
        "/cart/", {"product_id": str(parent["id"]), "variation_id": str(made[1]["id"]), "quantity": "1"}
    )
    browser.post("/checkout/", FORM)
    line = client.get("/orders").json[0]["line_items"][0]
    assert (line["name"], line["product_id"], line["variation_id"]) == (
        "Shirt - M",
        parent["id"],
        made[1]["id"],
    )
    assert (line["meta_data"][0]["key"], line["meta_data"][0]["value"]) == ("size", "M")


def test_gross_prices_stay_what_they_are(woo: DemoShop, mug: Product) -> None:
    woo.state.set("woocommerce_prices_include_tax", "yes")
    assert "10.00 €" in text(Browser(woo).get("/"))


def test_what_is_written_runs_no_script(woo: DemoShop) -> None:
    attack = '<script>alert(1)</script><img src=x onerror="alert(2)"><a href="javascript:alert(3)">x</a>'
    made = Client(woo).post("/products", {"name": attack, "description": attack, "regular_price": "1"}).json
    answer = Browser(woo).get(f"/product/{made['slug']}/")
    page = answer.body.decode()
    assert ("<script" in page, "onerror" in page, "javascript:" in page) == (False, False, False)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "&lt;script&gt;x" in Browser(woo).get("/?s=<script>x").body.decode()


def test_a_form_of_another_site_is_refused(woo: DemoShop, mug: Product) -> None:
    answer = Browser(woo).post("/cart/", {"product_id": str(mug.id)}, origin="http://evil.example")
    assert answer.status == 403


def test_the_shop_outlives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite3"
    with make_shop(data=file) as shop:
        client, browser = Client(shop), Browser(shop)
        first, gone = add_products(shop.state, 2)
        number = client.post("/products/categories", {"name": "Tea"}).json["id"]
        client.put(
            f"/products/{first.id}", {"categories": [{"id": number}], "date_on_sale_from": "2090-01-01"}
        )
        client.delete(f"/products/{gone.id}", force="true")
        browser.post("/cart/", {"product_id": str(first.id)})
        browser.post("/checkout/", FORM)
        before = [
            client.get(path).json for path in ("/products", "/orders", "/products/categories", "/taxes")
        ]
    state = ShopState()
    shop = DemoShop(state, data=file, port=shop.port)
    assert shop.storage is not None
    assert shop.storage.load() is True
    with shop:
        client = Client(shop)
        assert [
            client.get(path).json for path in ("/products", "/orders", "/products/categories", "/taxes")
        ] == before
        assert client.post("/products", {"name": "x"}).json["id"] > before[1][0]["id"]  # ids go on
        assert shop.storage.save() > 0
        assert shop.storage.save() == 0  # nothing changed since
        shop.change_currency("CZK")
        assert shop.storage.save() == 1


def test_what_could_not_be_saved_is_saved_later(tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3").mkdir()  # no file can be opened there
    shop = make_shop(data=tmp_path / "shop.sqlite3")
    assert shop.storage is not None
    with pytest.raises(sqlite3.OperationalError):
        shop.storage.save()
    (tmp_path / "shop.sqlite3").rmdir()
    assert shop.storage.save() > 0
    again = ShopState()
    assert DemoShop(again, data=tmp_path / "shop.sqlite3").storage.load() is True
    assert again.taxes == shop.state.taxes
