"""Everything that moves stock, at once and in any mixture: the ledger adds up, and open orders are kept back for."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from backoffice.lib.errors import KontorError
from inventory.models import Article, StockLevel, StockMovement, Warehouse
from inventory.services import stock
from inventory.services.sets import parts_of
from orders.locks import lock_order
from orders.models import Document, DocumentKind, Order
from orders.services import milestones
from orders.services.documents import close_document, credit_note
from orders.services.issuing import issue_order
from orders.services.reservations import OPEN
from orders.services.reserved_check import check_reserved
from tests.factories import make_set
from tests.orders.drafts import line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("O4", "O6", "O7")]
D = Decimal
WORKERS, STEPS = 8, 8
# Most of what a day brings is issuing.
VERBS = ("deliver", "invoice", "both", "both", "cancel", "ship", "credit", "give_back", "receive", "count")


class Worker:
    """One member of staff, or the engine: does whatever comes to mind to whatever order it finds."""

    def __init__(self, seed: int, orders: list[int], clerk: User) -> None:
        self.dice, self.orders, self.clerk = random.Random(seed), orders, clerk
        self.done: dict[str, int] = defaultdict(int)

    def work(self, steps: int) -> dict[str, int]:
        try:
            for _step in range(steps):
                verb = self.dice.choice(VERBS)
                try:
                    getattr(self, verb)()
                    self.done[verb] += 1
                except KontorError:
                    pass  # a colleague was faster: the order is over, its lines stand on documents already
        finally:
            connection.close()
        return self.done

    def deliver(self) -> None:
        issue_order(self.any_order(), by=self.clerk, kinds=[DocumentKind.DELIVERY_NOTE])

    def invoice(self) -> None:
        issue_order(self.any_order(), by=self.clerk, kinds=[DocumentKind.INVOICE])

    def both(self) -> None:
        kinds = [DocumentKind.DELIVERY_NOTE, DocumentKind.INVOICE]
        issue_order(self.any_order(), by=self.clerk, kinds=kinds)

    def cancel(self) -> None:
        self.end(milestones.cancel)

    def ship(self) -> None:
        self.end(milestones.ship)

    def end(self, how: Callable[..., None]) -> None:
        with transaction.atomic():
            order = lock_order(self.any_order())
            if order.state in OPEN:
                how(order, by=self.clerk)

    def credit(self) -> None:
        self.take_back(with_return=False)

    def give_back(self) -> None:
        self.take_back(with_return=True)

    def take_back(self, *, with_return: bool) -> None:
        """A whole document, or a piece of its first line."""
        closed = Document.objects.exclude(kind=DocumentKind.CREDIT_NOTE).filter(state=Document.State.CLOSED)
        ids = list(closed.values_list("pk", flat=True))
        if not ids:
            return
        document = Document.objects.get(pk=self.dice.choice(ids))
        lines = {document.lines.earliest("position").pk: D(1)} if self.dice.random() < 0.5 else None
        note = credit_note(document.pk, lines, with_return=with_return, reason="mix", by=self.clerk)
        close_document(note.pk, by=self.clerk)

    def receive(self) -> None:
        place = Warehouse.objects.get()
        goods = list(Article.objects.filter(kind=Article.Kind.GOODS).values_list("pk", flat=True))
        self.dice.shuffle(goods)
        stock.move([(article, place.pk, D(3)) for article in goods], kind="receipt", cause="mix")

    def count(self) -> None:
        mug, place = Article.objects.get(sku="MUG"), Warehouse.objects.get()
        stock.correct(mug, place, D(self.dice.randrange(200)), cause="mix", by=self.clerk)

    def any_order(self) -> int:
        return self.dice.choice(self.orders)


def assert_the_books_are_right() -> None:
    """Without the services that wrote them: summed up anew from movements, and from orders and their lines."""
    moved: dict[int, Decimal] = defaultdict(Decimal)
    for article, pieces in StockMovement.objects.values_list("article", "quantity"):
        moved[article] += pieces
    needed: dict[int, Decimal] = defaultdict(Decimal)
    for order in Order.objects.filter(state__in=OPEN):
        for line_ in order.lines.exclude(article=None):
            for part, each in parts_of([line_.article_id])[line_.article_id].items():
                needed[part] += max(line_.quantity - line_.issued, D(0)) * each
    levels = StockLevel.objects.all()
    assert {level.article_id: level.on_hand for level in levels} == {
        level.article_id: moved[level.article_id] for level in levels
    }
    assert {level.article_id: level.reserved for level in levels} == {
        level.article_id: needed[level.article_id] for level in levels
    }
    assert stock.rebuild_levels() == []
    assert check_reserved() == []


@pytest.mark.parametrize("seed", [1, 2])
def test_the_books_are_right_after_any_mixture(make_accepted, clerk, settings, tmp_path, seed):
    settings.MEDIA_ROOT = tmp_path
    mug, cup = Article.objects.get(sku="MUG"), Article.objects.get(sku="CUP")
    make_set("PAIR", {mug: 1, cup: 2})
    orders = [
        make_accepted(line("MUG", source_id="1"), line("PAIR", source_id="2"), number=str(n)).pk
        for n in range(10)
    ]
    workers = [Worker(seed * 100 + n, orders, clerk) for n in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(lambda worker: worker.work(STEPS), workers))
    did = {verb for kinds in done for verb in kinds}
    assert {"receive", "count"} < did
    assert did & {"deliver", "both", "invoice"}
    assert Document.objects.filter(moved_at__isnull=False).exists()
    assert_the_books_are_right()
