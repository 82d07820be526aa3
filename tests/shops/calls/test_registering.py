"""Telling the shop where to call, and what becomes of it (O9)."""

from __future__ import annotations

import pytest

from shops.models import Rule
from shops.services import calls
from tests.shops.calls.calling import ORDERS

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O9")]


def test_only_what_the_matrix_lets_in_is_asked_for(shop, woo):
    assert {one.topic for one in calls.wanted_announcements(shop)} == ORDERS
    Rule.objects.filter(shop=shop, kind="stock").update(linked="here")
    assert "product.updated" in {one.topic for one in calls.wanted_announcements(shop)}
    Rule.objects.filter(shop=shop).update(linked="nothing", import_here=False)
    assert calls.wanted_announcements(shop) == []


def test_registering_again_replaces_and_changes_the_secret(shop, woo, listener, caller):
    before = listener.secret["secret"]
    again = calls.register_calls(shop)
    assert again.token == listener.token
    assert again.secret["secret"] != before
    assert set(again.topics.values_list("topic", "active")) == {(topic, True) for topic in ORDERS}
    assert len(caller.api.call("GET", "/webhooks").json) == len(ORDERS)
    assert before not in str(again.__dict__)
