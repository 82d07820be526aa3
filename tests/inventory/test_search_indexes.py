"""The indexes of migration 0002 are there, and the database uses them for what the admin asks."""

from __future__ import annotations

import pytest
from django.db import connection

from inventory.models import Article


@pytest.fixture
def many(db: None) -> None:
    Article.objects.bulk_create(
        (Article(sku=f"S{n:06}", ean=f"{n:013}", name=f"Mug number {n}") for n in range(5000)), batch_size=900
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_sqlite_reads_an_index_and_not_the_table(many: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan of SQLite")
    found = Article.objects.filter(name__icontains="number 77").order_by("sku").values_list("pk")
    assert "COVERING INDEX article_search" in found.explain()
    assert found.count() == 11


@pytest.mark.service
@pytest.mark.parametrize(
    ("lookup", "index"),
    [
        ({"sku__istartswith": "s00012"}, "article_search_sku"),
        ({"ean__istartswith": "00000000012"}, "article_search_ean"),
        ({"name__icontains": "number 4321"}, "article_search_name"),
    ],
)
def test_postgresql_finds_by_index(many: None, lookup: dict[str, str], index: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the plan of PostgreSQL; set DATABASE_URL to one")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # 5,000 rows are read as quickly without an index
    assert index in Article.objects.filter(**lookup).order_by().explain()
