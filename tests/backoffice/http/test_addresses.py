"""Redirects, addresses that are none, certificates."""

import datetime as dt
import ipaddress
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backoffice.lib.errors import Unreachable, WrongAddress
from backoffice.lib.http import Session
from tests.backoffice.http.pausing import Sleeps
from tests.peers.scripted import Reply, ScriptedServer

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
