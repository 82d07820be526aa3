"""Import and export of articles, prices and stock: good files, hostile files, long files."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from backoffice.tables import CsvTable, UnreadableTable, XlsxTable
from inventory.models import Article, Category, Price, PriceList, Producer, StockLevel, StockMovement
from inventory.resources import ArticleResource, PriceResource, StockResource
from inventory.services import stock
from inventory.services.issuing import change_reserved
from tests.factories import (
    make_article,
    make_category,
    make_price_list,
    make_unit,
    make_vat_rate,
    make_warehouse,
)

D = Decimal
CSV, XLSX = "0", "1"


def as_csv(*rows: Sequence[Any], delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*rows: Iterable[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def preview(client: Client, name: str, content: bytes, form: str = CSV) -> Any:
    file = SimpleUploadedFile("table.csv" if form == CSV else "table.xlsx", content)
    data = {"resource": "0", "import_file": file, "format": form}
    response = client.post(reverse(f"admin:inventory_{name}_import"), data)
    assert response.status_code == 200
    return response


def run_import(client: Client, name: str, content: bytes, form: str = CSV) -> str:
    """Preview, confirm, and the messages of the list one lands on."""
    page = preview(client, name, content, form)
    assert "confirm_form" in page.context_data, problems(page)
    data = page.context_data["confirm_form"].initial
    response = client.post(reverse(f"admin:inventory_{name}_process_import"), data, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def problems(page: Any) -> list[str]:
    result = page.context_data.get("result")
    if result is None:
        return [str(error) for error in page.context_data["form"].errors.get("import_file", [])]
    base = [str(error.error) for error in result.base_errors]
    listed = [str(problem) for problem in result.shown_problems]
    text = page.content.decode()
    assert all(problem.message.split("“")[0][:20] in text for problem in result.shown_problems)
    return base + listed


def exported(client: Client, name: str, form: str = CSV) -> bytes:
    url = reverse(f"admin:inventory_{name}_export")
    fields = {key: "on" for key in client.get(url).context_data["form"].fields if "resource_" in key}
    response = client.post(url, {"format": form, "resource": "0"} | fields)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content)


# Articles


def test_articles_are_made_and_changed(admin: Client) -> None:
    make_unit("piece"), make_vat_rate("9.5"), Producer.objects.create(name="Kovar")
    pots = make_category("Pots", parent=make_category("Kitchen"))
    sale = make_category("Sale")
    make_article("MUG", name="Old mug", description="Stays", weight_g=300)
    file = as_csv(
        ("sku", "name", "unit", "vat_rate", "producer", "categories", "weight_g", "active"),
        ("MUG", "Mug", "Piece", "SI 9,50 %", "kovar", "Kitchen > Pots | sale", "350,5", "no"),
        ("PAN", "Pan", "", "", "", "", "", ""),
    )
    message = run_import(admin, "article", file)
    assert message.startswith("2 rows imported: 1 new, 1 changed")
    mug, pan = Article.objects.order_by("sku")
    assert (mug.name, mug.weight_g, mug.active, mug.description) == ("Mug", D("350.5"), False, "Stays")
    assert (mug.unit.name, str(mug.vat_rate), mug.producer.name) == ("piece", "SI 9.5 %", "Kovar")
    assert set(mug.categories.all()) == {pots, sale}
    assert (pan.name, pan.active, pan.unit) == ("Pan", True, None)


def test_the_preview_writes_nothing_and_shows_before_and_after(admin: Client) -> None:
    make_article("MUG", name="Old mug")
    file = as_csv(("sku", "name", "colour"), ("MUG", "<b>New</b> mug", "red"), ("PAN", "Pan", "blue"))
    page = preview(admin, "article", file)
    text = page.content.decode()
    assert "1 new row." in text
    assert "1 row will change." in text
    assert "<del>Old mug</del> → <ins>&lt;b&gt;New&lt;/b&gt; mug</ins>" in text
    assert "left alone: colour" in text
    assert list(Article.objects.values_list("sku", "name")) == [("MUG", "Old mug")]


def test_the_same_file_again_changes_nothing(admin: Client) -> None:
    file = as_csv(("sku", "name", "categories"), ("MUG", "Mug", "Kitchen"))
    make_category("Kitchen")
    run_import(admin, "article", file)
    before = Article.objects.get().changed_at
    page = preview(admin, "article", file)
    assert page.context_data["result"].unchanged_count == 1
    assert run_import(admin, "article", file).startswith("0 rows imported")
    assert Article.objects.get().changed_at == before


def test_categories_alone_change_the_article(admin: Client) -> None:
    kitchen, mug = make_category("Kitchen"), make_article("MUG")
    mug.categories.add(make_category("Sale"))
    run_import(admin, "article", as_csv(("sku", "categories"), ("MUG", "Kitchen")))
    before = mug.changed_at
    mug.refresh_from_db()
    assert list(mug.categories.all()) == [kitchen]
    assert mug.changed_at > before


def test_parents_and_variants_come_in_any_order(admin: Client) -> None:
    file = as_csv(
        ("sku", "name", "parent", "options", "option_values"),
        ("SHIRT-S", "Shirt S", "SHIRT", "", "S | Red"),
        ("SHIRT", "Shirt", "", "Size | Colour", ""),
        ("SHIRT-M", "Shirt M", "SHIRT", "", "M | Red"),
    )
    run_import(admin, "article", file)
    shirt = Article.objects.get(sku="SHIRT")
    assert shirt.has_variants
    assert dict(shirt.variants.values_list("sku", "option_values")) == {
        "SHIRT-S": ["S", "Red"],
        "SHIRT-M": ["M", "Red"],
    }


def test_mistakes_in_variants_are_named(admin: Client) -> None:
    shirt = make_article("SHIRT", has_variants=True, option_names=["Size"])
    make_article("SHIRT-S", parent=shirt, option_values=["S"])
    mug, main = make_article("MUG", option_names=["Size"]), make_warehouse()
    stock.move([(mug.pk, main.pk, D(1))], kind="opening", cause="")
    page = preview(
        admin,
        "article",
        as_csv(
            ("sku", "name", "parent", "option_values"),
            ("A", "a", "SHIRT", "S"),
            ("B", "b", "SHIRT", "M | Red"),
            ("C", "c", "SHIRT-S", "M"),
            ("D", "d", "NOWHERE", "M"),
            ("E", "e", "MUG", "M"),
            ("F", "f", "", "M"),
        ),
    )
    found = problems(page)
    assert [text.split(":")[0] for text in found] == [
        "Row 2, column “option_values”",
        "Row 3, column “option_values”",
        "Row 4, column “parent”",
        "Row 5, column “parent”",
        "Row 6, column “parent”",
        "Row 7, column “option_values”",
    ]
    assert "SHIRT-S has these values already" in found[0]
    assert "still has stock" in found[4]


def test_every_mistake_is_named_by_row_and_column(admin: Client) -> None:
    make_unit("piece")
    page = preview(
        admin,
        "article",
        as_csv(
            ("sku", "name", "unit", "vat_rate", "weight_g", "active", "kind"),
            ("A", "a", "stone", "", "", "", ""),
            (),
            ("B", "b", "piece", "XX 99", "abc", "maybe", "thing"),
            ("C", "", "", "", "-3", "", ""),
            ("A", "again", "", "", "", "", ""),
            ("D", "x" * 301, "", "", "1,2345", "", ""),
            ("", "no key", "", "", "", "", ""),
        ),
    )
    found = problems(page)
    assert [text.split(":")[0].replace("Row ", "").replace(", column ", " ") for text in found] == [
        "2 “unit”",
        "4 “kind”",
        "4 “vat_rate”",
        "4 “weight_g”",
        "4 “active”",
        "5 “name”",
        "5 “weight_g”",
        "6 “sku”",
        "7 “name”",
        "7 “weight_g”",
        "8 “sku”",
    ]
    assert "There is no unit “stone”" in found[0]
    assert any("“abc” is not a number" in text for text in found)
    assert any("said in row 2 already" in text for text in found)
    assert "confirm_form" not in page.context_data
    assert not Article.objects.exists()


def test_a_new_article_needs_a_name(admin: Client) -> None:
    page = preview(admin, "article", as_csv(("sku", "ean"), ("A", "1")))
    assert problems(page) == [
        "Row 2, column “name”: This row is new, and the file has no such column. Add it."
    ]


def test_what_changed_after_the_preview_stops_the_import(admin: Client) -> None:
    make_unit("piece")
    page = preview(admin, "article", as_csv(("sku", "name", "unit"), ("A", "a", ""), ("B", "b", "piece")))
    from inventory.models import Unit

    Unit.objects.all().delete()
    data = page.context_data["confirm_form"].initial
    response = admin.post(reverse("admin:inventory_article_process_import"), data, follow=True)
    messages = " ".join(str(message) for message in response.context["messages"])
    assert "Nothing was imported" in messages
    assert "Row 3, column “unit”" in messages
    assert not Article.objects.exists()


# Files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250", "iso8859-2"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encoding_and_delimiter_are_found_out(admin: Client, encoding: str, delimiter: str) -> None:
    file = as_csv(("sku", "name"), ("A", "Žlička, čajna"), delimiter=delimiter, encoding=encoding)
    run_import(admin, "article", file)
    assert Article.objects.get().name == "Žlička, čajna"


def test_excels_own_way_to_name_the_delimiter(admin: Client) -> None:
    run_import(admin, "article", b"sep=;\r\nSKU;Name\r\nA;Mug\r\n")
    assert Article.objects.get().name == "Mug"


def test_numbers_of_a_workbook_are_texts_again(admin: Client) -> None:
    file = as_xlsx(("sku", "ean", "name", "weight_g"), (1001.0, 3838606000011, "Mug", 0.1 + 0.2))
    run_import(admin, "article", file, XLSX)
    article = Article.objects.get()
    assert (article.sku, article.ean, article.weight_g) == ("1001", "3838606000011", D("0.3"))


BAD_FILES = [
    (b"", CSV, "empty"),
    (b"\n\n", CSV, "The file is empty"),
    (b"sku;name\n", CSV, "no rows"),
    (b"name;unit\nMug;piece\n", CSV, "no column “sku”; it has: name, unit"),
    (b"sku;name;SKU\nA;b;c\n", CSV, "occurs more than once"),
    (b"sku;;name\nA;b;c\n", CSV, "Column 2 has no name"),
    (b"sku;name\nA;Mug;red\n", CSV, "Line 2 has 3 cells, but the header has 2"),
    (b'sku;name\nA;"Mug\nB;Pan\n', CSV, "Line 2 cannot be read"),
    (b"\x00\x01\x02binary", CSV, "not a text file"),
    (as_xlsx(("sku",), ("A",)), CSV, "Choose the format XLSX"),
    (b"sku;name\nA;Mug\n", XLSX, "not an XLSX workbook"),
    (as_xlsx(("sku",), ("A",))[:400], XLSX, "not an XLSX workbook"),
]


@pytest.mark.parametrize(("content", "form", "words"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_file_that_is_no_table_is_refused_in_words(
    admin: Client, content: bytes, form: str, words: str
) -> None:
    page = preview(admin, "article", content, form)
    assert words in " ".join(problems(page))
    assert "Traceback" not in page.content.decode()
    assert not Article.objects.exists()


def test_a_zip_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x", "w") as entry:
        for _part in range(500):
            entry.write(bytes(1024 * 1024))
    assert len(out.getvalue()) < 1024 * 1024
    with pytest.raises(UnreadableTable, match="500 MB of memory"):
        XlsxTable().create_dataset(out.getvalue())


def test_a_longer_file_than_one_request_bears_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.tables.formats.MAX_ROWS", 2)
    with pytest.raises(UnreadableTable, match="more than 2 rows"):
        CsvTable().create_dataset(b"sku\nA\nB\nC\n")


# Out and in again


FORMULAS = ["=1+1", "+420 600", "-5 °C", "@SUM(A1)", "\tTab", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("form", [CSV, XLSX])
def test_texts_never_become_formulas_and_come_back_as_they_were(admin: Client, form: str) -> None:
    for number, text in enumerate(FORMULAS):
        make_article(f"A{number}", name=text, description=text)
    content = exported(admin, "article", form)
    if form == CSV:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        assert [row["name"][0] for row in rows] == ["'"] * len(FORMULAS)
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} <= {
            "s",
            "inlineStr",
            "n",
        }
    page = preview(admin, "article", content, form)
    assert problems(page) == []
    assert page.context_data["result"].unchanged_count == len(FORMULAS) - (form == XLSX)  # trims the tab


@pytest.mark.parametrize("language", ["en", "cs"])
@pytest.mark.parametrize("form", [CSV, XLSX])
def test_what_is_exported_is_imported_without_a_change(admin: Client, language: str, form: str) -> None:
    unit, rate = make_unit("kus"), make_vat_rate("9.5")
    shirt = make_article("SHIRT", name="Košile", has_variants=True, option_names=["Size"])
    small = make_article("SHIRT-S", parent=shirt, option_values=["S"], unit=unit, vat_rate=rate)
    small.categories.add(make_category("Pots", parent=make_category("Kitchen")))
    Article.objects.filter(pk=small.pk).update(weight_g=D("12.5"), description='Line\nbreak; "quoted", šč')
    prices, main = make_price_list(), make_warehouse()
    Price.objects.create(article=small, price_list=prices, amount=D("9.9"))
    stock.move([(small.pk, main.pk, D("2.5"))], kind="opening", cause="")
    with translation.override(language):
        admin.cookies["django_language"] = language
        for name in ("article", "price", "stocklevel"):
            content = exported(admin, name, form)
            page = preview(admin, name, content, form)
            assert problems(page) == [], name
            result = page.context_data["result"]
            assert (result.changes_count, result.unknown_columns) == (0, []), name
            assert result.unchanged_count >= 1
            if form == CSV and name == "price":
                assert (b"9,9" if language == "cs" else b"9.9") in content


def test_an_export_holds_what_the_list_shows(admin: Client) -> None:
    make_article("MUG", name="Mug"), make_article("PAN", name="Pan")
    url = reverse("admin:inventory_article_export") + "?q=mug"
    fields = {key: "on" for key in admin.get(url).context_data["form"].fields if "resource_" in key}
    response = admin.post(url, {"format": CSV, "resource": "0"} | fields)
    content = b"".join(response.streaming_content).decode()
    assert "MUG" in content
    assert "PAN" not in content


def test_an_export_of_many_articles_takes_few_queries(admin: Client) -> None:
    Article.objects.bulk_create(Article(sku=f"A{n:05}", name="x") for n in range(2500))
    with CaptureQueriesContext(connection) as queries:
        rows = list(ArticleResource().rows_of(Article.objects.order_by("sku")))
    assert len(rows) == 2500
    assert len(queries) <= 10


# Prices and stock


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


# Length


def test_five_thousand_rows_are_previewed_and_imported_quickly(admin: Client) -> None:
    make_unit("piece"), make_vat_rate("22")
    Article.objects.bulk_create(Article(sku=f"A{n:05}", name="old") for n in range(2500))
    rows = [(f"A{n:05}", f"Article {n}", "piece", "SI 22", "Kitchen", f"{n},5") for n in range(5000)]
    Category.objects.create(name="Kitchen")
    file = as_csv(("sku", "name", "unit", "vat_rate", "categories", "weight_g"), *rows)
    start = time.monotonic()
    with CaptureQueriesContext(connection) as queries:
        page = preview(admin, "article", file)
    assert len(page.content) < 400_000  # not every row of the file
    result = page.context_data["result"]
    assert (result.new_count, result.updated_count) == (2500, 2500)
    assert "4900 more changes are not shown" in page.content.decode()
    assert len(queries) < 200  # SQLite takes 999 values at a time
    message = run_import(admin, "article", file)
    assert message.startswith("5000 rows imported: 2500 new, 2500 changed")
    assert time.monotonic() - start < 30
    assert Article.categories.through.objects.count() == 5000


def test_five_thousand_mistakes_make_a_short_page(admin: Client) -> None:
    file = as_csv(("sku", "name", "weight_g"), *((f"A{n}", "x", "heavy") for n in range(5000)))
    page = preview(admin, "article", file)
    assert len(page.content) < 400_000
    text = page.content.decode()
    assert "5000 mistakes were found" in text
    assert "4800 more mistakes are not shown" in text


@pytest.mark.parametrize("resource", [PriceResource, StockResource])
def test_a_row_of_prices_or_stock_costs_no_query(resource: type, db: None) -> None:
    Article.objects.bulk_create(Article(sku=f"A{n}", name="x") for n in range(600))
    make_warehouse("LJ"), PriceList.objects.create(name="Retail", currency="EUR")
    user = User.objects.create_user("petra")
    counts = []
    for rows in (300, 600):
        cells = [(f"A{n}", "Retail", "LJ", "5", "5") for n in range(rows)]
        file = as_csv(("sku", "price_list", "warehouse", "amount", "on_hand"), *cells)
        with CaptureQueriesContext(connection) as queries:
            result = resource().import_data(CsvTable().create_dataset(file), dry_run=True, user=user)
        assert result.new_count == rows
        assert result.problems == []
        counts.append(len(queries))
    assert counts[1] - counts[0] <= 6
