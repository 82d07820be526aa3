"""A shop on loopback that calls when the test says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from shops.models import Listener, Rule, Run, Shop
from shops.services import calls, hearing
from tests.peers.woocommerce import DemoShop
from tests.shops.calls.calling import Caller
from tests.shops.sync.conftest import connected, woo

__all__ = ["woo"]


@pytest.fixture
def shop(db: None, woo: DemoShop) -> Shop:
    shop = connected(woo)
    Rule.objects.filter(shop=shop, kind="order").update(import_here=True, linked="here")
    return shop


@pytest.fixture(autouse=True)
def _no_gap(monkeypatch: Any) -> None:
    monkeypatch.setattr(hearing, "GAP_S", 0.0)


@pytest.fixture
def caller(woo: DemoShop, client: Client) -> Caller:
    return Caller(woo, client)


@pytest.fixture
def listener(shop: Shop, caller: Caller) -> Listener:
    """Registered, and the greetings of the new registrations are over."""
    listener = calls.register_calls(shop)
    assert set(caller.deliver()) <= {200}
    Run.objects.all().delete()  # of the read that registering starts
    return listener
