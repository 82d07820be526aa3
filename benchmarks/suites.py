"""Which cases stand side by side, and in which order they are run."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec

from benchmarks.measure import Measure, in_child
from benchmarks.table import Row, rows_of

Case = tuple[str, Sequence[str]]  # the name of benchmarks.cases and its arguments


def in_turn(cases: Mapping[str, Case], rounds: int, environment: dict[str, str]) -> dict[str, list[Measure]]:
    """Every case once in each round: what slows the machine down for a while hits all of them."""
    found: dict[str, list[Measure]] = {label: [] for label in cases}
    for _round in range(rounds):
        for label, (name, arguments) in cases.items():
            found[label].append(in_child(name, *arguments, environment=environment))
    return found


def export(url: str, options: argparse.Namespace) -> list[Row]:
    """(a) Export to a file beside django-import-export and beside a bare dump; (c) its memory at a tenth of the size."""
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        in_child("fill", str(options.articles), environment=environment)
        cases: dict[str, Case] = {
            "Kontor, export all, CSV": ("kontor_export", ["csv"]),
            "Kontor, export all, XML": ("kontor_export", ["xml"]),
            "Kontor, export all, XLSX": ("kontor_export", ["xlsx"]),
            "Kontor, the same rows, not written": ("kontor_rows", []),
            "cursor and csv.writer": ("cursor_csv", []),
        }
        missing = []
        if find_spec("inventory.resources"):
            cases["django-import-export, CSV"] = ("import_export_csv", [])
        else:
            missing.append(Row("django-import-export, CSV", note="left out: there is no inventory.resources"))
        if url.startswith("postgres"):
            cases["COPY TO STDOUT"] = ("postgres_copy", [])
        measures = in_turn(cases, options.rounds, environment)
    notes = {
        "Kontor, export all, CSV": "with stock, prices, category paths and links",
        "cursor and csv.writer": "the article table's columns only",
        "COPY TO STDOUT": "the article table's columns only",
    }
    return [*rows_of(measures, reference="Kontor, export all, CSV", notes=notes), *missing]


SUITES: dict[str, Callable[[str, argparse.Namespace], list[Row]]] = {"export": export}
