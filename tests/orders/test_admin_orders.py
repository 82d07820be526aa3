"""The order list and the order's page in the admin."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from orders.admin import OrderAdmin
from orders.models import Order, OrderEvent, OrderLine
from orders.services.accept import IntakeRules, accept_order
from orders.services.decisions import park_order
from tests.factories import make_article, make_order_status, make_stock, make_warehouse
from tests.orders.drafts import draft, line
from tests.orders.office import LIST, order, posted_form, staff, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def petra() -> Client:
    return staff("view_order", "change_order", "accept_order", "cancel_order", "view_customer")


@pytest.fixture
def reader() -> Client:
    return staff("view_order", username="reader")


def test_list_shows_what_is_needed(petra):
    make_stock(make_article("MUG"), make_warehouse(), 1)
    status = make_order_status("In preparation", kind="processing")
    order(
        "77",
        line("MUG", quantity=Decimal(2)),
        line("", name="Gift wrap"),
        status_id=status.pk,
        payment_name="Card",
    )
    page = petra.get(LIST).content.decode()
    for text in (
        "LIPA-77",
        "Anna Nowak",
        "Kraków, PL",
        "1 of 2 missing",
        "24.40\N{NO-BREAK SPACE}EUR",
        "Card",
    ):
        assert text in page
    assert "In preparation" in page


def test_queues_count_and_filter(petra):
    first, second = order("1"), order("2")
    order("3", status_id=make_order_status("Completed", kind="done").pk)
    park_order(second.pk, reason="Waits", by=User.objects.get())
    answer = petra.get(LIST)
    assert [(q.label, q.count, q.current) for q in answer.context["queues"]] == [
        ("To check", 1, False),
        ("To pack", 0, False),
        ("To ship", 0, False),
        ("Unpaid", 2, False),
        ("Parked", 1, False),
        ("All", 3, True),
    ]
    filtered = petra.get(answer.context["queues"][0].url)
    assert [o.pk for o in filtered.context["cl"].result_list] == [first.pk]


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("lipa-1", ["1"]),
        ("NOWAK", ["1", "2"]),
        ("b@example.org", ["2"]),
        ("CUP", ["2"]),
        ("nowak cup", ["2"]),
        ("zzz", []),
    ],
)
def test_search(petra, term, found):
    order("1")
    order("2", line("CUP-9"), email="b@example.org")
    rows = petra.get(LIST, {"q": term}).context["cl"].result_list
    assert sorted(o.source_number for o in rows) == found


@pytest.mark.parametrize(
    ("look", "found"), [("unmatched", 1), ("unpaid", 2), ("changed", 0), ("refunded", 0)]
)
def test_filters(petra, look, found):
    order("1")
    order("2", line("", name="Gift"))
    assert len(petra.get(LIST, {"look": look}).context["cl"].result_list) == found


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [("2026-11-21", "2026-11-21", 1), ("2026-11-22", "", 0), ("", "2026-11-20", 0), ("31. 11.", "x", 1)],
)
def test_days_of_the_range_are_included(petra, first, last, found):
    order("1")  # placed on 21 November, 19:03 UTC
    answer = petra.get(LIST, {"placed_at_from": first, "placed_at_to": last})
    assert len(answer.context["cl"].result_list) == found


def test_queries_of_the_list_do_not_grow(petra, monkeypatch):
    def count(number: int) -> int:
        monkeypatch.setattr(OrderAdmin, "list_per_page", 500)
        Order.objects.all().delete()
        articles = [make_article() for _ in range(number // 10)]
        for n in range(number):
            accept_order(
                draft(line(articles[n % len(articles)].sku), source_id=str(n), number=str(n)),
                rules=IntakeRules(),
            )
        petra.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            answer = petra.get(LIST)
        assert len(answer.context["cl"].result_list) == number
        return len(queries)

    few, many = count(50), count(500)
    assert few == many
    assert few <= 22


def test_page_proves_the_total_and_tells_about_unknown_skus(petra):
    one = order(
        "1", line("MUG"), line("", name="Gift wrap"), customer_note="Please ring", vat_id="SI12345678"
    )
    page = petra.get(url(one)).content.decode()
    assert "equals the shop&#x27;s total to the cent" in page
    assert "The line has no SKU. The line is billed, but moves no stock." in page
    assert "Please ring" in page
    assert "The VAT id SI12345678 is not well formed for SI." in page
    assert "Order read from Lipa PL, number 1." in page


def test_queries_of_the_page_do_not_grow_with_the_lines(petra, reader):
    def count(client: Client, lines: int) -> int:
        number = f"{lines}-{next(numbers)}"
        one = order(number, *[line(f"{number}-{n}", source_id=str(n)) for n in range(lines)])
        client.get(url(one))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(one))
        return len(queries)

    numbers = itertools.count()
    assert count(reader, 2) == count(reader, 40)
    assert count(petra, 2) == count(petra, 40) <= 27


@pytest.mark.requirement("O12")
def test_staff_edit_is_recorded_and_stops_the_shop(petra):
    one = order("1")
    answer = petra.post(url(one), posted_form(petra, one, billing_street="Długa 5", delivery_city="Gdańsk"))
    assert answer.status_code == 302
    one = Order.objects.get()
    assert (one.billing.street, one.delivery.city) == ("Długa 5", "Gdańsk")
    assert one.edited_at is not None
    event = one.events.first()
    assert (event.sentence, event.by.username) == (
        "Edited: billing address, street, delivery address, city.",
        "petra",
    )
    again = accept_order(
        draft(line("MUG", source_id="1"), source_id="1", number="1", customer_note="x"), rules=IntakeRules()
    )
    assert again.outcome == "kept"


def test_our_note_alone_leaves_the_order_open_to_the_shop(petra):
    one = order("1")
    petra.post(url(one), posted_form(petra, one, note="Call first"))
    one.refresh_from_db()
    assert (one.note, one.edited_at) == ("Call first", None)
    assert one.events.first().sentence == "Edited: our note."


def test_saving_without_a_change_writes_no_history(petra):
    one = order("1")
    events = OrderEvent.objects.count()
    petra.post(url(one), posted_form(petra, one))
    one.refresh_from_db()
    assert (one.edited_at, OrderEvent.objects.count()) == (None, events)


def test_editing_lines_adds_the_order_up_again(petra):
    one = order(
        "1", line("MUG", "10", "2.2", source_id="1"), line("", "5", "1.1", name="Gift", source_id="2")
    )
    cup = make_article("CUP")
    data = posted_form(petra, one, **{"lines-0-quantity": "3", "lines-1-article": str(cup.pk)})
    assert petra.post(url(one), data).status_code == 302
    first, second = OrderLine.objects.order_by("position")
    assert (first.quantity, first.net, first.vat) == (Decimal(3), Decimal(30), Decimal("6.6"))
    assert (second.article, second.sku, second.vat) == (cup, "CUP", Decimal("1.1"))
    one.refresh_from_db()
    assert (one.total, one.total_vat, one.source_total) == (
        Decimal("42.70"),
        Decimal("7.70"),
        Decimal("18.30"),
    )
    assert one.edited_at is not None
    page = petra.get(url(one)).content.decode()
    assert "the shop&#x27;s total is 18.30\N{NO-BREAK SPACE}EUR, 24.40\N{NO-BREAK SPACE}EUR from ours" in page


def test_new_line_gets_its_position_and_vat(petra):
    one = order("1")
    data = posted_form(petra, one) | {
        "lines-TOTAL_FORMS": "2",
        "lines-1-kind": "fee",
        "lines-1-name": "Wrapping",
        "lines-1-quantity": "1",
        "lines-1-net": "2",
        "lines-1-vat_percent": "22",
        "lines-1-order": str(one.pk),
    }
    assert petra.post(url(one), data).status_code == 302
    last = one.lines.last()
    assert (last.position, last.kind, last.vat) == (2, "fee", Decimal("0.44"))


def test_amount_without_a_vat_rate_is_asked_for(petra):
    one = order("1", line("MUG", vat_percent=None, source_id="1"))
    answer = petra.post(url(one), posted_form(petra, one, **{"lines-0-net": "11"}))
    assert "Enter the percentage." in answer.content.decode()
    assert one.lines.get().net == Decimal(10)


def test_orders_are_neither_added_nor_deleted_by_hand(petra):
    one = order("1")
    assert petra.get("/orders/order/add/").status_code == 403
    assert petra.get(f"/orders/order/{one.pk}/delete/").status_code == 403


def test_reader_sees_the_page_without_buttons(reader):
    one = order("1")
    page = reader.get(url(one)).content.decode()
    assert "LIPA-1" in page
    assert url(one, "accept") not in page
    assert url(one, "accept") not in reader.get(LIST).content.decode()


def test_dictionaries_open(petra):
    User.objects.filter(username="petra").update(is_superuser=True)
    order("1")
    for name in ("paymentmethod", "shippingmethod", "orderstatus"):
        assert petra.get(f"/orders/{name}/").status_code == 200
        assert petra.get(f"/orders/{name}/add/").status_code == 200


def test_a_higher_app_can_subclass_the_admin(petra):
    class ShopOrderAdmin(OrderAdmin):
        def source_names(self, request):
            return {"lipa": "Lipa PL"}

    one = order("1")
    registered = admin.site._registry[Order]
    admin.site._registry[Order] = ShopOrderAdmin(Order, admin.site)
    try:
        request = RequestFactory().get(LIST)
        request.user = User.objects.get()
        request.resolver_match = None
        changelist = admin.site._registry[Order].get_changelist_instance(request)
        assert changelist.result_list[0].source_name == "Lipa PL"
        assert admin.site._registry[Order].page_context(request, one)["source_name"] == "Lipa PL"
    finally:
        admin.site._registry[Order] = registered
