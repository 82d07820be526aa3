"""The WooCommerce of the tests: the demo shop on loopback, with fixtures and a signing client.

    def test_it_sends_only_what_changed(woo):
        add_products(woo.state, 3)
        ...
        assert woo.calls["POST", "/products/batch"] == 1
        assert woo.writes == []

Counting: `shop.calls[method, route]`, `shop.requests`, `shop.writes`, `shop.reset_counts()`. Faults: `shop.fails`,
`answers_html`, `limits_rate`, `delays`, `shrinks`, `refuses`, `fault(kind, ...)`, `change_currency`, `heal`;
`shop.maintenance`, `shop.database_down`, `shop.permalinks`. Rows: `shop.add_product(name=..., sku=...)`,
`shop.add_order(...)`, `shop.add_customer(email)`, `shop.state.add_term("category", name)`, `add_products(shop.state, n)`.
"""

import base64
import hashlib
import json
import secrets
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from backoffice.demo.shop import DemoShop, Key, Product, ShopState, add_products, seeded
from backoffice.demo.shop.auth import signature

ADMIN = Key("ck_" + "0" * 39 + "1", "cs_" + "0" * 39 + "1")
READER = Key("ck_" + "0" * 39 + "2", "cs_" + "0" * 39 + "2", "read")
WRITER = Key("ck_" + "0" * 39 + "3", "cs_" + "0" * 39 + "3", "write")
BUYER = Key("ck_" + "0" * 39 + "4", "cs_" + "0" * 39 + "4", role="customer")
MANAGER = Key("ck_" + "0" * 39 + "5", "cs_" + "0" * 39 + "5", role="shop_manager")
UNKNOWN = Key("ck_" + "0" * 39 + "9", "cs_" + "0" * 39 + "9")

__all__ = [
    "ADMIN", "BUYER", "MANAGER", "READER", "UNKNOWN", "WRITER", "Answer", "Client", "DemoShop", "Key", "Product",
    "ShopState", "add_products", "make_shop", "self_signed", "woo", "woo_tls",
]  # fmt: skip


def make_shop(**options: Any) -> DemoShop:
    """A seeded shop with all six keys, not started yet; options are those of DemoShop."""
    state = seeded(options.pop("state", None))
    for key in (ADMIN, READER, WRITER, BUYER, MANAGER):
        state.keys[key.key] = key
    return DemoShop(state, **options)


@pytest.fixture
def woo() -> Iterator[DemoShop]:
    """A running shop over plain HTTP: OAuth 1.0a counts, Basic doesn't. `woo.url` is its address."""
    with make_shop() as shop:
        yield shop
    assert shop.crashes == []


@pytest.fixture
def woo_tls(tmp_path: Path) -> Iterator[DemoShop]:
    """A running shop over TLS with a certificate of its own at `tmp_path / "shop.pem"`: Basic counts."""
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with make_shop(tls=context) as shop:
        yield shop
    assert shop.crashes == []


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Certificate and key for 127.0.0.1, made by openssl; skips the test where that is missing."""
    certificate, key = folder / "shop.pem", folder / "shop.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
               "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed, so no certificate can be made")
    return certificate, key


class Answer:
    """Status, headers and body of an answer; `json` and `code` read the body."""

    def __init__(self, status: int, headers: Any, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["code"]


class _Opener:
    def __init__(self, context: ssl.SSLContext | None):
        from urllib.request import HTTPRedirectHandler, HTTPSHandler

        class Stay(HTTPRedirectHandler):
            def redirect_request(self, *args: Any) -> None:
                return None

        handlers: list[Any] = [ProxyHandler({}), Stay()]
        if context is not None:
            handlers.append(HTTPSHandler(context=context))
        self.open = build_opener(*handlers).open


class Client:
    """Talks to the shop the way a client must: signed over HTTP, Basic over HTTPS. Raises nothing for a status."""

    def __init__(self, shop: DemoShop, key: Key | None = ADMIN, *, basic: bool | None = None):
        self.shop, self.key = shop, key
        self.basic = shop.https if basic is None else basic
        context = ssl.create_default_context() if shop.tls else None
        if context is not None:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._opener = _Opener(context)

    def signed(
        self, method: str, path: str, query: dict[str, str], *, home: str = "", **changes: str
    ) -> dict[str, str]:
        assert self.key is not None
        given = {
            "oauth_consumer_key": self.key.key,
            "oauth_timestamp": str(self.shop.state.now()),
            "oauth_nonce": secrets.token_hex(16),
            "oauth_signature_method": "HMAC-SHA256",
        } | changes
        address = (home or self.shop.api.home) + path
        digest = hashlib.sha1 if given["oauth_signature_method"] == "HMAC-SHA1" else hashlib.sha256
        made = signature(method, address, {**query, **given}, self.key.secret, digest)
        return {**query, **given, "oauth_signature": made}

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> Answer:
        """`path` is below /wp-json/wc/v3 unless it starts with /wp-json or /index.php."""
        folder = urlsplit(self.shop.api.home).path
        full = path if path.startswith(("/wp-json", "/index.php")) else f"/wp-json/wc/v3{path}"
        plain = {name: str(value) for name, value in query.items()}
        sent = dict(headers or {})
        if self.key is not None and self.basic:
            sent["Authorization"] = (
                "Basic " + base64.b64encode(f"{self.key.key}:{self.key.secret}".encode()).decode()
            )
        elif self.key is not None:
            plain = self.signed(method, full, plain)
        return self.send(method, folder + full, plain, body, sent)

    def send(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send exactly this, without adding any key."""
        data, sent = None, dict(headers or {})
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        url = self.shop.url + path + ("?" + urlencode(query) if query else "")
        try:
            with self._opener.open(Request(url, data, sent, method=method), timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Answer:
        return self.call("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Answer:
        return self.call("PUT", path, body, **query)

    def delete(self, path: str, **query: Any) -> Answer:
        return self.call("DELETE", path, **query)
