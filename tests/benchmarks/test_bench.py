"""`make bench` runs, compares like with like, and measures what it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Measure, measure
from benchmarks.table import rows_of

PROJECT = Path(__file__).resolve().parents[2]


def test_every_case_exports_the_same_articles(tmp_path):
    output = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "--only", "export", "--databases", "sqlite"]
    ended = subprocess.run(
        [*command, "--articles", "40", "--rounds", "1", "--output", str(output)],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    rows = {row["case"]: row for row in json.loads(output.read_text())["suites"]["export"]["SQLite"]}
    articles = {
        case: row["figures"]["rows"] for case, row in rows.items() if "CSV" in case or "cursor" in case
    }
    assert set(articles.values()) == {40}
    assert len(articles) == 4
    assert rows["django-import-export as it comes, CSV"]["time_ratio"] == 1.0
    assert all(row["seconds"] > 0 for row in rows.values())
    assert "Kontor, export all, XLSX" in ended.stdout


def test_unknown_suites_are_refused():
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "exports"], cwd=PROJECT, capture_output=True, text=True
    )
    assert ended.returncode == 3
    assert "Unknown: exports. There are: export, sync, memory, requests, engine." in ended.stderr


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
