"""What each shop's rules let into the order list, and how (O2, O3, O8, O11, O12)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from inventory.models import Article
from orders.models import Customer, Order, SalesChannel
from shops.models import IncomingOrder, RemoteElement
from shops.services import links
from shops.services.partners import LOCAL_MODELS
from tests import factories as make
from tests.shops.intake.conftest import ANA, buy, change, map_all, numbers, waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.requirement("O2")
@pytest.mark.parametrize("rule", ["create", "park", "plain"])
def test_an_unknown_article(shop, selling, sync, rule):
    shop.unknown_articles = rule
    shop.save()
    number = buy(selling, "ART-002")
    Article.objects.filter(sku="ART-002").update(sku="ELSEWHERE")
    RemoteElement.objects.filter(kind="article").update(local_id=None)
    sync("import_orders")
    if rule == "park":
        assert waiting(shop) == {str(number): "article_unknown"}
        return
    line = Order.objects.get().lines.get(kind="item")
    assert (line.sku, line.article is not None) == ("ART-002", rule == "create")
    assert Article.objects.filter(sku="ART-002").exists() is (rule == "create")


def test_a_linked_article_is_found_although_its_sku_differs_here(shop, selling, sync):
    shop.unknown_articles = "park"
    shop.save()
    buy(selling, "ART-002")
    Article.objects.filter(sku="ART-002").update(sku="OURS-2")
    sync("import_orders")
    assert Order.objects.get().lines.get(kind="item").article.sku == "OURS-2"


@pytest.mark.requirement("O2")
def test_the_collective_customer(shop, selling, sync):
    shop.unknown_customers, shop.collective_customer = "collective", Customer.objects.create(company="Retail")
    shop.save()
    buy(selling)
    sync("import_orders")
    order = Order.objects.get()
    assert (order.customer, order.billing.city, Customer.objects.count()) == (
        shop.collective_customer,
        "Celje",
        1,
    )


@pytest.mark.requirement("O2")
def test_a_customer_linked_with_the_shops_account_is_the_buyer(shop, selling, sync):
    office = Customer.objects.create(company="Studio", email="office@studio.example")
    buyer = selling.add_customer("ana@example.test")
    make.make_link(shop, "customer", office.pk, str(buyer["id"] if isinstance(buyer, dict) else buyer))
    buy(selling, customer_id=buyer["id"] if isinstance(buyer, dict) else buyer)
    sync("import_orders")
    assert Order.objects.get().customer == office


@pytest.mark.requirement("O1")
def test_only_chosen_statuses_come_in_and_the_run_says_what_was_left_out(shop, selling, sync):
    shop.import_statuses = ["processing"]
    shop.save()
    kept, pending, held = buy(selling), buy(selling, status="pending"), buy(selling, status="on-hold")
    run = sync("import_orders")
    assert numbers() == [str(kept)]
    said = list(run.messages.values_list("text", flat=True))
    assert "1 order was left out: its status “Pending payment” is not imported." in said
    assert "1 order was left out: its status “On hold” is not imported." in said
    assert IncomingOrder.objects.count() == 1
    change(selling, pending, status="processing")
    change(selling, kept, status="on-hold", customer_note="Hurry")
    sync("import_orders")
    assert numbers() == [str(kept), str(pending)]
    assert Order.objects.get(source_number=str(kept)).customer_note == "Hurry"  # what is known is followed
    assert str(held) not in numbers()


@pytest.mark.requirement("O3")
def test_orders_are_accepted_by_themselves_where_the_shop_says_so(shop, selling, sync):
    shop.accept_orders = True
    shop.save()
    buy(selling)
    sync("import_orders")
    order = Order.objects.get()
    assert (order.state, order.accepted_by) == ("accepted", None)
    assert order.reservations.exists()


def test_the_tolerance_is_the_shops(shop, selling, sync):
    first, second = buy(selling), buy(selling)
    for number in (first, second):
        row = selling.state.orders[number]
        row["total"] = str(Decimal(row["total"]) + Decimal("0.30"))
    shop.rounding_tolerance = Decimal("0.50")
    shop.save()
    sync("import_orders")
    # The lines come to 6.91 exactly and to 6.90 with each part rounded: the nearer one counts.
    last = [order.lines.last() for order in Order.objects.all()]
    assert [(line.kind, line.net) for line in last] == [("rounding", Decimal("0.29"))] * 2


@pytest.mark.requirement("O8")
@pytest.mark.parametrize(
    ("rule", "becomes", "draft", "waits"),
    [
        ("documents", "nothing", False, False),
        ("documents", "invoice", False, True),
        ("documents", "invoice", True, False),
        ("park", "nothing", False, True),
        ("take", "invoice", False, False),
    ],
)
def test_what_is_not_mapped_waits_where_documents_are_issued(
    shop, selling, sync, rule, becomes, draft, waits
):
    shop.unmapped = rule
    shop.save()
    SalesChannel.objects.create(code=shop.code, becomes=becomes, as_draft=draft)
    number = str(buy(selling))
    sync("import_orders")
    if waits:
        assert waiting(shop) == {number: "unmapped"}
        assert IncomingOrder.objects.get().data["kind"] == "order_status"
    else:
        order = Order.objects.get()
        assert (order.payment_method, order.payment_name, order.status) == (None, "Cash on delivery", None)


@pytest.mark.requirement("O8")
def test_one_reference_after_the_other_is_asked_for(shop, selling, sync):
    shop.unmapped = "park"
    shop.save()
    buy(selling)
    lacking = []
    for _turn in range(5):
        sync("import_orders")
        row = IncomingOrder.objects.get()
        if row.state == "taken":
            break
        lacking.append((row.data["kind"], row.data["id"]))
        element, _made = RemoteElement.objects.get_or_create(
            shop=shop, kind=row.data["kind"], remote_id=row.data["id"], defaults={"name": row.data["name"]}
        )
        links.create_and_link(element)
    assert lacking == [
        ("order_status", "processing"),
        ("payment_method", "cod"),
        ("shipping_method", "flat_rate"),
    ]
    order = Order.objects.get()
    assert (str(order.status), str(order.payment_method)) == ("Processing", "Cash on delivery")
    # A shipping method that only orders name is not forgotten when the shop is read.
    sync("read")
    element = RemoteElement.objects.get(kind="shipping_method", remote_id="flat_rate")
    assert (element.state, element.local_id) == ("present", order.shipping_method_id)


@pytest.mark.requirement("O8")
def test_a_vat_rate_that_is_not_known_here_waits_too(shop, selling, sync):
    shop.unmapped = "park"
    shop.save()
    map_all(shop)
    number = str(buy(selling))
    LOCAL_MODELS["vat_rate"].objects.all().update(country="DE")
    sync("import_orders")
    assert waiting(shop) == {number: "unmapped"}
    row = IncomingOrder.objects.get()
    assert (row.data, row.message) == (
        {"kind": "vat_rate", "id": "SI:22", "name": "SI 22 %"},
        f"VAT rate SI 22 % of {shop.name} is not mapped.",
    )


@pytest.mark.requirement("O12")
def test_a_shop_whose_changes_are_not_wanted_shows_them(shop, selling, sync):
    shop.rewrite_known = False
    shop.save()
    number = buy(selling)
    sync("import_orders")
    change(selling, number, billing={**ANA, "city": "Maribor"})
    sync("import_orders")
    order = Order.objects.get()
    assert (order.billing.city, [d["field"] for d in order.differences]) == ("Celje", ["billing.city"])
