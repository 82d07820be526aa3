"""Lists that are not counted through: what “all” says there, and what is done with all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.tables import chosen, paging
from inventory.models import Article
from orders.admin import bulk, document_actions
from orders.models import Customer, Document, DocumentMail, Order
from orders.services.documents import draft_for_order
from tests.factories import make_article

MOST = 3


@pytest.fixture
def petra(clerk: User, monkeypatch: pytest.MonkeyPatch) -> Client:
    """With lists that count to three and show two rows a page."""
    monkeypatch.setattr(paging, "MOST", MOST)
    for model in (Article, Order, Document, Customer):
        monkeypatch.setattr(admin.site._registry[model], "list_per_page", 2)
    client = Client()
    client.force_login(clerk)
    return client


def with_all(client: Client, path: str, action: str, ticked: list[int], **more: str) -> Any:
    """As the browser sends it: the rows of the page ticked, then “Select all” pressed."""
    data = {"action": action, "index": "0", "select_across": "1", "_selected_action": ticked, **more}
    return client.post(path, data, follow=True)


@pytest.fixture
def orders(make_accepted: Callable[..., Order]) -> list[Order]:
    return [make_accepted(number=str(number)) for number in range(5)]


@pytest.mark.parametrize("path", ["/orders/order/", "/inventory/article/", "/orders/document/"])
def test_all_is_called_more_than_what_was_counted(
    petra: Client, orders: list[Order], clerk: User, path: str
) -> None:
    for order in orders:
        draft_for_order(order.pk, "invoice", by=clerk)
    for number in range(5):
        make_article(f"SPOON-{number}")
    page = " ".join(petra.get(path).content.decode().split())
    assert "Select all, more than 3 <" in page
    assert "All selected, more than 3 <" in page
    assert "more than 3; search or filter" in page
    for word in ("4 results", "Select all 4", "All 4 selected"):
        assert word not in page


def test_a_list_that_is_counted_says_the_number(petra: Client, orders: list[Order]) -> None:
    for order in orders[3:]:
        Order.objects.filter(pk=order.pk).update(number=f"other {order.pk}")
    page = petra.get("/orders/order/?q=LIPA").content.decode()
    assert "Select all 3\n<" in page
    assert "All 3 selected\n<" in page
    every = '(<a href="?">Show all</a>)'
    assert "3 results" in page
    assert every in page
    assert every not in petra.get("/orders/order/").content.decode()  # nothing was searched for


def test_all_articles_are_switched_off_by_one_statement(petra: Client, db: None) -> None:
    articles = [make_article(f"SPOON-{number}") for number in range(6)]
    other = make_article("MUG")
    with CaptureQueriesContext(connection) as sent:
        ticked = [articles[0].pk, articles[1].pk]
        page = with_all(petra, "/inventory/article/?q=SPOON", "switch_off", ticked)
    assert "6 articles were switched off." in page.content.decode()
    assert list(Article.objects.filter(active=True)) == [other]
    assert sum('UPDATE "inventory_article"' in query["sql"] for query in sent.captured_queries) == 1
    assert Article.objects.get(pk=articles[5].pk).changed_at > articles[5].changed_at


@pytest.mark.parametrize(
    "action",
    [
        "accept_selected",
        "issue_selected",
        "print_selected",
        "pick_selected",
        "ship_selected",
        "status_selected",
    ],
)
def test_more_orders_than_go_at_once_are_refused_whole(
    petra: Client, orders: list[Order], monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 4)
    ticked = [orders[0].pk, orders[1].pk]
    page = with_all(petra, "/orders/order/", action, ticked, confirmed="1").content.decode()
    assert "More than 4 are chosen" in page
    assert "Nothing was changed." in page
    assert set(Order.objects.values_list("state", flat=True)) == {Order.State.ACCEPTED}
    assert not Document.objects.exists()


@pytest.mark.parametrize("action", ["close_selected", "print_selected", "send_selected"])
def test_more_documents_than_go_at_once_are_refused_whole(
    petra: Client, orders: list[Order], clerk: User, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(document_actions, "MOST_AT_ONCE", 4)
    drafts = [draft_for_order(order.pk, "invoice", by=clerk).pk for order in orders]
    page = with_all(petra, "/orders/document/", action, drafts[:2], confirmed="1").content.decode()
    assert "More than 4 are chosen" in page
    assert not Document.objects.closed().exists()
    assert not DocumentMail.objects.exists()


def test_all_orders_are_exported_by_the_search_of_the_list(petra: Client, orders: list[Order]) -> None:
    Order.objects.filter(pk=orders[4].pk).update(number="other")
    asked = with_all(petra, "/orders/order/?q=LIPA", "export_admin_action", [orders[0].pk])
    [(where, _status)] = asked.redirect_chain
    assert where == "/orders/order/export/?q=LIPA"
    answer = petra.post(where, {"format": "0", "resource": "", "orderresource_number": "on"})
    assert b"".join(answer.streaming_content).decode("utf-8-sig").split()[1:] == [
        order.number for order in reversed(orders[:4])
    ]


def test_more_than_can_be_named_are_not_deleted(
    petra: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [make_article(f"SPOON-{number}") for number in range(5)]
    monkeypatch.setattr(chosen, "MOST_DELETED", 4)
    page = with_all(petra, "/inventory/article/", "delete_selected", [articles[0].pk])
    assert "More than 4 are chosen" in page.content.decode()
    monkeypatch.setattr(chosen, "MOST_DELETED", 5)
    page = with_all(petra, "/inventory/article/", "delete_selected", [articles[0].pk]).content.decode()
    assert page.count('name="_selected_action"') == 5
    answer = {"action": "delete_selected", "post": "yes", "_selected_action": [one.pk for one in articles]}
    petra.post("/inventory/article/", answer)
    assert not Article.objects.exists()
