"""Whatever happens to orders, in whatever order: reserved is what open lines need, on hand the sum of movements."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.models import StockLevel
from inventory.services.sets import parts_of
from inventory.services.stock import move, rebuild_levels
from orders.models import Order, Reservation
from orders.services.reservations import (
    OPEN,
    changing_lines,
    goods_left,
    issue_lines,
    release_order_stock,
    reserve_order,
)
from orders.services.reserved_check import check_reserved
from tests.factories import make_article, make_document, make_line, make_order, make_set, make_warehouse

D = Decimal
VERBS = ["order", "deliver", "invoice", "done", "cancel", "drop_line", "receive", "again"]


class ReservedProperty(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 2), st.integers(1, 6)), max_size=14))
    def test_books_are_right(self, steps: list[tuple[str, int, int]]) -> None:
        place = make_warehouse()
        mug, plate = make_article("MUG"), make_article("PLATE")
        goods = [mug, plate, make_set("PAIR", {mug: 2, plate: "0.5"})]
        orders: list[Order] = []
        for verb, which, pieces in steps:
            order = orders[which % len(orders)] if orders else None
            if verb == "receive":
                move([(mug.pk, place.pk, D(pieces))], kind="receipt", cause="")
            elif verb == "order" or order is None:
                order = make_order()
                make_line(order, goods[which], pieces)
                make_line(order, goods[(which + 1) % 3], 1)
                reserve_order(order)
                orders.append(order)
            else:
                self.step(verb, order, pieces)
            self.check()

    def step(self, verb: str, order: Order, pieces: int) -> None:
        if verb in ("deliver", "invoice"):
            line = order.lines.first()
            if line is not None:
                kind = "delivery_note" if verb == "deliver" else "invoice"
                document = make_document(order, kind, lines={line: pieces})
                with transaction.atomic():
                    issue_lines(document)
                    document.save()
        elif verb == "done" and order.state in OPEN:
            order.state = Order.State.DONE
            order.save()
            goods_left(order)
        elif verb == "cancel" and order.state in OPEN:
            order.state = Order.State.CANCELLED
            order.save()
            release_order_stock(order)
        elif verb == "drop_line" and order.state in OPEN:
            with changing_lines(order):
                order.lines.order_by("-position").first() and order.lines.order_by(
                    "-position"
                ).first().delete()
        else:
            reserve_order(order)

    def check(self) -> None:
        needed: dict[int, Decimal] = defaultdict(Decimal)
        for order in Order.objects.filter(state__in=OPEN):
            for line in order.lines.all():
                for part, each in parts_of([line.article_id])[line.article_id].items():
                    needed[part] += max(line.quantity - line.issued, D(0)) * each
        reserved = {x.article_id: x.reserved for x in StockLevel.objects.exclude(reserved=0)}
        assert reserved == {part: pieces for part, pieces in needed.items() if pieces}
        assert check_reserved() == []
        assert rebuild_levels() == []


@pytest.mark.django_db
def test_the_command_names_and_repairs_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    make_warehouse()
    order = make_order()
    make_line(order, make_article("MUG"), 3)
    reserve_order(order)
    StockLevel.objects.update(reserved=9)
    with pytest.raises(CommandError, match="differ: 1"):
        call_command("check_reserved")
    assert "MUG in MAIN: level 9.000, orders 3.000" in capsys.readouterr().out
    Reservation.objects.all().delete()
    call_command("check_reserved", "--repair")
    assert StockLevel.objects.get().reserved == Reservation.objects.get().quantity == 3
    call_command("check_reserved")
