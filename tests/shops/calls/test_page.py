"""The calls on the page Health."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from shops.models import Listener
from tests.shops.calls.calling import hear, path_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O9")]


def test_the_page_registers_shows_mends_and_removes(shop, woo, caller, client, admin_user):
    client.force_login(admin_user)
    health = reverse("admin:shops_shop_health", args=[shop.pk])
    action = reverse("admin:shops_shop_calls", args=[shop.pk])
    assert "Have the shop call" in client.get(health).content.decode()
    assert client.get(action).status_code == 405
    html = client.post(action, {"action": "register"}, follow=True).content.decode()
    assert "calls for 3 kinds of changes" in html
    assert html.count("order.updated") == 1
    caller.deliver()
    caller.place_order()
    caller.deliver()
    assert "waits" in client.get(health).content.decode()
    hear(shop)
    html = client.get(health).content.decode()
    assert "read again: Create here" in html
    listener = Listener.objects.get()
    assert listener.token not in html
    assert listener.secret["secret"] not in html
    client.post(path_of(listener), b"{}", content_type="application/json")
    assert "1 call was refused" in client.get(health).content.decode()
    html = client.post(action, {"action": "remove"}, follow=True).content.decode()
    assert "does not call any more" in html
    noted = LogEntry.objects.get_for_object(shop).filter(changes__has_key="registered calls").order_by("pk")
    assert [(one.actor, one.changes["registered calls"]) for one in noted] == [
        (admin_user, ["", "on"]),
        (admin_user, ["on", "off"]),
    ]


def test_who_may_not_change_the_shop_does_not_register(shop, listener, client, django_user_model):
    user = django_user_model.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_shop"))
    client.force_login(user)
    assert (
        client.post(reverse("admin:shops_shop_calls", args=[shop.pk]), {"action": "remove"}).status_code
        == 403
    )
    html = client.get(reverse("admin:shops_shop_health", args=[shop.pk])).content.decode()
    assert "Register anew" not in html
    assert "What the shop announces" in html
