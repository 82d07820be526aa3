"""All cases by name. A case is called before the clock starts and gives the work that is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import export_cases


def fill(articles: str) -> dict[str, Any]:
    from django.core.management import call_command

    from benchmarks.data import fill as fill_catalogue

    call_command("migrate", verbosity=0)
    fill_catalogue(int(articles))
    return {"articles": int(articles)}


PREPARE: dict[str, Callable[..., dict[str, Any]]] = {"fill": fill}

CASES: dict[str, Callable[..., export_cases.Work]] = {
    "kontor_export": export_cases.kontor_export,
    "kontor_rows": export_cases.kontor_rows,
    "import_export_csv": export_cases.import_export_csv,
    "cursor_csv": export_cases.cursor_csv,
    "postgres_copy": export_cases.postgres_copy,
    "writer_only": export_cases.writer_only,
}
