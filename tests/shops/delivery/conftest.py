"""A shop that exchanges files with a real server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache

from shops.models import Run
from shops.services.feeds import add_feed
from shops.services.rules import ensure_rules
from shops.services.runs import start_run, work_run
from tests.peers.ftp import FtpPeer
from tests.shops.files.catalogue import small_catalogue


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SYNC_RETRY_AFTER_S = (0, 0)
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "temp")
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("backoffice.lib.transfer.store.BACKOFF_S", 0)
    monkeypatch.setattr("shops.platforms.files.inbox.SETTLE_S", 0.01)
    cache.clear()


@pytest.fixture
def ftp(tmp_path: Path) -> Iterator[FtpPeer]:
    home = tmp_path / "home"
    home.mkdir()
    peer = FtpPeer(home)
    yield peer
    peer.stop()


@pytest.fixture
def catalogue(db: None, ftp: FtpPeer) -> SimpleNamespace:
    """The small catalogue, and a shop that sends to `ftp`."""
    found = small_catalogue()
    shop = found.shop
    shop.credentials = {"transfer_user": ftp.user, "transfer_password": ftp.password}
    shop.options |= {
        "transfer": "ftp",
        "transfer_host": f"127.0.0.1:{ftp.port}",
        "folder_out": "out",
        "folder_in": "orders",
        "order_currency": "CZK",
        "pohoda_rates": "21; 12",
    }
    shop.save()
    ensure_rules(shop)
    return found


@pytest.fixture
def run_job(catalogue: SimpleNamespace) -> Callable[..., Run]:
    def run(job: str, **options: Any) -> Run:
        catalogue.shop.refresh_from_db()
        return work_run(start_run(catalogue.shop, job, **options).pk)

    return run


@pytest.fixture
def feed(catalogue: SimpleNamespace) -> Callable[..., Any]:
    def add(key: str, **values: Any) -> Any:
        made = add_feed(catalogue.shop, key)
        for name, value in values.items():
            setattr(made, name, value)
        made.save()
        return made

    return add
