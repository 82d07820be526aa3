"""Which cases stand side by side, and in which order they are run."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks.call_cases import calls
from benchmarks.ftp_server import FtpServer
from benchmarks.measure import Measure, in_child
from benchmarks.office_cases import staff
from benchmarks.stand_in import StandIn
from benchmarks.table import Row, rows_of
from benchmarks.worker import quick_worker

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


def orders(url: str, options: argparse.Namespace) -> list[Row]:
    """(f) Intake, issuing and PDFs, beside a plain script that saves the same rows one by one and checks nothing."""
    count, found = options.orders, []
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, StandIn() as shop:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        in_child("fill", "1000", environment=environment)
        in_child("selling", shop.address, environment=environment)
        _run_job("sync", shop, environment)
        in_child("analyze", environment=environment)
        intake: dict[str, list[Measure]] = {"a plain script, the same orders": [], "Kontor, intake": []}
        issuing: dict[str, list[Measure]] = {"a plain script, the same documents": [], "Kontor, issuing": []}
        for _round in range(options.rounds):
            intake["Kontor, intake"].append(_take(shop, count, environment))
            plain = in_child("save_orders", str(count), environment=environment)
            intake["a plain script, the same orders"].append(plain)
            issuing["Kontor, issuing"].append(in_child("issue_orders", str(count), environment=environment))
            plain = in_child("save_documents", str(count), environment=environment)
            issuing["a plain script, the same documents"].append(plain)
        for measures in (intake, issuing):
            found += rows_of(measures, reference=next(iter(measures)), notes={})
        found += _pdfs(count, environment)
        found += _history(shop, count, environment)
    return found


def _pdfs(count: int, environment: dict[str, str]) -> list[Row]:
    """Each case on invoices of its own, of which no PDF was made yet; each in a process of its own."""
    each = min(100, count - 1)
    first, more = "the first PDF of a worker", f"the next {each} of one worker"
    measures = {
        first: [in_child("make_pdfs", "0", "1", environment=environment)],
        more: [in_child("make_pdfs", "1", str(each), environment=environment)],
        f"{each} made PDFs, read": [in_child("read_pdfs", str(each), environment=environment)],
        f"{each} made PDFs, merged": [in_child("merge_pdfs", str(each), environment=environment)],
    }
    return rows_of(measures, reference=more, notes={})


def _history(shop: StandIn, count: int, environment: dict[str, str]) -> list[Row]:
    """Ten times the orders should need ten times the time and requests, and the same memory."""
    measures = {f"history of {many} orders": [_take(shop, many, environment)] for many in (count, 10 * count)}
    return rows_of(measures, reference=f"history of {count} orders", notes={})


def _take(shop: StandIn, count: int, environment: dict[str, str]) -> Measure:
    """The intake of so many new orders of two lines."""
    since = shop.ask(f"orders {count} 2")
    shop.ask("reset")
    measured = in_child("take_orders", since, environment=environment)
    if measured.figures["state"] != "done" or measured.figures["orders"] != count:
        raise RuntimeError(f"the intake of {count} orders ended as {measured.figures}")
    return replace(measured, figures=measured.figures | shop.ask("counts"))


def files(url: str, options: argparse.Namespace) -> list[Row]:
    """(g) Feeds beside a bare dump of the same rows; the mirror beside the bare uploads of the same files."""
    return _feeds(url, options) + _mirror(url, options)


def _feeds(url: str, options: argparse.Namespace) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media", "EXCHANGE_ROOT": f"{folder}/out"}
        in_child("fill", str(options.articles), environment=environment)
        in_child("exchange_files", environment=environment)
        in_child("analyze", environment=environment)
        cases: dict[str, Case] = {
            "bare dump of the same rows, CSV": ("bare_dump", []),
            "Heureka products": ("feed", ["heureka_products"]),
            "Google Merchant products": ("feed", ["google_products"]),
            "Shoptet products": ("feed", ["shoptet_products"]),
            "Kontor XML, everything": ("feed", ["kontor_xml"]),
            "Kontor XML, stock": ("feed", ["kontor_xml_stock"]),
            "POHODA stock cards": ("feed", ["pohoda_stock"]),
        }
        measures = in_turn(cases, options.rounds, environment)
    return rows_of(measures, reference="bare dump of the same rows, CSV", notes={})


def _mirror(url: str, options: argparse.Namespace) -> list[Row]:
    """One round of the first time; of the others as many as are asked for, in turn with the bare uploads."""
    count = str(options.files)
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, FtpServer() as server:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media", "EXCHANGE_ROOT": f"{folder}/out"}
        in_child("empty", environment=environment)
        in_child("fill", count, environment=environment)
        in_child("pictures", count, server.address, environment=environment)
        in_child("analyze", environment=environment)

        def served(case: str, *arguments: str) -> Measure:
            server.ask("reset")
            measured = in_child(case, *arguments, environment=environment)
            return replace(measured, figures=measured.figures | server.ask("counts"))

        bare = f"{count} files, stored bare one after the other"
        first = {
            bare: [served("bare_uploads", server.address, "bare", count)],
            f"Kontor, {count} files, the first time": [served("mirror")],
        }
        few = "one listing and 10 files, bare"
        again: dict[str, list[Measure]] = {few: [], "Kontor, nothing changed": [], "Kontor, 10 changed": []}
        for _round in range(options.rounds):
            again[few].append(served("bare_uploads", server.address, "bare", "10"))
            again["Kontor, nothing changed"].append(served("mirror"))
            in_child("change_pictures", "10", environment=environment)
            again["Kontor, 10 changed"].append(served("mirror"))
    return rows_of(first, reference=bare, notes={}) + rows_of(again, reference=few, notes={})


def push(url: str, options: argparse.Namespace) -> list[Row]:
    """(j) How soon a shop is told what changed here, while a worker runs, and by how many requests."""
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, StandIn() as shop:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        _connected(options.pushed, shop, environment)
        _run_job("sync", shop, environment)
        in_child("analyze", environment=environment)
        in_child("settle", environment=environment)
        measures: dict[str, list[Measure]] = {}
        with quick_worker(environment):
            for movements, articles in ((1, 1), (50, 1), (1, options.pushed)):
                shop.ask("reset")
                told = in_child("move_and_wait", str(movements), str(articles), environment=environment)
                label = f"{movements} movement(s) of {articles} article(s), told"
                measures[label] = [replace(told, figures=told.figures | shop.ask("counts"))]
    return rows_of(measures, reference=next(iter(measures)), notes={})


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
    "orders": orders,
    "files": files,
    "push": push,
    "calls": calls,
    "staff": staff,
}
