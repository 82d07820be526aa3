"""A busy firm's screens cost the database what a quiet one's do: ten times the rows, the same number of statements."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Article, Warehouse
from inventory.services.stock import move
from orders.models import Customer, Document, Order
from orders.services.documents import close_document, credit_note
from orders.services.issuing import issue_order
from orders.services.mails import queue_mail
from orders.services.payments import book_payment
from tests.factories import make_price, make_price_list, make_stock, make_warehouse

pytestmark = pytest.mark.django_db
D = Decimal
FEW = 2

# The most that each screen may send, whatever it shows.
SCREENS = {
    "dashboard": 24,
    "orders": 24,
    "order": 42,
    "documents": 14,
    "document": 13,
    "customers": 9,
    "customer": 8,
    "article": 21,
}


@pytest.fixture
def petra(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


@pytest.fixture
def busy(make_accepted: Callable[..., Order], clerk: User, settings, tmp_path) -> Callable[[int, int], None]:
    """busy(first, beyond): so many more orders of one customer, each paid, issued, mailed and half taken back; the first of
    them in as many payments and papers; the mug moved as often, in as many warehouses, and priced in as many lists."""
    settings.MEDIA_ROOT = tmp_path

    def happen(first: int, beyond: int) -> None:
        for number in range(first, beyond):
            order = make_accepted(number=str(number), email="maja@example.org")
            _deal(order, clerk)
            book_payment(Order.objects.earliest("pk"), D("1.00"), by=clerk)
            mug, place = Article.objects.get(sku="MUG"), make_warehouse(f"W{number}")
            move([(mug.pk, place.pk, D(5))], kind="receipt", cause="")
            make_stock(Article.objects.get(sku="CUP"), place, 5)
            make_price(make_price_list(f"List {number}"), mug, "9.90")

    return happen


def _deal(order: Order, clerk: User) -> None:
    for document in issue_order(order.pk, by=clerk, kinds=["delivery_note", "invoice"]).documents:
        queue_mail(document.pk, by=clerk)
    invoice = order.documents.get(kind="invoice")
    line = invoice.lines.order_by("position").first()
    assert line is not None
    taken_back = credit_note(invoice.pk, {line.pk: D(1)}, with_return=False, reason="", by=clerk)
    close_document(taken_back.pk, by=clerk)
    book_payment(order, D("2.00"), by=clerk)


def address(screen: str) -> str:
    first = Order.objects.earliest("pk")
    match screen:
        case "dashboard":
            return reverse("admin:index")
        case "orders":
            return reverse("admin:orders_order_changelist")
        case "order":
            return reverse("admin:orders_order_change", args=[first.pk])
        case "documents":
            return reverse("admin:orders_document_changelist")
        case "document":
            return reverse("admin:orders_document_change", args=[first.documents.get(kind="invoice").pk])
        case "customers":
            return reverse("admin:orders_customer_changelist")
        case "customer":
            return reverse("admin:orders_customer_change", args=[first.customer_id])
    return reverse("admin:inventory_article_change", args=[Article.objects.get(sku="MUG").pk])


@pytest.mark.requirement("O13")
def test_ten_times_the_rows_need_the_same_statements(petra, busy):
    def statements() -> dict[str, int]:
        found = {}
        for screen in SCREENS:
            petra.get(address(screen))  # what is only asked once in a process
            with CaptureQueriesContext(connection) as sent:
                assert petra.get(address(screen)).status_code == 200
            found[screen] = len(sent)
        return found

    busy(0, FEW)
    few = statements()
    busy(FEW, 10 * FEW)
    assert Document.objects.closed().count() == 30 * FEW
    assert Warehouse.objects.count() == 10 * FEW + 1
    assert Customer.objects.count() == 1
    many = statements()
    assert many == few
    assert {screen: n for screen, n in many.items() if n > SCREENS[screen]} == {}
