"""The way to an element in the shop's own panel, without talking to the shop."""

from __future__ import annotations

from typing import Any

from backoffice.lib.errors import Unsupported
from backoffice.lib.http import Session
from shops.models import Shop
from shops.platforms.base import Connection
from shops.platforms.registry import platform_for


def panel_url(shop: Shop, kind: str, remote_id: str, *, parent_id: str = "") -> str:
    """The address of the element's page there; "" when the platform has no such page or is not installed."""
    try:
        platform = platform_for(shop)
    except Unsupported:
        return ""
    connection = Connection(
        address=shop.address,
        credentials={},
        open_session=_no_session,
        options={name: str(value) for name, value in shop.options.items()},
    )
    return platform(connection).admin_url(kind, remote_id, parent_id=parent_id)


def _no_session(*_args: Any, **_options: Any) -> Session:
    raise RuntimeError("an address is made up of what is stored: no shop is asked")
