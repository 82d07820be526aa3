"""The pages of the office: how many statements each may ask, however much there is, and lists that are not counted through."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.tables import paging
from benchmarks import data, office_data
from benchmarks.office_cases import PAGES
from inventory.models import Article, StockLevel
from orders.models import Order, OrderLine

pytestmark = pytest.mark.django_db

# As measured with 200,000 articles and 500,000 orders, and a few more.
MOST = {
    "dashboard": 30,
    "order list": 26,
    "order list, to pack": 26,
    "order list, page 150": 26,
    "order list, search a number": 29,
    "order list, search a name": 29,
    "order": 36,
    "article list": 13,
    "article list, search a SKU": 13,
    "article": 26,
    "stock": 11,
    "customers": 10,
}


@pytest.fixture
def office() -> Client:
    data.fill(50)
    office_data._articles(120)
    office_data._orders(160)
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_the_office_is_made_whole(office: Client) -> None:
    assert (Article.objects.count(), StockLevel.objects.count()) == (120, 240)
    assert Article.objects.filter(categories=None).count() == 0
    assert (Order.objects.count(), OrderLine.objects.count()) == (160, 320)
    assert Order.objects.filter(billing__postcode="", customer__billing=None).count() == 0
    order = Order.objects.order_by("pk")[7]
    assert order.customer is not None
    assert Order.objects.filter(billing=order.billing).count() == 1


@pytest.mark.parametrize(("name", "address"), [(name, address) for name, address, _share in PAGES])
def test_a_page_asks_no_more_with_more_in_it(office: Client, name: str, address: str) -> None:
    first = {"order": Order.objects.order_by("pk")[3].pk, "article": Article.objects.order_by("pk")[60].pk}
    path = address.format(**first, order4=3).replace("p=150", "p=2")
    assert office.get(path).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        office.get(path)
    assert len(asked) <= MOST[name], [query["sql"][:120] for query in asked.captured_queries]


def test_a_long_list_is_not_counted_through_and_says_so(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST", 100)
    with CaptureQueriesContext(connection) as asked:
        page = office.get("/orders/order/").content.decode()
    assert "more than 100" in page
    counts = [
        query["sql"]
        for query in asked.captured_queries
        if "COUNT(*)" in query["sql"] and "LIMIT 101" in query["sql"]
    ]
    assert counts
    assert office.get("/orders/order/?p=2").status_code == 200
    found = office.get("/orders/order/?q=B-15").content.decode()
    assert "more than" not in found
    assert "11 orders" in " ".join(found.split())


def test_a_common_word_and_a_rare_one_find_the_same_orders(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orders.admin import searching

    order = Order.objects.order_by("pk")[9]
    words = [order.number, "Kos", order.email, "ART-9", "nowhere", "ana"]
    rare = [set(searching.with_word(Order.objects.all(), word)) for word in words]
    monkeypatch.setattr(searching, "RARE", 0)
    assert [set(searching.with_word(Order.objects.all(), word)) for word in words] == rare
    assert order in rare[0]
    assert len(rare[1]) == 160
