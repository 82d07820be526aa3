"""Long files: time, short pages, no query for a row."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.tables import CsvTable
from inventory.models import Article, Category, PriceList
from inventory.resources import PriceResource, StockResource
from tests.factories import make_unit, make_vat_rate, make_warehouse
from tests.inventory.tables.files import as_csv, preview, run_import


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
