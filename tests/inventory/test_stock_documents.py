"""Inventory counts and transfers as documents: numbers, levels, ledger, rights and pages."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from inventory.errors import BadStockDocument, NotEnough
from inventory.models import Article, StockCount, StockLevel, StockMovement, StockTransfer, Warehouse
from inventory.services import stock
from inventory.services.stock_documents import close_count, close_transfer, fill_count
from tests.factories import make_article, make_category, make_warehouse
from tests.inventory.test_stock_races import together

D = Decimal
DAY = datetime.date(2026, 5, 4)
YES = {"_form_submitted": "True"}


@pytest.fixture
def main(db: None) -> Warehouse:
    return make_warehouse("LJ")


@pytest.fixture
def other(db: None) -> Warehouse:
    return make_warehouse("MB")


@pytest.fixture
def mug(main: Warehouse) -> Article:
    mug = make_article("MUG", name="Mug")
    stock.move([(mug.pk, main.pk, D(10))], kind="opening", cause="Start")
    return mug


def new_count(
    place: Warehouse, counted: dict[Article, Decimal | None], date: datetime.date = DAY
) -> StockCount:
    count = StockCount.objects.create(warehouse=place, date=date)
    for article, quantity in counted.items():
        count.lines.create(article=article, counted=quantity)
    return count


def new_transfer(source: Warehouse, target: Warehouse, goods: dict[Article, Decimal]) -> StockTransfer:
    transfer = StockTransfer.objects.create(source=source, target=target, date=DAY)
    for article, quantity in goods.items():
        transfer.lines.create(article=article, quantity=quantity)
    return transfer


def levels() -> dict[tuple[str, str], Decimal]:
    rows = StockLevel.objects.values_list("article__sku", "warehouse__code", "on_hand")
    return {(sku, code): on_hand for sku, code, on_hand in rows}


def last_movements() -> set[tuple[str, str, Decimal, str]]:
    rows = StockMovement.objects.exclude(cause="Start").select_related("article")
    return {(row.article.sku, row.cause, row.quantity, row.kind) for row in rows}


def test_closing_a_count_books_the_differences(main: Warehouse, mug: Article) -> None:
    plate, bowl = make_article("PLATE"), make_article("BOWL")
    stock.move([(bowl.pk, main.pk, D(3))], kind="opening", cause="Start")
    boss = User.objects.create_user("boss")
    count = close_count(new_count(main, {mug: D("7.5"), plate: D(2), bowl: None}).pk, by=boss)
    assert (count.number, count.state, count.closed_by) == ("INV-2026-00001", "closed", boss)
    assert levels() == {("MUG", "LJ"): D("7.5"), ("PLATE", "LJ"): D(2), ("BOWL", "LJ"): D(3)}
    assert dict(count.lines.values_list("article__sku", "expected")) == {
        "MUG": D(10),
        "PLATE": D(0),
        "BOWL": None,
    }
    assert last_movements() == {
        ("MUG", "INV-2026-00001", D("-2.5"), "correction"),
        ("PLATE", "INV-2026-00001", D(2), "correction"),
    }
    assert stock.rebuild_levels() == []


def test_numbers_have_no_gaps_and_begin_anew_each_year(
    main: Warehouse, other: Warehouse, mug: Article
) -> None:
    def close(day: datetime.date) -> str | None:
        return close_count(new_count(main, {mug: D(5)}, day).pk, by=None).number

    assert close(DAY) == "INV-2026-00001"
    with pytest.raises(BadStockDocument):
        close_count(new_count(main, {mug: None}).pk, by=None)
    with pytest.raises(NotEnough):
        close_transfer(new_transfer(main, other, {mug: D(500)}).pk, by=None)
    assert close(DAY) == "INV-2026-00002"
    assert close(DAY.replace(year=2027)) == "INV-2027-00001"
    assert close_transfer(new_transfer(main, other, {mug: D(1)}).pk, by=None).number == "TRF-2026-00001"


def test_a_closed_document_is_not_closed_again(main: Warehouse, other: Warehouse, mug: Article) -> None:
    count, transfer = new_count(main, {mug: D(8)}), new_transfer(main, other, {mug: D(2)})
    close_count(count.pk, by=None)
    close_transfer(transfer.pk, by=None)
    for close, document in ((close_count, count), (close_transfer, transfer)):
        with pytest.raises(BadStockDocument, match="is closed already"):
            close(document.pk, by=None)
    with pytest.raises(BadStockDocument, match="is closed already"):
        fill_count(count.pk)
    assert levels() == {("MUG", "LJ"): D(6), ("MUG", "MB"): D(2)}


def test_nothing_counted_and_nothing_to_carry_are_refused(
    main: Warehouse, other: Warehouse, mug: Article
) -> None:
    with pytest.raises(BadStockDocument) as refused:
        close_count(new_count(main, {mug: None}).pk, by=None)
    assert refused.value.cure
    with pytest.raises(BadStockDocument):
        close_transfer(new_transfer(main, other, {}).pk, by=None)


def test_a_deleted_document_is_not_closed(admin: Client, main: Warehouse, mug: Article) -> None:
    count = new_count(main, {mug: D(8)})
    urls = [page("stockcount", name, count.pk) for name in ("fill", "close")]
    count.delete()
    for url in urls:
        assert admin.post(url, YES)["HX-Redirect"] == page("stockcount", "changelist")
        assert "was deleted meanwhile" in admin.get(page("stockcount", "changelist")).content.decode()
    assert levels() == {("MUG", "LJ"): D(10)}


def test_a_transfer_of_more_than_is_free_writes_nothing(
    main: Warehouse, other: Warehouse, mug: Article
) -> None:
    StockLevel.objects.update(reserved=D(4))
    transfer = new_transfer(main, other, {mug: D(7)})
    with pytest.raises(NotEnough, match="less than that free: MUG"):
        close_transfer(transfer.pk, by=None)
    transfer.refresh_from_db()
    assert (transfer.number, transfer.state) == (None, "draft")
    assert levels() == {("MUG", "LJ"): D(10)}
    assert last_movements() == set()


def test_a_transfer_carries_its_goods(main: Warehouse, other: Warehouse, mug: Article) -> None:
    close_transfer(new_transfer(main, other, {mug: D(4)}).pk, by=None)
    assert levels() == {("MUG", "LJ"): D(6), ("MUG", "MB"): D(4)}
    assert last_movements() == {
        ("MUG", "TRF-2026-00001", D(-4), "transfer"),
        ("MUG", "TRF-2026-00001", D(4), "transfer"),
    }


def test_filling_adds_what_is_missing(
    main: Warehouse, other: Warehouse, mug: Article, django_assert_max_num_queries: Any
) -> None:
    kitchen = make_category()
    pots = make_category("Pots", parent=kitchen)
    pot, far = make_article("POT", categories=[pots]), make_article("FAR")
    many = [make_article(f"N{n:02d}") for n in range(20)]
    stock.move([(one.pk, main.pk, D(1)) for one in (pot, *many)], kind="opening", cause="Start")
    stock.move([(far.pk, other.pk, D(1))], kind="opening", cause="Start")
    count = new_count(main, {mug: D(3)})
    assert fill_count(count.pk, category=kitchen) == 1
    with django_assert_max_num_queries(6):
        assert fill_count(count.pk) == 20
    assert fill_count(count.pk) == 0
    assert count.lines.count() == 22
    assert count.lines.get(article=mug).counted == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_close_at_once_close_it_once() -> None:
    main, mug = make_warehouse("LJ"), make_article("MUG")
    both, own = new_count(main, {mug: D(3)}), [new_count(main, {mug: D(n)}) for n in range(3)]
    refused: list[BadStockDocument] = []

    def close(pk: int) -> None:
        try:
            close_count(pk, by=None)
        except BadStockDocument as error:
            refused.append(error)

    together(*(lambda pk=pk: close(pk) for pk in (both.pk, both.pk, *(one.pk for one in own))))
    assert len(refused) == 1
    numbers = sorted(StockCount.objects.values_list("number", flat=True))
    assert numbers == [f"INV-2026-{n:05d}" for n in (1, 2, 3, 4)]
    assert stock.rebuild_levels() == []


# Pages


def page(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:inventory_{model}_{name}", args=args)


def client_of(role: str) -> Client:
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def lines_data(*rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    data = {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": initial}
    return data | {f"lines-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}


def test_a_count_from_adding_to_closing(main: Warehouse, mug: Article) -> None:
    plate = make_article("PLATE")
    clerk = client_of("Warehouse")
    assert clerk.get(page("stockcount", "add")).status_code == 200
    typed = {"date": "2026-05-04", "warehouse": main.pk, "note": "Spring"}
    answer = clerk.post(page("stockcount", "add"), typed | lines_data({"article": plate.pk, "counted": "2"}))
    assert answer.status_code == 302, answer.context_data["errors"]
    count = StockCount.objects.get()
    assert str(count.created_by) == "Warehouse"
    change = page("stockcount", "change", count.pk)
    kitchen = make_category("Kitchen")
    asked = clerk.get(page("stockcount", "fill", count.pk))
    assert asked.status_code == 200
    assert "Fill" in asked.content.decode()
    assert count.lines.count() == 1
    assert "Kitchen" in asked.content.decode()
    assert clerk.post(page("stockcount", "fill", count.pk), YES | {"category": kitchen.pk}).status_code == 200
    assert count.lines.count() == 1  # nothing of this category is there
    assert clerk.post(page("stockcount", "fill", count.pk), YES)["HX-Redirect"] == change
    first, second = count.lines.order_by("pk")
    html = clerk.get(change).content.decode()
    assert "Close count" in html
    assert "MUG" in html
    rows = [{"id": first.pk, "document": count.pk, "counted": "2"}]
    rows += [{"id": second.pk, "document": count.pk, "counted": "8"}]
    answer = clerk.post(change, typed | lines_data(*rows, initial=2))
    assert answer.status_code == 302, answer.context_data["errors"]
    assert clerk.post(page("stockcount", "close", count.pk), YES)["HX-Redirect"] == change
    assert levels() == {("MUG", "LJ"): D(8), ("PLATE", "LJ"): D(2)}
    closed = clerk.get(change).content.decode()
    assert "INV-2026-00001" in closed
    assert "-2" in closed
    assert "+2" in closed
    assert "Close count" not in closed
    assert 'name="lines-0-counted"' not in closed
    assert clerk.post(change, typed | lines_data(*rows, initial=2)).status_code == 403
    assert clerk.post(page("stockcount", "delete", count.pk), {"post": "yes"}).status_code == 403
    assert "INV-2026-00001" in clerk.get(page("stockcount", "changelist")).content.decode()


def test_a_transfer_that_cannot_be_says_why(
    admin: Client, main: Warehouse, other: Warehouse, mug: Article
) -> None:
    assert admin.get(page("stocktransfer", "add")).status_code == 200
    transfer = new_transfer(main, other, {mug: D(50)})
    change = page("stocktransfer", "change", transfer.pk)
    assert admin.post(page("stocktransfer", "close", transfer.pk), YES)["HX-Redirect"] == change
    html = admin.get(change).content.decode()
    assert "has less than that free: MUG" in html
    assert "Close transfer" in html
    transfer.lines.update(quantity=D(5))
    admin.post(page("stocktransfer", "close", transfer.pk), YES)
    assert levels() == {("MUG", "LJ"): D(5), ("MUG", "MB"): D(5)}
    assert "Close transfer" not in admin.get(change).content.decode()
    assert admin.get(page("stocktransfer", "changelist")).status_code == 200


def test_the_bulk_action_cannot_delete_closed_documents(admin: Client, main: Warehouse, mug: Article) -> None:
    count = close_count(new_count(main, {mug: D(1)}).pk, by=None)
    admin.post(
        page("stockcount", "changelist"),
        {"action": "delete_selected", "_selected_action": [count.pk], "post": "yes"},
    )
    assert StockCount.objects.filter(pk=count.pk).exists()


def test_who_only_looks_cannot_fill_or_close(main: Warehouse, other: Warehouse, mug: Article) -> None:
    count, transfer = new_count(main, {mug: D(1)}), new_transfer(main, other, {mug: D(1)})
    reader = client_of("Read only")
    html = reader.get(page("stockcount", "change", count.pk)).content.decode()
    assert "MUG" in html
    assert "Close count" not in html
    assert "Fill with" not in html
    for url in (
        page("stockcount", "fill", count.pk),
        page("stockcount", "close", count.pk),
        page("stocktransfer", "close", transfer.pk),
    ):
        assert reader.post(url, YES).status_code == 403
    assert reader.get(page("stockcount", "add")).status_code == 403
    assert levels() == {("MUG", "LJ"): D(10)}


def test_the_sidebar_leads_there(admin: Client) -> None:
    html = admin.get(reverse("admin:index")).content.decode()
    assert page("stockcount", "changelist") in html
    assert page("stocktransfer", "changelist") in html
