"""What an order waits for: the next step of one, and the queues of all, say the same."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Document, Order, PaymentMethod, SalesChannel
from orders.services import decisions
from orders.services.documents import close_document, draft_for_order
from orders.services.issuing import issue_order
from orders.services.payments import book_payment
from orders.services.work import (
    Queue,
    Step,
    channels_of,
    count_queues,
    finish_documents,
    handling_of,
    in_queue,
    next_step,
)

Becomes, Moment = SalesChannel.Becomes, SalesChannel.Moment
pytestmark = pytest.mark.django_db
# The queue in which an accepted order stands when this is its next step.
QUEUE_OF = {Step.CLOSE: Queue.PACK, Step.ISSUE: Queue.PACK, Step.PAY: None, Step.SHIP: Queue.SHIP}


def step_of(order: Order) -> Step | None:
    order = Order.objects.select_related("payment_method").get(pk=order.pk)
    return next_step(order, channels_of([order.source])[order.source], handling_of([order])[order.pk])


def queues_of(order: Order) -> set[Queue]:
    return {queue for queue in Queue if Order.objects.filter(in_queue(queue), pk=order.pk).exists()}


@pytest.mark.requirement("O3", "O5")
@pytest.mark.parametrize(
    ("becomes", "moment", "prepaid", "paid", "papers"),
    itertools.product(
        (Becomes.NOTHING, Becomes.INVOICE, Becomes.PROFORMA, Becomes.BOTH),
        Moment.values,
        (True, False),
        (True, False),
        ("none", "draft", "note", "proforma", "all"),
    ),
)
def test_one_order_and_the_queues_say_the_same(
    make_accepted, clerk, channel, becomes, moment, prepaid, paid, papers
):
    method = PaymentMethod.objects.create(name="Transfer", prepaid=prepaid)
    one = make_accepted(payment_method_id=method.pk)
    if paid:
        book_payment(one, one.total)
    if papers == "draft":
        draft_for_order(one.pk, "invoice", by=clerk)
    elif papers == "note":
        issue_order(one.pk, by=clerk, kinds=["delivery_note"])
    elif papers == "proforma":
        issue_order(one.pk, by=clerk, kinds=["proforma"])
    elif papers == "all":
        issue_order(one.pk, by=clerk, kinds=["delivery_note", "invoice"])
    SalesChannel.objects.filter(pk=channel.pk).update(becomes=becomes, moment=moment)
    step = step_of(one)
    assert step is not None
    assert queues_of(one) - {Queue.UNPAID} == ({QUEUE_OF[step]} - {None})
    assert (Queue.UNPAID in queues_of(one)) is not paid
    counted = count_queues()
    assert {queue for queue in Queue if counted[queue.value]} == queues_of(one)


def test_the_steps_of_a_morning(make_accepted, clerk, channel, company):
    SalesChannel.objects.filter(pk=channel.pk).update(becomes=Becomes.BOTH, as_draft=True)
    one = make_accepted()
    assert step_of(one) == Step.CLOSE
    [issued] = finish_documents([one.pk], by=clerk)
    assert sorted(document.kind for document in issued.documents) == ["delivery_note", "invoice"]
    assert step_of(one) == Step.SHIP
    [again] = finish_documents([one.pk], by=clerk)
    assert (again.documents, again.problem) == ((), "it has its documents")
    decisions.ship_orders([one.pk], by=clerk)
    assert step_of(one) == Step.PAY
    book_payment(one, one.total)
    assert (step_of(one), queues_of(one)) == (None, set())


def test_a_draft_of_a_channel_without_rule_is_issued_and_nothing_more(make_accepted, clerk):
    one = make_accepted()
    draft_for_order(one.pk, "delivery_note", by=clerk)
    [issued] = finish_documents([one.pk], by=clerk)
    assert [document.kind for document in issued.documents] == ["delivery_note"]


def test_what_cannot_be_issued_is_named_and_stops_nobody(make_accepted, clerk):
    good, bad = make_accepted(number="1"), make_accepted(number="2")
    decisions.cancel_order(bad.pk, reason="x", by=clerk)
    first, second = finish_documents([good.pk, bad.pk], by=clerk)
    assert (len(first.documents), first.problem) == (1, "")
    assert second.documents == ()
    assert "cancelled" in second.problem
    assert Document.objects.count() == 1


def test_history_of_a_shop_is_nobodys_work(make_accepted, channel, clerk):
    SalesChannel.objects.filter(pk=channel.pk).update(becomes=Becomes.INVOICE)
    one = make_accepted()
    Document.objects.filter(order=one).drafts().delete()
    Order.objects.filter(pk=one.pk).update(state=Order.State.DONE, accepted_at=None)
    assert (step_of(one), queues_of(one)) == (None, set())


def test_counting_takes_three_queries(make_accepted, channel, clerk):
    for number in range(3):
        one = make_accepted(number=str(number))
        close_document(draft_for_order(one.pk, "invoice", by=clerk).pk, by=clerk)
    Order.objects.filter(number="LIPA-0").update(total=Decimal(0))
    with CaptureQueriesContext(connection) as queries:
        counted = count_queues()
    assert len(queries) == 3
    assert counted == {"check": 0, "pack": 0, "ship": 3, "unpaid": 2, "parked": 0, "all": 3}
