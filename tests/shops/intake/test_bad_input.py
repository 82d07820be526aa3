"""What no shop should send and some do: the order comes in whole, or waits with a reason; the next one is never kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.models import Address, Order
from orders.services.decisions import accept_orders
from shops.models import IncomingOrder, Problem, RemoteElement
from shops.records import AddressRecord, RefundRecord
from shops.sync.incoming import store_payloads
from tests import factories as make
from tests.shops.intake.conftest import arrive, record

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture
def shop(db):
    make.make_company()
    make.make_vat_rate("22")
    return make.make_shop("lipa", name="Lipa SI")


@pytest.mark.parametrize(
    ("fields", "key", "words"),
    [
        ({"currency": ""}, "currency", "without a currency"),
        ({"currency": "XYZ"}, "currency_unknown", "no currency that Kontor knows"),
        ({"currency": "€"}, "currency", "without a currency"),
        ({"total": Decimal("-12.20")}, "negative", "rather a refund than an order"),
        ({"created_at": None}, "date", "without the date"),
        ({"lines": ()}, "lines", "without any line"),
        ({"total": Decimal("1e12")}, "amount", "cannot be right"),
    ],
)
def test_what_nobody_may_guess_waits_and_the_next_one_comes_in(shop, fields, key, words):
    assert arrive(shop, record("1", **fields), record("2")) == ["parked", "taken"]
    row = IncomingOrder.objects.get(number="1")
    assert words in row.message
    assert row.cure
    assert Problem.objects.get(shop=shop).key == f"order_incomplete:order_incomplete:{key}"
    assert list(Order.objects.values_list("source_number", flat=True)) == ["2"]


def test_five_hundred_lines(shop):
    line = record().lines[0]
    lines = tuple(replace(line, remote_id=str(n), sku=f"S-{n}") for n in range(500))
    big = record("1", lines=lines, total=Decimal("6100.00"), total_tax=Decimal("1100.00"))
    assert arrive(shop, big) == ["taken"]
    order = Order.objects.get()
    assert (order.lines.count(), order.lines.filter(article=None).count(), order.total) == (500, 0, 6100)


def test_no_address_at_all(shop):
    assert arrive(shop, record("1", billing=AddressRecord(), email="")) == ["taken"]
    order = Order.objects.get()
    assert (order.billing, order.customer, Address.objects.count()) == (None, None, 0)


def test_hostile_names_are_kept_as_text_and_shown_as_text(shop, client, admin_user):
    bad = record(
        "1",
        billing=AddressRecord(first_name=HOSTILE, last_name=HOSTILE, city=HOSTILE, country="SI"),
        customer_note=HOSTILE,
        payment_method_name=HOSTILE,
        lines=(replace(record().lines[0], name=HOSTILE, sku="<b>"),),
    )
    assert arrive(shop, bad, replace(bad, remote_id="2", number=HOSTILE[:50], currency="")) == [
        "taken",
        "parked",
    ]
    client.force_login(admin_user)
    order = Order.objects.get()
    assert order.customer_note == HOSTILE
    pages = ["/orders/order/", f"/orders/order/{order.pk}/change/", "/shops/problem/parked/"]
    for page in [*pages, f"/shops/shop/{shop.pk}/orders/", "/"]:
        html = client.get(page).content.decode()
        assert "<script>alert(" not in html, page
        assert "<img src=x" not in html, page


def test_hostile_names_in_every_card_of_the_inbox(shop, client, admin_user):
    shop.unknown_articles = shop.unknown_customers = "park"
    shop.unmapped = "park"
    shop.save()
    line = replace(record().lines[0], sku=HOSTILE[:80], name=HOSTILE)
    known = make.make_article("ART-001")
    person = AddressRecord(first_name=HOSTILE, last_name="x", country="SI")
    states = arrive(
        shop,
        record("1", lines=(line,)),
        record("2", billing=person, email="x@example.test"),
        record("3", total=Decimal(99)),
        record("4", payment_method_id=HOSTILE[:100], payment_method_name=HOSTILE),
    )
    assert (states, known.sku) == (["parked"] * 4, "ART-001")
    causes = set(IncomingOrder.objects.values_list("cause", flat=True))
    assert causes == {"article_unknown", "customer_unknown", "total_differs", "unmapped"}
    client.force_login(admin_user)
    html = client.get("/shops/problem/parked/").content.decode()
    assert "<script>alert(" not in html
    assert "<img src=x" not in html


@pytest.mark.requirement("O1")
def test_the_same_number_in_two_shops_is_two_orders(shop):
    other = make.make_shop("breza", name="Breza")
    assert arrive(shop, record("1")) == arrive(other, record("1")) == ["taken"]
    assert sorted(Order.objects.values_list("number", flat=True)) == ["BREZA-1", "LIPA-1"]


@pytest.mark.requirement("O12")
def test_edited_in_the_shop_after_invoicing(shop, admin_user):
    arrive(shop, record("1"))
    order = Order.objects.get()
    accept_orders([order.pk], by=admin_user)
    make.make_document(order, kind="invoice")
    line = replace(record().lines[0], net=Decimal(20), tax=Decimal("4.40"), quantity=Decimal(2))
    IncomingOrder.objects.update(state="parked")
    again = record("1", lines=(line,), total=Decimal("24.40"), total_tax=Decimal("4.40"), raw={"v": 2})
    assert arrive(shop, again) == ["taken"]
    order.refresh_from_db()
    assert order.total == Decimal("12.20")
    assert {found["field"] for found in order.differences} >= {"total"}
    assert any(found["field"].startswith("line.") for found in order.differences)


def test_a_refund_larger_than_the_order(shop):
    refund = RefundRecord(remote_id="9", amount=Decimal(500), reason="mistyped")
    assert arrive(shop, record("1", paid_at=record().created_at, refunds=(refund,))) == ["taken"]
    order = Order.objects.get()
    assert (order.refunded, order.refunded_too_much, order.paid_state) == (500, True, "refunded")


def test_quantities_with_decimals(shop):
    line = replace(record().lines[0], quantity=Decimal("0.375"))
    assert arrive(shop, record("1", lines=(line,))) == ["taken"]
    assert Order.objects.get().lines.get().quantity == Decimal("0.375")


def test_the_payload_is_stored_before_anything_is_made_of_it_and_only_once(shop):
    for _again in range(2):
        store_payloads(shop, [record("1", currency="", raw={"id": 1, "secret of the shop": "kept"})])
    row = IncomingOrder.objects.get()
    assert (row.state, row.payload) == ("received", {"id": 1, "secret of the shop": "kept"})
    assert not RemoteElement.objects.exists()
