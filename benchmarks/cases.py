"""All cases by name. A case is called before the clock starts and gives the work that is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.db import connection

from benchmarks import (
    call_cases,
    data,
    engine_cases,
    export_cases,
    file_cases,
    office_cases,
    office_data,
    order_cases,
    push_cases,
    sync_cases,
)


def empty() -> dict[str, Any]:
    """Back to an empty database, for the next size."""
    call_command("migrate", verbosity=0)
    call_command("flush", verbosity=0, interactive=False)
    return {}


def fill(articles: str) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    data.fill(int(articles))
    analyze()
    return {"articles": int(articles)}


def add_articles(first: str, beyond: str) -> dict[str, Any]:
    data.add_articles(int(first), int(beyond))
    return {}


def analyze() -> dict[str, Any]:
    """What autovacuum does within a minute or so; some servers for tests have it switched off."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return {}


# Not measured.
PREPARE: dict[str, Callable[..., dict[str, Any]]] = {
    "empty": empty,
    "analyze": analyze,
    "fill": fill,
    "add_articles": add_articles,
    "connect": sync_cases.connect,
    "change_stock": sync_cases.change_stock,
    "link_all": engine_cases.link_all,
    "set_stock": engine_cases.set_stock,
    "touch_one": engine_cases.touch_one,
    "many_shops": engine_cases.many_shops,
    "selling": order_cases.selling,
    "settle": push_cases.settle,
    "exchange_files": file_cases.exchange_files,
    "pictures": file_cases.pictures,
    "change_pictures": file_cases.change_pictures,
    "registered": call_cases.registered,
    "forget_calls": call_cases.forget_calls,
    "office": office_data.office,
    "sessions": office_cases.sessions,
}

CASES: dict[str, Callable[..., Callable[[], dict[str, Any]]]] = {
    "kontor_export": export_cases.kontor_export,
    "kontor_rows": export_cases.kontor_rows,
    "table_resource_csv": export_cases.table_resource_csv,
    "import_export_csv": export_cases.import_export_csv,
    "cursor_csv": export_cases.cursor_csv,
    "postgres_copy": export_cases.postgres_copy,
    "stored": call_cases.stored,
    "listen": call_cases.listen,
    "page_statements": office_cases.page_statements,
    "writer_only": export_cases.writer_only,
    "run_job": sync_cases.run_job,
    "fetch": sync_cases.fetch,
    "plan_unchanged": engine_cases.plan_unchanged,
    "post_stock": engine_cases.post_stock,
    "stock_beside_sync": engine_cases.stock_beside_sync,
    "several_workers": engine_cases.several_workers,
    "drain": engine_cases.drain,
    "take_orders": order_cases.take_orders,
    "save_orders": order_cases.save_orders,
    "issue_orders": order_cases.issue_orders,
    "save_documents": order_cases.save_documents,
    "make_pdfs": order_cases.make_pdfs,
    "read_pdfs": order_cases.read_pdfs,
    "merge_pdfs": order_cases.merge_pdfs,
    "move_and_wait": push_cases.move_and_wait,
    "feed": file_cases.feed,
    "bare_dump": file_cases.bare_dump,
    "mirror": file_cases.mirror,
    "bare_uploads": file_cases.bare_uploads,
}
