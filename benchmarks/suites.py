"""Which cases stand side by side, and in which order they are run."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Measure, in_child
from benchmarks.stand_in import StandIn
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
    """(a) Export to a file beside django-import-export and beside a bare dump of the table."""
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        in_child("fill", str(options.articles), environment=environment)
        cases: dict[str, Case] = {
            "Kontor, export all, CSV": ("kontor_export", ["csv"]),
            "Kontor, export all, XML": ("kontor_export", ["xml"]),
            "Kontor, export all, XLSX": ("kontor_export", ["xlsx"]),
            "Kontor, the same rows, not written": ("kontor_rows", []),
            "Kontor, the article list's export, CSV": ("table_resource_csv", []),
            "django-import-export as it comes, CSV": ("import_export_csv", []),
            "cursor and csv.writer": ("cursor_csv", []),
        }
        if url.startswith("postgres"):
            cases["COPY TO STDOUT"] = ("postgres_copy", [])
        measures = in_turn(cases, options.rounds, environment)
    notes = {
        "Kontor, export all, CSV": "with stock, prices, category paths and links",
        "cursor and csv.writer": "the article table's columns only",
        "COPY TO STDOUT": "the article table's columns only",
    }
    return rows_of(measures, reference="django-import-export as it comes, CSV", notes=notes)


def sync(url: str, options: argparse.Namespace) -> list[Row]:
    """(b) A full sync of an unchanged catalogue beside merely fetching and decoding the same pages."""
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, StandIn() as shop:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        _connected(options.unchanged, shop, environment)
        first = _run_job("sync", shop, environment)
        in_child("analyze", environment=environment)
        _run_job("sync", shop, environment)  # the first look at what was written
        pages = Path(folder) / "pages.json"
        shop.ask("reset")
        in_child("run_job", "sync", environment=environment)
        pages.write_text(json.dumps(shop.ask("requests")))
        cases: dict[str, Case] = {
            "the same pages, fetched and decoded": ("fetch", [shop.address, str(pages)]),
            "Kontor, full sync, nothing changed": ("run_job", ["sync"]),
        }
        measures = in_turn(cases, options.rounds, environment)
    measures["Kontor, first export of everything"] = [first]
    return rows_of(measures, reference="the same pages, fetched and decoded", notes={})


def memory(url: str, options: argparse.Namespace) -> list[Row]:
    """(c) Peak memory at a tenth of the articles and at all of them: the ratio should stay near 1."""
    found = []
    for work in ("export to CSV", "export to XLSX", "read and link"):
        measures: dict[str, list[Measure]] = {}
        for articles in (options.articles // 10, options.articles):
            measures[f"{work}, {articles}"] = [_memory_of(work, url, articles)]
        found += rows_of(measures, reference=next(iter(measures)), notes={})
    return found


def _memory_of(work: str, url: str, articles: int) -> Measure:
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        in_child("empty", environment=environment)
        if work.startswith("export"):
            in_child("fill", str(articles), environment=environment)
            return in_child("kontor_export", work.rpartition(" ")[2].lower(), environment=environment)
        with StandIn() as shop:
            shop.ask(f"products {articles}")
            _connected(articles, shop, environment)
            return _run_job("read", shop, environment)


def requests(url: str, options: argparse.Namespace) -> list[Row]:
    """(d) How many requests the usual jobs cost. Time is shown beside them, but the host of a shop decides it."""
    measures: dict[str, list[Measure]] = {}
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, StandIn() as shop:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        _connected(1000, shop, environment)
        measures["1,000 new articles"] = [_run_job("sync", shop, environment)]
        measures["the same again, unchanged"] = [_run_job("sync", shop, environment)]
        in_child("analyze", environment=environment)
        in_child("add_articles", "1000", "10000", environment=environment)
        measures["9,000 more new articles"] = [_run_job("sync", shop, environment)]
        measures["stock, unchanged"] = [_run_job("export_stock", shop, environment)]
        in_child("change_stock", "10000", environment=environment)
        measures["stock, 10,000 changed"] = [_run_job("export_stock", shop, environment)]
    return rows_of(measures, reference="1,000 new articles", notes={})


def _connected(articles: int, shop: StandIn, environment: dict[str, str]) -> None:
    in_child("fill", str(articles), environment=environment)
    in_child("connect", shop.address, environment=environment)


def _run_job(job: str, shop: StandIn, environment: dict[str, str]) -> Measure:
    """The job's measure, with what the shop counted."""
    shop.ask("reset")
    measured = in_child("run_job", job, environment=environment)
    if measured.figures["state"] != "done":
        raise RuntimeError(f"{job} ended as {measured.figures}")
    return replace(measured, figures=measured.figures | shop.ask("counts"))


SUITES: dict[str, Callable[[str, argparse.Namespace], list[Row]]] = {
    "export": export,
    "sync": sync,
    "memory": memory,
    "requests": requests,
}
