"""What an import would do, or did: totals, the first changes, and each mistake with its row and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _
from import_export.results import Result, RowResult

SHOWN_CHANGES = 100  # 5,000 rows would be a page of 17 MB
SHOWN_PROBLEMS = 200


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One mistake in the file. line counts from 1 with the header; column is "" when it concerns the whole row."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        if self.column:
            return _("Row %(row)s, column “%(column)s”: %(message)s") % {
                "row": self.line,
                "column": self.column,
                "message": self.message,
            }
        return _("Row %(row)s: %(message)s") % {"row": self.line, "message": self.message}


class TableResult(Result):
    """import-export's result, with line numbers of the file and no list that grows with it beyond need.

    lines:           the line in the file of each row, in the order in which rows are worked through.
    unknown_columns: headers that mean nothing here; their cells were left alone.
    """

    def __init__(self, lines: Sequence[int] = ()) -> None:
        super().__init__()
        self.lines = lines
        self.unknown_columns: list[str] = []
        self.problems: list[RowProblem] = []

    def append_invalid_row(self, number: int, row: Any, validation_error: ValidationError) -> None:
        super().append_invalid_row(self.line(number), row, validation_error)
        invalid = self.invalid_rows[-1]
        for column, messages in invalid.error_dict.items():
            name = "" if column == NON_FIELD_ERRORS else column
            self.problems += [RowProblem(invalid.number, name, str(message)) for message in messages]

    def append_error_row(self, number: int, row: Any, errors: Any) -> None:
        super().append_error_row(self.line(number), row, errors)
        self.problems += [RowProblem(self.line(number), "", str(error.error)) for error in errors]

    def row_errors(self) -> list[tuple[int, Any]]:
        # The inherited one numbers the rows of `rows`, from which unchanged ones are missing.
        return [(row.number, row.errors) for row in self.error_rows]

    def line(self, number: int) -> int:
        return self.lines[number - 1] if number <= len(self.lines) else number + 1

    @property
    def shown_changes(self) -> Iterator[RowResult]:
        return (row for row in self.rows if row.diff)

    @property
    def changes_count(self) -> int:
        return sum(
            self.totals[kind]
            for kind in (
                RowResult.IMPORT_TYPE_NEW,
                RowResult.IMPORT_TYPE_UPDATE,
                RowResult.IMPORT_TYPE_DELETE,
            )
        )

    @property
    def unchanged_count(self) -> int:
        return self.totals[RowResult.IMPORT_TYPE_SKIP]

    @property
    def new_count(self) -> int:
        return self.totals[RowResult.IMPORT_TYPE_NEW]

    @property
    def updated_count(self) -> int:
        return self.totals[RowResult.IMPORT_TYPE_UPDATE]

    @property
    def more_changes(self) -> int:
        return max(0, self.changes_count - SHOWN_CHANGES)

    @property
    def shown_problems(self) -> list[RowProblem]:
        places = {name: place for place, name in enumerate(self.diff_headers)}
        return sorted(self.problems, key=lambda row: (row.line, places.get(row.column, -1)))[:SHOWN_PROBLEMS]

    @property
    def more_problems(self) -> int:
        return max(0, len(self.problems) - SHOWN_PROBLEMS)
