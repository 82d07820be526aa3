"""Who may ask the shop what, over which door (woocommerce.md, section 2)."""

import base64
from typing import Any

import pytest

from tests.peers.woocommerce import (
    ADMIN,
    BUYER,
    MANAGER,
    READER,
    UNKNOWN,
    WRITER,
    Client,
    DemoShop,
    Key,
    make_shop,
)

pytestmark = pytest.mark.requirement("S1")
PATH = "/wp-json/wc/v3/products"


def code(answer: Any) -> tuple[int, str]:
    return answer.status, "" if answer.status == 200 else answer.code


def basic(key: Key, secret: str = "") -> dict[str, str]:
    return {
        "Authorization": "Basic " + base64.b64encode(f"{key.key}:{secret or key.secret}".encode()).decode()
    }


@pytest.mark.parametrize(
    ("key", "secret", "https", "expected"),
    [
        (ADMIN, "", True, (200, "")),
        (ADMIN, "", False, (401, "woocommerce_rest_cannot_view")),
        (ADMIN, "cs_wrong", True, (401, "woocommerce_rest_authentication_error")),
        (UNKNOWN, "", True, (401, "woocommerce_rest_cannot_view")),
        (WRITER, "", True, (401, "woocommerce_rest_authentication_error")),
        (BUYER, "", True, (403, "woocommerce_rest_cannot_view")),
        (MANAGER, "", True, (200, "")),
    ],
)
def test_basic_counts_over_https_only(
    woo: DemoShop, key: Key, secret: str, https: bool, expected: tuple[int, str]
) -> None:
    woo.https = https
    assert code(Client(woo).send("GET", PATH, {}, headers=basic(key, secret))) == expected
    query = {"consumer_key": key.key, "consumer_secret": secret or key.secret}
    assert code(Client(woo).send("GET", PATH, query)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (200, "")),
        ({"oauth_signature_method": "HMAC-SHA1"}, (200, "")),
        ({"oauth_timestamp": "-899"}, (200, "")),
        ({"oauth_timestamp": "-901"}, (401, "woocommerce_rest_authentication_error")),
        ({"oauth_timestamp": "+901"}, (401, "woocommerce_rest_authentication_error")),
        ({"oauth_signature_method": "PLAINTEXT"}, (401, "woocommerce_rest_authentication_error")),
        ({"oauth_nonce": ""}, (401, "woocommerce_rest_authentication_missing_parameter")),
    ],
)
def test_oauth_over_http(woo: DemoShop, changes: dict[str, str], expected: tuple[int, str]) -> None:
    moment = woo.state.now()
    woo.state.clock = lambda: moment
    changes = {n: str(moment + int(v)) if n == "oauth_timestamp" else v for n, v in changes.items()}
    client = Client(woo)
    query = client.signed("GET", PATH, {"search": "Čaj iz šipka", "include": "1,2"}, **changes)
    assert code(client.send("GET", PATH, query)) == expected


def test_a_nonce_counts_once(woo: DemoShop) -> None:
    client = Client(woo)
    query = client.signed("GET", PATH, {})
    assert client.send("GET", PATH, query).status == 200
    again = client.send("GET", PATH, query)
    assert (again.status, again.json["message"]) == (401, "Invalid nonce - nonce has already been used.")


def test_the_signature_names_the_shops_own_address() -> None:
    with make_shop(home="http://shop.example/trgovina") as shop:
        client = Client(shop)
        full = "/trgovina" + PATH
        good = client.signed("GET", PATH, {}, home="http://shop.example/trgovina")
        assert client.send("GET", full, good).status == 200
        bad = client.signed("GET", PATH, {}, home="http://www.shop.example/trgovina")
        assert code(client.send("GET", full, bad)) == (401, "woocommerce_rest_authentication_error")
        changed = client.signed("GET", PATH, {"page": "1"}, home="http://shop.example/trgovina")
        assert code(client.send("GET", full, changed | {"page": "2"})) == (
            401,
            "woocommerce_rest_authentication_error",
        )


def test_oauth_in_the_header(woo: DemoShop) -> None:
    client = Client(woo)
    from urllib.parse import quote

    signed = client.signed("GET", PATH, {"per_page": "5"})
    header = ", ".join(f'{n}="{quote(v, safe="")}"' for n, v in signed.items() if n.startswith("oauth_"))
    assert (
        client.send("GET", PATH, {"per_page": "5"}, headers={"Authorization": f"OAuth {header}"}).status
        == 200
    )


@pytest.mark.parametrize(
    ("key", "path", "expected"),
    [
        (ADMIN, "/customers/batch", (200, "")),
        (READER, "/products/batch", (401, "woocommerce_rest_authentication_error")),
        (WRITER, "/products/batch", (200, "")),
        (BUYER, "/products/batch", (403, "woocommerce_rest_cannot_batch")),
        (MANAGER, "/products/batch", (200, "")),
        (MANAGER, "/taxes/batch", (200, "")),
        (MANAGER, "/customers/batch", (403, "woocommerce_rest_cannot_batch")),
    ],
)
def test_an_empty_batch_probes_the_right_to_write(
    woo: DemoShop, key: Key, path: str, expected: tuple[int, str]
) -> None:
    answer = Client(woo, key).post(path, {})
    assert code(answer) == expected
    assert woo.writes == []
    if answer.status == 200:
        assert answer.body == b"[]"


def test_a_real_certificate_works(woo_tls: DemoShop) -> None:
    assert woo_tls.url.startswith("https://")
    assert Client(woo_tls).get("/products").status == 200


def test_what_needs_no_key(woo: DemoShop) -> None:
    nobody = Client(woo, None)
    assert nobody.get("/wp-json/").json["home"] == woo.url
    assert "wc/v3" in nobody.get("/wp-json/").json["namespaces"]
    assert "/wc/v3/variations" in nobody.get("/wp-json/wc/v3").json["routes"]
    assert [row["slug"] for row in nobody.get("/orders/statuses").json][:2] == ["pending", "processing"]
    assert code(nobody.get("/orders")) == (401, "woocommerce_rest_cannot_view")


def test_permalinks_decide_what_is_reached(woo: DemoShop) -> None:
    client = Client(woo)
    woo.permalinks = "plain"
    assert client.get("/wp-json/").headers["Content-Type"].startswith("text/html")
    moved = client.get("/products", per_page=1)
    assert (moved.status, moved.headers["X-Redirect-By"]) == (301, "WordPress")
    woo.permalinks = "index"
    assert client.get("/index.php/wp-json/wc/v3/products").status == 200
    assert client.get("/products").status == 301


def test_an_old_shop_has_no_list_of_all_variations() -> None:
    with make_shop(version="9.9.5") as shop:
        assert code(Client(shop).get("/variations")) == (404, "rest_no_route")
        assert "/wc/v3/variations" not in Client(shop, None).get("/wp-json/wc/v3").json["routes"]
        assert Client(shop).get("/system_status").json["environment"]["version"] == "9.9.5"
