"""One server of each kind, and stores that talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from backoffice.lib.transfer import Store, Target, open_store
from tests.peers.certificates import Authority, new_authority
from tests.peers.ftp import FtpPeer
from tests.peers.sftp import SftpPeer


@dataclass
class Place:
    """home: the folder as the server sees it. peer: None for a plain folder. open(**changes): a store there."""

    home: Path
    target: Target
    peer: Any
    open: Callable[..., Store]


@pytest.fixture(scope="session")
def authority() -> Authority:
    return new_authority()


@pytest.fixture
def stores() -> Iterator[list[Store]]:
    opened: list[Store] = []
    yield opened
    for store in opened:
        store.close()


@pytest.fixture
def place(
    request: pytest.FixtureRequest, tmp_path: Path, authority: Authority, stores: list[Store], settings: Any
) -> Iterator[Place]:
    """Parametrize indirectly with "folder", "ftp", "ftps" or "sftp"."""
    kind = request.param
    home = tmp_path / "home"
    home.mkdir()
    peer: Any = None
    options: dict[str, Any] = {"user": "lipa", "password": "geheim", "host": "127.0.0.1", "timeout_s": 5}
    if kind == "folder":
        settings.EXCHANGE_ROOT = str(tmp_path)
        options = {"folder": "home"}
    elif kind == "sftp":
        peer = SftpPeer(home)
        options["host_key"] = peer.host_key
    else:
        certificate = None
        if kind == "ftps":
            certificate = tmp_path / "server.pem"
            authority.issue(certificate)
            options["certificate"] = authority.pem
        peer = FtpPeer(home, certificate=certificate)
    if peer is not None:
        options["port"] = peer.port
    target = Target(kind=kind, **options)

    def open_now(**changes: Any) -> Store:
        store = open_store(replace(target, **changes))
        store._sleep = lambda _seconds: None
        stores.append(store)
        return store

    yield Place(home, target, peer, open_now)
    if peer is not None:
        peer.stop()
