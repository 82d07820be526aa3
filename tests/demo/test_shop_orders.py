"""Orders of the shop: totals, stock, states, refunds, and the webhooks that tell of them."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.peers.woocommerce import Client, DemoShop, Product, add_products

pytestmark = pytest.mark.requirement("S1", "O9")


@pytest.fixture
def client(woo: DemoShop) -> Client:
    return Client(woo)


@pytest.fixture
def mug(woo: DemoShop) -> Product:
    (product,) = add_products(woo.state, 1)
    product.regular_price, product.stock_quantity = "9.99", 10
    woo.state.forget_rows()
    return product


def order(client: Client, product: Product, quantity: int = 3, **fields: Any) -> dict[str, Any]:
    body = {
        "billing": {"country": "SI"},
        "line_items": [{"product_id": product.id, "quantity": quantity}],
        **fields,
    }
    answer = client.post("/orders", body)
    assert answer.status == 201, answer.body
    return answer.json


@pytest.mark.parametrize(
    ("gross", "country", "total", "total_tax", "line", "tax"),
    [
        ("no", "SI", "36.56", "6.59", "29.970000", "6.593400"),
        ("yes", "SI", "29.97", "5.40", "24.565574", "5.404426"),  # the recorded gross order's line
        ("yes", "CZ", "29.73", "5.16", "24.565574", "5.158771"),  # net is taken out with the home rate
        ("no", "AT", "29.97", "0.00", "29.970000", None),
    ],
)
def test_taxes(
    woo: DemoShop,
    client: Client,
    mug: Product,
    gross: str,
    country: str,
    total: str,
    total_tax: str,
    line: str,
    tax: str | None,
) -> None:
    woo.state.set("woocommerce_prices_include_tax", gross)
    made = order(client, mug, billing={"country": country})
    assert (made["total"], made["total_tax"], made["prices_include_tax"]) == (
        total,
        total_tax,
        gross == "yes",
    )
    exact = client.get(f"/orders/{made['id']}", dp=6).json["line_items"][0]
    assert (exact["total"], [t["total"] for t in exact["taxes"]]) == (line, [tax] if tax else [])


def test_stock_follows_the_state(woo: DemoShop, client: Client, mug: Product) -> None:
    made = order(client, mug, status="pending")
    path = f"/orders/{made['id']}"

    def left() -> int | None:
        return client.get(f"/products/{mug.id}").json["stock_quantity"]

    assert left() == 10
    assert client.put(path, {"status": "processing"}).json["date_paid"] is not None
    assert left() == 7
    client.put(path, {"status": "completed"})
    assert left() == 7
    client.put(path, {"status": "cancelled"})
    assert left() == 10
    notes = [row["note"] for row in client.get(f"{path}/notes").json]
    assert any("10&rarr;7" in note for note in notes)
    assert "Order status changed from Completed to Cancelled." in notes
    order(client, mug, 14, status="on-hold")
    assert left() == -4  # an order by API can oversell


def test_a_batch_turns_an_unknown_state_into_pending(client: Client, mug: Product) -> None:
    made = order(client, mug, status="completed")
    assert client.put(f"/orders/{made['id']}", {"status": "dispatched"}).code == "rest_invalid_param"
    row = client.post("/orders/batch", {"update": [{"id": made["id"], "status": "dispatched"}]}).json[
        "update"
    ][0]
    assert row["status"] == "pending"
    assert client.get(f"/products/{mug.id}").json["stock_quantity"] == 10  # and the stock is back
    for status, expected in (("wc-completed", "completed"), ("", "completed"), ("Completed", "pending")):
        row = client.post("/orders/batch", {"update": [{"id": made["id"], "status": status}]}).json["update"][
            0
        ]
        assert row["status"] == expected


def test_a_bad_coupon_leaves_a_draft_behind(client: Client, mug: Product) -> None:
    body = {"line_items": [{"product_id": mug.id, "quantity": 1}], "coupon_lines": [{"code": "none"}]}
    answer = client.post("/orders", body)
    assert (answer.status, answer.code) == (400, "woocommerce_rest_invalid_coupon")
    draft = answer.json["data"]["new_draft_order_id"]
    assert [(row["id"], row["status"]) for row in client.get("/orders").json] == [(draft, "checkout-draft")]


def test_a_coupon_comes_off_the_lines(woo: DemoShop, client: Client, mug: Product) -> None:
    woo.state.coupons.put(1, {"code": "jesen10", "discount_type": "percent", "amount": "10"})
    made = order(client, mug, 2, coupon_lines=[{"code": "JESEN10"}])
    line = made["line_items"][0]
    assert (line["subtotal"], line["total"], line["total_tax"]) == ("19.98", "17.98", "3.96")  # as recorded
    assert (made["discount_total"], made["coupon_lines"][0]["discount"]) == ("2.00", "2.00")


def test_lines_of_things_that_are_gone(woo: DemoShop, client: Client, mug: Product) -> None:
    made = order(client, mug)
    client.delete(f"/products/{mug.id}", force="true")
    line = client.get(f"/orders/{made['id']}").json["line_items"][0]
    assert (line["product_id"], line["sku"], line["total"]) == (0, None, "29.97")
    unknown = client.post("/orders", {"line_items": [{"sku": "NOPE", "quantity": 2}]}).json["line_items"][0]
    assert (unknown["name"], unknown["total"], unknown["product_id"]) == ("", "0.00", 0)


def test_refunds(client: Client, mug: Product) -> None:
    made = order(client, mug, status="processing", payment_method="bacs")
    path, line = f"/orders/{made['id']}", made["line_items"][0]
    tax = [{"id": line["taxes"][0]["id"], "refund_total": 2.2}]
    body = {
        "api_refund": False,
        "line_items": [{"id": line["id"], "quantity": 1, "refund_total": 9.99, "refund_tax": tax}],
    }
    assert client.post(f"{path}/refunds", body).json["amount"] == "12.19"
    assert client.get(f"/products/{mug.id}").json["stock_quantity"] == 8
    assert client.get(path).json["refunds"][0]["total"] == "-12.19"
    too_much = client.post(f"{path}/refunds", {"api_refund": False, "amount": "99"})
    assert (too_much.status, too_much.json["data"]) == (500, 500)
    assert client.post(f"{path}/refunds", {"amount": "1.00"}).status == 500  # the gateway cannot
    client.post(f"{path}/refunds", {"api_refund": False, "amount": "24.37"})
    assert client.get(path).json["status"] == "refunded"


def test_repeating_a_create_makes_a_second_order(client: Client, mug: Product) -> None:
    assert order(client, mug)["id"] != order(client, mug)["id"]
    assert client.get("/orders").headers["X-WP-Total"] == "2"


def test_line_without_id_is_appended(client: Client, mug: Product) -> None:
    made = order(client, mug, 1)
    changed = client.put(
        f"/orders/{made['id']}", {"line_items": [{"product_id": mug.id, "quantity": 1}]}
    ).json
    assert (len(changed["line_items"]), changed["total"]) == (2, "24.38")


class _Receiver(BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], bytes]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _Receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(_Receiver.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    _Receiver.got.clear()
    _Receiver.status = 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hooks/woo/1"
    server.shutdown()
    server.server_close()


def hook(client: Client, topic: str, url: str) -> int:
    made = client.post("/webhooks", {"topic": topic, "delivery_url": url, "secret": "geheim&<č"})
    assert (made.status, made.json.get("secret")) == (201, None)
    client.shop.webhooks.wait()
    return made.json["id"]


def test_registering_pings_without_a_signature(client: Client, receiver: str) -> None:
    number = hook(client, "order.created", receiver)
    ((headers, body),) = _Receiver.got
    assert body == f"webhook_id={number}".encode()
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert not [name for name in headers if name.startswith("x-wc-")]


def test_deliveries_are_signed(woo: DemoShop, client: Client, mug: Product, receiver: str) -> None:
    hook(client, "order.created", receiver)
    hook(client, "product.updated", receiver)
    _Receiver.got.clear()
    made = order(client, mug, status="processing")
    woo.webhooks.wait()
    told = {headers["x-wc-webhook-topic"]: (headers, body) for headers, body in _Receiver.got}
    assert set(told) == {"order.created", "product.updated"}
    headers, body = told["order.created"]
    expected = base64.b64encode(hmac.new("geheim&<č".encode(), body, hashlib.sha256).digest()).decode()
    assert headers["x-wc-webhook-signature"] == expected
    assert headers["x-wc-webhook-source"] == f"{woo.url}/"
    assert f'"id":{made["id"]},' in body.decode()
    assert '"stock_quantity":7' in told["product.updated"][1].decode()


def test_trash_tells_the_id_only_and_delivery_ids_repeat(
    woo: DemoShop, client: Client, mug: Product, receiver: str
) -> None:
    moment = woo.state.now()
    woo.state.clock = lambda: moment
    hook(client, "order.deleted", receiver)
    numbers = [order(client, mug)["id"] for _ in range(2)]
    _Receiver.got.clear()
    for number in numbers:
        client.delete(f"/orders/{number}")
    client.delete(f"/orders/{order(client, mug)['id']}", force="true")  # sends nothing
    woo.webhooks.wait()
    assert [body for _, body in _Receiver.got] == [f'{{"id":{n}}}'.encode() for n in numbers]
    assert len({headers["x-wc-webhook-delivery-id"] for headers, _ in _Receiver.got}) == 1


def test_the_seventh_failure_disables(woo: DemoShop, client: Client, mug: Product, receiver: str) -> None:
    number = hook(client, "product.updated", receiver)
    _Receiver.status = 500
    states = []
    for quantity in range(7):
        client.put(f"/products/{mug.id}", {"stock_quantity": quantity})
        woo.webhooks.wait()
        states.append(client.get(f"/webhooks/{number}").json["status"])
    assert states == ["active"] * 6 + ["disabled"]
    client.put(f"/products/{mug.id}", {"stock_quantity": 50})
    woo.webhooks.wait()
    assert len(_Receiver.got) == 8  # the ping and seven tries, never repeated
    client.put(f"/webhooks/{number}", {"status": "active"})
    client.put(f"/products/{mug.id}", {"stock_quantity": 51})
    woo.webhooks.wait()
    assert client.get(f"/webhooks/{number}").json["status"] == "disabled"  # the count was kept


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (
            {"topic": "order.paid", "delivery_url": "http://127.0.0.1/"},
            "woocommerce_rest_shop_webhook_invalid_topic",
        ),
        (
            {"topic": "order.created", "delivery_url": "kontor"},
            "woocommerce_rest_shop_webhook_invalid_delivery_url",
        ),
    ],
)
def test_bad_webhooks(client: Client, body: dict[str, str], code: str) -> None:
    answer = client.post("/webhooks", body)
    assert (answer.status, answer.code) == (400, code)
