"""CSV and XLSX as office programs really write them, read and written row by row.

Reading finds out encoding and delimiter by itself, keeps the line numbers of the file (`dataset.lines`) for messages,
and refuses what it cannot read with a sentence for the person who chose the file. Writing never lets a text become a
formula of a spreadsheet (CWE-1236).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import tablib
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from import_export.formats.base_formats import Format

from backoffice.lib.errors import KontorError

MAX_ROWS = 50_000  # what one request can check and write in some twenty seconds
MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024  # an .xlsx is a zip: small on disk, perhaps huge in memory

# Bytes that are letters in ISO 8859-2 (Ą Ś Š Ź Ž ą ś) and signs in cp1250 (ˇ ¦ © ¬ ® ± ¶), before another letter.
_LATIN2 = re.compile(rb"[\xa1\xa6\xa9\xac\xae\xb1\xb6][a-z\xe0-\xfe]")
_WINDOWS = re.compile(rb"[\x80-\x9f]")  # control codes in ISO 8859-2, letters and quotation marks in cp1250
_DELIMITERS = ";,\t|"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class UnreadableTable(KontorError, ValueError):
    """The file is no table that we can read; message and cure say why and what to do."""

    code = "unreadable_table"


def too_large() -> UnreadableTable:
    return UnreadableTable(
        _("The file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024 // 1024},
        cure=_("Split it into several files."),
    )


def guarded(text: str) -> str:
    """`text`, marked as a text where a spreadsheet would take it for a formula; `unguarded` takes the mark away."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


class _Table(Format):
    """What both formats share. Binary towards import-export: we decode ourselves."""

    def __init__(self, encoding: str | None = None) -> None:
        self.encoding = encoding

    def can_import(self) -> bool:
        return True

    def can_export(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        """The rows of the file below its header. Raises UnreadableTable."""
        if len(in_stream) > MAX_BYTES:
            raise too_large()
        return _dataset(self.read(in_stream))

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        out = io.BytesIO()
        self.write(out, dataset.headers or [], iter(dataset))
        return out.getvalue()

    def read(self, content: bytes) -> Iterator[tuple[int, list[Any]]]:
        """Pairs of line number and cells, the header first."""
        raise NotImplementedError

    def write(self, out: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write all rows without holding them: cells are str, int, bool, Decimal, aware datetime or None."""
        raise NotImplementedError


class CsvTable(_Table):
    """Reads UTF-8 (with or without BOM), UTF-16 with BOM, cp1250, ISO 8859-2; delimiters ; , tab and |.

    Writes UTF-8 with BOM, and decimal sign and delimiter of the active language, because that is what a spreadsheet
    of that language opens without asking ("1.5" would become the first of May in a Czech one).
    """

    def get_title(self) -> str:
        return "CSV"

    def get_extension(self) -> str:
        return "csv"

    def get_content_type(self) -> str:
        return "text/csv; charset=utf-8"

    def read(self, content: bytes) -> Iterator[tuple[int, list[Any]]]:
        text = _decode(content)
        first_line = 0
        if text[:4].lower() == "sep=":  # Excel's own way to name the delimiter
            head, _newline, text = text.partition("\n")
            delimiter, first_line = head[4:5] or ";", 1
        else:
            delimiter = _delimiter(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        start = reader.line_num
        try:
            for cells in reader:
                yield first_line + start + 1, cells
                start = reader.line_num  # a quoted cell may span lines: name the one where the row begins
        except csv.Error as error:
            raise UnreadableTable(
                _("Line %(line)s cannot be read: a quotation mark is open or stands in the wrong place.")
                % {"line": first_line + start + 1},
                cure=_("Correct the line, or save the file as XLSX and choose that."),
                detail=str(error),
            ) from error

    def write(self, out: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        decimal_sign = formats.get_format("DECIMAL_SEPARATOR")
        text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text, delimiter=";" if decimal_sign == "," else ",")
        writer.writerow(headers)
        writer.writerows([_csv_cell(value, decimal_sign) for value in row] for row in rows)
        text.flush()
        text.detach()


class XlsxTable(_Table):
    """The first sheet of a workbook; the first row holds the names of the columns."""

    def get_title(self) -> str:
        return "XLSX"

    def get_extension(self) -> str:
        return "xlsx"

    def get_content_type(self) -> str:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def read(self, content: bytes) -> Iterator[tuple[int, list[Any]]]:
        import openpyxl

        _refuse_bomb(content)
        try:
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write a dimension that hides rows
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                yield number, list(cells)
        except UnreadableTable:
            raise
        except (
            Exception
        ) as error:  # openpyxl raises whatever its parsers raise: KeyError, ValueError, ExpatError
            raise _not_xlsx(error) from error

    def write(self, out: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        import openpyxl
        from openpyxl.cell import WriteOnlyCell

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()

        def cell(value: Any) -> Any:
            if isinstance(value, str):
                made = WriteOnlyCell(sheet, "")
                made.value = _CONTROL.sub("", value)[:32_767]  # Excel's longest cell
                made.data_type = "s"  # text, also where it begins with "="
                return made
            if isinstance(value, datetime):
                return timezone.localtime(value).replace(tzinfo=None)  # the format knows no time zones
            return value

        sheet.append(list(headers))
        for row in rows:
            sheet.append([cell(value) for value in row])
        book.save(out)


def _csv_cell(value: Any, decimal_sign: str) -> Any:
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", decimal_sign)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    if isinstance(value, bool):
        return int(value)
    return value


def _decode(content: bytes) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableTable(
            _("This is a workbook (XLS or XLSX), not a CSV file."),
            cure=_("Choose the format XLSX; save an old XLS file as XLSX first."),
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise UnreadableTable(
            _("This is not a text file."), cure=_("Choose a file that was saved as CSV or as XLSX.")
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        latin2 = not _WINDOWS.search(content) and _LATIN2.search(content)
        return content.decode("iso8859-2" if latin2 else "cp1250", errors="replace")


def _delimiter(text: str) -> str:
    """The sign that occurs most often in the first line that is not empty, quoted parts left out."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    plain = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=plain.count)


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _not_xlsx(error) from error
    if size > MAX_UNPACKED_BYTES:
        raise UnreadableTable(
            _("The workbook would fill %(size)s MB of memory.") % {"size": size // 1024 // 1024},
            cure=_("Split it, or save it as CSV."),
        )


def _not_xlsx(error: Exception) -> UnreadableTable:
    return UnreadableTable(
        _("This file is not an XLSX workbook, or it is damaged or protected by a password."),
        cure=_("Open it in your spreadsheet and save it again as XLSX, without a password."),
        detail=f"{type(error).__name__}: {error}",
    )


def _dataset(lines: Iterator[tuple[int, list[Any]]]) -> tablib.Dataset:
    """The table with `lines`: the line of the file for each of its rows. Blank rows are left out."""
    lines = ((number, cells) for number, cells in lines if any(_filled(cell) for cell in cells))
    header = next(lines, None)
    if header is None:
        raise UnreadableTable(
            _("The file is empty."), cure=_("Choose a file with a header and at least one row.")
        )
    names = [str(cell).strip() if cell is not None else "" for cell in header[1]]
    while names and not names[-1]:
        names.pop()
    _refuse_header(names)
    dataset = tablib.Dataset(headers=names)
    dataset.lines = []
    for number, cells in lines:
        if len(dataset.lines) == MAX_ROWS:
            raise UnreadableTable(
                _("The file has more than %(limit)s rows.") % {"limit": MAX_ROWS},
                cure=_("Split it into several files and import them one after the other."),
            )
        if any(_filled(cell) for cell in cells[len(names) :]):
            raise UnreadableTable(
                _("Line %(line)s has %(cells)s cells, but the header has %(columns)s.")
                % {"line": number, "cells": len(cells), "columns": len(names)},
                cure=_("Put quotation marks around texts that contain the delimiter."),
            )
        dataset.append((cells + [""] * len(names))[: len(names)])
        dataset.lines.append(number)
    if not dataset.lines:
        raise UnreadableTable(
            _("The file has a header but no rows."), cure=_("Choose a file with at least one row.")
        )
    return dataset


def _refuse_header(names: list[str]) -> None:
    if "" in names:
        raise UnreadableTable(
            _("Column %(number)s has no name in the first line.") % {"number": names.index("") + 1},
            cure=_("Give it a name or delete the column."),
        )
    lowered = [name.casefold() for name in names]
    for name in names:
        if lowered.count(name.casefold()) > 1:
            raise UnreadableTable(
                _("The column “%(name)s” occurs more than once.") % {"name": name[:60]},
                cure=_("Rename or delete one of them."),
            )


def _filled(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
