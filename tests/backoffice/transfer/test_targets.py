"""Servers for files inside the own network: no connection unless the administrator named the network."""

from __future__ import annotations

import socket

import pytest

from backoffice.lib.errors import WrongAddress
from backoffice.lib.transfer import Target, open_store
from backoffice.lib.transfer.tls import peek_certificate

KINDS = pytest.mark.parametrize("kind", ["ftp", "ftps", "sftp"])


@pytest.fixture
def listening():
    """A port that notes whether anybody came."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


def nobody_came(server) -> bool:
    try:
        server.accept()
    except TimeoutError:
        return True
    return False


def target(kind: str, server, host: str = "127.0.0.1") -> Target:
    port = server.getsockname()[1]
    return Target(kind=kind, host=host, port=port, user="lipa", password="geheim", timeout_s=2)


@KINDS
def test_a_private_address_is_not_even_knocked_at(kind, listening, settings):
    settings.PRIVATE_TARGETS = []
    with open_store(target(kind, listening)) as store, pytest.raises(WrongAddress) as caught:
        store.entries()
    assert caught.value.key == "private_target"
    assert "PRIVATE_TARGETS" in caught.value.cure
    assert nobody_came(listening)


@KINDS
def test_a_name_that_resolves_there_is_refused(kind, listening, settings, monkeypatch):
    settings.PRIVATE_TARGETS = []
    real = socket.getaddrinfo

    def lie(host, port, *rest, **more):
        return real("127.0.0.1" if host == "files.example" else host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lie)
    with open_store(target(kind, listening, "files.example")) as store, pytest.raises(WrongAddress):
        store.entries()
    assert nobody_came(listening)


def test_looking_at_a_certificate_is_checked_too(listening, settings):
    settings.PRIVATE_TARGETS = []
    with pytest.raises(WrongAddress):
        peek_certificate(target("ftps", listening))
    assert nobody_came(listening)


@pytest.mark.parametrize("place", ["ftp", "ftps", "sftp"], indirect=True)
def test_a_network_that_the_administrator_named_is_open(place, settings):
    settings.PRIVATE_TARGETS = ["127.0.0.0/8"]
    assert place.open().entries() == []
