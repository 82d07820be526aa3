"""Products of the shop: batches, SKUs and the trash, dates, stock, prices, pictures."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.demo.recorded_shop import png
from tests.peers.woocommerce import Client, DemoShop, add_products

pytestmark = pytest.mark.requirement("S1")


@pytest.fixture
def client(woo: DemoShop) -> Client:
    return Client(woo)


def create(client: Client, **fields: Any) -> dict[str, Any]:
    answer = client.post("/products", {"name": "Mug", **fields})
    assert answer.status == 201, answer.body
    return answer.json


def test_pages_name_their_neighbours(woo: DemoShop, client: Client) -> None:
    add_products(woo.state, 25)
    answer = client.get("/products", per_page=10, page=2, orderby="id", order="asc")
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("25", "3")
    assert [row["sku"] for row in answer.json] == [f"SKU-{n:05d}" for n in range(11, 21)]
    links = re.findall(r'[?&]page=(\d)[^>]*>; rel="(\w+)"', answer.headers["Link"])
    assert links == [("1", "prev"), ("3", "next")]
    past = client.get("/products", per_page=10, page=9)
    assert (past.json, past.headers["X-WP-Total"]) == ([], "25")
    head = client.call("HEAD", "/products", per_page=100)
    assert (head.body, head.headers["X-WP-Total"]) == (b"", "25")
    assert client.get("/products", per_page=101).code == "rest_invalid_param"


def test_a_batch_answers_row_by_row_in_order(woo: DemoShop, client: Client) -> None:
    first, second = add_products(woo.state, 2)
    body = {
        "create": [{"name": "A", "sku": "NEW"}, {"name": "B", "sku": "SKU-00001"}],
        "update": [{"id": 999999, "name": "x"}, {"id": second.id, "regular_price": "7.00"}],
        "delete": [first.id],
    }
    answer = client.post("/products/batch", body)
    assert answer.status == 200
    made, refused = answer.json["create"]
    assert made["sku"] == "NEW"
    assert refused == {
        "id": 0,
        "error": {
            "code": "product_invalid_sku",
            "message": "Invalid or duplicated SKU.",
            "data": {"status": 400, "resource_id": first.id, "unique_sku": "SKU-00001-1"},
        },
    }
    assert [row.get("error", {}).get("code") for row in answer.json["update"]] == [
        "woocommerce_rest_product_invalid_id",
        None,
    ]
    assert answer.json["update"][1]["price"] == "7.00"
    assert answer.json["delete"][0]["id"] == first.id
    assert client.get(f"/products/{first.id}").status == 404  # a batch deletes for good


def test_a_batch_takes_a_hundred_rows_and_no_more(woo: DemoShop, client: Client) -> None:
    rows = [{"name": f"P{n}", "sku": f"P{n}"} for n in range(101)]
    answer = client.post("/products/batch", {"create": rows})
    assert (answer.status, answer.code) == (413, "woocommerce_rest_request_entity_too_large")
    assert woo.state.products == {}
    assert len(client.post("/products/batch", {"create": rows[:100]}).json["create"]) == 100


def test_a_batch_skips_the_checks_of_single_calls(client: Client) -> None:
    row = {"name": "x", "status": "bogus", "regular_price": 12.5, "manage_stock": True, "stock_quantity": "x"}
    answer = client.post("/products", row)
    assert answer.code == "rest_invalid_param"
    assert list(answer.json["data"]["params"]) == ["status", "regular_price", "stock_quantity"]
    made = client.post("/products/batch", {"create": [row]}).json["create"][0]
    assert (made["status"], made["regular_price"], made["stock_quantity"]) == ("draft", "12.5", 0)


def test_fields_on_a_batch_lose_the_results(woo: DemoShop, client: Client) -> None:
    (product,) = add_products(woo.state, 1)
    body = {"update": [{"id": product.id, "stock_quantity": 5}]}
    assert client.post("/products/batch", body, _fields="id,error").json == []
    assert client.post("/products/batch", body, _fields="update.id").json == {"update": []}
    assert woo.state.products[product.id].stock_quantity == 5


def test_a_trashed_product_keeps_its_sku(client: Client) -> None:
    number = create(client, sku="T-1")["id"]
    assert client.delete(f"/products/{number}").json["status"] == "publish"
    assert client.delete(f"/products/{number}").status == 410
    assert client.get("/products", sku="T-1").json == []
    assert [row["id"] for row in client.get("/products", status="trash").json] == [number]
    refused = client.post("/products", {"name": "Again", "sku": "T-1"})
    assert (refused.status, refused.code) == (400, "woocommerce_rest_product_not_created")
    assert "resource_id" not in refused.json["data"]
    other = create(client, sku="T-2")["id"]
    assert client.put(f"/products/{other}", {"sku": "T-1"}).status == 200  # and so two will share it
    assert client.put(f"/products/{number}", {"status": "publish"}).json["sku"] == "T-1"
    assert len(client.get("/products", sku="T-1").json) == 2


def test_skus_are_unique_over_products_and_variations(client: Client) -> None:
    parent = create(
        client, sku="V", type="variable", attributes=[{"name": "Size", "variation": True, "options": ["S"]}]
    )
    path = f"/products/{parent['id']}/variations"
    made = client.post(
        f"{path}/batch", {"create": [{"sku": "V-S", "attributes": [{"name": "Size", "option": "S"}]}]}
    )
    variation = made.json["create"][0]["id"]
    assert client.post("/products", {"name": "x", "sku": "v-s"}).json["data"]["resource_id"] == variation
    assert [row["type"] for row in client.get("/products", sku="V-S").json] == ["variation"]
    assert client.get(f"/products/{variation}").status == 200
    assert client.put(f"/products/{variation}", {"sku": "x"}).code == "woocommerce_rest_invalid_product_id"
    assert client.put(f"{path}/{variation}", {"regular_price": "9.00"}).json["price"] == "9.00"
    assert client.get(f"/products/{parent['id']}").json["price"] == "9.00"
    assert [row["id"] for row in client.get("/variations").json] == [variation]


def test_a_parent_keeps_the_stock_of_variations_that_have_none(client: Client) -> None:
    parent = create(client, type="variable", manage_stock=True, stock_quantity=33)
    path = f"/products/{parent['id']}/variations"
    own = client.post(path, {"manage_stock": True, "stock_quantity": 4, "regular_price": "5"}).json["id"]
    shared = client.post(path, {"regular_price": "5"}).json
    assert (shared["manage_stock"], shared["stock_quantity"]) == ("parent", 33)
    client.put(f"/products/{parent['id']}", {"stock_quantity": 0})
    rows = {row["id"]: row for row in client.get(path).json}
    assert (rows[shared["id"]]["stock_quantity"], rows[shared["id"]]["stock_status"]) == (0, "outofstock")
    assert (rows[own]["stock_quantity"], rows[own]["stock_status"]) == (4, "instock")


def test_modified_after_is_exclusive_and_reads_zones_its_own_way(woo: DemoShop, client: Client) -> None:
    (product,) = add_products(woo.state, 1)
    product.modified = woo.state.from_gmt("2026-11-21T19:51:33")
    woo.state.forget_rows()

    def found(moment: str, **more: str) -> int:
        return len(client.get("/products", modified_after=moment, **more).json)

    gmt = {"dates_are_gmt": "true"}
    assert (found("2026-11-21T19:51:33", **gmt), found("2026-11-21T19:51:32", **gmt)) == (0, 1)
    assert found("2026-11-21T19:51:32Z", **gmt) == 0  # shifted by the shop's hour
    assert (found("2026-11-21T19:51:32Z"), found("2026-11-21T19:51:33Z")) == (1, 0)
    assert (found("2026-11-21T20:51:32"), found("2026-11-21T20:51:33")) == (1, 0)  # shop time
    assert client.get("/products", modified_after="2026-11-21").code == "rest_invalid_param"


def test_stock_without_management_is_ignored(woo: DemoShop, client: Client) -> None:
    number = create(client, manage_stock=False)["id"]
    assert client.put(f"/products/{number}", {"stock_quantity": 9}).json["stock_quantity"] is None
    woo.state.set("woocommerce_manage_stock", "no")
    answer = client.put(f"/products/{number}", {"manage_stock": True, "stock_quantity": 9}).json
    assert (answer["manage_stock"], answer["stock_quantity"]) == (False, None)


@pytest.mark.parametrize(
    ("fields", "quantity", "status"),
    [
        ({"stock_quantity": 3}, 3, "instock"),
        ({"stock_quantity": 0}, 0, "outofstock"),
        ({"stock_quantity": 0, "backorders": "notify"}, 0, "onbackorder"),
        ({"stock_quantity": -2, "stock_status": "instock"}, -2, "outofstock"),
    ],
)
def test_managed_stock_decides_the_status(
    client: Client, fields: dict[str, Any], quantity: int, status: str
) -> None:
    made = create(client, manage_stock=True, **fields)
    assert (made["stock_quantity"], made["stock_status"]) == (quantity, status)


def test_sales(woo: DemoShop, client: Client) -> None:
    made = create(client, regular_price="10.00", sale_price="8.00")
    assert (made["price"], made["on_sale"]) == ("8.00", True)
    path = f"/products/{made['id']}"
    assert client.put(path, {"sale_price": "10.00"}).json["sale_price"] == ""
    later = client.put(
        path, {"sale_price": "8.00", "date_on_sale_from": "2090-12-01", "date_on_sale_to": "2090-12-24"}
    ).json
    assert (later["price"], later["date_on_sale_to"]) == ("10.00", "2090-12-24T23:59:59")
    assert client.put(path, {"date_on_sale_from": None}).json["date_on_sale_from"] == "2090-12-01T00:00:00"
    assert client.put(path, {"date_on_sale_from": "", "date_on_sale_to": ""}).json["price"] == "8.00"
    moment = woo.state.from_gmt("2090-12-10T00:00:00")
    client.put(path, {"date_on_sale_from": "2090-12-01"})
    assert client.get(path).json["price"] == "10.00"
    woo.state.clock = lambda: moment
    assert client.get(path).json["price"] == "8.00"  # the day has come, and no kept answer says otherwise


def test_relations(woo: DemoShop, client: Client) -> None:
    tea = client.post("/products/categories", {"name": "Tea & more"}).json
    assert tea["name"] == "Tea &amp; more"
    brand = client.post("/products/brands", {"name": "Lipa"}).json["id"]
    made = create(
        client, categories=[{"id": tea["id"]}, {"id": 9999}], brands=[{"id": brand}], tags=[{"name": "new"}]
    )
    assert [row["id"] for row in made["categories"]] == [tea["id"]]
    assert [row["name"] for row in made["tags"]] == ["new"]
    path = f"/products/{made['id']}"
    assert [row["id"] for row in client.put(path, {"brands": []}).json["brands"]] == [brand]  # not cleared
    assert [row["slug"] for row in client.put(path, {"categories": []}).json["categories"]] == [
        "uncategorized"
    ]
    client.put(f"/products/brands/{brand}", {"name": "Linden"})
    assert client.get("/products").json[0]["brands"][0]["name"] == "Linden"  # no stale answer


def test_category_tree(client: Client) -> None:
    top = client.post("/products/categories", {"name": "Top"}).json["id"]
    below = client.post("/products/categories", {"name": "Below", "parent": top}).json["id"]
    again = client.post("/products/categories", {"name": "below", "parent": top})
    assert (again.code, again.json["data"]["resource_id"]) == ("term_exists", below)
    assert client.post("/products/categories", {"name": "x", "parent": 777}).code == "missing_parent"
    assert client.put(f"/products/categories/{top}", {"parent": below}).json["parent"] == 0
    number = create(client, categories=[{"id": below}])["id"]
    counts = {row["id"]: row["count"] for row in client.get("/products/categories", hide_empty="true").json}
    assert counts == {top: 1, below: 1}
    assert client.delete(f"/products/categories/{below}").status == 501
    assert client.delete(f"/products/categories/{below}", force="true").status == 200
    assert [row["slug"] for row in client.get(f"/products/{number}").json["categories"]] == ["uncategorized"]


class _Files(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        data = {"/a.png": png(), "/big.png": png() + b"0" * (9 * 1024 * 1024), "/lie.png": b"<html>"}.get(
            self.path
        )
        self.send_response(200 if data else 404)
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def files() -> Iterator[str]:
    _Files.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_pictures_are_fetched_kept_and_given_out(woo: DemoShop, client: Client, files: str) -> None:
    made = create(client, images=[{"src": f"{files}/a.png", "alt": "Mug"}])
    picture = made["images"][0]
    assert picture["alt"] == "Mug"
    assert client.send("GET", picture["src"].removeprefix(woo.url), {}).body == png()
    path = f"/products/{made['id']}"
    again = client.put(path, {"images": [{"src": f"{files}/a.png"}]}).json["images"][0]
    assert again["src"].endswith("/a-1.png")  # the same address is fetched and kept a second time
    kept = client.put(path, {"images": [{"id": again["id"]}, {"id": picture["id"]}]}).json["images"]
    assert [row["id"] for row in kept] == [again["id"], picture["id"]]
    assert _Files.asked == ["/a.png", "/a.png"]
    assert client.put(path, {"images": []}).json["images"] == []


def test_strangers_make_the_shop_fetch_nothing(woo: DemoShop, files: str) -> None:
    answer = Client(woo, None).post("/products", {"name": "x", "images": [{"src": f"{files}/a.png"}]})
    assert (answer.status, _Files.asked) == (401, [])


def test_a_delete_may_say_force_in_its_body(woo: DemoShop, client: Client) -> None:
    (product,) = add_products(woo.state, 1)
    assert client.call("DELETE", f"/products/{product.id}", {"force": True}).status == 200
    assert client.get(f"/products/{product.id}").status == 404


@pytest.mark.parametrize("name", ["missing.png", "big.png", "lie.png", "a.svg", "a"])
def test_one_bad_picture_fails_the_whole_write(client: Client, files: str, name: str) -> None:
    number = create(client, images=[{"src": f"{files}/a.png"}])["id"]
    answer = client.put(
        f"/products/{number}",
        {"name": "New", "images": [{"src": f"{files}/a.png"}, {"src": f"{files}/{name}"}]},
    )
    assert (answer.status, answer.code) == (400, "woocommerce_product_image_upload_error")
    now = client.get(f"/products/{number}").json
    assert (now["name"], len(now["images"])) == ("Mug", 1)
    assert len(client.shop.state.images) == 1
