"""Platforms connected to the stand-in shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backoffice.lib.http import Session
from shops.platforms.base import Connection
from shops.platforms.woocommerce import WooCommerce
from tests.peers.woocommerce import ADMIN, Key


def connection(address: str, key: Key = ADMIN, *, verify: bool = True, **more: Any) -> Connection:
    """A session that does not sleep, so that a refused try costs a test no seconds."""

    def open_session(base_url: str, **options: Any) -> Session:
        return Session(
            base_url, timeout_s=20, verify=verify, secrets=[key.secret], sleep=lambda _s: None, **options
        )

    credentials = {"consumer_key": key.key, "consumer_secret": key.secret}
    return Connection(
        address=address, credentials=credentials, open_session=open_session, **{"vat_country": "SI", **more}
    )


def connect(shop: Any, key: Key = ADMIN, **more: Any) -> WooCommerce:
    """shop: something with a url."""
    return WooCommerce(connection(shop.url, key, **more))


def certificate(folder: Path) -> dict[str, str]:
    """Environment with which requests trusts the stand-in's own certificate."""
    return {"REQUESTS_CA_BUNDLE": str(folder / "shop.pem")}
