"""What comes to Kontor's own doors, and what stands in addresses, cursors and settings: a clear answer, never a traceback."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from backoffice.lib import http_errors
from backoffice.lib.answers import Answer
from backoffice.lib.errors import BadCredentials, Conflict, KontorError, UnexpectedAnswer, WrongAddress
from backoffice.lib.http import origin
from shops.files.feeds.settings import FIELDS, parse
from shops.models import Feed, Listener, ShopCall
from shops.platforms.base import Event
from shops.platforms.files.inbox import Settling
from shops.platforms.oscommerce import bridge
from shops.platforms.oscommerce.bridge import BridgeGateway, Letter, signed
from shops.platforms.oscommerce.gateway import Call
from shops.platforms.oscommerce.reading import _after
from shops.platforms.registry import platform_class
from shops.platforms.shoper.lists import Place as ShoperPlace
from shops.platforms.woocommerce.pages import Place as WooPlace
from tests.factories import make_shop
from tests.fuzz.hostile import VALUES, fuzz, payloads

SECRET = "s3cret"
LETTERS = tuple(value for value in VALUES if isinstance(value, str))
ANY_TEXT = st.text(max_size=80) | st.sampled_from(LETTERS)
BODIES = st.binary(max_size=300) | st.sampled_from(
    [b"[" * 100_000, b"9" * 5000, b'{"id": ' + b"9" * 5000 + b"}", b"\xff\0"]
)


def woo_headers(body: bytes, topic: str = "order.created") -> dict[str, str]:
    digest = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    return {
        "X-WC-Webhook-Signature": digest,
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": topic.partition(".")[0],
        "X-WC-Webhook-Event": topic.partition(".")[2],
        "X-WC-Webhook-ID": "3",
    }


def shoper_headers(body: bytes, topic: str = "order.create") -> dict[str, str]:
    digest = hashlib.sha1(b"6:" + SECRET.encode() + b":" + body).hexdigest()
    return {"X-Webhook-SHA1": digest, "X-Webhook-Id": "6", "X-Webhook-Name": topic}


CALLERS: Mapping[str, tuple[Callable[..., dict[str, str]], Any]] = {
    "woocommerce": (woo_headers, {"id": 57, "parent_id": 0, "status": "processing"}),
    "shoper": (shoper_headers, {"order_id": "57", "product_id": "3", "user_id": 2}),
}


@pytest.mark.requirement("O9")
@pytest.mark.parametrize("platform", CALLERS)
def test_signed_calls_of_any_content(platform: str) -> None:
    sign, example = CALLERS[platform]
    told = payloads(example).map(lambda payload: json.dumps(payload).encode("utf-8", "surrogatepass"))

    @fuzz(60)
    @given(told | BODIES, st.sampled_from(["order.created", "order.create", "product.edit", "", "x" * 500]))
    def check(body: bytes, topic: str) -> None:
        try:
            event = platform_class(platform).hear(body, sign(body, topic), SECRET)
        except UnexpectedAnswer:
            return
        assert event is None or isinstance(event, Event)

    check()


@pytest.mark.requirement("O9")
@pytest.mark.parametrize("platform", CALLERS)
def test_no_signature_but_the_right_one_opens(platform: str) -> None:
    sign, example = CALLERS[platform]
    body = json.dumps(example).encode()

    @fuzz(60)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        headers = sign(body)
        broken = dict(headers)
        name = data.draw(st.sampled_from([name for name in headers if "ignature" in name or "SHA1" in name]))
        broken[name] = data.draw(ANY_TEXT.filter(lambda text: text.strip() != headers[name]))
        with pytest.raises(BadCredentials):
            platform_class(platform).hear(body, broken, SECRET)

    check()


@pytest.mark.requirement("O9")
@pytest.mark.django_db
def test_the_public_doors_answer_anything(client: Client) -> None:
    shop = make_shop()
    listener = Listener.objects.create(
        shop=shop, address="https://x.example", secret={"secret": SECRET}, wanted=True
    )
    Feed.objects.create(shop=shop, format="kontor_stock", name="stock.xml", token="t0ken")

    @settings(fuzz(12), phases=[Phase.generate])
    @given(BODIES, ANY_TEXT, ANY_TEXT, st.booleans())
    def check(body: bytes, word: str, other: str, known: bool) -> None:
        part = quote(word.encode("utf-8", "replace"), safe="") or "x"
        token = listener.token if known else part
        headers = {name: "".join(value.split()) for name, value in woo_headers(body, "order.created").items()}
        given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        answer = client.post(f"/calls/{token}", body, content_type="application/json", **given)
        assert answer.status_code in ((200, 401) if known else (302, 404))
        for path in (
            f"/feeds/1/{part}/x",
            f"/feeds/{'9' * 40}/{part}/{part}",
            f"/pictures/{part}/{part}",
            f"/media/{part}",
        ):
            assert client.get(path, {"q": other.encode("utf-8", "replace")}).status_code in (
                200,
                301,
                302,
                403,
                404,
            )
        answer = client.post(
            "/login/",
            {"username": word.encode("utf-8", "replace"), "password": other.encode("utf-8", "replace")},
        )
        assert answer.status_code in (200, 302, 400, 429)

    check()
    assert all(len(call.remote_id) <= 150 for call in ShopCall.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["%00", "a%00b", "%ED%A0%80", "%FF", "%0d%0a", "..%2f..%2fetc"])
def test_letters_in_an_address_that_no_database_holds(client: Client, part: str) -> None:
    for path in (f"/calls/{part}", f"/feeds/1/{part}/x", f"/pictures/{part}/{part}", f"/media/{part}"):
        answer = (
            client.post(path, b"{}", content_type="application/json") if "calls" in path else client.get(path)
        )
        assert answer.status_code in (302, 400, 404), path


# Addresses


@fuzz(100)
@given(
    ANY_TEXT
    | st.text(max_size=30).map(lambda text: f"http://{text}")
    | st.text(max_size=30).map(lambda text: f"https://shop.example/{text}")
)
def test_addresses(text: str) -> None:
    try:
        address = http_errors.checked_address(text)
        assert address.startswith(("http://", "https://"))
    except WrongAddress as error:
        str(error).encode("utf-8", "replace")
    with contextlib.suppress(UnexpectedAnswer):
        origin(text)
    moved = http_errors.moved("https://shop.example/wp-json", "https://shop.example", text, 301)
    assert isinstance(moved, WrongAddress)
    assert 0 <= http_errors.retry_after_s(text, 7.0) <= 24 * 3600


# Cursors, which lie in our own database and may be of an older version


@fuzz(100)
@given(
    ANY_TEXT | st.lists(st.integers() | st.just("x"), max_size=6).map(lambda parts: ":".join(map(str, parts)))
)
def test_cursors(cursor: str) -> None:
    for read in (
        lambda: WooPlace.of(cursor, "products"),
        lambda: ShoperPlace.of(cursor),
        lambda: _after(cursor),
        lambda: Settling.of(cursor),
    ):
        try:
            read()
        except UnexpectedAnswer as error:
            assert error.key == "cursor"


# Settings of feeds


@fuzz(100)
@given(st.dictionaries(st.sampled_from([spec.name for spec in FIELDS]), ANY_TEXT))
def test_settings_of_feeds(options: dict[str, str]) -> None:
    try:
        found = parse(options)
    except Conflict as error:
        assert error.key.startswith("feed_setting:")
        return
    found.page_url(sku="A/1", ean="", pk=3, name="Mug")


# The bridge file of osCommerce


def sealed(content: Any, nonce: str = "n0nce") -> bytes:
    body = base64.b64encode(content if isinstance(content, bytes) else json.dumps(content).encode()).decode()
    return json.dumps({"b": body, "s": signed(SECRET.encode(), "answer", nonce, body)}).encode()


class Scripted:
    """Stands for the session: the letter is signed, the answer is what the test says."""

    def __init__(self, content: bytes | None, body: bytes = b"") -> None:
        self.content, self.body = content, body

    def request(self, *_args: Any, auth: Any, **_options: Any) -> Answer:
        class Request:
            body = b""

        auth(Request())
        nonce = auth.__self__.nonce
        body = self.body if self.content is None else sealed(self.content, nonce)
        return Answer(200, {}, body, "POST", "https://shop.example/kontor-bridge.php")


ROWS = {"names": ["id", "name"], "rows": [["1", {"b": "xI1haQ=="}], [None, "x"]]}
DONE = {"done": [ROWS, {"matched": 1, "new_id": 3, "warnings": [[1265, "cut"]]}]}
HOST = {"done": [{"version": "2.3.4", "php": "8.1", "limits": {"memory": "128M"}}]}


@fuzz(125)
@given(
    payloads(DONE, HOST, {"done": [], "failed": '[1213, "x"]'}, {"done": [], "failed": "unknown"}),
    st.booleans(),
)
def test_answers_of_the_bridge(content: Any, files: bool) -> None:
    session = Scripted(json.dumps(content).encode("utf-8", "surrogatepass"))
    gateway = BridgeGateway(session, SECRET, sleep=lambda _s: None)  # type: ignore[arg-type]
    try:
        if files:
            gateway.files.host()
        else:
            gateway.run([Call("producers.all"), Call("producers.insert", {"name": "Kovar"})])
    except KontorError as error:
        assert error.message


@fuzz(75)
@given(
    payloads({"kontor": "bridge", "refused": "time", "time": 1700000000}, {"b": "e30=", "s": "00"}).map(
        lambda payload: json.dumps(payload).encode("utf-8", "surrogatepass")
    )
    | BODIES
    | BODIES.map(sealed)
)
def test_unsealed_answers_of_the_bridge(body: bytes) -> None:
    letter = Letter(SECRET.encode(), {}, nonce="n0nce")
    try:
        letter.opened(Answer(200, {}, body, "POST", "https://shop.example/x"))
    except KontorError as error:
        assert error.message
    assert bridge.turned_away("time", 10**400).key == "clock"
