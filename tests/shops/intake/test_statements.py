"""What one order costs the database, from the shop's page to the order list and on to its documents: a fixed number."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Document, Order, Reservation, SalesChannel
from orders.services.work import finish_documents
from tests.peers.woocommerce import DemoShop
from tests.shops.intake.conftest import buy

pytestmark = pytest.mark.django_db(transaction=True)

# Savepoints and the doorbell of each PDF included. Raise one of these only for something that each order needs, and say in the log why.
INTAKE, ISSUING = 40, 53


@pytest.fixture
def growing(shop: Any, selling: DemoShop, sync: Any) -> Any:
    """growing(orders, lines) takes so many new orders of so many lines in; (their ids, statements sent for it)."""
    shop.accept_orders, shop.unmapped = True, "take"
    shop.save()
    products = [p.id for p in selling.state.products.values()]

    def take(orders: int, lines: int) -> tuple[list[int], int]:
        before = set(Order.objects.values_list("pk", flat=True))
        for _number in range(orders):
            items = [{"product_id": products[n % len(products)], "quantity": 1} for n in range(lines)]
            buy(selling, line_items=items)
        with CaptureQueriesContext(connection) as sent:
            assert sync("import_orders").state == "done"
        return sorted(set(Order.objects.values_list("pk", flat=True)) - before), len(sent)

    take(1, 1)  # the customer, the first reservations
    return take


def test_an_order_comes_in_with_a_fixed_number_of_statements(growing):
    few, some = growing(2, 2)
    more, many = growing(7, 2)
    assert (len(few), len(more)) == (2, 7)
    assert Reservation.objects.filter(order__in=more).count() == 14
    each = (many - some) / 5
    assert each <= INTAKE


def test_its_lines_cost_no_more(growing):
    _short, with_two = growing(3, 2)
    long, with_thirty = growing(3, 30)
    assert Order.objects.get(pk=long[0]).lines.count() == 31  # shipping
    assert with_thirty - with_two <= 4  # what the three articles' levels and links need is the same


def test_a_delivery_note_and_an_invoice_are_issued_with_a_fixed_number_of_statements(growing, shop):
    SalesChannel.objects.create(code=shop.code, becomes="both", moment="shipped")
    clerk = User.objects.create_superuser("petra")
    counts = []
    for orders, lines in ((1, 2), (2, 2), (7, 2), (7, 30)):
        ids, _statements = growing(orders, lines)
        with CaptureQueriesContext(connection) as sent:
            assert [result.problem for result in finish_documents(ids, by=clerk)] == [""] * orders
        counts.append(len(sent))
    assert Document.objects.closed().count() == 2 * 17
    _first, two, seven, long = counts
    assert (seven - two) / 5 <= ISSUING
    assert long <= seven + 2 * 7  # where a warehouse runs short it says so, once an order
