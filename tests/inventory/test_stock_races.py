"""Several workers on the same levels at once: no lost movement, no deadlock. On SQLite's file and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from inventory.errors import NotEnough
from inventory.locks import lock_levels
from inventory.models import StockLevel, StockMovement
from inventory.services import stock
from tests.factories import make_article, make_warehouse

D = Decimal
THREADS, ROUNDS = 4, 8


def together(*jobs: Callable[[], None]) -> None:
    """Run all jobs at once, each with a connection of its own; their errors are raised here."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        try:
            start.wait(10)
            job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result(60)


@pytest.mark.django_db(transaction=True)
def test_no_movement_is_lost_when_all_write_at_once() -> None:
    main, articles = make_warehouse(), [make_article(f"A{n}") for n in range(5)]
    lines = [(article.pk, main.pk, D(1)) for article in articles]

    def work(turned: bool) -> None:
        for _round in range(ROUNDS):
            stock.move(reversed(lines) if turned else lines, kind="receipt", cause="race")

    together(*(lambda turned=bool(n % 2): work(turned) for n in range(THREADS)))
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {D(THREADS * ROUNDS)}
    assert StockLevel.objects.count() == len(articles)
    assert StockMovement.objects.count() == THREADS * ROUNDS * len(articles)
    assert stock.rebuild_levels() == []


@pytest.mark.django_db(transaction=True)
def test_two_cannot_carry_away_the_same_goods() -> None:
    here, there, mug = make_warehouse("LJ"), make_warehouse("MB"), make_article("MUG")
    stock.move([(mug.pk, here.pk, D(10))], kind="receipt", cause="")
    refused: list[NotEnough] = []

    def carry() -> None:
        try:
            stock.transfer({mug.pk: D(7)}, source=here, target=there, cause="race")
        except NotEnough as error:
            refused.append(error)

    together(carry, carry, carry)
    assert len(refused) == 2
    assert StockLevel.objects.get(warehouse=here).on_hand == 3
    assert StockLevel.objects.get(warehouse=there).on_hand == 7


@pytest.mark.django_db(transaction=True)
def test_corrections_and_movements_keep_the_books_straight() -> None:
    main, mug = make_warehouse(), make_article("MUG")

    def count() -> None:
        for n in range(ROUNDS):
            stock.correct(mug, main, D(n), cause="race")

    def sell() -> None:
        for _round in range(ROUNDS):
            stock.move([(mug.pk, main.pk, D(-1))], kind="issue", cause="race")

    together(count, sell, sell)
    assert stock.rebuild_levels() == []


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_the_order_of_their_keys() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("row locks exist on PostgreSQL only; set DATABASE_URL to one")
    main, articles = make_warehouse(), [make_article(f"A{n}") for n in range(20)]
    keys = [(article.pk, main.pk) for article in articles]
    with transaction.atomic():
        lock_levels(keys)

    def work(order: list[tuple[int, int]]) -> None:
        for _round in range(20):
            with transaction.atomic():
                lock_levels(order)

    together(lambda: work(keys), lambda: work(keys[::-1]), lambda: work(keys[::2] + keys[1::2]))
    with connection.cursor() as cursor:
        cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
        assert cursor.fetchone() == (0,)
