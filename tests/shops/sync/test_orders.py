"""Orders of a shop into the order list, and their statuses back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orders.models import Customer, Order
from shops.models import IncomingOrder, Problem, RemoteElement
from tests import factories as make
from tests.peers.woocommerce import Client
from tests.shops.sync.conftest import kontor_leads, set_rules

pytestmark = pytest.mark.django_db(transaction=True)


def buy(woo, sku="ART-001", quantity=2, **fields):
    """Place an order in the shop, as its checkout would; its id."""
    product = next(p for p in woo.state.products.values() if p.sku == sku)
    body = {
        "payment_method": "cod",
        "payment_method_title": "Cash on delivery",
        "billing": {
            "first_name": "Ana",
            "last_name": "Novak",
            "address_1": "Lipova 1",
            "city": "Celje",
            "postcode": "3000",
            "country": "SI",
            "email": "Ana@example.test",
        },
        "line_items": [{"product_id": product.id, "quantity": quantity}],
        "shipping_lines": [{"method_id": "flat_rate", "method_title": "GLS", "total": "4.10"}],
        **fields,
    }
    return Client(woo).call("POST", "/orders", body).json["id"]


@pytest.fixture
def selling(shop, woo, catalogue, sync):
    kontor_leads(shop)
    set_rules(shop, order={"linked": "here", "import_here": True})
    sync()
    return woo


@pytest.mark.requirement("O1", "O2")
def test_an_order_arrives_with_customer_lines_shipping_and_the_exact_total(shop, selling, sync):
    number = buy(selling)
    run = sync("import_orders")
    assert (run.state, list(run.changes.exclude(state="done").values_list("message"))) == ("done", [])
    order = Order.objects.get()
    assert (order.source, order.source_id, order.email.lower()) == ("lipa", str(number), "ana@example.test")
    assert order.total == Decimal(selling.state.orders[number]["total"])
    lines = {line.kind: line for line in order.lines.all()}
    assert (lines["item"].sku, lines["item"].quantity, lines["item"].article.sku) == ("ART-001", 2, "ART-001")
    assert lines["shipping"].net == Decimal("4.10")
    assert Customer.objects.get(email="ana@example.test").billing.city == "Celje"
    assert IncomingOrder.objects.get().payload["id"] == number


@pytest.mark.requirement("O1")
def test_the_same_orders_again_change_nothing(shop, selling, sync):
    buy(selling)
    sync("import_orders")
    sync("import_orders")
    run = sync("import_orders", options={"since": "2000-01-01T00:00:00+00:00"})
    assert (Order.objects.count(), run.changes.count()) == (1, 0)


@pytest.mark.requirement("O2")
def test_an_unknown_customer_parks_the_order_until_it_may_be_created(shop, selling, sync):
    shop.unknown_customers = "park"
    shop.save()
    buy(selling)
    run = sync("import_orders")
    assert (Order.objects.count(), run.state) == (0, "partly")
    waiting = IncomingOrder.objects.get()
    assert (waiting.state, bool(waiting.message), bool(waiting.cure)) == ("parked", True, True)
    assert Problem.objects.get(kind="order").orders.get() == waiting
    shop.unknown_customers = "create"
    shop.save()
    sync("import_orders")
    waiting.refresh_from_db()
    assert (Order.objects.count(), waiting.state, waiting.problem) == (1, "taken", None)
    assert Problem.objects.get(kind="order").state == "cured"


@pytest.mark.requirement("O1")
def test_one_bad_order_never_blocks_the_next(shop, selling, sync):
    first, second = buy(selling), buy(selling, sku="ART-002")
    selling.state.orders[first]["total"] = "999.00"
    run = sync("import_orders")
    assert [order.source_id for order in Order.objects.all()] == [str(second)]
    assert run.changes.get(state="refused").remote_id == str(first)


@pytest.mark.requirement("O13")
def test_orders_before_the_chosen_date_stay_in_the_shop(shop, selling, sync):
    shop.orders_from = datetime(2099, 1, 1, tzinfo=UTC)
    shop.save()
    buy(selling)
    sync("import_orders")
    assert Order.objects.count() == 0


@pytest.mark.requirement("E3", "O8")
def test_a_status_set_here_goes_to_the_shop_by_its_mapping(shop, selling, sync):
    number = buy(selling)
    sync("import_orders")
    status = make.make_order_status("Shipped", kind="shipped")
    element = RemoteElement.objects.get(shop=shop, kind="order_status", remote_id="completed")
    element.local_id = status.pk
    element.save()
    Order.objects.update(status=status)
    selling.reset_counts()
    run = sync("export_statuses")
    assert (run.state, selling.state.orders[number]["status"]) == ("done", "completed")
    assert [write.route for write in selling.writes] == ["/orders/batch"]
    selling.reset_counts()
    sync("export_statuses")
    assert selling.writes == []


@pytest.mark.requirement("O8")
def test_an_unmapped_status_is_a_cause_with_a_cure(shop, selling, sync):
    buy(selling)
    sync("import_orders")
    Order.objects.update(status=make.make_order_status("Odd"))
    run = sync("export_statuses")
    change = run.changes.get(state="not_possible")
    assert "Odd" in change.message
    assert "Mappings" in change.cure


@pytest.mark.requirement("O11")
def test_a_known_order_follows_the_shops_status_only_if_ticked(shop, selling, sync):
    for remote_id, name in (("processing", "Working"), ("completed", "Done there")):
        status = make.make_order_status(name)
        RemoteElement.objects.filter(shop=shop, kind="order_status", remote_id=remote_id).update(
            local_id=status.pk
        )
    number = buy(selling, status="processing")
    sync("import_orders")
    Client(selling).call("PUT", f"/orders/{number}", {"status": "completed"})
    sync("import_orders")
    assert Order.objects.get().status.name == "Working"
    shop.update_known_status = True
    shop.save()
    Client(selling).call("PUT", f"/orders/{number}", {"customer_note": "Ring twice"})
    sync("import_orders")
    assert Order.objects.get().status.name == "Done there"


@pytest.mark.requirement("E3", "O11")
def test_a_sync_sends_statuses_changed_here_and_never_sets_back_the_shops_own(shop, selling, sync):
    set_rules(shop, order_status={"linked": "shop"})
    ours = {}
    for remote_id in ("processing", "completed", "on-hold"):
        ours[remote_id] = make.make_order_status(f"Our {remote_id}")
        RemoteElement.objects.filter(shop=shop, kind="order_status", remote_id=remote_id).update(
            local_id=ours[remote_id].pk
        )
    first, second = buy(selling, status="processing"), buy(selling, status="processing")
    sync()
    Order.objects.filter(source_id=str(first)).update(status=ours["completed"])
    Client(selling).call("PUT", f"/orders/{second}", {"status": "on-hold"})
    sync()
    assert selling.state.orders[first]["status"] == "completed"
    assert selling.state.orders[second]["status"] == "on-hold"
    assert Order.objects.get(source_id=str(second)).status == ours["processing"]


def test_what_waited_for_its_parent_says_nothing_of_it_when_done(shop, selling, sync):
    run = selling and sync("read")
    assert not shop.runs.first().changes.filter(state="done").exclude(message="").exists()
    assert run.state == "done"
