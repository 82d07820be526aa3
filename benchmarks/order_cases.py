"""(f) Orders and documents: intake, issuing, PDF, and beside them what a plain script would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from time import perf_counter
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from benchmarks import sync_cases
from inventory.models import StockLevel, StockMovement, Warehouse
from orders.models import (
    Document,
    DocumentKind,
    NumberSeries,
    Order,
    Reservation,
    SalesChannel,
    SeriesCounter,
)
from orders.services.document_files import merged_pdf, pdf_of
from orders.services.work import finish_documents
from shops.models import Run, Shop
from shops.services.runs import start_run, work_run

Work = Callable[[], dict[str, Any]]
_PLAIN = "plain"  # Order.source of what the plain script saves


def selling(address: str) -> dict[str, Any]:
    """The shop is connected, takes its orders on by itself, and each becomes a delivery note and an invoice."""
    sync_cases.connect(address)
    Shop.objects.update(accept_orders=True, unmapped=Shop.Unmapped.TAKE)
    SalesChannel.objects.update_or_create(
        code=Shop.objects.get().code,
        defaults={"becomes": SalesChannel.Becomes.BOTH, "moment": SalesChannel.Moment.SHIPPED},
    )
    User.objects.create_superuser("bench")
    return {}


def take_orders(since: str) -> Work:
    """The shop's orders changed after `since`, from its pages to accepted orders whose goods are kept back."""
    shop = Shop.objects.get()

    def work() -> dict[str, Any]:
        before = Order.objects.count()
        with statements() as counted:
            run = work_run(
                start_run(
                    shop, Run.Job.IMPORT_ORDERS, trigger=Run.Trigger.COMMAND, options={"since": since}
                ).pk
            )
        taken = Order.objects.count() - before
        return {
            "state": run.state,
            "orders": taken,
            "statements each": round(counted[0] / max(taken, 1), 1),
            "accepted": Order.objects.filter(state=Order.State.ACCEPTED).count(),
            "kept back": Reservation.objects.count(),
        }

    return work


def save_orders(count: str) -> Work:
    """What a plain script would save of the same orders: each row by itself, one transaction an order, nothing checked."""
    pattern = Order.objects.prefetch_related("lines").select_related("billing").order_by("pk").first()
    assert pattern is not None
    assert pattern.billing is not None
    first = Order.objects.filter(source=_PLAIN).count()
    lines, address = list(pattern.lines.all()), pattern.billing

    def work() -> dict[str, Any]:
        with statements() as counted:
            for number in range(first, first + int(count)):
                with transaction.atomic():
                    order = _again(pattern, number=f"PLAIN-{number}", source=_PLAIN, source_id=str(number))
                    order.billing = _again(address)
                    order.billing.save()
                    order.delivery = None
                    order.save()
                    for line in lines:
                        row = _again(line, order_id=order.pk)
                        row.save()
                        if row.article_id:
                            keep = {"article_id": row.article_id, "warehouse_id": _first_warehouse()}
                            Reservation.objects.create(order=order, line=row, quantity=row.quantity, **keep)
                            levels = StockLevel.objects.filter(**keep)
                            levels.update(reserved=F("reserved") + row.quantity, changed_at=timezone.now())
        return {"orders": int(count), "statements each": round(counted[0] / int(count), 1)}

    return work


def issue_orders(count: str) -> Work:
    """Delivery note and invoice of so many orders, numbered, closed, their goods moved: the button of the order list."""
    user = User.objects.get(username="bench")
    waiting = _without_documents().exclude(source=_PLAIN)
    ids = list(waiting.values_list("pk", flat=True)[: int(count)])

    def work() -> dict[str, Any]:
        with statements() as counted:
            results = finish_documents(ids, by=user)
        problems = [result.problem for result in results if result.problem]
        if problems:
            raise RuntimeError(problems[0])
        return {
            "orders": len(results),
            "documents": sum(len(result.documents) for result in results),
            "statements each": round(counted[0] / len(results), 1),
            "movements": StockMovement.objects.filter(kind=StockMovement.Kind.ISSUE).count(),
        }

    return work


def save_documents(count: str) -> Work:
    """What a plain script would save of the same two documents: each row by itself, one transaction an order."""
    patterns = [
        Document.objects.prefetch_related("lines").filter(kind=kind).order_by("pk").first()
        for kind in (DocumentKind.DELIVERY_NOTE, DocumentKind.INVOICE)
    ]
    orders = list(_without_documents().filter(source=_PLAIN)[: int(count)])
    series = {
        pattern.kind: NumberSeries.objects.get_or_create(
            kind=pattern.kind, pattern="PLAIN-{YY}-{N}", defaults={"name": f"Plain {pattern.kind}"}
        )[0]
        for pattern in patterns
        if pattern is not None
    }

    def work() -> dict[str, Any]:
        with statements() as counted:
            for order in orders:
                with transaction.atomic():
                    for pattern in patterns:
                        assert pattern is not None
                        _save_document(pattern, order, series[pattern.kind])
        return {"orders": len(orders), "statements each": round(counted[0] / len(orders), 1)}

    return work


def _save_document(pattern: Document, order: Order, series: NumberSeries) -> None:
    year = pattern.issue_date.year
    counter, _new = SeriesCounter.objects.select_for_update().get_or_create(series=series, year=year)
    counter.last_number += 1
    counter.save()
    number = series.format(year, counter.last_number)
    numbered = {"number": number, "series_number": counter.last_number, "series_year": year, "pdf": ""}
    document = _again(pattern, order_id=order.pk, series_id=series.pk, automatic=False, **numbered)
    lines = [_again(line, order_line_id=None) for line in pattern.lines.all()]
    # The lines of a closed document cannot be added to: it is saved as a draft first, as a script would have to.
    closed = {name: getattr(document, name) for name in ("state", "number", "series_number", "closed_at")}
    document.state, document.number, document.series_number, document.closed_at = "draft", "", None, None
    document.save()
    for line in lines:
        line.document = document
        line.save()
        if pattern.moves_stock and line.article_id:
            where = {
                "article_id": line.article_id,
                "warehouse_id": _first_warehouse(),
            }
            StockMovement.objects.create(
                **where, quantity=-line.quantity, kind=StockMovement.Kind.ISSUE, cause=number
            )
            left = {"on_hand": F("on_hand") - line.quantity, "reserved": F("reserved") - line.quantity}
            StockLevel.objects.filter(**where).update(**left, changed_at=timezone.now())
            Reservation.objects.filter(order=order, article=line.article_id).delete()
    for name, value in closed.items():
        setattr(document, name, value)
    document.save()


def make_pdfs(first: str, count: str) -> Work:
    """PDF/A-3 of invoices `first` and following, with their UBL inside, stored with its checksum."""
    ids = _invoices(first, count)

    def work() -> dict[str, Any]:
        began = perf_counter()
        size = sum(len(pdf_of(pk)[1]) for pk in ids)
        each = (perf_counter() - began) / len(ids)
        return {"PDFs": len(ids), "ms each": round(each * 1000, 1), "kB each": round(size / len(ids) / 1000)}

    return work


def read_pdfs(count: str) -> Work:
    """The stored files, each with its checksum compared."""
    ids = _invoices("0", count)

    def work() -> dict[str, Any]:
        return {"MB": round(sum(len(pdf_of(pk)[1]) for pk in ids) / 1e6, 2)}

    return work


def merge_pdfs(count: str) -> Work:
    """The button Print documents, where the PDFs are made already."""
    ids = _invoices("0", count)

    def work() -> dict[str, Any]:
        return {"documents": len(ids), "MB": round(len(merged_pdf(ids)) / 1e6, 2)}

    return work


@contextmanager
def statements() -> Iterator[list[int]]:
    """Counts what is sent to the database, savepoints included: [so many]."""
    found = [0]

    def counted(execute: Any, *args: Any) -> Any:
        found[0] += 1
        return execute(*args)

    with connection.execute_wrapper(counted):
        yield found


def _without_documents() -> Any:
    return Order.objects.filter(state=Order.State.ACCEPTED, documents=None).order_by("pk")


def _invoices(first: str, count: str) -> list[int]:
    """Of Kontor's own."""
    invoices = Document.objects.filter(kind=DocumentKind.INVOICE).exclude(order__source=_PLAIN)
    return list(invoices.order_by("pk").values_list("pk", flat=True)[int(first) : int(first) + int(count)])


@cache
def _first_warehouse() -> int:
    return Warehouse.objects.filter(active=True).values_list("pk", flat=True)[0]


def _again(row: Any, **changed: Any) -> Any:
    """An unsaved row with the same values but for `changed`."""
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    return type(row)(**(values | changed))
