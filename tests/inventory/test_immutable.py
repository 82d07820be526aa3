"""A closed inventory count or transfer is kept by the database itself, whatever asks for a change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from inventory.models import StockCount, StockTransfer
from inventory.services.stock_documents import close_count, close_transfer, fill_count
from tests.factories import make_article, make_stock, make_warehouse

pytestmark = pytest.mark.django_db
Paper = StockCount | StockTransfer


@pytest.fixture(params=["count", "transfer"])
def draft(request) -> Paper:
    petra = User.objects.create(username="petra")
    main, other, mug = make_warehouse("LJ"), make_warehouse("MB"), make_article("MUG")
    make_stock(mug, main, 10)
    if request.param == "count":
        made: Paper = StockCount.objects.create(warehouse=main, date="2026-05-04", created_by=petra)
        made.lines.create(article=mug, counted=Decimal(7))
    else:
        made = StockTransfer.objects.create(source=main, target=other, date="2026-05-04", created_by=petra)
        made.lines.create(article=mug, quantity=Decimal(3))
    return made


@pytest.fixture
def closed(draft) -> Paper:
    """By the service: the trigger must let its own update pass."""
    close = close_count if isinstance(draft, StockCount) else close_transfer
    return close(draft.pk, by=User.objects.get())


def refused(sql: str, *params: object) -> None:
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        connection.cursor().execute(sql, params)


def other_value(field: Any, value: Any) -> Any:
    samples = {"DateField": "1999-01-01", "DateTimeField": "1999-01-01 00:00:00+00:00"}
    kind = field.get_internal_type()
    return samples.get(kind, "x" if kind in ("CharField", "TextField") else 77)


def test_every_column_of_it_and_of_its_lines_is_watched(closed):
    """A column that a later release adds must not be forgotten."""
    line = closed.lines.get()
    for row, free in ((closed, {"created_by_id", "closed_by_id"}), (line, set())):
        for field in row._meta.concrete_fields:
            if field.primary_key or field.column in free:
                continue
            value = other_value(field, getattr(row, field.attname))
            table = row._meta.db_table
            refused(f'UPDATE {table} SET "{field.column}" = %s WHERE id = %s', value, row.pk)
    closed.refresh_from_db()
    assert closed.state == "closed"


def test_it_cannot_be_deleted_nor_get_or_lose_lines(closed):
    table, lines = closed._meta.db_table, closed.lines.model._meta.db_table
    refused(f"DELETE FROM {table} WHERE id = %s", closed.pk)
    refused(f"DELETE FROM {lines} WHERE document_id = %s", closed.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        closed.delete()
    number = {"counted" if isinstance(closed, StockCount) else "quantity": Decimal(1)}
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        closed.lines.create(article=make_article("CUP"), **number)
    assert closed.lines.count() == 1


def test_no_line_moves_into_it(closed):
    other = type(closed).objects.create(
        date="2026-05-05",
        **({"warehouse": closed.warehouse} if isinstance(closed, StockCount) else
           {"source": closed.source, "target": closed.target}),
    )  # fmt: skip
    number = {"counted" if isinstance(closed, StockCount) else "quantity": Decimal(1)}
    line = other.lines.create(article=make_article("CUP"), **number)
    refused(f"UPDATE {line._meta.db_table} SET document_id = %s WHERE id = %s", closed.pk, line.pk)


def test_who_made_it_can_be_deleted_but_not_exchanged(closed):
    other = User.objects.create(username="jan")
    refused(f"UPDATE {closed._meta.db_table} SET closed_by_id = %s WHERE id = %s", other.pk, closed.pk)
    User.objects.get(username="petra").delete()
    closed.refresh_from_db()
    assert (closed.created_by, closed.closed_by) == (None, None)


def test_a_draft_can_be_changed_and_deleted(draft):
    draft.note = "Shelf 4"
    draft.save()
    if isinstance(draft, StockCount):
        make_stock(make_article("CUP"), draft.warehouse, 5)
        assert fill_count(draft.pk) == 1
    draft.lines.first().delete()
    draft.delete()
    assert not type(draft).objects.exists()
