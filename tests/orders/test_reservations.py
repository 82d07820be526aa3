"""Orders keep goods back, documents make them leave, done orders have let them leave (O6, O7)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.errors import NotEnough
from inventory.models import Article, StockLevel, StockMovement, Warehouse
from inventory.services import stock
from orders.models import DocumentKind, Order, Reservation, SalesChannel
from orders.services.accept import IntakeRules, accept_order
from orders.services.decisions import accept_orders, cancel_order, park_order, release_order
from orders.services.reservations import (
    changing_lines,
    goods_left,
    issue_lines,
    release_order_stock,
    reserve_order,
    return_lines,
)
from tests.factories import (
    make_article,
    make_document,
    make_line,
    make_order,
    make_order_status,
    make_set,
    make_warehouse,
)
from tests.orders.drafts import draft, line

pytestmark = pytest.mark.django_db
D = Decimal
RULES = IntakeRules()
FOLLOW = IntakeRules(update_status=True)


@pytest.fixture
def main() -> Warehouse:
    return make_warehouse()


@pytest.fixture
def mug(main: Warehouse) -> Article:
    article = make_article("MUG")
    stock.move([(article.pk, main.pk, D(10))], kind="receipt", cause="")
    return article


@pytest.fixture
def petra() -> User:
    return User.objects.create(username="petra")


def books(article: Article) -> tuple[Decimal, Decimal]:
    """(on hand, reserved) over all warehouses."""
    levels = StockLevel.objects.filter(article=article)
    return sum((x.on_hand for x in levels), D(0)), sum((x.reserved for x in levels), D(0))


def sentences(order: Order) -> list[str]:
    return [event.sentence for event in order.events.order_by("id")]


def close(document, number: str = "DN-1"):  # type: ignore[no-untyped-def]
    """What close_document does with the stock."""
    document.number = number
    with transaction.atomic():
        moved = return_lines(document) if document.kind == "credit_note" else issue_lines(document)
        document.number = ""
        document.save()
    return moved


@pytest.mark.requirement("O7")
def test_an_order_that_comes_in_keeps_its_goods_back(mug: Article) -> None:
    accept_order(draft(line("MUG", quantity=D(3))), rules=RULES)
    assert books(mug) == (D(10), D(3))
    accept_order(draft(line("MUG", quantity=D(3))), rules=RULES)
    assert books(mug) == (D(10), D(3))


def test_a_rewritten_order_keeps_back_what_its_lines_need_now(mug: Article) -> None:
    plate = make_article("PLATE")
    accept_order(draft(line("MUG", quantity=D(3)), line("PLATE", quantity=D(2))), rules=RULES)
    accept_order(draft(line("MUG", quantity=D(1))), rules=RULES)
    assert (books(mug)[1], books(plate)[1]) == (D(1), D(0))
    assert Reservation.objects.count() == 1


@pytest.mark.requirement("O6")
def test_unknown_articles_services_and_parents_keep_nothing_back(main: Warehouse) -> None:
    service, parent = make_article("WRAP", kind="service"), make_article("SHIRT", has_variants=True)
    order = make_order()
    make_line(order, None, 2, sku="NOBODY-KNOWS")
    make_line(order, service)
    make_line(order, parent)
    reserve_order(order)
    assert not Reservation.objects.exists()
    moved = close(make_document(order))
    assert moved.movements == ()
    assert not StockMovement.objects.exists()


def test_a_set_keeps_back_its_parts(mug: Article) -> None:
    plate = make_article("PLATE")
    breakfast = make_set("BREAKFAST", {mug: 2, plate: "0.5"})
    order = make_order()
    make_line(order, breakfast, 3)
    reserve_order(order)
    assert (books(mug)[1], books(plate)[1]) == (D(6), D("1.5"))
    close(make_document(order))
    assert (books(mug), books(plate)) == ((D(4), D(0)), (D("-1.5"), D(0)))
    assert not StockLevel.objects.filter(article=breakfast).exists()


@pytest.mark.parametrize("leave", [park_order, cancel_order])
def test_parked_orders_keep_their_goods_and_cancelled_ones_do_not(mug: Article, petra: User, leave) -> None:  # type: ignore[no-untyped-def]
    order = make_order()
    make_line(order, mug, 4)
    reserve_order(order)
    leave(order.pk, reason="", by=petra)
    assert books(mug) == (D(10), D(4) if leave is park_order else D(0))
    if leave is park_order:
        release_order(order.pk, by=petra)
        accept_orders([order.pk], by=petra)
        assert books(mug) == (D(10), D(4))


@pytest.mark.requirement("O7")
def test_a_delivery_note_moves_goods_and_ends_their_reservation(mug: Article, petra: User) -> None:
    order = make_order("2026-00001")
    ordered = make_line(order, mug, 5)
    reserve_order(order)
    first = close(make_document(order, lines={ordered: 2}), "DN26-00001")
    assert books(mug) == (D(8), D(3))
    assert [(row.kind, row.cause) for row in first.movements] == [("issue", "DN26-00001")]
    close(make_document(order, lines={ordered: 3}), "DN26-00002")
    assert books(mug) == (D(5), D(0))
    ordered.refresh_from_db()
    assert ordered.issued == 5
    assert not Reservation.objects.exists()


def test_a_document_is_moved_once(mug: Article) -> None:
    order = make_order()
    make_line(order, mug, 5)
    document = make_document(order)
    close(document)
    assert document.moved_at is not None
    assert close(document).movements == ()
    assert books(mug) == (D(5), D(0))


@pytest.mark.parametrize("kinds", [("delivery_note", "invoice"), ("invoice", "delivery_note")])
def test_a_second_paper_for_the_same_goods_moves_nothing(mug: Article, kinds: tuple[str, str]) -> None:
    order = make_order()
    make_line(order, mug, 5)
    close(make_document(order, kinds[0]))
    assert close(make_document(order, kinds[1])).movements == ()
    assert books(mug) == (D(5), D(0))


def test_an_invoice_moves_what_its_delivery_note_left_over(mug: Article) -> None:
    order = make_order()
    ordered = make_line(order, mug, 5)
    close(make_document(order, lines={ordered: 2}))
    close(make_document(order, DocumentKind.INVOICE))
    assert books(mug) == (D(5), D(0))
    close(make_document(order, lines={ordered: 3}))
    assert books(mug) == (D(5), D(0))
    close(make_document(order, lines={ordered: 1}))  # one more than ordered: the paper says that it left
    assert books(mug) == (D(4), D(0))


def test_a_document_without_an_order_moves_its_goods(mug: Article, main: Warehouse) -> None:
    other = make_warehouse("MB")
    order = make_order()
    ordered = make_line(order, mug, 5)
    document = make_document(None, lines={ordered: 5}, warehouse=other)
    document.lines.update(order_line=None)
    close(document)
    assert StockLevel.objects.get(article=mug, warehouse=other).on_hand == -5
    assert StockLevel.objects.get(article=mug, warehouse=main).on_hand == 10


def test_the_warehouse_is_the_channels_and_the_documents(mug: Article, main: Warehouse) -> None:
    shop, other = make_warehouse("SHOP"), make_warehouse("MB")
    SalesChannel.objects.create(code="lipa", warehouse=shop)
    order = make_order(source="lipa")
    make_line(order, mug, 5)
    reserve_order(order)
    assert StockLevel.objects.get(article=mug, warehouse=shop).reserved == 5
    close(make_document(order, warehouse=other))
    assert StockLevel.objects.get(article=mug, warehouse=shop).reserved == 0
    assert StockLevel.objects.get(article=mug, warehouse=other).on_hand == -5


def test_another_warehouse_of_the_channel_carries_the_reservation_over(mug: Article, main: Warehouse) -> None:
    order = make_order(source="lipa")
    make_line(order, mug, 5)
    reserve_order(order)
    SalesChannel.objects.create(code="lipa", warehouse=make_warehouse("SHOP"))
    reserve_order(Order.objects.get(pk=order.pk))
    assert {x.warehouse.code: x.reserved for x in StockLevel.objects.all()} == {"MAIN": D(0), "SHOP": D(5)}


def test_a_firm_without_warehouses_issues_papers_all_the_same() -> None:
    order = make_order()
    make_line(order, make_article("MUG"), 5)
    reserve_order(order)
    assert close(make_document(order)).movements == ()


def test_a_refusing_warehouse_stops_the_document_and_writes_nothing(mug: Article, main: Warehouse) -> None:
    main.below_zero = Warehouse.BelowZero.REFUSE
    main.save()
    order = make_order()
    make_line(order, mug, 11)
    reserve_order(order)
    document = make_document(order)
    with pytest.raises(NotEnough, match="10 of MUG on hand"):
        close(document)
    assert books(mug) == (D(10), D(11))
    assert (document.moved_at, order.lines.get().issued) == (None, D(0))


def test_a_warning_warehouse_says_so_in_the_time_line_and_on_the_document(mug: Article) -> None:
    order = make_order()
    make_line(order, mug, 11)
    document = make_document(order)
    moved = close(document)
    assert books(mug) == (D(-1), D(0))
    assert moved.warnings == ("Warehouse MAIN has 10 of MUG on hand, 10 of it free; 11 are to leave.",)
    assert document.stock_note == moved.warnings[0]
    assert sentences(order) == ["More left Warehouse MAIN than was on hand: MUG (10 / 11)."]


@pytest.mark.requirement("O7")
def test_done_in_the_shop_without_a_document_the_goods_have_left(mug: Article, main: Warehouse) -> None:
    main.below_zero = Warehouse.BelowZero.REFUSE  # nobody can refuse a parcel that is on its way
    main.save()
    shipped = make_order_status("Completed", kind="done")
    order = accept_order(draft(line("MUG", quantity=D(12))), rules=FOLLOW).order
    accept_order(draft(line("MUG", quantity=D(12)), status_id=shipped.pk), rules=FOLLOW)
    assert books(mug) == (D(-2), D(0))
    movement = StockMovement.objects.get(kind="issue")
    assert movement.cause == order.number
    assert "The goods left Warehouse MAIN without a document of ours: 12 × MUG." in sentences(order)
    # The paper that is written afterwards is the paper of these goods.
    assert close(make_document(order)).movements == ()
    assert books(mug) == (D(-2), D(0))


def test_done_with_a_document_only_ends_the_reservation(mug: Article) -> None:
    order = make_order()
    ordered = make_line(order, mug, 5)
    reserve_order(order)
    close(make_document(order, lines={ordered: 2}))
    order.state = Order.State.DONE
    goods_left(order)
    assert books(mug) == (D(8), D(0))


def test_history_moves_nothing(mug: Article) -> None:
    done = make_order_status("Completed", kind="done")
    accept_order(draft(line("MUG", quantity=D(3)), status_id=done.pk), rules=FOLLOW)
    assert books(mug) == (D(10), D(0))
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("kind", ["cancelled", "returned"])
def test_cancelled_in_the_shop_gives_the_goods_free(mug: Article, kind: str) -> None:
    status = make_order_status("Over", kind=kind)
    accept_order(draft(line("MUG", quantity=D(3))), rules=FOLLOW)
    accept_order(draft(line("MUG", quantity=D(3)), status_id=status.pk), rules=FOLLOW)
    assert books(mug) == (D(10), D(0))


def test_goods_come_back_where_the_credit_note_says_so(mug: Article) -> None:
    plate = make_article("PLATE")
    order = make_order()
    ordered = make_line(order, mug, 5)
    broken = make_line(order, make_set("PAIR", {plate: 2}), 1)
    delivered = make_document(order)
    close(delivered)
    credit = make_document(
        order, DocumentKind.CREDIT_NOTE, corrects=delivered, lines={ordered: -2, broken: -1}
    )
    credit.lines.filter(order_line=ordered).update(returns=True)
    assert [(row.quantity, row.kind) for row in close(credit, "CN-1").movements] == [(D(2), "return")]
    assert close(credit).movements == ()
    assert (books(mug), books(plate)) == ((D(7), D(0)), (D(-2), D(0)))


def test_staff_delete_a_line_and_its_goods_are_free(mug: Article) -> None:
    order = make_order()
    ordered = make_line(order, mug, 5)
    reserve_order(order)
    with changing_lines(order):
        ordered.delete()
    assert books(mug) == (D(10), D(0))
    release_order_stock(order)
    assert books(mug) == (D(10), D(0))


def test_queries_do_not_grow_with_the_lines(main: Warehouse) -> None:
    counts = {}
    for size in (1, 60):
        order = make_order()
        for n in range(size):
            make_line(order, make_article(f"A{size}-{n}"), 2)
        with CaptureQueriesContext(connection) as reserving:
            reserve_order(order)
        document = make_document(order)
        with CaptureQueriesContext(connection) as issuing:
            issue_lines(document)
        counts[size] = (len(reserving), len(issuing))
    assert counts[1] == counts[60]
    assert counts[1][0] <= 13
    assert counts[1][1] <= 20
