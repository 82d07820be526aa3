"""Several workers take orders in at once: nothing twice, nothing lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection

from inventory.models import Article
from orders.models import Customer, Order, OrderEvent, OrderLine
from orders.services.accept import Accepted, IntakeRules, OrderDraft, accept_order
from orders.services.decisions import accept_orders
from tests.factories import make_order
from tests.orders.drafts import draft, line

pytestmark = pytest.mark.django_db(transaction=True)


def take(one: OrderDraft) -> Accepted:
    try:
        return accept_order(one, rules=IntakeRules())
    finally:
        connection.close()


def test_same_order_by_four_workers_is_one_order():
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, [draft(line("A", source_id="1"))] * 8))
    order = Order.objects.get()
    assert {one.order.pk for one in taken} == {order.pk}
    assert sorted(one.outcome for one in taken) == ["created"] + ["unchanged"] * 7
    assert (OrderLine.objects.count(), OrderEvent.objects.filter(kind="received").count()) == (1, 1)


def test_new_customer_and_article_of_several_orders_exist_once():
    drafts = [draft(line("NEW"), line(f"OWN-{n}"), source_id=str(n), number=str(n)) for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, drafts))
    assert Order.objects.count() == 12
    assert Customer.objects.get().orders.count() == 12
    assert Article.objects.filter(sku="NEW").count() == 1
    assert OrderLine.objects.filter(article__isnull=True).count() == 0
    assert sum(Order.objects.values_list("total", flat=True)) == 12 * Decimal("24.40")


def test_same_number_in_two_shops_gets_two_numbers():
    rules = IntakeRules(number_pattern="{source_number}")

    def take_from(source: str) -> str:
        try:
            return accept_order(draft(line("A"), source=source), rules=rules).order.number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(take_from, ["a", "b", "c", "d"]))
    assert sorted(numbers) == ["10482", "10482-2", "10482-3", "10482-4"]


def test_order_accepted_by_two_people_is_accepted_once():
    order = make_order("1")
    people = [User.objects.create(username=name) for name in ("petra", "jan")]

    def decide(user: User) -> int:
        try:
            return len(accept_orders([order.pk], by=user).done)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, people)) == [0, 1]
    assert order.events.filter(kind="accepted").count() == 1
