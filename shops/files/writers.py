"""Three streaming writers with one protocol: CSV, XLSX, XML. Memory does not grow with the number of rows.

    with open_writer("xlsx", target, meta) as writer:
        writer.section(schema.STOCK)
        writer.write({"sku": "MUG", "quantity": Decimal(5)})

A row is a mapping from column names to values of the column's type; None and a missing name are the same (unknown).
Leaving the block with an exception leaves the file unfinished: it is not a valid file then, throw it away.
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, BinaryIO, ClassVar, Self

from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from shops.files.cells import formula_safe, joined, local_moment, moment_text, number_text, printable
from shops.files.schema import FORMAT_VERSION, NAMESPACE, Column, FileMeta, Sheet

Row = Mapping[str, Any]


class Writer(ABC):
    """extension: of the file's name. many_sections False = each section needs a file of its own.

    cut_texts: how many texts were shortened because the format has a limit.
    left_out: what the format cannot hold at all: {reason: (how many, some of their SKUs)}.
    """

    extension: ClassVar[str]
    content_type: ClassVar[str]
    many_sections: ClassVar[bool] = True

    def __init__(self, target: BinaryIO, meta: FileMeta) -> None:
        self.target = target
        self.meta = meta
        self.cut_texts = 0
        self.left_out: dict[str, tuple[int, list[str]]] = {}

    @property
    def stamp(self) -> bytes:
        """The text in the file's head that depends on the moment of writing alone; b"" = there is none."""
        return b""

    @abstractmethod
    def section(self, sheet: Sheet) -> None:
        """Begin a section; the one before it ends."""

    @abstractmethod
    def write(self, row: Row) -> None:
        """One row of the present section."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file. `target` stays open."""

    @abstractmethod
    def abort(self) -> None:
        """Give back what the unfinished file holds (temporary files); nothing more is written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


class CsvWriter(Writer):
    """CSV as a Central European Excel opens it by double click: semicolons, decimal comma, UTF-8 with BOM, CR LF.

    Times are local, flags 1 and 0, unknown is empty. `bom`, `delimiter` and `decimal_sign` are for other readers.
    """

    extension = "csv"
    content_type = "text/csv; charset=utf-8"
    many_sections = False

    def __init__(
        self,
        target: BinaryIO,
        meta: FileMeta,
        *,
        delimiter: str = ";",
        decimal_sign: str = ",",
        bom: bool = True,
    ) -> None:
        super().__init__(target, meta)
        if delimiter == decimal_sign:
            raise ValueError("the delimiter and the decimal sign must differ")
        self._text = io.TextIOWrapper(target, encoding="utf-8-sig" if bom else "utf-8", newline="")
        self._csv = csv.writer(self._text, delimiter=delimiter, lineterminator="\r\n")
        self._decimal_sign = decimal_sign
        self._cells: list[tuple[str, Callable[[Any], str]]] | None = None
        self._renderers: dict[str, Callable[[Any], str]] = {
            "text": lambda value: formula_safe(printable(value)),
            "choice": str,
            "number": self._number,
            "flag": lambda value: "1" if value else "0",
            "moment": lambda value: str(local_moment(value)),
            "list": lambda value: formula_safe(printable(joined(value))),
            "pairs": lambda value: formula_safe(printable(joined(value))),
        }

    def section(self, sheet: Sheet) -> None:
        if self._cells is not None:
            raise ValueError("a CSV file holds one section")
        self._cells = [(column.name, self._renderers[column.type]) for column in sheet.columns]
        self._csv.writerow([column.name for column in sheet.columns])

    def write(self, row: Row) -> None:
        assert self._cells is not None, "section() comes before write()"
        self._csv.writerow(
            ["" if (value := row.get(name)) is None else render(value) for name, render in self._cells]
        )

    def close(self) -> None:
        self._text.flush()
        self._text.detach()

    def abort(self) -> None:
        self._text.detach()

    def _number(self, value: Decimal | int) -> str:
        return number_text(value).replace(".", self._decimal_sign)


class XlsxWriter(Writer):
    """One workbook, a sheet for each section; labels in the active language in the first row, which stays in view.

    SKUs and EANs are text cells, so no leading zero is lost. Excel's limits: a text is cut at 32,767 characters
    (`cut_texts` counts them), a section longer than a sheet goes on in the next one.
    """

    extension = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    longest_text: ClassVar[int] = 32_767
    rows_per_sheet: ClassVar[int] = 1_048_576

    def __init__(self, target: BinaryIO, meta: FileMeta) -> None:
        super().__init__(target, meta)
        self._book = Workbook(write_only=True)
        self._sheet: Any = None
        self._rows = 0
        self._section: Sheet | None = None
        self._parts = 0
        self._cells: list[tuple[str, Callable[[Any], Any]]] = []
        self._renderers: dict[str, Callable[[Any], Any]] = {
            "text": self._text_cell,
            "number": lambda value: value,
            "flag": bool,
            "moment": local_moment,
            "list": lambda value: self._text_cell(joined(value)),
            "pairs": lambda value: self._text_cell(joined(value)),
        }

    def section(self, sheet: Sheet) -> None:
        self._section = sheet
        self._parts = 0
        self._cells = [(column.name, self._renderer(column)) for column in sheet.columns]
        self._begin_sheet()

    def write(self, row: Row) -> None:
        if self._rows == self.rows_per_sheet:
            self._begin_sheet()
        self._sheet.append(
            [None if (value := row.get(name)) is None else render(value) for name, render in self._cells]
        )
        self._rows += 1

    def close(self) -> None:
        if self._section is None:
            raise ValueError("a workbook needs at least one section")
        self._book.save(self.target)

    def abort(self) -> None:
        # openpyxl keeps each sheet in a temporary file that it removes on save only, or when the process ends.
        for sheet in self._book.worksheets:
            sheet.close()
            sheet._writer.cleanup()

    def _begin_sheet(self) -> None:
        assert self._section is not None, "section() comes before write()"
        if self._sheet is not None:
            self._sheet.close()
        self._parts += 1
        title = str(self._section.label) if self._parts == 1 else f"{self._section.label} {self._parts}"
        self._sheet = self._book.create_sheet(title=title[:31])
        self._sheet.freeze_panes = "A2"
        for number, column in enumerate(self._section.columns, start=1):
            self._sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(column.name, 16)
        self._sheet.append([self._label(column) for column in self._section.columns])
        self._rows = 1

    def _renderer(self, column: Column) -> Callable[[Any], Any]:
        if column.type == "choice":
            labels = {code: str(label) for code, label in column.choices.items()}
            return labels.__getitem__
        return self._renderers[column.type]

    def _label(self, column: Column) -> Any:
        text = str(column.label)
        cell = WriteOnlyCell(self._sheet, value=text[:1].upper() + text[1:])
        cell.font = Font(bold=True)
        return cell

    def _text_cell(self, value: str) -> Any:
        text = printable(value)
        if not text:
            return None
        if len(text) > self.longest_text:
            text = f"{text[: self.longest_text - 1]}…"
            self.cut_texts += 1
        if text[:1] != "=" and text not in ERROR_CODES and formula_safe(text) is text:
            return text
        # openpyxl would make a formula (or an error value) of it; quotePrefix keeps it a text when it is edited.
        cell = WriteOnlyCell(self._sheet, value=text)
        cell.data_type = "s"
        cell.quotePrefix = True
        return cell


_WIDTHS = {"name": 40, "path": 40, "parent_path": 40, "categories": 40, "description": 40, "sha256": 66}


class XmlWriter(Writer):
    """Kontor's own XML (shops/files/kontor-export.xsd): numbers with a dot, times in UTC, unknown is left out."""

    extension = "xml"
    content_type = "application/xml"

    def __init__(self, target: BinaryIO, meta: FileMeta) -> None:
        super().__init__(target, meta)
        self._file = etree.xmlfile(target, encoding="utf-8")
        self._xml = self._file.__enter__()
        self._xml.write_declaration()
        attributes = {
            "version": FORMAT_VERSION,
            "shop": meta.shop,
            "job": meta.job,
            "generated": moment_text(meta.generated_at),
        }
        if meta.language:
            attributes["language"] = meta.language
        if meta.currency:
            attributes["currency"] = meta.currency
        if meta.prices_include_vat is not None:
            attributes["prices-include-vat"] = _flag(meta.prices_include_vat)
        self._root = self._xml.element(_tag("kontor-export"), attributes, nsmap={None: NAMESPACE})
        self._root.__enter__()
        self._list: Any = None
        self._sheet: Sheet | None = None
        self._columns: list[tuple[str, str, str]] = []

    @property
    def stamp(self) -> bytes:
        return f'generated="{moment_text(self.meta.generated_at)}"'.encode()

    def section(self, sheet: Sheet) -> None:
        self._end_list()
        self._sheet = sheet
        self._columns = [(column.name, column.type, column.item) for column in sheet.columns]
        self._xml.write("\n")
        self._list = self._xml.element(_tag(sheet.key))
        self._list.__enter__()

    def write(self, row: Row) -> None:
        assert self._sheet is not None, "section() comes before write()"
        # Without a namespace here: it is written inside the root, whose default namespace then holds for it. With
        # one, lxml would repeat the declaration in every row.
        element = etree.Element(self._sheet.row)
        for name, kind, item_name in self._columns:
            value = row.get(name)
            if value is None:
                continue
            field = etree.SubElement(element, name)
            if kind == "list":
                for item in value:
                    etree.SubElement(field, item_name).text = printable(item) or None
            elif kind == "pairs":
                for pair_name, pair_value in value:
                    pair = etree.SubElement(field, item_name, name=printable(pair_name))
                    pair.text = printable(pair_value) or None
            else:
                field.text = _SIMPLE[kind](value) or None
        self._xml.write("\n", element)

    def close(self) -> None:
        self._end_list()
        self._xml.write("\n")
        self._root.__exit__(None, None, None)
        self._file.__exit__(None, None, None)

    def abort(self) -> None:
        stopped = RuntimeError("stopped")  # tells lxml not to complain of open elements
        self._file.__exit__(type(stopped), stopped, None)

    def _end_list(self) -> None:
        if self._list is not None:
            self._xml.write("\n")
            self._list.__exit__(None, None, None)
            self._list = None


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _flag(value: Any) -> str:
    return "true" if value else "false"


_SIMPLE: dict[str, Callable[[Any], str]] = {
    "text": printable,
    "choice": str,
    "number": number_text,
    "flag": _flag,
    "moment": moment_text,
}

WRITERS: dict[str, type[Writer]] = {writer.extension: writer for writer in (XmlWriter, CsvWriter, XlsxWriter)}


def open_writer(extension: str, target: BinaryIO, meta: FileMeta) -> Writer:
    """extension: "xml", "csv" or "xlsx". `target` is a binary file, opened for writing."""
    return WRITERS[extension](target, meta)
