"""What goes over the wire, byte for byte, and what each kind of bad answer becomes."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from backoffice.lib.errors import (
    BadCredentials,
    KontorError,
    MissingPermission,
    Refused,
    RemoteDown,
    UnexpectedAnswer,
    WrongAddress,
)
from shops.platforms.woocommerce import oauth
from shops.platforms.woocommerce.client import Client
from tests.peers.scripted import Asked, Reply, ScriptedServer
from tests.peers.woocommerce import ADMIN, READER, self_signed
from tests.platforms.woocommerce.connecting import connection


@pytest.fixture
def peer():
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def client(peer):
    return Client(connection(peer.url))


@pytest.fixture
def tls_peer(tmp_path):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    with ScriptedServer(context) as server:
        yield server


@pytest.fixture
def tls_client(tls_peer):
    return Client(connection(tls_peer.url, verify=False))


def query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.path).query, keep_blank_values=True))


def refuse(status: int, code: str, **data) -> Reply:
    body = json.dumps({"code": code, "message": "Nekaj je narobe.", "data": {"status": status, **data}})
    return Reply(status=status, body=body)


NOT_SEEN = refuse(401, "woocommerce_rest_cannot_view")
NOT_SIGNED = refuse(401, "woocommerce_rest_authentication_error")


# Signing in


@pytest.mark.requirement("M1")
def test_over_http_every_request_is_signed_in_its_query(peer, client):
    client.get("products", per_page=100, include=["15", "16"], dates_are_gmt=True, sku=None)
    [asked] = peer.asked
    assert "Authorization" not in asked.headers
    sent = query(asked)
    signed = sent.pop("oauth_signature")
    url = f"{peer.url}/wp-json/wc/v3/products"
    assert signed == oauth.signature("GET", url, sent.items(), ADMIN.secret)
    plain = {name: value for name, value in sent.items() if not name.startswith("oauth_")}
    assert plain == {"per_page": "100", "include": "15,16", "dates_are_gmt": "true"}
    assert ADMIN.secret not in asked.path


def test_a_repeated_try_is_signed_anew(peer, client):
    peer.replies = [Reply(drop=True), Reply(body="[]")]
    client.get("products")
    first, second = (query(asked) for asked in peer.asked)
    assert first["oauth_nonce"] != second["oauth_nonce"]
    assert first["oauth_signature"] != second["oauth_signature"]


def test_over_https_the_key_goes_into_the_header(tls_peer, tls_client):
    tls_client.get("products", page=1)
    [asked] = tls_peer.asked
    expected = base64.b64encode(f"{ADMIN.key}:{ADMIN.secret}".encode()).decode()
    assert asked.headers["Authorization"] == f"Basic {expected}"
    assert query(asked) == {"page": "1"}


def test_where_the_host_removes_the_header_the_key_goes_into_the_address_from_then_on(tls_peer, tls_client):
    tls_peer.replies = [NOT_SEEN, Reply(body="[1]"), Reply(body="[2]")]
    assert tls_client.get("products").data == [1]
    assert tls_client.get("orders").data == [2]
    _first, second, third = tls_peer.asked
    assert "Authorization" not in second.headers
    for asked in (second, third):
        assert query(asked) == {"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret}
    assert len(tls_peer.asked) == 3


def test_a_write_that_was_not_seen_is_sent_again_whole(tls_peer, tls_client):
    tls_peer.replies = [refuse(401, "woocommerce_rest_cannot_batch"), Reply(body='{"update":[{"id":1}]}')]
    assert tls_client.batch("products", "update", [{"id": 1, "name": "č"}]) == [{"id": 1}]
    assert [asked.body for asked in tls_peer.asked] == ['{"update":[{"id":1,"name":"č"}]}'.encode()] * 2


def test_an_unknown_key_is_tried_both_ways_and_once_only(tls_peer, tls_client):
    tls_peer.replies = [NOT_SEEN]
    for _try in range(2):
        with pytest.raises(BadCredentials) as caught:
            tls_client.get("products")
        assert caught.value.key == "unknown_key"
    assert len(tls_peer.asked) == 3
    assert "Authorization" in tls_peer.asked[2].headers


def test_a_wrong_secret_over_https_is_not_tried_in_the_address(tls_peer, tls_client):
    tls_peer.replies = [NOT_SIGNED]
    with pytest.raises(BadCredentials) as caught:
        tls_client.get("products")
    assert caught.value.key == "wrong_secret"
    assert len(tls_peer.asked) == 1


def test_a_refused_signature_is_made_once_more_for_the_shops_own_address(peer, client):
    home = f"http://www.shop.example:{peer.port}"
    peer.replies = [NOT_SIGNED, Reply(body=json.dumps({"home": home})), Reply(body="[1]"), Reply(body="[2]")]
    assert client.get("products").data == [1]
    assert client.get("orders").data == [2]
    _first, index, *later = peer.asked
    assert urlsplit(index.path).path == "/wp-json/"
    assert "oauth_signature" not in index.path
    for asked, name in zip(later, ("products", "orders"), strict=True):
        sent = query(asked)
        signed = sent.pop("oauth_signature")
        assert signed == oauth.signature("GET", f"{home}/wp-json/wc/v3/{name}", sent.items(), ADMIN.secret)


@pytest.mark.parametrize(("sign_in", "header"), [("query", False), ("oauth", False), ("", True)])
def test_the_way_to_sign_in_can_be_chosen(tls_peer, sign_in, header):
    Client(connection(tls_peer.url, verify=False, options={"sign_in": sign_in})).get("products")
    [asked] = tls_peer.asked
    assert ("Authorization" in asked.headers) is header
    if sign_in == "oauth":
        sent = query(asked)
        signed = sent.pop("oauth_signature")
        url = f"http://127.0.0.1:{tls_peer.port}/wp-json/wc/v3/products"
        assert signed == oauth.signature("GET", url, sent.items(), ADMIN.secret)


# Batches


def test_a_batch_has_no_fields_and_an_empty_one_is_not_sent(peer, client):
    peer.replies = [Reply(body='{"create":[{"id":0,"error":{"code":"x"}},{"id":5}]}')]
    assert client.batch("products", "create", []) == []
    rows = client.batch("products", "create", [{"name": "a"}, {"name": "b"}])
    assert [row["id"] for row in rows] == [0, 5]
    [asked] = peer.asked
    assert asked.method == "POST"
    assert "_fields" not in query(asked)


@pytest.mark.parametrize("body", ['{"update":[{"id":1}]}', "[]", '{"update":null}', "7"])
def test_an_answer_about_fewer_elements_stops_the_type(peer, client, body):
    peer.replies = [Reply(body=body)]
    with pytest.raises(UnexpectedAnswer) as caught:
        client.batch("products", "update", [{"id": 1}, {"id": 2}])
    assert caught.value.key == "batch_rows"


def test_too_many_elements_say_where_to_lower_the_number(peer, client):
    peer.replies = [refuse(413, "woocommerce_rest_request_entity_too_large")]
    with pytest.raises(UnexpectedAnswer) as caught:
        client.batch("products", "update", [{"id": 1}])
    assert caught.value.key == "batch_size"
    assert "Elements per request" in caught.value.cure


# Bad answers


@pytest.mark.parametrize(
    ("reply", "error", "key"),
    [
        (Reply(body="<html><body>Welcome</body></html>"), UnexpectedAnswer, "not_json"),
        (Reply(body='[{"id":1},{"id"'), UnexpectedAnswer, "not_json"),
        (Reply(body=""), UnexpectedAnswer, "not_json"),
        (Reply(status=403, body="<h1>Blocked</h1>"), MissingPermission, "closed"),
        (Reply(status=406, body="<h1>Not acceptable</h1>"), MissingPermission, "closed"),
        (Reply(status=401, body="Restricted"), MissingPermission, "closed"),
        (refuse(401, "rest_not_logged_in"), MissingPermission, "closed"),
        (refuse(403, "woocommerce_rest_cannot_view"), MissingPermission, "weak_role"),
        (Reply(status=404, body="<h1>Not found</h1>"), WrongAddress, "no_api"),
        (refuse(404, "rest_no_route"), WrongAddress, "no_api"),
        (refuse(404, "woocommerce_rest_product_invalid_id"), Refused, "woocommerce_rest_product_invalid_id"),
        (refuse(400, "rest_invalid_param"), Refused, "rest_invalid_param"),
        (Reply(status=301, headers={"Location": "https://new.example/x"}), WrongAddress, "redirect"),
        (Reply(status=500, body="<h1>Error establishing a database connection</h1>"), RemoteDown, "down"),
        (Reply(status=503, body="<h1>Maintenance</h1>", headers={"Retry-After": "600"}), RemoteDown, "down"),
    ],
)
def test_every_bad_answer_has_its_error_with_a_cure(peer, client, reply, error, key):
    peer.replies = [reply]
    with pytest.raises(error) as caught:
        client.get("products")
    assert caught.value.key == key
    assert caught.value.message
    assert caught.value.cure
    assert ADMIN.secret not in f"{caught.value} {caught.value.detail}"


def test_the_shops_own_500_refuses_and_any_other_500_is_a_breakdown(peer, client):
    peer.replies = [Reply(status=500, body='{"code":"woocommerce_rest_cannot_x","message":"No.","data":500}')]
    with pytest.raises(Refused) as refused:
        client.post("orders/1/refunds", {})
    assert refused.value.status == 500
    peer.replies = [
        Reply(status=500, body='{"code":"internal_server_error","message":"<p>Oh</p>","data":null}')
    ]
    with pytest.raises(RemoteDown):
        client.post("products/batch", {})
    assert len(peer.asked) == 2  # a write that may have been done is not sent again


def test_php_notices_before_the_answer_do_no_harm(peer, client):
    notice = "<br />\n<b>Notice</b>: Undefined index in <b>/x/[a].php</b> on line <b>7</b><br />\n"
    peer.replies = [Reply(body=notice + '[{"id":1,"price":4.8999999999999995}]')]
    [row] = client.get("products").data
    assert str(row["price"]) == "4.8999999999999995"


def test_a_key_that_reads_but_may_not_write_is_named(peer):
    client = Client(connection(peer.url, READER))
    peer.replies = [Reply(body="[]"), NOT_SIGNED]
    client.get("products")
    with pytest.raises(MissingPermission) as caught:
        client.post("products/batch", {})
    assert caught.value.key == "read_only"
    assert "Read/Write" in caught.value.cure


def test_what_is_missing_is_none_to_find(peer, client):
    peer.replies = [refuse(404, "woocommerce_rest_product_invalid_id"), refuse(404, "rest_no_route")]
    assert client.find("products/9") is None
    assert client.find("variations") is None
    peer.replies = [Reply(status=404, body="<html>")]
    with pytest.raises(KontorError):
        client.find("products/9")


def test_the_totals_of_a_list_come_from_its_headers(peer, client):
    peer.replies = [
        Reply(body="[]", headers={"X-WP-Total": "137", "X-WP-TotalPages": "28"}),
        Reply(body="[]"),
    ]
    reply = client.get("products")
    assert (reply.total, reply.pages) == (137, 28)
    assert client.get("products").total is None
