"""A shop that sells: its orders come in by real runs, and wait where its rules say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from orders.models import Customer, Order
from shops.models import IncomingOrder, RemoteElement, Shop
from shops.records import OrderLineRecord, OrderRecord
from shops.services import links
from shops.services.intake import take_in
from shops.sync.local.base import Side
from shops.sync.local.orders import Orders
from shops.sync.read import absorb
from tests import factories as make
from tests.peers.woocommerce import Client as ShopClient
from tests.peers.woocommerce import DemoShop
from tests.shops.fakes import Fabric
from tests.shops.sync.conftest import _no_waiting, catalogue, kontor_leads, set_rules, shop, sync, woo

__all__ = ["_no_waiting", "catalogue", "shop", "sync", "woo"]

ANA = {
    "first_name": "Ana",
    "last_name": "Novak",
    "address_1": "Lipova 1",
    "city": "Celje",
    "postcode": "3000",
    "country": "SI",
    "email": "ana@example.test",
}


@pytest.fixture
def selling(shop: Shop, woo: DemoShop, catalogue: Any, sync: Callable[..., Any]) -> DemoShop:
    """The shop has the three articles, and everything of it has been read once."""
    kontor_leads(shop)
    set_rules(shop, order={"linked": "here", "import_here": True})
    sync()
    return woo


@pytest.fixture
def strict(shop, selling, sync):
    """Nothing unknown comes in, nothing unmapped either; what is there is mapped."""
    shop.unmapped, shop.unknown_articles, shop.unknown_customers = "park", "park", "park"
    shop.save()
    Customer.objects.create(first_name="Ana", last_name="Novak", email="ana@example.test")
    map_all(shop)
    return selling


@pytest.fixture
def petra(db: None) -> User:
    return User.objects.create_superuser("petra", password="x")


@pytest.fixture
def admin(petra: User) -> Client:
    client = Client()
    client.force_login(petra)
    return client


@pytest.fixture
def clerk(db: None) -> Callable[..., Client]:
    """clerk("view_problem", ...) is a client with just these rights."""

    def make(*codenames: str) -> Client:
        user = User.objects.create_user(f"clerk {' '.join(codenames)}"[:150], is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return make


def buy(woo: DemoShop, sku: str = "ART-001", quantity: int = 1, **fields: Any) -> int:
    """Place an order in the shop, as its checkout would; its id."""
    product = next(p for p in woo.state.products.values() if p.sku == sku)
    body = {
        "status": "processing",
        "payment_method": "cod",
        "payment_method_title": "Cash on delivery",
        "billing": ANA,
        "line_items": [{"product_id": product.id, "quantity": quantity}],
        "shipping_lines": [{"method_id": "flat_rate", "method_title": "GLS", "total": "4.10"}],
        **fields,
    }
    answer = ShopClient(woo).call("POST", "/orders", body)
    assert answer.status == 201, answer.json
    return int(answer.json["id"])


def change(woo: DemoShop, number: int, **fields: Any) -> None:
    assert ShopClient(woo).call("PUT", f"/orders/{number}", fields).status == 200


def map_all(shop) -> None:
    """Everything that an order of the shop may refer to."""
    for element in RemoteElement.objects.filter(
        shop=shop, kind__in=["payment_method", "shipping_method", "order_status"], local_id=None
    ):
        links.create_and_link(element)
    for kind, remote_id in (("shipping_method", "flat_rate"),):
        element, _made = RemoteElement.objects.get_or_create(
            shop=shop, kind=kind, remote_id=remote_id, defaults={"name": "GLS, any"}
        )
        if element.local_id is None:
            links.create_and_link(element)


def waiting(shop: Shop) -> dict[str, str]:
    """{number: cause} of the orders that wait."""
    rows = IncomingOrder.objects.filter(shop=shop, state="parked").order_by("pk")
    return dict(rows.values_list("number", "cause"))


def numbers() -> list[str]:
    """Of the orders in the list, as the shop counts them."""
    return list(Order.objects.order_by("pk").values_list("source_number", flat=True))


def record(number: str = "1", **fields: Any) -> OrderRecord:
    """An order of any platform, for what the stand-in's rules would not let happen."""
    line = OrderLineRecord(
        kind="item", remote_id="1", sku="ART-001", name="Mug", net=Decimal(10), tax=Decimal("2.20"),
        vat_percent=Decimal(22),
    )  # fmt: skip
    defaults: dict[str, Any] = {
        "number": number, "currency": "EUR", "created_at": datetime(2026, 11, 21, 19, 3, tzinfo=UTC),
        "email": "ana@example.test", "total": Decimal("12.20"), "total_tax": Decimal("2.20"), "lines": (line,),
        "raw": {"id": number},
    }  # fmt: skip
    return OrderRecord(remote_id=number, **(defaults | fields))


def arrive(shop, *records: OrderRecord) -> list[str]:
    """As a run does it: stored, then taken in one by one; the states of the incoming orders."""
    run = make.make_run(shop, job="import_orders", lane="orders")
    absorb(run, Orders(Side(shop, Fabric)), records)
    rows = IncomingOrder.objects.filter(shop=shop, remote_id__in=[one.remote_id for one in records])
    rows.exclude(state="taken").update(state="parked")
    take_in(list(rows.select_related("shop").order_by("pk")))
    return list(rows.order_by("pk").values_list("state", flat=True))
