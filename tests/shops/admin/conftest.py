from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shops.models import Shop
from shops.services.rules import ensure_rules
from tests.factories import make_company, make_shop
from tests.shops import fakes


@pytest.fixture(autouse=True)
def platforms(settings):
    settings.PLATFORMS = fakes.BOTH
    fakes.Fabric.findings = []
    yield
    fakes.Fabric.findings = []


@pytest.fixture
def shop(db) -> Shop:
    """A shop on the platform of tests/shops/fakes.py, with all its rules doing nothing."""
    make_company()
    shop = make_shop(
        "pl",
        name="Lipa PL",
        platform="fabric",
        address="http://127.0.0.1:9",
        credentials={"login": "petra", "api_token": "tok_very_secret"},
    )
    ensure_rules(shop)
    return shop


@pytest.fixture
def admin(db) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("petra", password="x"))
    return client


@pytest.fixture
def staff(db) -> Callable[..., Client]:
    """staff("view_shop", ...) is a client with just these rights of the app shops."""

    def make(*codenames: str) -> Client:
        user = get_user_model().objects.create_user(f"user-{'-'.join(codenames)}"[:150], is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(codename__in=codenames, content_type__app_label__in=["shops", "orders"])
        )
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def queries() -> Callable[[Callable[[], object]], int]:
    """queries(call) is how many SQL queries the call made, those of session and login included."""

    def counted(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return counted
