"""What is sent and what comes back, against a real server on loopback."""

import base64
import gzip
from decimal import Decimal as D

import pytest

from backoffice.lib.errors import UnexpectedAnswer
from backoffice.lib.http import Session
from tests.peers.scripted import Reply, ScriptedServer

# What is sent and what comes back


def test_a_request_arrives_as_it_was_meant(peer, session):
    session.headers["X-Shop"] = "1"
    session.request(
        "post", "/wc/v3/products", params={"page": 2}, json={"name": "Žlutý 🫖"}, headers={"X-More": "2"}
    )
    [asked] = peer.asked
    assert (asked.method, asked.path) == ("POST", "/wc/v3/products?page=2")
    assert asked.body == '{"name":"Žlutý 🫖"}'.encode()
    assert asked.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (asked.headers["X-Shop"], asked.headers["X-More"]) == ("1", "2")
    assert asked.headers["User-Agent"].startswith("Kontor/")


def test_half_a_surrogate_does_not_stop_a_whole_batch(peer, session):
    session.request("POST", "/", json={"name": "a\ud83d"})
    assert peer.asked[0].body == b'{"name":"a?"}'


def test_prices_do_not_pass_through_float(peer, session):
    peer.replies = [Reply(body='{"price": 19.99, "n": 3, "big": 0.1000000000000000055511}')]
    answer = session.request("GET", "/").json()
    assert answer == {"price": D("19.99"), "n": 3, "big": D("0.1000000000000000055511")}


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 401, 403, 404, 409, 422])
def test_statuses_whose_meaning_is_the_platforms_are_returned(peer, session, status):
    peer.replies = [Reply(status, b"" if status in (204, 304) else b'{"code": "x"}', {"X-Total": "7"})]
    answer = session.request("GET", "/")
    assert answer.status == status
    assert answer.headers["x-total"] == "7"
    assert answer.ok == (status < 300)
    assert len(peer.asked) == 1


def test_a_compressed_chunked_answer_is_read_whole(peer, session):
    packed = gzip.compress(b'{"a": "' + b"x" * 300_000 + b'"}')
    parts = [f"{len(packed):x}\r\n".encode() + packed + b"\r\n", b"0\r\n\r\n"]
    peer.replies = [Reply(parts=parts, headers={"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"})]
    assert len(session.request("GET", "/").json()["a"]) == 300_000


def test_a_connection_is_used_again(peer, session):
    for _ in range(5):
        session.request("GET", "/")
    assert peer.connections == 1


def test_cookies_are_not_kept(peer, session):
    peer.replies = [Reply(headers={"Set-Cookie": "cart=1; Path=/"})]
    session.request("GET", "/")
    session.request("GET", "/")
    assert "Cookie" not in peer.asked[1].headers


def test_the_shops_own_headers_go_to_no_other_host(peer, session):
    session.headers["X-Token"] = "hunter2222"
    with ScriptedServer() as elsewhere:
        session.request("GET", f"{elsewhere.url}/picture.png")
        assert "X-Token" not in elsewhere.asked[0].headers


def test_a_login_may_hold_letters_of_all_our_languages(peer, session):
    session.request("GET", "/", auth=("žaneta", "pa:ßwörd"))
    scheme, _, encoded = peer.asked[0].headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", "žaneta:pa:ßwörd")


def test_the_signature_is_made_anew_at_every_try(peer, session):
    nonces = iter("abc")

    def sign(prepared):
        prepared.headers["X-Nonce"] = next(nonces)
        return prepared

    peer.replies = [Reply(503), Reply(503), Reply()]
    session.request("GET", "/", auth=sign)
    assert [asked.headers["X-Nonce"] for asked in peer.asked] == ["a", "b", "c"]


# Answers that are not data


def test_a_web_page_instead_of_data_is_shown_by_its_words(peer, session):
    page = "<html><head><title>Zaraz wracamy</title><style>p{}</style></head><body><h1>Prace&nbsp;serwisowe</h1></body>"
    peer.replies = [Reply(body=page, headers={"Content-Type": "text/html; charset=utf-8"})]
    answer = session.request("GET", "/products")
    with pytest.raises(UnexpectedAnswer) as error:
        answer.json()
    assert error.value.message == (
        "127.0.0.1 answered with something other than data: “Zaraz wracamy Prace serwisowe”"
    )
    assert "maintenance mode" in error.value.cure
    assert "text/html" in error.value.detail
    assert (error.value.key, error.value.status) == ("not_json", 200)


@pytest.mark.parametrize(
    "body", ["", '{"a": ', "<br />\n<b>Warning</b>: x in <b>/var/www</b>{}", "[" * 100_000]
)
def test_empty_cut_or_garnished_answers_are_no_data_either(peer, session, body):
    peer.replies = [Reply(body=body)]
    with pytest.raises(UnexpectedAnswer):
        session.request("GET", "/").json()


def test_a_byte_order_mark_and_other_charsets_are_read(peer, session):
    peer.replies = [
        Reply(body=b'\xef\xbb\xbf{"a": 1}'),
        Reply(
            body='{"a": "ž"}'.encode("cp1250"),
            headers={"Content-Type": "application/json; charset=windows-1250"},
        ),
        Reply(body='{"a": "ž"}', headers={"Content-Type": "application/json; charset=no-such"}),
    ]
    assert [session.request("GET", "/").json()["a"] for _ in range(3)] == [1, "ž", "ž"]


def test_an_endless_answer_is_cut_off(peer, calls):
    peer.replies = [Reply(parts=[b"x" * 65536] * 100)]
    with (
        Session(peer.url, max_bytes=2**20, log=calls.append) as session,
        pytest.raises(UnexpectedAnswer) as error,
    ):
        session.request("GET", "/")
    assert error.value.key == "too_long"
    assert "1 MB" in error.value.message
    assert calls[0].error.startswith("UnexpectedAnswer")


def test_a_bomb_of_zeros_does_not_fill_the_memory(peer):
    bomb = gzip.compress(b"\0" * 200 * 2**20)
    peer.replies = [Reply(body=bomb, headers={"Content-Encoding": "gzip"})]
    with Session(peer.url) as session, pytest.raises(UnexpectedAnswer) as error:
        session.request("GET", "/")
    assert error.value.key == "too_long"
