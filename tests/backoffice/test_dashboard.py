"""The dashboard's counts lead to lists that show as many, and each role sees what its work is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.roles import ensure_roles
from inventory.models import StockLevel
from orders.models import Order, SalesChannel
from shops.models import Listener, Problem, ShopCall, ShopSchedule
from tests.factories import make_article, make_order, make_run, make_shop, make_warehouse

pytestmark = pytest.mark.django_db

State = Order.State


@pytest.fixture
def as_role() -> Callable[[str], Client]:
    def login(role: str) -> Client:
        ensure_roles()
        user = get_user_model().objects.create_user(role.lower(), is_staff=True)
        user.groups.set([Group.objects.get(name=role)])
        client = Client()
        client.force_login(user)
        return client

    return login


@pytest.fixture
def busy() -> None:
    """Some of everything."""
    SalesChannel.objects.create(code="pl", becomes="invoice")
    shop = make_shop("pl", name="Lipa PL")
    for n in range(2):
        make_order(f"NEW-{n}", source="pl", total="10")
    make_order("PACK-1", source="pl", total="10", state=State.ACCEPTED, accepted_at=timezone.now())
    make_order("SHIP-1", state=State.ACCEPTED, accepted_at=timezone.now(), total="7.50")
    make_order("PARKED-1", state=State.PARKED)
    low, place = make_article("LOW-1"), make_warehouse()
    # Five are there, but four of them are kept back.
    StockLevel.objects.create(article=low, warehouse=place, on_hand=5, reserved=4, minimum=3)
    StockLevel.objects.create(
        article=make_article("OLD", active=False), warehouse=place, on_hand=0, minimum=3
    )
    for kind, message in (("image", "The picture server is away"), ("article", "The SKU is too long")):
        Problem.objects.create(
            shop=shop, kind=kind, key=kind, message=message, count=2, last_seen=timezone.now()
        )


def counts(client: Client) -> dict[str, tuple[int, str]]:
    """{words of a count: (number, address)}."""
    html = client.get("/").content.decode()
    found = re.findall(r'<a href="([^"]*)"><strong[^>]*>(\d+)</strong><span>([^<]*)</span>', html)
    return {words: (int(number), address.replace("&amp;", "&")) for address, number, words in found}


@pytest.mark.requirement("D6")
def test_each_count_leads_to_a_list_with_as_many(as_role, busy):
    client = as_role("Administrator")
    found = counts(client)
    assert {words: number for words, (number, _url) in found.items()} == {
        "order parked": 1,
        "orders to check": 2,
        "to pack": 1,
        "to ship": 1,
        "unpaid": 4,
        "article low": 1,
    }
    for words, (number, url) in found.items():
        assert client.get(url).context["cl"].queryset.count() == number, words


def test_the_warehouse_sees_what_is_packed_and_what_runs_out(as_role, busy):
    client = as_role("Warehouse")
    assert list(counts(client)) == ["to pack", "to ship", "article low"]
    html = client.get("/").content.decode()
    assert "LOW-1" in html
    for absent in ("Money to come in", "Revenue by shop", "Needs a person</h2>", 'class="sh-shops'):
        assert absent not in html, absent


def test_accounting_sees_documents_and_money(as_role, busy):
    client = as_role("Accounting")
    assert list(counts(client)) == ["unpaid", "drafts to issue"]
    html = client.get("/").content.decode()
    assert "Money to come in" in html
    assert "37.50 EUR" in html
    for absent in ("LOW-1", "Needs a person</h2>", 'class="sh-shops'):
        assert absent not in html, absent


def test_sales_sees_all_but_technical_causes(as_role, busy):
    html = as_role("Sales").get("/").content.decode()
    assert "The SKU is too long" in html
    assert "The picture server is away" not in html
    assert len(counts(as_role("Administrator"))) == 6
    assert "The picture server is away" in as_role("Read only").get("/").content.decode()


def test_a_shop_tells_what_comes_next_what_failed_and_when_it_called(as_role, busy):
    shop = Problem.objects.first().shop
    shop.rules.create(kind="order", import_here=True)
    now = timezone.now()
    make_run(shop, job="import_orders", state="partly", started_at=now, finished_at=now)
    ShopSchedule.objects.create(
        shop=shop, job="import_orders", every_min=20, armed_at=now - timedelta(hours=1)
    )
    html = " ".join(as_role("Administrator").get("/").content.decode().split())
    assert "within a minute · Import orders" in html
    assert "4 in 2 causes" in html
    assert "never calls" in html
    Listener.objects.create(shop=shop, wanted=True, address="https://kontor.example.com")
    assert "not yet" in " ".join(as_role("Read only").get("/").content.decode().split())
    call = ShopCall.objects.create(shop=shop, topic="order.created", kind="order", verb="x", key="k")
    ShopCall.objects.filter(pk=call.pk).update(received_at=now - timedelta(minutes=5))
    html = " ".join(as_role("Sales").get(reverse("admin:index")).content.decode().split())
    assert "<dt>Called</dt><dd>5 min ago</dd>" in html
