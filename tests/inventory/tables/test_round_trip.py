"""Out and in again: what is exported is imported without a change."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from inventory.models import Article, Price
from inventory.resources import ArticleResource
from inventory.services import stock
from tests.factories import (
    make_article,
    make_category,
    make_price_list,
    make_unit,
    make_vat_rate,
    make_warehouse,
)
from tests.inventory.tables.files import CSV, XLSX, D, exported, preview, problems

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
