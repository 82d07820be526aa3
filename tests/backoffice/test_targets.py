"""Nobody makes Kontor speak to the own network: not by an address, a name that resolves there, or a redirect."""

from __future__ import annotations

import socket

import pytest

from backoffice.lib.errors import WrongAddress
from backoffice.lib.http import Session
from backoffice.lib.targets import is_allowed
from tests.peers.scripted import Reply, ScriptedServer

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "2002:7f00:1::",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "fec0::1", "::10.0.0.1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]


@pytest.fixture
def server():
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def closed(settings):
    settings.PRIVATE_TARGETS = []


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_closed(address, closed):
    assert not is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address, closed):
    assert is_allowed(address)


def test_an_administrator_opens_networks_of_his_own(settings):
    settings.PRIVATE_TARGETS = ["192.168.7.0/24", "fd00:7::/32"]
    assert is_allowed("192.168.7.9")
    assert is_allowed("::ffff:192.168.7.9")
    assert is_allowed("fd00:7::1")
    assert not is_allowed("192.168.8.9")
    assert not is_allowed("127.0.0.1")


def test_not_a_byte_is_sent_there(closed, server):
    with Session(server.url) as session, pytest.raises(WrongAddress) as caught:
        session.request("GET", "/latest/meta-data")
    assert caught.value.key == "private_target"
    assert "PRIVATE_TARGETS" in caught.value.cure
    assert server.asked == []


def test_a_name_that_resolves_there_is_refused(closed, server, monkeypatch):
    real = socket.getaddrinfo

    def lie(host, port, *rest, **more):
        return real("127.0.0.1" if host == "shop.example" else host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lie)
    with Session(f"http://shop.example:{server.port}") as session, pytest.raises(WrongAddress):
        session.request("GET", "/")
    assert server.asked == []


def test_a_redirect_is_no_way_around(settings, server):
    with ScriptedServer() as inner:
        settings.PRIVATE_TARGETS = ["127.0.0.0/8"]
        server.replies = [Reply(status=302, headers={"Location": f"{inner.url}/secret"}, body=b"")]
        with Session(server.url) as session, pytest.raises(WrongAddress) as caught:
            session.request("GET", "/picture.jpg")
        assert caught.value.key == "redirect"  # redirects are never followed by themselves
        assert inner.asked == []


def test_a_kept_connection_was_checked_when_it_was_made(server):
    with Session(server.url) as session:
        session.request("GET", "/")
        session.request("GET", "/")
    assert server.connections == 1
