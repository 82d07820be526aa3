"""The contract table: scenario by platform, printed at the end of a test run that ran any of it.

A scenario notes for each element type whether the platform could do it, or why it cannot. The notes travel on the
test's report, so that they also arrive from xdist's workers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

T = TypeVar("T", bound=Callable[..., Any])
FILES = "files"  # noted in place of an element type: what the matrix cannot do is done by files
NOTES, ROW, COLUMN = "contract notes", "contract scenario", "contract platform"

# The rows of the table, in their order.
SCENARIOS = (
    "Reasons",
    "Manual page",
    "Test settings",
    "Wrong credentials",
    "Link",
    "Import",
    "Export",
    "Update here",
    "Update in shop",
    "Delete in shop",
    "VAT rates",
    "Locked cells",
    "Stock",
    "Prices",
    "Sale prices",
    "Variants there",
    "Variants here",
    "Images there",
    "Linked images",
    "Images here",
    "Delete images",
    "Customers",
    "Methods and statuses",
    "Orders",
    "Order statuses",
    "Parcels",
    "Poison row",
    "Unanswered create",
    "Unanswered update",
    "Server down",
    "Rate limit",
    "No data",
    "Empty answer",
    "Moving pages",
)


def scenario(name: str) -> Callable[[T], T]:
    """Marks a test of the suite as a row of the table."""
    if name not in SCENARIOS:
        raise ValueError(f"{name} is no row of the contract table")
    return pytest.mark.scenario(name)


def note(request: pytest.FixtureRequest, kind: str, reason: str = "") -> None:
    """The platform can (no reason), or cannot, do the scenario with this element type ("" = as a whole)."""
    request.node.user_properties.append((NOTES, json.dumps([kind, reason])))


def name_rows(items: Iterable[pytest.Item]) -> None:
    """Write scenario and platform onto the tests of the suite (from conftest, at collection)."""
    for item in items:
        mark = item.get_closest_marker("scenario")
        bench = getattr(getattr(item, "cls", None), "bench_class", None)
        if mark is not None and bench is not None:
            item.user_properties += [(ROW, mark.args[0]), (COLUMN, bench.platform)]


@dataclass
class Cell:
    failed: bool = False
    run: bool = False
    can: set[str] = field(default_factory=set)
    cannot: dict[str, list[str]] = field(default_factory=dict)  # {reason: element types}

    def text(self, numbers: dict[str, int]) -> str:
        if self.failed:
            return "FAILED"
        if not self.run:
            return "not run"
        marks = {reason: f"[{numbers.setdefault(reason, len(numbers) + 1)}]" for reason in self.cannot}
        if not marks:
            return "ok"
        if len(marks) > 2:  # the row that goes through all that is locked
            return f"refused {' '.join(marks.values())}"
        notes = []
        for reason, kinds in self.cannot.items():
            named = ", ".join(kind for kind in dict.fromkeys(kinds) if kind)
            notes.append(f"{named} {marks[reason]}".strip())
        able = "ok as files, " if FILES in self.can else "ok, " if self.can else ""
        return f"{able}cannot: {'; '.join(notes)}"


def collect(reports: Iterable[tuple[str, Any]]) -> dict[str, dict[str, Cell]]:
    """{scenario: {platform: Cell}} of (outcome, report) pairs, in the order in which they came."""
    table: dict[str, dict[str, Cell]] = {}
    for outcome, report in reports:
        properties = list(getattr(report, "user_properties", ()))
        known = dict(properties)
        if ROW not in known or not hasattr(report, "when"):  # what was deselected is among them too
            continue
        cell = table.setdefault(known[ROW], {}).setdefault(known[COLUMN], Cell())
        if outcome in ("failed", "error"):
            cell.failed = True
        if outcome != "passed" or report.when != "call":
            continue
        cell.run = True
        for kind, reason in (json.loads(value) for name, value in properties if name == NOTES):
            if reason:
                cell.cannot.setdefault(reason, []).append(kind)
            else:
                cell.can.add(kind)
    return table


def print_table(terminal: pytest.TerminalReporter, platforms: Iterable[str]) -> None:
    """platforms: all there are, so that what did not run has its cell too."""
    reports = [(outcome, report) for outcome, found in terminal.stats.items() for report in found]
    table = collect(reports)
    if not table:
        return
    numbers: dict[str, int] = {}
    columns = list(platforms)
    lines = [["", *columns]]
    for row in SCENARIOS:
        cells = table.get(row, {})
        lines.append([row, *(cells.get(platform, Cell()).text(numbers) for platform in columns)])
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    terminal.section("contract")
    for line in lines:
        terminal.line("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    for reason, number in numbers.items():
        terminal.line(f"[{number}] {reason}")
