"""(a) Export to a file, beside django-import-export and beside a bare dump of the same table."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget, ManyToManyWidget

from inventory.models import Article, Category, Producer, Unit
from shops.files import schema
from shops.files.export import export_slice
from shops.files.rows import sections_of
from shops.files.writers import open_writer
from shops.models import Run, Shop

Work = Callable[[], dict[str, Any]]


def kontor_export(extension: str) -> Work:
    """ "Export all" to a file, as a run does it: all 28 columns, stock and price arithmetic, checksum, storage."""
    run = Run.objects.create(
        shop=Shop.objects.get(), job="export_all", lane="files", mode="file", options={"formats": [extension]}
    )

    def work() -> dict[str, Any]:
        export_slice(run, lambda: False)
        file = run.files.get(name__contains="catalogue" if extension != "csv" else "articles")
        return {"rows": file.rows, "bytes": file.size, "columns": len(schema.ARTICLES.columns)}

    return work


def kontor_rows() -> Work:
    """The rows alone, nothing written: what reading and arithmetic cost."""
    shop = Shop.objects.get()
    (section,) = [section for section in sections_of("export_all", shop) if section.sheet is schema.ARTICLES]
    return lambda: {"rows": sum(len(chunk) for chunk in section.chunks(shop))}


class PlainResource(ModelResource):
    """As its documentation shows it: names of the related rows, nothing of ours."""

    unit = Field("unit", "unit", ForeignKeyWidget(Unit, "name"))
    vat_rate = Field("vat_rate__percent", "vat_rate")
    producer = Field("producer", "producer", ForeignKeyWidget(Producer, "name"))
    categories = Field("categories", "categories", ManyToManyWidget(Category, " | ", "name"))

    class Meta:
        model = Article
        exclude = ("parent", "has_variants", "created_at")


def import_export_csv() -> Work:
    """django-import-export as it comes: a Dataset in memory, then its CSV. The related rows are fetched beforehand."""
    queryset = (
        Article.objects.order_by("pk")
        .select_related("unit", "vat_rate", "producer")
        .prefetch_related("categories")
    )

    def work() -> dict[str, Any]:
        dataset = PlainResource().export(queryset=queryset)
        with _target() as target:
            target.write(dataset.csv.encode())
            return {"rows": len(dataset), "bytes": target.tell(), "columns": dataset.width}

    return work


def table_resource_csv() -> Work:
    """The export button of the article list: our base resource, rows streamed."""
    from backoffice.tables import CsvTable
    from inventory.resources import ArticleResource

    def work() -> dict[str, Any]:
        resource = ArticleResource()
        headers = resource.headers()
        with _target() as target:
            CsvTable().write(target, headers, resource.rows_of(Article.objects.order_by("pk")))
            return {"rows": Article.objects.count(), "bytes": target.tell(), "columns": len(headers)}

    return work


def cursor_csv() -> Work:
    """The bare minimum: the table's columns through a cursor into a CSV writer."""
    columns = [str(field.column) for field in Article._meta.concrete_fields]
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)

    def work() -> dict[str, Any]:
        rows = 0
        descriptor, path = tempfile.mkstemp()
        with (
            os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target,
            transaction.atomic(),
            connection.chunked_cursor() as cursor,  # a server-side cursor where the database has them
        ):
            os.unlink(path)
            cursor.execute(f"SELECT {quoted} FROM {Article._meta.db_table} ORDER BY id")  # noqa: S608
            writer = csv.writer(target)
            writer.writerow(columns)
            while batch := cursor.fetchmany(1000):
                writer.writerows(batch)
                rows += len(batch)
            return {"rows": rows, "bytes": target.tell(), "columns": len(columns)}

    return work


def postgres_copy() -> Work:
    """COPY ... TO STDOUT: what the database itself can do."""
    columns = len(Article._meta.concrete_fields)

    def work() -> dict[str, Any]:
        with _target() as target, connection.cursor() as cursor:
            cursor.cursor.copy_expert(f"COPY {Article._meta.db_table} TO STDOUT (FORMAT csv, HEADER)", target)
            return {"rows": Article.objects.count(), "bytes": target.tell(), "columns": columns}

    connection.ensure_connection()
    return work


def writer_only(extension: str) -> Work:
    """The writer alone with one row again and again."""
    from django.utils import timezone

    meta = schema.FileMeta("bench", "export_all", timezone.now())
    shop = Shop.objects.get()
    (section,) = [section for section in sections_of("export_all", shop) if section.sheet is schema.ARTICLES]
    row = next(section.chunks(shop, 1))[0]
    count = Article.objects.count()

    def work() -> dict[str, Any]:
        with _target() as target:
            with open_writer(extension, target, meta) as writer:
                writer.section(schema.ARTICLES)
                for _number in range(count):
                    writer.write(row)
            return {"rows": count, "bytes": target.tell()}

    return work


def _target() -> Any:
    return tempfile.TemporaryFile("w+b")
