"""`python -m benchmarks [--articles 100000] [--rounds 3] [--quick] [--only export,sync,memory,requests,engine,orders,files,push,calls,staff]`

Prints a table and writes var/bench.json. What is measured, and the last figures: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import suites
from benchmarks.databases import databases
from benchmarks.measure import PROJECT
from benchmarks.table import print_table


def main() -> int:
    options = _arguments().parse_args()
    if options.quick:
        options.articles, options.unchanged, options.orders, options.files = 10_000, 2_000, 100, 1_000
        options.rounds = 1
        options.seconds, options.office, options.staff = 6, 20_000, 10
    wanted = options.only.split(",") if options.only else list(suites.SUITES)
    places = options.databases.split(",")
    if unknown := set(places) - {"sqlite", "postgres"}:
        print(f"Unknown: {', '.join(sorted(unknown))}. There are: sqlite, postgres.", file=sys.stderr)
        return 3
    if unknown := set(wanted) - set(suites.SUITES):
        print(
            f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(suites.SUITES)}.", file=sys.stderr
        )
        return 3
    results: dict[str, Any] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "suites": {},
    }
    target = Path(options.output)
    target.parent.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        for label, url in databases(places):
            print(f"\n# {name}, {label}", flush=True)
            rows = suites.SUITES[name](url, options)
            results["suites"].setdefault(name, {})[label] = [row.as_dict() for row in rows]
            print_table(rows)
            target.write_text(json.dumps(results, indent=1) + "\n")  # a later suite may fail
    print(f"\nWritten to {target}")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000, help="for the export to a file")
    parser.add_argument(
        "--unchanged", type=int, default=20_000, help="for the sync of an unchanged catalogue"
    )
    parser.add_argument("--pushed", type=int, default=10_000, help="articles that all change at once")
    parser.add_argument("--calls", type=int, default=200, help="webhook calls a second")
    parser.add_argument("--seconds", type=int, default=60, help="how long they go on, and staff clicks")
    parser.add_argument(
        "--office",
        type=int,
        default=200_000,
        help="articles of the office; orders are two and a half times as many",
    )
    parser.add_argument("--staff", type=int, default=50, help="people who click")
    parser.add_argument("--orders", type=int, default=1000, help="for intake and issuing")
    parser.add_argument("--files", type=int, default=10_000, help="for the mirror of images")
    parser.add_argument(
        "--rounds", type=int, default=3, help="each case so often, in turn; the median counts"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, once")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(suites.SUITES)}")
    parser.add_argument("--databases", default="sqlite,postgres", help="with a comma between")
    parser.add_argument("--output", default=str(PROJECT / "var" / "bench.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
