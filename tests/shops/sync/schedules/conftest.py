"""A shop in which every job has something to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shops.models import ShopSchedule
from shops.services.schedules import ensure_schedules
from tests.shops.sync.conftest import kontor_leads, set_rules
from tests.shops.sync.schedules.turns import ORDERS_ON


@pytest.fixture
def busy(shop, woo, catalogue):
    """A shop in which every job has something to do, with its preset schedules, armed yesterday."""
    kontor_leads(shop)
    set_rules(shop, order=ORDERS_ON, order_status={"linked": "shop"})
    ensure_schedules(shop)
    ShopSchedule.objects.update(armed_at=timezone.now() - timedelta(days=2))
    return shop
