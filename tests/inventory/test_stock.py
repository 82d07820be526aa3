"""The ledger and its levels: moving, correcting, transferring, reserving."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.errors import BadQuantity, NoStock, NotEnough
from inventory.models import Article, StockLevel, StockMovement
from inventory.services import stock
from inventory.services.issuing import book_gone, change_reserved, issue
from inventory.services.ledger import StockLine
from tests.factories import make_article, make_warehouse

D = Decimal


def on_hand(article: Article, warehouse: object) -> Decimal:
    return StockLevel.objects.get(article=article, warehouse=warehouse).on_hand


@pytest.fixture
def mug(db: None) -> Article:
    return make_article("MUG")


def test_a_movement_writes_ledger_and_level(mug: Article) -> None:
    main, user = make_warehouse(), User.objects.create_user("petra")
    stock.move([(mug.pk, main.pk, D("5"))], kind="receipt", cause="Delivery 17", by=user)
    stock.move([(mug.pk, main.pk, D("-1.5"))], kind="issue", cause="Invoice 3")
    assert on_hand(mug, main) == D("3.5")
    rows = StockMovement.objects.order_by("id").values_list("quantity", "kind", "cause", "by")
    assert list(rows) == [(D(5), "receipt", "Delivery 17", user.pk), (D("-1.5"), "issue", "Invoice 3", None)]


def test_several_lines_of_one_article_add_up(mug: Article) -> None:
    main = make_warehouse()
    stock.move([(mug.pk, main.pk, D(2)), (mug.pk, main.pk, D(3))], kind="receipt", cause="")
    assert on_hand(mug, main) == 5
    assert StockMovement.objects.count() == 2


def test_lines_of_zero_move_nothing(mug: Article) -> None:
    assert stock.move([(mug.pk, make_warehouse().pk, D(0))], kind="receipt", cause="") == []
    assert not StockLevel.objects.exists()


def test_correct_moves_the_difference(mug: Article) -> None:
    main = make_warehouse()
    stock.move([(mug.pk, main.pk, D(8))], kind="receipt", cause="")
    movement = stock.correct(mug, main, D(5), cause="Counted")
    assert movement is not None
    assert (movement.quantity, movement.kind, movement.cause) == (D(-3), "correction", "Counted")
    assert stock.correct(mug, main, D(5), cause="Counted again") is None
    assert on_hand(mug, main) == 5


def test_correct_refuses_a_negative_count(mug: Article) -> None:
    main = make_warehouse()
    with pytest.raises(BadQuantity) as caught:
        stock.correct(mug, main, D(-1), cause="")
    assert caught.value.cure
    assert not StockMovement.objects.exists()


@pytest.mark.requirement("P4")
def test_take_over_sets_levels_also_negative_ones(mug: Article) -> None:
    main, plate = make_warehouse(), make_article("PLATE")
    stock.move([(mug.pk, main.pk, D(8))], kind="receipt", cause="")
    moved = stock.take_over(main, {mug.pk: D(6), plate.pk: D(-2)}, "Shop Lipa, run 4")
    assert sorted(row.quantity for row in moved) == [D(-2), D(-2)]
    assert {row.kind for row in moved} == {"shop"}
    assert (on_hand(mug, main), on_hand(plate, main)) == (D(6), D(-2))


def test_take_over_of_a_thousand_articles_takes_few_queries(db: None) -> None:
    main = make_warehouse()
    articles = Article.objects.bulk_create(Article(sku=f"A{n}", name="x") for n in range(1000))
    with CaptureQueriesContext(connection) as queries:
        stock.take_over(main, {article.pk: D(7) for article in articles}, "shop")
    assert StockLevel.objects.filter(on_hand=7).count() == 1000
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 30  # SQLite takes 999 values at a time


def test_parents_and_services_have_no_stock(mug: Article) -> None:
    main = make_warehouse()
    parent = make_article("SHIRT", has_variants=True, option_names=["Size"])
    service = make_article("WRAP", kind="service")
    with pytest.raises(NoStock) as caught:
        stock.move([(a.pk, main.pk, D(1)) for a in (mug, parent, service)], kind="receipt", cause="")
    assert caught.value.article_ids == (parent.pk, service.pk)
    assert "SHIRT" in str(caught.value)
    assert not StockMovement.objects.exists()
    assert stock.without_stock([mug.pk, parent.pk, service.pk]) == {parent.pk, service.pk}


@pytest.mark.parametrize("quantity", ["0.0001", "1e12", "NaN", "Infinity"])
def test_quantities_that_no_column_holds_are_refused(mug: Article, quantity: str) -> None:
    with pytest.raises(BadQuantity):
        stock.move([(mug.pk, make_warehouse().pk, D(quantity))], kind="receipt", cause="")
    assert not StockMovement.objects.exists()


def test_transfer_carries_what_is_free(mug: Article) -> None:
    here, there = make_warehouse("LJ"), make_warehouse("MB")
    stock.move([(mug.pk, here.pk, D(10))], kind="receipt", cause="")
    change_reserved({(mug.pk, here.pk): D(4)})
    stock.transfer({mug.pk: D(6)}, source=here, target=there, cause="Van")
    assert (on_hand(mug, here), on_hand(mug, there)) == (D(4), D(6))
    with pytest.raises(NotEnough) as caught:
        stock.transfer({mug.pk: D(1)}, source=here, target=there, cause="Van")
    assert caught.value.article_ids == (mug.pk,)
    assert (on_hand(mug, here), on_hand(mug, there)) == (D(4), D(6))


def test_transfer_refuses_nonsense(mug: Article) -> None:
    here, there = make_warehouse("LJ"), make_warehouse("MB")
    with pytest.raises(BadQuantity):
        stock.transfer({mug.pk: D(1)}, source=here, target=here, cause="")
    with pytest.raises(BadQuantity):
        stock.transfer({mug.pk: D(-1)}, source=here, target=there, cause="")


def test_what_is_reserved_is_given_free_again(mug: Article) -> None:
    main = make_warehouse()
    change_reserved({(mug.pk, main.pk): D(3)})
    change_reserved({(mug.pk, main.pk): D(-1)})
    level = StockLevel.objects.get()
    assert (level.reserved, level.on_hand) == (D(2), D(0))


def test_a_level_with_less_reserved_than_the_orders_hold_stops_nobody(
    mug: Article, caplog: pytest.LogCaptureFixture
) -> None:
    main = make_warehouse()
    change_reserved({(mug.pk, main.pk): D(2)})
    change_reserved({(mug.pk, main.pk): D(-3)})
    assert StockLevel.objects.get().reserved == 0
    assert "check_stock" in caplog.text


@pytest.mark.requirement("O7")
def test_issuing_takes_the_goods_and_their_reservation_at_once(mug: Article) -> None:
    main = make_warehouse()
    stock.move([(mug.pk, main.pk, D(5))], kind="receipt", cause="")
    change_reserved({(mug.pk, main.pk): D(3)})
    issued = issue([StockLine(mug.pk, main.pk, D(3))], reserved={(mug.pk, main.pk): D(-3)}, cause="DN-1")
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (D(2), D(0))
    assert [(row.quantity, row.kind, row.cause) for row in issued.movements] == [(D(-3), "issue", "DN-1")]
    assert issued.shortages == []


@pytest.mark.parametrize(("rule", "named"), [("allow", 0), ("warn", 1)])
def test_below_zero_is_allowed_or_named(mug: Article, rule: str, named: int) -> None:
    main = make_warehouse(below_zero=rule)
    issued = issue([StockLine(mug.pk, main.pk, D(3))], reserved={}, cause="DN-1")
    assert on_hand(mug, main) == -3
    assert len(issued.shortages) == named


def test_below_zero_is_refused_with_what_is_free(mug: Article) -> None:
    main = make_warehouse(below_zero="refuse")
    stock.move([(mug.pk, main.pk, D(5))], kind="receipt", cause="")
    change_reserved({(mug.pk, main.pk): D("1.5")})
    with pytest.raises(NotEnough) as caught:
        issue([StockLine(mug.pk, main.pk, D(6))], reserved={(mug.pk, main.pk): D(-1)}, cause="DN-1")
    assert "Warehouse MAIN has 5 of MUG on hand, 4.5 of it free; 6 are to leave." in caught.value.message
    assert "Warehouse MAIN" in caught.value.cure
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (D(5), D("1.5"))
    book_gone([StockLine(mug.pk, main.pk, D(6))], reserved={}, cause="ORDER-1")
    assert on_hand(mug, main) == -1


def test_the_database_refuses_negative_reservations(mug: Article) -> None:
    change_reserved({(mug.pk, make_warehouse().pk): D(1)})
    with pytest.raises(IntegrityError), transaction.atomic():
        StockLevel.objects.update(reserved=-1)


def test_rebuild_finds_and_repairs_what_somebody_wrote_by_hand(mug: Article) -> None:
    main, plate = make_warehouse(), make_article("PLATE")
    stock.move([(mug.pk, main.pk, D("0.1"))] * 3 + [(plate.pk, main.pk, D(9))], kind="receipt", cause="")
    assert stock.rebuild_levels() == []  # 3 x 0.1 is 0.3 also where the database adds in binary
    StockLevel.objects.filter(article=mug).update(on_hand=50)
    StockLevel.objects.filter(article=plate).delete()
    expected = [
        stock.Difference(mug.pk, main.pk, D(50), D("0.3")),
        stock.Difference(plate.pk, main.pk, D(0), D(9)),
    ]
    assert stock.rebuild_levels() == expected
    assert stock.rebuild_levels(repair=True) == expected
    assert (on_hand(mug, main), on_hand(plate, main)) == (D("0.3"), D(9))
    assert stock.rebuild_levels() == []


quantities = st.decimals(min_value=-50, max_value=50, places=3)
steps = st.lists(
    st.tuples(
        st.sampled_from(["move", "correct", "take_over", "transfer", "reserve", "issue"]),
        st.integers(0, 2),
        st.integers(0, 1),
        quantities,
    ),
    max_size=25,
)


class LedgerProperty(TestCase):
    """Whatever is done in whatever order: on hand is the sum of the movements, reserved is never negative."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps)
    def test_level_equals_ledger(self, done: list[tuple[str, int, int, Decimal]]) -> None:
        articles = [make_article(f"A{n}") for n in range(3)]
        places = [make_warehouse("LJ"), make_warehouse("MB")]
        for verb, a, w, quantity in done:
            article, place, other = articles[a], places[w], places[1 - w]
            line = (article.pk, place.pk, quantity)
            before = _books()
            try:
                if verb == "move":
                    stock.move([line], kind="receipt", cause="")
                elif verb == "correct":
                    stock.correct(article, place, quantity, cause="")
                    assert on_hand(article, place) == quantity
                elif verb == "take_over":
                    stock.take_over(place, {article.pk: quantity}, "")
                    assert on_hand(article, place) == quantity
                elif verb == "transfer":
                    stock.transfer({article.pk: quantity}, source=place, target=other, cause="")
                elif verb == "reserve":
                    change_reserved({line[:2]: abs(quantity)})
                else:
                    issue([StockLine(article.pk, place.pk, abs(quantity))], reserved={}, cause="")
            except (BadQuantity, NotEnough):
                assert _books() == before, "a refused step wrote something"
        for level in StockLevel.objects.all():
            moved = StockMovement.objects.filter(article=level.article_id, warehouse=level.warehouse_id)
            total = sum((row.quantity for row in moved), D(0))
            assert level.on_hand == total
            assert level.reserved >= 0
        assert stock.rebuild_levels() == []


def _books() -> tuple[object, ...]:
    levels = StockLevel.objects.order_by("pk").values_list("article", "warehouse", "on_hand", "reserved")
    moved = StockMovement.objects.aggregate(sum=Sum("quantity"))["sum"]
    return ([row for row in levels if row[2] or row[3]], moved, StockMovement.objects.count())


def test_the_command_says_what_differs_and_repairs_it(
    mug: Article, capsys: pytest.CaptureFixture[str]
) -> None:
    main = make_warehouse("LJ")
    stock.move([(mug.pk, main.pk, D(3))], kind="receipt", cause="")
    call_command("check_stock")
    StockLevel.objects.update(on_hand=5)
    with pytest.raises(CommandError, match="differ: 1"):
        call_command("check_stock")
    call_command("check_stock", "--repair")
    assert on_hand(mug, main) == 3
    assert "MUG in LJ: level 5.000, movements 3.000" in capsys.readouterr().out
