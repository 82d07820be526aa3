"""What tests may let go wrong in the shop, and what it counts."""

import http.client
import json
import time
from urllib.error import URLError

import pytest

from tests.peers.woocommerce import Client, DemoShop, add_products

pytestmark = pytest.mark.requirement("M9")


@pytest.fixture
def client(woo: DemoShop) -> Client:
    add_products(woo.state, 4)
    return Client(woo)


def test_it_counts_and_keeps_what_was_asked(woo: DemoShop, client: Client) -> None:
    number = next(iter(woo.state.products))
    client.get("/products", per_page=2)
    client.get(f"/products/{number}")
    client.post("/products/batch", {})
    client.post("/products/batch", {"update": [{"id": number, "stock_quantity": 5}]})
    assert dict(woo.calls) == {
        ("GET", "/products"): 1,
        ("GET", "/products/{id}"): 1,
        ("POST", "/products/batch"): 2,
    }
    (write,) = woo.writes  # the probe with an empty batch is none
    assert (write.body, write.items, write.status) == (
        {"update": [{"id": number, "stock_quantity": 5}]},
        1,
        200,
    )
    assert woo.requests[0].query["per_page"] == "2"
    woo.reset_counts()
    assert (woo.record.total, woo.requests) == (0, [])


def test_rows_may_be_put_in_without_asking(woo: DemoShop, client: Client) -> None:
    parent = woo.add_product(name="Shirt", type="variable")
    woo.add_product(parent=parent, sku="SHIRT-S", regular_price="9.00")
    buyer = woo.add_customer("ana@example.org", first_name="Ana")
    order = woo.add_order(customer_id=buyer["id"], line_items=[{"sku": "SHIRT-S", "quantity": 2}])
    assert client.get(f"/products/{parent.id}").json["price"] == "9.00"
    assert client.get(f"/orders/{order['id']}").json["line_items"][0]["sku"] == "SHIRT-S"
    assert client.get("/customers").json[0]["first_name"] == "Ana"


def test_failing_a_number_of_times(woo: DemoShop, client: Client) -> None:
    rule = woo.fails("GET", "/products", status=502, times=2)
    assert [client.get("/products").status for _ in range(3)] == [502, 502, 200]
    assert rule.met == 2
    assert client.get("/orders").status == 200


def test_skipping_the_first(woo: DemoShop, client: Client) -> None:
    woo.fails("GET", "/products", skip=1)
    assert [client.get("/products").status for _ in range(3)] == [200, 500, 200]


def test_rate_limit(woo: DemoShop, client: Client) -> None:
    woo.limits_rate(retry_after=7)
    answer = client.get("/products")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def test_html_and_broken_json(woo: DemoShop, client: Client) -> None:
    woo.answers_html("GET", "/products")
    answer = client.get("/products")
    assert (answer.status, answer.headers["Content-Type"][:9]) == (200, "text/html")
    woo.fault("break_json", route="/products")
    with pytest.raises(json.JSONDecodeError):
        _ = client.get("/products").json
    assert len(client.get("/products").json) == 4


def test_shrinking(woo: DemoShop, client: Client) -> None:
    woo.shrinks("/products")
    answer = client.get("/products")
    assert (answer.json, answer.headers["X-WP-Total"]) == ([], "0")


@pytest.mark.parametrize("kind", ["drop", "commit_then_drop", "commit_then_answer"])
def test_losing_the_answer(woo: DemoShop, client: Client, kind: str) -> None:
    woo.fault(kind, method="POST", route="/products", status=504)
    if kind == "commit_then_answer":
        assert client.post("/products", {"name": "x", "sku": "LOST"}).status == 504
    else:
        with pytest.raises((URLError, http.client.HTTPException, ConnectionError)):
            client.post("/products", {"name": "x", "sku": "LOST"})
    found = client.get("/products", sku="LOST").json
    assert len(found) == (0 if kind == "drop" else 1)


def test_half_a_batch(woo: DemoShop, client: Client) -> None:
    woo.fault("half_batch", route="/batch", status=500)
    rows = [{"name": f"H{n}", "sku": f"H{n}"} for n in range(4)]
    assert client.post("/products/batch", {"create": rows}).status == 500
    assert [
        row["sku"] for row in client.get("/products", search_sku="H", order="asc", orderby="id").json
    ] == ["H0", "H1"]


def test_refusing_rows(woo: DemoShop, client: Client) -> None:
    woo.refuses("^BAD")
    rows = [{"name": "a", "sku": "GOOD"}, {"name": "b", "sku": "BAD-1"}]
    made, refused = client.post("/products/batch", {"create": rows}).json["create"]
    assert (made["sku"], refused["error"]["code"]) == ("GOOD", "woocommerce_rest_product_not_created")
    assert client.post("/products", {"name": "BAD name"}).status == 400
    woo.heal()
    woo.refuses("^BAD", whole=True, status=500)
    assert client.post("/products/batch", {"create": [{"name": "c", "sku": "C"}, rows[1]]}).status == 500
    assert client.get("/products", sku="C").json == []


def test_delay_currency_and_closed_shop(woo: DemoShop, client: Client) -> None:
    woo.delays(0.2, route="/products")
    started = time.monotonic()
    client.get("/products")
    assert time.monotonic() - started >= 0.2
    woo.change_currency("CZK")
    assert client.get("/system_status").json["settings"]["currency"] == "CZK"
    woo.maintenance = True
    closed = client.get("/products")
    assert (closed.status, closed.headers["Retry-After"]) == (503, "600")
    woo.heal()
    woo.database_down = True
    assert client.get("/products").status == 500


def test_a_full_list_of_twenty_thousand_is_quick(woo: DemoShop) -> None:
    """The benchmarks must measure the connector, not the shop: a warm page takes milliseconds."""
    add_products(woo.state, 20_000, prefix="Q-")
    client = Client(woo)
    for page in (1, 200):  # warm these two and the sorting
        client.get("/products", per_page=100, page=page, orderby="id", order="asc")
    started = time.monotonic()
    answer = client.get("/products", per_page=100, page=200, orderby="id", order="asc")
    assert (len(answer.json), answer.headers["X-WP-TotalPages"]) == (100, "200")
    assert time.monotonic() - started < 0.5
