"""`make bench` runs, compares like with like, and measures what it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Measure, measure
from benchmarks.table import rows_of

PROJECT = Path(__file__).resolve().parents[2]


def bench(suite, tmp_path):
    """({case: row}, what was printed) of a small run on SQLite."""
    output = tmp_path / "bench.json"
    sizes = ["--articles", "40", "--files", "40", "--orders", "12", "--rounds", "1"]
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "--only",
            suite,
            "--databases",
            "sqlite",
            *sizes,
            "--output",
            str(output),
        ],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(output.read_text())["suites"][suite]["SQLite"]
    return {row["case"]: row for row in rows}, ended.stdout


def test_every_case_exports_the_same_articles(tmp_path):
    rows, printed = bench("export", tmp_path)
    articles = {
        case: row["figures"]["rows"] for case, row in rows.items() if "CSV" in case or "cursor" in case
    }
    assert set(articles.values()) == {40}
    assert len(articles) == 4
    assert rows["django-import-export as it comes, CSV"]["time_ratio"] == 1.0
    assert all(row["seconds"] > 0 for row in rows.values())
    assert "Kontor, export all, XLSX" in printed


@pytest.mark.requirement("E4", "S11")
def test_feeds_hold_all_articles_and_the_mirror_sends_what_changed(tmp_path):
    rows, _printed = bench("files", tmp_path)
    feeds = {case: row["figures"].get("rows") for case, row in rows.items() if "rows" in row["figures"]}
    assert feeds.pop("Kontor XML, everything") > 40  # with units, categories ...
    assert len(feeds) == 6
    assert set(feeds.values()) == {40}
    work = {
        case.removeprefix("Kontor, "): (row["figures"]["listings"], row["figures"]["transfers"])
        for case, row in rows.items()
        if case.startswith("Kontor, ")
    }
    # One folder of images; there are no documents.
    assert work == {"40 files, the first time": (1, 40), "nothing changed": (1, 0), "10 changed": (1, 10)}
    assert rows["40 files, stored bare one after the other"]["figures"]["transfers"] == 40


@pytest.mark.requirement("O1", "O3")
def test_orders_come_in_and_are_issued(tmp_path):
    rows, _printed = bench("orders", tmp_path)
    intake, issuing = rows["Kontor, intake"]["figures"], rows["Kontor, issuing"]["figures"]
    assert (intake["orders"], intake["accepted"], intake["kept back"]) == (12, 12, 24)
    assert (issuing["documents"], issuing["movements"]) == (24, 24)
    assert rows["the next 11 of one worker"]["figures"]["PDFs"] == 11
    assert rows["history of 120 orders"]["figures"]["orders"] == 120
    assert rows["history of 120 orders"]["figures"]["writes"] == 0
    # Two pages instead of one.
    assert (
        rows["history of 120 orders"]["figures"]["requests"]
        == rows["history of 12 orders"]["figures"]["requests"] + 1
    )


@pytest.mark.requirement("O7", "P4")
def test_a_running_worker_tells_the_shop_within_a_minute(tmp_path):
    output = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "--only", "push", "--databases", "sqlite"]
    ended = subprocess.run(
        [*command, "--pushed", "120", "--output", str(output)],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    rows = {row["case"]: row["figures"] for row in json.loads(output.read_text())["suites"]["push"]["SQLite"]}
    one, fifty = rows["1 movement(s) of 1 article(s), told"], rows["50 movement(s) of 1 article(s), told"]
    many = rows["1 movement(s) of 120 article(s), told"]
    assert max(figures["told after s"] for figures in rows.values()) < 60
    # A push may begin while the fifty are still written; what comes after it is one more.
    assert (one["requests"], fifty["requests"] <= 2, many["requests"]) == (1, True, 2)


def test_unknown_suites_are_refused():
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "exports"], cwd=PROJECT, capture_output=True, text=True
    )
    assert ended.returncode == 3
    assert (
        "Unknown: exports. There are: export, sync, memory, requests, engine, orders, files, push, calls, staff."
        in ended.stderr
    )


def test_memory_is_what_the_work_took_not_what_was_there():
    before = b"x" * 30_000_000

    def work():
        block = b"y" * 60_000_000
        return {"bytes": len(block)}

    result = measure(work)
    assert result.figures == {"bytes": 60_000_000}
    assert 50 < result.peak_mb < 75, len(before)


def test_ratios_are_of_medians_to_the_reference():
    rounds = {
        "theirs": [Measure(2.0, 100.0), Measure(2.0, 100.0), Measure(50.0, 100.0)],
        "ours": [Measure(1.0, 10.0, {"rows": 5})] * 3,
    }
    theirs, ours = rows_of(rounds, reference="theirs", notes={"ours": "more columns"})
    assert (theirs.seconds, theirs.time_ratio, theirs.memory_ratio) == (2.0, 1.0, 1.0)
    assert (ours.time_ratio, ours.memory_ratio, ours.figures, ours.note) == (
        0.5,
        0.1,
        {"rows": 5},
        "more columns",
    )


def test_calls_at_a_rate_are_all_kept_and_a_storm_about_one_order_is_a_few_reads(tmp_path):
    output = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "--only", "calls", "--databases", "sqlite"]
    ended = subprocess.run(
        [*command, "--calls", "20", "--seconds", "10", "--output", str(output)],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    steady, storm = (row["figures"] for row in json.loads(output.read_text())["suites"]["calls"]["SQLite"])
    assert (steady["sent"], steady["failures"], steady["stored"]) == (200, 0, 200)
    assert (storm["sent"], storm["failures"], storm["stored"]) == (200, 0, 200)
    assert 1 <= storm["requests for the order"] <= 10


def test_staff_click_through_the_office(tmp_path):
    output = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "--only", "staff", "--databases", "sqlite"]
    ended = subprocess.run(
        [*command, "--office", "200", "--staff", "3", "--seconds", "8", "--output", str(output)],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(output.read_text())["suites"]["staff"]["SQLite"]
    assert rows[-1]["figures"]["clicks"] > 0
    assert rows[-1]["figures"]["failures"] == 0
