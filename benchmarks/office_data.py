"""An office of any size in seconds: one row of each kind is made by Kontor itself, the database multiplies it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.utils import timezone

from benchmarks import data
from inventory.models import Article, Category, Price, Producer, StockLevel
from orders.models import Address, Customer, Order, OrderLine, OrderStatus, PaymentMethod, ShippingMethod

OPEN = 2_000  # the newest orders are still worked on


def office(articles: str, orders: str, staff: str) -> dict[str, Any]:
    """Articles with categories, stock in two warehouses and two prices; orders with two lines, each of a customer's."""
    call_command("migrate", verbosity=0)
    data.fill(50)
    _articles(int(articles))
    _orders(int(orders))
    User.objects.bulk_create(
        [
            User(
                username=f"staff-{number}",
                is_staff=True,
                is_superuser=True,
                password=UNUSABLE_PASSWORD_PREFIX,
            )
            for number in range(int(staff))
        ]
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return {"articles": Article.objects.count(), "orders": Order.objects.count()}


def _articles(count: int) -> None:
    pattern = Article.objects.order_by("pk").last()
    assert pattern is not None
    first, more = pattern.pk, count - Article.objects.count()
    if more <= 0:
        return
    multiply(pattern, more, {
        "sku": "'ART-9' || n.i", "ean": "'' || (3840000000000 + n.i)",
        "name": "'Saucepan no. ' || n.i || ' with a glass lid'", "producer_id": f"{_first(Producer)} + {_mod('n.i', 30)}",
    })  # fmt: skip
    through = Article.categories.through
    link = through.objects.filter(article=pattern).get()
    multiply(
        link, more, {"article_id": f"{first} + n.i", "category_id": f"{_first(Category)} + {_mod('n.i', 40)}"}
    )
    for level in StockLevel.objects.filter(article=pattern):
        multiply(level, more, {"article_id": f"{first} + n.i", "on_hand": _mod("n.i", 90)})
    for price in Price.objects.filter(article=pattern):
        multiply(price, more, {"article_id": f"{first} + n.i", "amount": f"10 + {_mod('n.i', 200)}"})


def _orders(count: int) -> None:
    status = OrderStatus.objects.create(name="Paid")
    payment, shipping = PaymentMethod.objects.create(name="Card"), ShippingMethod.objects.create(name="Post")
    address = Address.objects.create(
        first_name="Ana", last_name="Kos", street="Cesta 1", postcode="1000", city="Ljubljana", country="SI"
    )
    customer = Customer.objects.create(
        first_name="Ana", last_name="Kos", email="ana@example.com", billing=address
    )
    order = Order.objects.create(
        number="B-0", source="bench", source_id="0", source_number="0", state=Order.State.DONE, status=status, customer=customer,
        email=customer.email, billing=address, currency="EUR", payment_method=payment, shipping_method=shipping, total="26.84",
        total_vat="4.84", source_total="26.84", placed_at=timezone.now(), paid_state="paid", received="26.84",
    )  # fmt: skip
    lines = [
        OrderLine.objects.create(order=order, position=1, sku="ART-91", name="Saucepan", quantity=2, net="18", vat="3.96",
                                 article=Article.objects.order_by("pk").last(), vat_percent=22),
        OrderLine.objects.create(order=order, position=2, kind="shipping", name="Post", net="4", vat="0.88", vat_percent=22),
    ]  # fmt: skip
    more = count - 1
    if more <= 0:
        return
    customers = max(more // 5, 1)
    # Two addresses for each: the customer's own, and one on each order.
    multiply(
        address,
        customers + more,
        {"last_name": f"'Kos ' || {_mod('n.i', 5000)}", "postcode": f"'' || (1000 + {_mod('n.i', 9000)})"},
    )
    multiply(customer, customers, {
        "email": "'kos' || n.i || '@example.com'", "last_name": f"'Kos ' || {_mod('n.i', 5000)}", "billing_id": f"{address.pk} + n.i",
    })  # fmt: skip
    multiply(order, more, {
        "number": "'B-' || n.i", "source_id": "'' || n.i", "source_number": "'' || n.i",
        "customer_id": f"{customer.pk} + 1 + {_mod('n.i', customers)}", "billing_id": f"{address.pk} + {customers} + n.i",
        "email": f"'kos' || {_mod('n.i', customers)} || '@example.com'",
        "state": f"CASE WHEN n.i <= {OPEN // 4} THEN 'new' WHEN n.i <= {OPEN} THEN 'accepted' ELSE 'done' END",
        "paid_state": f"CASE WHEN n.i <= {OPEN} AND {_mod('n.i', 3)} = 0 THEN 'unpaid' ELSE 'paid' END",
        "total": f"20 + {_mod('n.i', 300)}", "placed_at": _minutes_ago("n.i"), "changed_at": _minutes_ago("n.i"),
    })  # fmt: skip
    # The copies follow one another; those before them need not.
    last, copies = lines[0].article_id, Article.objects.filter(sku__startswith="ART-9").count()
    for line in lines:
        article = {"article_id": f"{last} - {_mod('n.i * 7', max(copies, 1))}"} if line.article_id else {}
        multiply(line, more, {"order_id": f"{order.pk} + n.i", **article})


def multiply(row: models.Model, times: int, changed: Mapping[str, str]) -> None:
    """So many copies of `row`, with ids behind the last one; changed: {column: SQL of its value, n.i = 1, 2, ...}."""
    model = type(row)
    last = model._base_manager.aggregate(last=models.Max("pk"))["last"]
    table, key = connection.ops.quote_name(model._meta.db_table), model._meta.pk
    columns = [field.column for field in model._meta.concrete_fields]
    values = [
        f"{last} + n.i"
        if column == key.column
        else changed.get(column, f"t.{connection.ops.quote_name(column)}")
        for column in columns
    ]
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        # Only numbers and our own SQL above.
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {int(times)}) "  # noqa: S608
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM n CROSS JOIN {table} t WHERE t.id = {int(row.pk)}"
        )
        for statement in connection.ops.sequence_reset_sql(_no_style(), [model]):
            cursor.execute(statement)


def _no_style() -> Any:
    from django.core.management.color import no_style

    return no_style()


def _first(model: type[models.Model]) -> int:
    found: int = model._base_manager.aggregate(first=models.Min("pk"))["first"]
    return found


def _mod(expression: str, by: int) -> str:
    return f"(({expression}) % {int(by)})"


def _minutes_ago(number: str) -> str:
    if connection.vendor == "postgresql":
        return f"now() - ({number}) * interval '1 minute'"
    return f"strftime('%Y-%m-%d %H:%M:%S', 'now', '-' || ({number}) || ' minutes')"
