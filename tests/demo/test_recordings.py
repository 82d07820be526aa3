"""The demo shop held against a running WooCommerce: same status, headers, error code and shape of body.

Each recorded request is asked again, in the order things happened, in a shop rebuilt from the recorded answers.
Deliberate differences: routes in NOT_SERVED, values in OWN_VALUES and VOLATILE. Status, headers, codes and
shapes know none.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from backoffice.demo.shop import DemoShop
from backoffice.demo.shop.webhooks import signature
from backoffice.demo.shop.wire import php_json
from tests.demo.recorded_shop import (
    load,
    png,
    product_of,
    put_order,
    recorded_state,
    recordings,
    shapes_differ,
)
from tests.demo.recorded_steps import PREPARE, cut, whole
from tests.peers.woocommerce import Answer, Client

pytestmark = [
    pytest.mark.requirement("S1"),
    pytest.mark.skipif(not recordings(), reason="the recorded exchanges (../shared/recordings) are not here"),
]

HEADERS = (
    "Content-Type", "X-WP-Total", "X-WP-TotalPages", "Link", "Allow", "Location", "Retry-After", "Cache-Control",
    "X-Robots-Tag", "X-Redirect-By",
)  # fmt: skip

# Answers whose values are our own: what we count (ids, moments), what a loopback address or our words are.
OWN_VALUES = (
    1,
    3,
    28,
    46,
    48,
    52,
    53,
    55,
    59,
    66,
    67,
    68,
    71,
    73,
    75,
    77,
    80,
    84,
    92,
    93,
    95,
    96,
    105,
    110,
    112,
    120,
    136,
)
VOLATILE = {"related_ids", "price_html", "avatar_url", "order_key"} | {
    f"date_{what}{zone}" for what in ("created", "modified") for zone in ("", "_gmt")
}

INDEX = 2  # held against the routes one by one, further down
SHOP_SENDS = (121, *range(124, 131))  # requests that the shop makes; tested further down


class _Files(BaseHTTPRequestHandler):
    """The picture server, and the receiver of webhooks."""

    def do_GET(self) -> None:
        found = not self.path.endswith("ni-je.png")
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            self.wfile.write(png(70))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _ask(shop: DemoShop, number: int, recording: dict[str, Any], files: str) -> Answer:
    request = recording["request"]
    shop.https = request["origin"].startswith("https")
    stamp = request["query"].get("oauth_timestamp")
    if stamp and number != 17:
        shop.state.clock = lambda: int(stamp)
    body = whole(number, request.get("body"))
    if isinstance(body, str):
        body = body.encode()
    elif body is not None:
        text = (
            json.dumps(body).replace("https://files.example", files).replace("https://kontor.example", files)
        )
        body = json.loads(text)
    client = Client(shop)
    if number == 18:  # its first use was not recorded
        client.send(request["method"], request["path"], request["query"], body, request["headers"])
    return client.send(request["method"], request["path"], request["query"], body, request["headers"])


@pytest.fixture(scope="module")
def played(files: str) -> dict[int, Answer]:
    """The answers of the demo shop to all recorded requests, by file number."""
    found: dict[int, Answer] = {}
    numbers = [int(path.name[:3]) for path in recordings()]
    with DemoShop(recorded_state(), home="https://shop.example") as shop:
        for number in numbers:
            if number in SHOP_SENDS or number >= 136:
                continue
            if number in PREPARE:
                shop.webhooks.wait()
                PREPARE[number](shop)
                shop.state.forget_rows()
            found[number] = _ask(shop, number, load(number), files)
    with DemoShop(recorded_state(old=True), home="https://shop.example", version="9.9.5") as shop:
        for number in (136, 137, 138):
            found[number] = _ask(shop, number, load(number), files)
    return found


def _asked() -> list[Any]:
    paths = [path for path in recordings() if int(path.name[:3]) not in (INDEX, *SHOP_SENDS)]
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.parametrize("path", _asked())
def test_it_answers_as_recorded(path: Path, played: dict[int, Answer]) -> None:
    number, recorded = int(path.name[:3]), json.loads(path.read_text())["response"]
    given = played[number]
    assert given.status == recorded["status"], given.body[:500]
    assert {n: given.headers.get(n) for n in HEADERS if given.headers.get(n)} == recorded["headers"]
    if not recorded["headers"]["Content-Type"].startswith("application/json"):
        assert given.body.decode().startswith("<!DOCTYPE html>") == recorded["body"].startswith(
            "<!DOCTYPE html>"
        )
        return
    body = cut(number, given.json)
    if isinstance(recorded["body"], dict) and "code" in recorded["body"]:
        assert body["code"] == recorded["body"]["code"]
    assert list(shapes_differ(recorded["body"], body)) == []


# Parts of the recorded shop that the demo shop has not: nobody who keeps shops in step asks for them.
NOT_SERVED = (
    "/wc/v3/marketplace", "/wc/v3/paypal-", "/wc/v3/layout-templates", "/wc/v3/reports", "/wc/v3/data",
    "/wc/v3/coupons", "/wc/v3/products/reviews", "/wc/v3/products/custom-fields", "/wc/v3/system_status/tools",
    "/wc/v3/settings/batch", "/wc/v3/settings/(?P<group_id>[\\w-]+)/batch", "/wc/v3/products/suggested-products",
    "/wc/v3/products/shipping_classes/slug-suggestion", "/wc/v3/shipping_methods/",
)  # fmt: skip
NOT_SERVED_ENDS = (
    "/downloads",
    "/related",
    "/duplicate",
    "/generate",
    "/receipt",
    "/email_templates",
    "/send_email",
    "/send_order_details",
)


def test_the_index_lists_the_recorded_routes(played: dict[int, Answer]) -> None:
    recorded, given = load(INDEX)["response"], played[INDEX]
    assert given.status == 200
    assert {name: given.headers.get(name) for name in recorded["headers"]} == recorded["headers"]
    routes, wanted = given.json["routes"], recorded["body"]["routes"]
    missing = [
        r
        for r in wanted
        if r not in routes and not r.startswith(NOT_SERVED) and not r.endswith(NOT_SERVED_ENDS)
    ]
    assert (missing, sorted(routes.keys() - wanted.keys())) == ([], [])
    assert {r: routes[r]["methods"] for r in routes} == {r: wanted[r]["methods"] for r in routes}
    assert list(_arguments_differ(routes, wanted)) == []


def _arguments_differ(routes: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    """Names, types, defaults, bounds and words of the arguments; help texts are our own, and the inner
    properties of objects carry fewer of them."""
    for route, row in routes.items():
        for given, recorded in zip(row["endpoints"], wanted[route]["endpoints"], strict=True):
            args, known = dict(given["args"] or {}), dict(recorded["args"] or {})
            if args.keys() != known.keys():
                yield f"{route} {given['methods']}: {args.keys() ^ known.keys()}"
                continue
            for name, argument in args.items():
                for key in ("type", "default", "minimum", "maximum", "required"):
                    if key in known[name] and argument.get(key) != known[name][key]:
                        yield f"{route} {given['methods']} {name}.{key}: {argument.get(key)!r}, {known[name][key]!r}"
                words = set(argument.get("enum", ()))
                if name != "currency" and words != set(known[name].get("enum", ())):
                    yield f"{route} {given['methods']} {name}: {words ^ set(known[name].get('enum', ()))}"


def _values(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _values(value) for name, value in body.items() if name not in VOLATILE}
    return [_values(item) for item in body] if isinstance(body, list) else body


@pytest.mark.parametrize("path", [param for param in _asked() if int(param.id[:3]) not in OWN_VALUES])
def test_it_answers_the_recorded_values(path: Path, played: dict[int, Answer]) -> None:
    """Beyond the shape: prices, stock, taxes, texts, links and messages are those of the running shop."""
    number, recorded = int(path.name[:3]), json.loads(path.read_text())["response"]
    if not recorded["headers"]["Content-Type"].startswith("application/json"):
        assert played[number].headers["Content-Type"] == recorded["headers"]["Content-Type"]
        return
    assert _values(cut(number, played[number].json)) == _values(recorded["body"])


@pytest.mark.parametrize("number", range(124, 131))
def test_its_signatures_are_the_recorded_ones(number: int) -> None:
    recording = load(number)
    sent = recording["request"]["headers"]["X-WC-Webhook-Signature"]
    assert signature(recording["request"]["body_raw"].encode(), recording["secret"]) == sent


@pytest.mark.parametrize("number", [124, 125, 126, 128, 130])
def test_its_deliveries_are_the_recorded_ones(number: int) -> None:
    """Orders and customers byte for byte; of products all but the neighbours and the price's markup."""
    recording = load(number)
    request = recording["request"]
    body, topic = request["body"], request["headers"]["X-WC-Webhook-Topic"]
    shop = DemoShop(recorded_state(), home="https://shop.example")
    if topic.startswith("order"):
        put_order(shop.state, body)
    elif topic.startswith("product"):
        text = body["description"].removesuffix("\n")
        shop.state.add(replace(product_of(shop.state, body), description=text))
    else:
        stamp = shop.state.from_gmt(body["date_modified_gmt"])
        shop.state.customers[body["id"]] |= {"modified": stamp} | {
            n: body[n] for n in ("billing", "shipping")
        }
    payload = php_json(shop.api.payload(topic, body["id"]))
    if topic.startswith("product"):
        assert list(json.loads(payload)) == list(body)
        assert _values(json.loads(payload)) == _values(body)
    else:
        assert payload.decode() == request["body_raw"]
