"""Which cases stand side by side, and in which order they are run."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
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


def engine(url: str, options: argparse.Namespace) -> list[Row]:
    """(e) Planning, the overhead over the bare calls, a stock run beside a sync, and several workers."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, StandIn() as shop:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        in_child("fill", str(options.articles), environment=environment)
        in_child("link_all", environment=environment)
        in_child("analyze", environment=environment)
        plans: dict[str, Case] = {
            f"plan {options.articles} unchanged articles": ("plan_unchanged", ["article"]),
            f"plan {options.articles} unchanged stock levels": ("plan_unchanged", ["stock"]),
        }
        measures = in_turn(plans, options.rounds, environment)
        found += rows_of(measures, reference=next(iter(plans)), notes={})
        found += _overhead(shop, options, environment)
    found += _lanes(url, options)
    found += _workers(url, options)
    return found


def _overhead(shop: StandIn, options: argparse.Namespace, environment: dict[str, str]) -> list[Row]:
    """A stock run in which everything has changed, beside the same numbers posted bare."""
    in_child("empty", environment=environment)
    _connected(options.unchanged, shop, environment)
    _run_job("sync", shop, environment)
    bare, ours = "the same batches, posted bare", "Kontor, export stock, all changed"
    measures: dict[str, list[Measure]] = {bare: [], ours: []}
    for quantity in range(100, 100 + options.rounds):
        measures[bare].append(in_child("post_stock", shop.address, "7", environment=environment))
        in_child("set_stock", str(quantity), environment=environment)
        measures[ours].append(_run_job("export_stock", shop, environment))
    return rows_of(measures, reference=bare, notes={})


def _lanes(url: str, options: argparse.Namespace) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, StandIn() as shop:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        in_child("empty", environment=environment)
        _connected(options.unchanged, shop, environment)
        _run_job("sync", shop, environment)
        alone, beside = "stock run of one change, alone", "the same beside a full sync"
        measures: dict[str, list[Measure]] = {alone: [], beside: []}
        for _round in range(options.rounds):
            in_child("touch_one", environment=environment)
            measures[alone].append(_run_job("export_stock", shop, environment))
            in_child("touch_one", environment=environment)
            measures[beside].append(in_child("stock_beside_sync", environment=environment))
        return rows_of(measures, reference=alone, notes={})


def _workers(url: str, options: argparse.Namespace) -> list[Row]:
    """Four shops that take 0.3 s for each answer."""
    articles = max(options.unchanged // 10, 200)
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, ExitStack() as stack:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        shops = [stack.enter_context(StandIn()) for _number in range(4)]
        for shop in shops:
            shop.ask(f"products {articles}")
            shop.ask("delay 0.3")
        in_child("empty", environment=environment)
        in_child("fill", str(articles), environment=environment)
        in_child("many_shops", ",".join(shop.address for shop in shops), environment=environment)
        measures = {
            f"4 shops, {workers} worker(s)": [
                in_child("several_workers", str(workers), environment=environment)
            ]
            for workers in (1, 2, 4)
        }
    return rows_of(measures, reference="4 shops, 1 worker(s)", notes={})


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
    "engine": engine,
}
