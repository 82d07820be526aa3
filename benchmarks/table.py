"""Results as rows, and rows as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.measure import Measure


@dataclass(frozen=True, slots=True)
class Row:
    """One case: the median of its rounds, and how it stands to the reference of its suite (1.0 = the same).

    note: what the reader must know to compare, or why the case was left out (seconds is None then).
    """

    case: str
    seconds: float | None = None
    peak_mb: float | None = None
    time_ratio: float | None = None
    memory_ratio: float | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def rows_of(measures: dict[str, list[Measure]], *, reference: str, notes: dict[str, str]) -> list[Row]:
    """{case: its rounds} -> rows, compared with the case `reference`."""
    base_seconds = median(item.seconds for item in measures[reference])
    base_peak = median(item.peak_mb for item in measures[reference])
    found = []
    for case, rounds in measures.items():
        seconds = median(item.seconds for item in rounds)
        peak = median(item.peak_mb for item in rounds)
        found.append(
            Row(
                case,
                round(seconds, 3),
                round(peak, 1),
                round(seconds / base_seconds, 2) if base_seconds else None,
                # Below a tenth of a megabyte a ratio says nothing.
                round(peak / base_peak, 2) if base_peak >= 0.1 else None,
                rounds[-1].figures,
                notes.get(case, ""),
            )
        )
    return found


def print_table(rows: Sequence[Row]) -> None:
    print(f"{'case':<44}{'seconds':>9}{'ratio':>8}{'peak MB':>9}{'ratio':>8}  figures")
    for row in rows:
        if row.seconds is None:
            print(f"{row.case:<44}{row.note}")
            continue
        figures = ", ".join(f"{name} {value}" for name, value in row.figures.items())
        print(
            f"{row.case:<44}{row.seconds:>9.2f}{_ratio(row.time_ratio):>8}{row.peak_mb or 0:>9.1f}"
            f"{_ratio(row.memory_ratio):>8}  {figures}{f' ({row.note})' if row.note else ''}",
            flush=True,
        )


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
