"""Import of prices and stock."""

from __future__ import annotations

from django.test import Client

from inventory.models import Price, StockLevel, StockMovement
from inventory.services import stock
from inventory.services.issuing import change_reserved
from tests.factories import make_article, make_price_list, make_warehouse
from tests.inventory.tables.files import D, as_csv, preview, problems, run_import


def test_prices_are_found_by_list_quantity_and_start(admin: Client) -> None:
    mug, retail = make_article("MUG"), make_price_list("Retail")
    Price.objects.create(article=mug, price_list=retail, amount=D("9.9"))
    file = as_csv(
        ("sku", "price_list", "amount", "min_quantity", "valid_from", "valid_to"),
        ("MUG", "retail", "8,90", "", "", ""),
        ("MUG", "Retail", "7.5", "10", "", ""),
        ("MUG", "Retail", "6", "1", "1. 12. 2026", "2026-12-24 18:00"),
    )
    assert run_import(admin, "price", file).startswith("3 rows imported: 2 new, 1 changed")
    rows = Price.objects.order_by("min_quantity", "id").values_list("amount", "min_quantity")
    assert list(rows) == [(D("8.9"), D(1)), (D(6), D(1)), (D("7.5"), D(10))]
    christmas = Price.objects.get(amount=6)
    assert (f"{christmas.valid_from:%d.%m. %H:%M}", f"{christmas.valid_to:%d.%m. %H:%M}") == (
        "30.11. 23:00",  # midnight in Prague
        "24.12. 17:00",
    )


def test_mistakes_in_prices_are_named(admin: Client) -> None:
    make_article("MUG"), make_price_list("Retail")
    page = preview(
        admin,
        "price",
        as_csv(
            ("sku", "price_list", "amount", "valid_from", "valid_to"),
            ("CUP", "Retail", "1", "", ""),
            ("MUG", "Whole", "1", "", ""),
            ("MUG", "Retail", "", "", ""),
            ("MUG", "Retail", "-1", "2026-01-01", ""),
            ("MUG", "Retail", "1.23456", "2026-01-02", ""),
            ("MUG", "Retail", "1", "31.11.2026", ""),
            ("MUG", "Retail", "1", "2026-02-01", "2026-01-01"),
        ),
    )
    columns = [text.split("“")[1].split("”")[0] for text in problems(page)]
    assert columns == ["sku", "price_list", "amount", "amount", "amount", "valid_from", "valid_to"]
    assert not Price.objects.exists()


def test_an_import_of_stock_books_corrections(admin: Client) -> None:
    mug, pan, main = make_article("MUG"), make_article("PAN"), make_warehouse("LJ")
    stock.move([(mug.pk, main.pk, D(10))], kind="opening", cause="Start")
    change_reserved({(mug.pk, main.pk): D(2)})
    file = as_csv(("sku", "warehouse", "on_hand", "minimum"), ("MUG", "lj", "7", "3"), ("PAN", "LJ", "4", ""))
    run_import(admin, "stocklevel", file)
    levels = StockLevel.objects.order_by("article__sku").values_list("on_hand", "reserved", "minimum")
    assert list(levels) == [(D(7), D(2), D(3)), (D(4), D(0), None)]
    booked = StockMovement.objects.filter(kind="correction").order_by("article__sku")
    assert list(booked.values_list("article", "quantity", "cause", "by__username")) == [
        (mug.pk, D(-3), "Import of table.csv", "boss"),
        (pan.pk, D(4), "Import of table.csv", "boss"),
    ]
    assert stock.rebuild_levels() == []


def test_a_minimum_alone_moves_nothing(admin: Client) -> None:
    mug, main = make_article("MUG"), make_warehouse("LJ")
    stock.move([(mug.pk, main.pk, D(10))], kind="opening", cause="Start")
    run_import(admin, "stocklevel", as_csv(("sku", "warehouse", "minimum"), ("MUG", "LJ", "3")))
    level = StockLevel.objects.get()
    assert (level.on_hand, level.minimum) == (D(10), D(3))
    assert StockMovement.objects.count() == 1


def test_mistakes_in_stock_are_named(admin: Client) -> None:
    make_article("MUG"), make_warehouse("LJ"), make_article("WRAP", kind="service")
    page = preview(
        admin,
        "stocklevel",
        as_csv(
            ("sku", "warehouse", "on_hand"),
            ("MUG", "XX", "1"),
            ("WRAP", "LJ", "1"),
            ("MUG", "LJ", "-1"),
            ("CUP", "LJ", "1"),
            ("MUG", "", "1"),
        ),
    )
    columns = [text.split("“")[1].split("”")[0] for text in problems(page)]
    assert columns == ["warehouse", "sku", "on_hand", "sku", "warehouse"]
    assert not StockMovement.objects.exists()
