"""Many issuers at once, and workers that die: no number twice, none left out, no stock lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Sum
from django.utils import timezone

from backoffice.lib import points
from inventory.models import StockLevel, StockMovement
from orders.errors import DocumentRefused
from orders.models import Document, Reservation, SeriesCounter
from orders.services.documents import close_document, credit_note, draft_for_order
from orders.services.work import finish_documents
from tests.orders.drafts import line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("O4", "O7")]
ISSUERS = 8


def in_threads(work: Callable[[int], Any], items: list[int]) -> list[Any]:
    def alone(item: int) -> Any:
        try:
            return work(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(ISSUERS) as pool:
        return list(pool.map(alone, items))


def test_eight_issuers_leave_no_gap_and_make_no_double(make_accepted):
    orders = [make_accepted(line("MUG", source_id="1"), number=str(n)) for n in range(24)]

    def issue(order_id: int) -> str:
        return close_document(draft_for_order(order_id, "invoice", by=None).pk, by=None).number

    numbers = in_threads(issue, [order.pk for order in orders])
    year = timezone.localdate().year
    assert sorted(numbers) == [f"{year}-{n:05}" for n in range(1, 25)]
    assert SeriesCounter.objects.get().last_number == 24
    level = StockLevel.objects.get(article__sku="MUG")
    assert (level.on_hand, level.reserved) == (76, 0)
    assert StockMovement.objects.filter(article__sku="MUG").aggregate(n=Sum("quantity"))["n"] == 76
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("people", [2, ISSUERS])
def test_people_who_issue_the_same_orders_at_once_issue_each_once(make_accepted, channel, clerk, people):
    """As the button of the order list does it; each goes through them in another order."""
    orders = [make_accepted(line("MUG", source_id="1"), number=str(n)).pk for n in range(12)]
    channel.becomes = "both"
    channel.save()

    def press(person: int) -> int:
        mine = orders[person:] + orders[:person]
        results = [issued for pk in mine for issued in finish_documents([pk], by=clerk)]
        assert {issued.problem for issued in results} <= {"", "it has its documents"}
        return sum(len(issued.documents) for issued in results)

    assert sum(in_threads(press, list(range(people)))) == 24
    year = timezone.localdate().year
    for kind in ("invoice", "delivery_note"):
        issued = Document.objects.filter(kind=kind, state="closed")
        assert sorted(issued.values_list("order", flat=True)) == sorted(orders)
        assert sorted(issued.values_list("series_number", flat=True)) == list(range(1, 13))
        assert {one.series_year for one in issued} == {year}
    assert not Document.objects.drafts().exists()
    level = StockLevel.objects.get(article__sku="MUG")
    assert (level.on_hand, level.reserved) == (88, 0)


def test_one_draft_closed_by_eight_is_closed_once(make_accepted):
    draft = draft_for_order(make_accepted().pk, "invoice", by=None)

    def close(pk: int) -> str:
        try:
            return close_document(pk, by=None).number
        except DocumentRefused:
            return ""

    numbers = in_threads(close, [draft.pk] * ISSUERS)
    assert sorted(numbers)[:-1] == [""] * 7
    assert numbers.count(Document.objects.get().number) == 1
    assert (SeriesCounter.objects.get().last_number, StockLevel.objects.get(article__sku="MUG").on_hand) == (
        1,
        99,
    )


def test_one_order_drafted_by_eight_has_one_draft(make_accepted):
    order = make_accepted()

    def draft(pk: int) -> bool:
        try:
            return bool(draft_for_order(pk, "invoice", by=None))
        except DocumentRefused:
            return False

    assert sum(in_threads(draft, [order.pk] * ISSUERS)) == 1
    assert Document.objects.count() == 1


def test_eight_credit_notes_at_once_never_take_more_than_there_is(make_accepted):
    order = make_accepted(line("MUG", "40", "8.80", quantity=Decimal(4), source_id="1"))
    invoice = close_document(draft_for_order(order.pk, "invoice", by=None).pk, by=None)
    mug = invoice.lines.get().pk

    def credit(pieces: int) -> Decimal:
        try:
            note = credit_note(invoice.pk, {mug: Decimal(pieces)}, with_return=True, reason="", by=None)
            return close_document(note.pk, by=None).total
        except DocumentRefused:
            return Decimal(0)

    totals = in_threads(credit, [1] * ISSUERS)
    assert sum(totals) == -invoice.total
    assert StockLevel.objects.get(article__sku="MUG").on_hand == 100


@pytest.mark.parametrize("point", ["document.numbered", "document.moved", "document.closed"])
def test_killed_before_the_commit_nothing_has_happened(make_accepted, point):
    order = make_accepted()
    draft = draft_for_order(order.pk, "invoice", by=None)
    assert killed_at(point, lambda: close_document(draft.pk, by=None))
    draft.refresh_from_db()
    assert (draft.state, draft.number, SeriesCounter.objects.filter(last_number__gt=0).exists()) == (
        "draft",
        "",
        False,
    )
    assert not StockMovement.objects.filter(kind="issue").exists()
    assert Reservation.objects.count() == 2
    closed = close_document(draft.pk, by=None)
    assert closed.number.endswith("-00001")
    assert StockLevel.objects.get(article__sku="MUG").on_hand == 99


def killed_at(point: str, work: Callable[[], Any]) -> bool:
    """Work in a process of its own that kills itself when it passes the point. Whether it died."""
    for one in connections.all():
        one.close()
    child = os.fork()
    if child == 0:
        points.listen(lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == point else None)
        try:
            work()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
