"""backoffice.lib.http against a real server on loopback."""

import base64
import datetime as dt
import gzip
import ipaddress
import logging
import socket
import ssl
import time
from decimal import Decimal as D

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backoffice.lib.errors import (
    RateLimited,
    RemoteDown,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    WrongAddress,
)
from backoffice.lib.http import Session
from tests.peers.scripted import Reply, ScriptedServer


@pytest.fixture
def peer():
    with ScriptedServer() as server:
        yield server


class Sleeps(list):
    def __call__(self, seconds):
        self.append(seconds)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def session(peer, calls):
    with Session(peer.url, log=calls.append, secrets=["hunter2222"], sleep=Sleeps()) as session:
        yield session


class Pacer:
    def __init__(self):
        self.told = []

    def wait(self, cost=1, max_s=None):
        self.told.append(("wait", cost, max_s))
        return 0.0

    def penalise(self, after_s):
        self.told.append(("penalise", after_s))


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


# Redirects and addresses


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_moved_shop_names_its_new_address_and_nothing_goes_there(peer, session, status):
    peer.replies = [
        Reply(status, headers={"Location": "https://www.lipa.example/wp-json/wc/v3/products?page=1"})
    ]
    with pytest.raises(WrongAddress) as error:
        session.request("GET", "/wp-json/wc/v3/products", params={"page": 1})
    assert error.value.data == {
        "location": "https://www.lipa.example/wp-json/wc/v3/products",
        "address": "https://www.lipa.example",
    }
    assert (
        error.value.message
        == f"The shop's address has changed: {peer.url} now leads to https://www.lipa.example."
    )
    assert error.value.cure == "Use this address: https://www.lipa.example"
    assert len(peer.asked) == 1


def test_a_shop_that_moved_into_a_folder(peer):
    with Session(f"{peer.url}/old") as session:
        peer.replies = [Reply(301, headers={"Location": "/new/shop/wp-json/"})]
        with pytest.raises(WrongAddress) as error:
            session.request("GET", "/wp-json/")
    assert error.value.data["address"] == f"{peer.url}/new/shop"


@pytest.mark.parametrize("location", ["/login?next=x", "", "mailto:x@y.example"])
def test_a_redirect_to_some_other_page_offers_no_new_address(peer, session, location):
    peer.replies = [Reply(302, headers={"Location": location})]
    with pytest.raises(WrongAddress) as error:
        session.request("GET", "/wp-json/")
    assert "address" not in error.value.data
    assert error.value.key == "redirect"


@pytest.mark.parametrize(
    "address", ["", "shop.example", "ftp://shop.example", "https://", "https://shop.example:x", "http://[::1"]
)
def test_what_is_no_address_is_refused_at_once(address):
    with pytest.raises(WrongAddress, match="beginning with https://") as error:
        Session(address)
    assert error.value.key == "not_http"


def test_a_host_that_nobody_knows(calls):
    session = Session("http://no-such-shop.invalid", log=calls.append, sleep=Sleeps())
    with session, pytest.raises(Unreachable) as error:
        session.request("POST", "/")
    assert error.value.key == "dns"
    assert "no-such-shop.invalid" in error.value.message
    assert len(calls) == 3  # nothing was sent, so even a POST may be repeated


def test_a_port_where_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        session = Session(f"http://127.0.0.1:{taken.getsockname()[1]}", sleep=Sleeps())
        with session, pytest.raises(Unreachable) as error:
            session.request("GET", "/")
    assert error.value.key == "refused"


# TLS


def certificate(tmp_path, *, name="127.0.0.1", days=(-1, 30)):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path


@pytest.mark.parametrize(
    ("made", "trusted", "error_class", "key"),
    [
        ({}, False, Unreachable, "tls_untrusted"),
        ({"days": (-30, -1)}, True, Unreachable, "tls_expired"),
        ({"name": "other.example"}, True, WrongAddress, "tls_name"),
        ({"name": "127.0.0.2"}, True, WrongAddress, "tls_name"),
    ],
)
def test_a_bad_certificate_is_called_by_its_fault(tmp_path, monkeypatch, made, trusted, error_class, key):
    context, path = certificate(tmp_path, **made)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with ScriptedServer(context) as peer, Session(peer.url, sleep=Sleeps()) as session:
        with pytest.raises(error_class) as error:
            session.request("GET", "/")
        assert error.value.key == key
        assert peer.asked == []


def test_a_good_certificate_and_one_that_is_accepted_on_purpose(tmp_path, monkeypatch):
    context, path = certificate(tmp_path)
    with ScriptedServer(context) as peer:
        with Session(peer.url, verify=False) as session, pytest.warns(Warning, match="Unverified HTTPS"):
            assert session.request("GET", "/").status == 200
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
        with Session(peer.url) as session:
            assert session.request("GET", "/").status == 200


def test_https_to_a_shop_that_has_only_http(peer):
    with Session(peer.url.replace("http:", "https:")) as session, pytest.raises(WrongAddress) as error:
        session.request("GET", "/")
    assert error.value.key == "tls_plain"
    assert "http://" in error.value.cure


# Time, trouble, tries


def test_an_answer_that_does_not_come_in_time_is_doubtful(peer):
    peer.replies = [Reply(wait_s=5)]
    with Session(peer.url, timeout_s=0.2) as session, pytest.raises(TimedOut) as error:
        session.request("POST", "/orders")
    assert error.value.key == "answer_timeout"
    assert len(peer.asked) == 1


def test_a_server_that_drips_is_left_when_the_time_is_up(peer):
    peer.replies = [Reply(parts=[b" "] * 100, pause_s=0.05)]
    started = time.monotonic()
    with Session(peer.url, timeout_s=0.3) as session, pytest.raises(TimedOut):
        session.request("GET", "/", idempotent=False)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("reply", [Reply(drop=True), Reply(body=b"{}", length=100)])
def test_a_broken_connection_is_doubtful(peer, session, reply):
    peer.replies = [reply]
    with pytest.raises(RemoteDown) as error:
        session.request("POST", "/")
    assert error.value.key == "cut"
    assert len(peer.asked) == 1


@pytest.mark.parametrize(
    ("method", "idempotent", "tries"),
    [
        ("GET", None, 3),
        ("PUT", None, 3),
        ("DELETE", None, 3),
        ("POST", None, 1),
        ("PATCH", None, 1),
        ("POST", True, 3),
        ("GET", False, 1),
    ],
)
@pytest.mark.parametrize("reply", [Reply(502, "<h1>Bad gateway</h1>"), Reply(drop=True)])
def test_a_doubtful_try_is_repeated_only_where_twice_is_as_once(
    peer, session, method, idempotent, tries, reply
):
    peer.replies = [reply]
    with pytest.raises(RemoteDown):
        session.request(method, "/", idempotent=idempotent)
    assert len(peer.asked) == tries
    assert len(session._sleep) == tries - 1


def test_the_pauses_between_tries_grow_and_differ(peer, session):
    peer.replies = [Reply(500)]
    first, second = [], []
    for _ in range(20):
        session._sleep.clear()
        with pytest.raises(RemoteDown):
            session.request("GET", "/")
        first.append(session._sleep[0])
        second.append(session._sleep[1])
    assert all(0.25 <= pause <= 0.75 for pause in first)
    assert all(0.5 <= pause <= 1.5 for pause in second)
    assert len(set(first)) > 10


def test_an_outage_that_ends_is_not_noticed(peer, session, calls):
    peer.replies = [Reply(503, headers={"Retry-After": "2"}), Reply(body='{"a": 1}')]
    assert session.request("GET", "/").json() == {"a": 1}
    assert session._sleep == [2.0]
    assert [call.status for call in calls] == [503, 200]


def test_a_long_outage_is_reported_with_its_length_instead_of_waited_for(peer, session):
    peer.replies = [Reply(503, "<p>Maintenance</p>", {"Retry-After": "3600", "X-Request-Id": "r-1"})]
    with pytest.raises(RemoteDown) as error:
        session.request("GET", "/")
    assert error.value.data == {"retry_after_s": "3600"}
    assert (error.value.status, error.value.request_id, error.value.key) == (503, "r-1", "down")
    assert "Maintenance" in error.value.detail
    assert len(peer.asked) == 1


def test_a_platform_may_read_its_own_5xx_and_redirects(peer, session):
    peer.replies = [Reply(501, '{"code": "trash_not_supported"}'), Reply(302, headers={"Location": "/x"})]
    assert session.request("DELETE", "/", accept=(500, 501)).json()["code"] == "trash_not_supported"
    assert session.request("GET", "/", accept=range(300, 400)).status == 302


def test_a_429_is_waited_for_even_by_a_post_since_nothing_was_done(peer, session):
    peer.replies = [Reply(429, headers={"Retry-After": "3"}), Reply()]
    assert session.request("POST", "/").status == 200
    assert session._sleep == [3.0]


def test_the_pace_is_asked_before_every_try_and_told_of_a_429(peer, session):
    session.pace = Pacer()
    peer.replies = [Reply(429, headers={"Retry-After": "3"}), Reply(500), Reply()]
    session.request("GET", "/", cost=2)
    assert session.pace.told == [("wait", 2, 30.0), ("penalise", 3.0), ("wait", 2, 30.0), ("wait", 2, 30.0)]
    assert session._sleep[0] == 0.0


def test_a_429_longer_than_the_slice_has_left_is_handed_up(peer, session):
    session.pace = Pacer()
    session.max_wait_s = 5
    peer.replies = [Reply(429, headers={"Retry-After": "90"})]
    with pytest.raises(RateLimited) as error:
        session.request("GET", "/")
    assert error.value.after_s == 90
    assert session.pace.told == [("wait", 1, 5), ("penalise", 90.0)]
    assert "90 seconds" in error.value.message


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("-3", 0, 0),
        ("nan", 10, 10),
        ("soon", 10, 10),
        ("", 10, 10),
        ("1e99", 86400, 86400),
    ],
)
def test_retry_after_is_a_number_of_seconds(peer, session, header, low, high):
    session.max_wait_s = -1
    peer.replies = [Reply(429, headers={"Retry-After": header})]
    with pytest.raises(RateLimited) as error:
        session.request("GET", "/")
    assert low <= error.value.after_s <= high


def test_retry_after_may_be_a_date(peer, session):
    session.max_wait_s = -1
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=50)
    peer.replies = [Reply(429, headers={"Retry-After": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")})]
    with pytest.raises(RateLimited) as error:
        session.request("GET", "/")
    assert 45 <= error.value.after_s <= 50


# The log


def test_each_try_is_reported_without_secrets(peer, session, calls, caplog):
    peer.replies = [
        Reply(500, '{"token": "abc123", "said": "hunter2222"}'),
        Reply(body='{"ok": "hunter2222"}'),
    ]
    with caplog.at_level(logging.DEBUG):
        session.request(
            "PUT",
            "/login",
            params={"consumer_secret": "cs_x", "page": 1, "q": "hunter2222"},
            json={"password": "geheim", "user": "petra", "note": "hunter2222"},
            auth=("petra", "hunter2222"),
        )
    first, second = calls
    assert (first.method, first.status, second.status) == ("PUT", 500, 200)
    assert first.url == f"{peer.url}/login?consumer_secret=•••&page=1&q=•••"
    assert first.request == '{"password":"•••","user":"petra","note":"•••"}'
    assert first.response == '{"token": "•••", "said": "•••"}'
    assert first.error.startswith("RemoteDown:")
    assert (second.response, second.error, second.bytes) == ('{"ok": "•••"}', "", 20)
    assert 0 < second.seconds < 5
    everything = caplog.text + repr(calls)
    for secret in ("hunter2222", "geheim", "abc123", "cs_x", base64.b64encode(b"petra:hunter2222").decode()):
        assert secret not in everything


def test_a_secret_does_not_leave_through_an_error(peer, session):
    peer.replies = [Reply(body="wrong key hunter2222")]
    with pytest.raises(UnexpectedAnswer) as error:
        session.request("GET", "/", params={"q": "hunter2222"}).json()
    assert "hunter2222" not in f"{error.value.message}{error.value.cure}{error.value.detail}"


def test_long_and_binary_bodies_are_kept_in_extract_that_any_database_stores(peer, session, calls):
    peer.replies = [Reply(body=b"\0\x01" + b"x" * 100_000)]
    session.request("POST", "/", data="y" * 100_000)
    [call] = calls
    assert len(call.request) == len(call.response) == 4000
    assert "\0" not in call.response
    assert call.bytes == 100_002


def test_a_log_that_fails_does_not_turn_a_done_write_into_a_failed_one(peer, caplog):
    with Session(peer.url, log=lambda _call: 1 / 0) as session:
        assert session.request("POST", "/").status == 200
    assert "the log of calls failed" in caplog.text
