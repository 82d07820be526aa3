"""A closed document is kept by the database itself, whatever asks for a change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from orders.models import Document, DocumentLine, NumberSeries
from tests.factories import make_article, make_order

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O4")]


@pytest.fixture
def document() -> Document:
    series, _created = NumberSeries.objects.get_or_create(
        kind="invoice", preset=True, defaults={"name": "Invoices"}
    )
    made = Document.objects.create(
        kind="invoice",
        series=series,
        order=make_order(),
        issue_date=date(2026, 3, 5),
        language="en",
        currency="EUR",
        total=Decimal("12.20"),
        created_by=User.objects.create(username="petra"),
    )
    made.lines.create(position=1, name="Mug", net=Decimal(10), vat=Decimal("2.2"), article=make_article())
    return made


@pytest.fixture
def closed(document) -> Document:
    """By the same update as in production: the trigger must let it pass."""
    Document.objects.filter(pk=document.pk).update(
        state="closed",
        number="2026-00001",
        series_year=2026,
        series_number=1,
        closed_at=timezone.now(),
        total=Decimal("12.20"),
    )
    document.refresh_from_db()
    return document


def refused(sql: str, *params: object) -> None:
    with pytest.raises(IntegrityError, match="closed document never changes"), transaction.atomic():
        connection.cursor().execute(sql, params)


@pytest.mark.parametrize(
    "change",
    [
        "total = 1",
        "state = 'draft'",
        "number = '2026-00002'",
        "buyer = '[1]'",
        "note = 'x'",
        "kind = 'proforma'",
        "issue_date = '2025-01-01'",
        "vat_rows = '[1]'",
        "closed_at = NULL",
        "customer_id = 1",
    ],
)
def test_no_column_of_a_closed_document_can_be_changed(closed, change):
    refused(f"UPDATE orders_document SET {change} WHERE id = %s", closed.pk)
    assert Document.objects.get(pk=closed.pk).total == Decimal("12.20")


def test_every_column_is_watched(closed):
    """A column that a later release adds must not be forgotten."""
    free = {"pdf", "pdf_sha256", "created_by_id", "closed_by_id"}
    samples = {"JSONField": '["x"]', "DateField": "1999-01-01", "DateTimeField": "1999-01-01 00:00:00+00:00"}
    for field in Document._meta.concrete_fields:
        kind = field.get_internal_type()
        if field.column in free or field.primary_key:
            continue
        value = samples.get(kind, "x" if kind in ("CharField", "TextField") else 77)
        if getattr(closed, field.attname) == value:
            value = 78  # the same number again would be no change
        if kind == "BooleanField":
            value = not getattr(closed, field.attname)
        refused(f'UPDATE orders_document SET "{field.column}" = %s WHERE id = %s', value, closed.pk)


def test_it_cannot_be_deleted_by_sql_nor_by_the_model(closed):
    refused("DELETE FROM orders_document WHERE id = %s", closed.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        closed.delete()
    assert closed.lines.count() == 1


def test_its_lines_cannot_be_changed_added_or_taken_away(closed):
    line = closed.lines.get()
    refused("UPDATE orders_documentline SET net = 5 WHERE id = %s", line.pk)
    refused("UPDATE orders_documentline SET name = 'x' WHERE document_id = %s", closed.pk)
    refused("DELETE FROM orders_documentline WHERE id = %s", line.pk)
    with pytest.raises(IntegrityError, match="closed document never changes"), transaction.atomic():
        DocumentLine.objects.create(document=closed, position=2, name="One more")


def test_no_line_moves_into_or_out_of_it(closed, document):
    draft = Document.objects.create(
        kind="invoice", series=closed.series, issue_date=date(2026, 3, 5), language="en", currency="EUR"
    )
    line = draft.lines.create(position=9, name="Stray")
    refused("UPDATE orders_documentline SET document_id = %s WHERE id = %s", closed.pk, line.pk)
    refused(
        "UPDATE orders_documentline SET document_id = %s, position = 8 WHERE document_id = %s",
        draft.pk,
        closed.pk,
    )


def test_the_pdf_is_set_once(closed):
    Document.objects.filter(pk=closed.pk).update(pdf="documents/2026/03/a.pdf", pdf_sha256="a" * 64)
    refused("UPDATE orders_document SET pdf = 'b.pdf' WHERE id = %s", closed.pk)
    refused("UPDATE orders_document SET pdf_sha256 = '' WHERE id = %s", closed.pk)
    closed.refresh_from_db()
    assert (closed.pdf.name, closed.pdf_sha256) == ("documents/2026/03/a.pdf", "a" * 64)


def test_a_user_and_an_article_can_be_deleted_but_not_exchanged(closed):
    article, user = closed.lines.get().article, closed.created_by
    other = make_article("OTHER")
    refused("UPDATE orders_documentline SET article_id = %s WHERE document_id = %s", other.pk, closed.pk)
    article.delete()
    user.delete()
    closed.refresh_from_db()
    assert (closed.lines.get().article, closed.created_by, closed.lines.get().name) == (None, None, "Mug")


def test_a_draft_can_be_changed_and_deleted(document):
    document.lines.update(net=5)
    document.lines.create(position=2, name="One more")
    document.lines.first().delete()
    document.delete()
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_there_after_every_migrate(document):
    """SQLite rebuilds a table whose column changes, and forgets the triggers."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite rebuilds tables")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        before = cursor.fetchall()
        for name, _sql in before:
            cursor.execute(f"DROP TRIGGER {name}")
    call_command("migrate", "orders", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        assert cursor.fetchall() == before
    assert len([name for name, _sql in before if name.startswith("document_")]) == 5
    assert len([name for name, _sql in before if name.startswith("stock_")]) == 10
