"""The three writers: what a spreadsheet and a program read back is what went in, and nothing of it runs."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import shops.files
from shops.files import schema
from shops.files.cells import formula_safe, printable
from shops.files.schema import Column, FileMeta, Sheet
from shops.files.writers import CsvWriter, XlsxWriter, open_writer

MOMENT = datetime(2026, 11, 21, 17, 0, 30, 123456, tzinfo=UTC)
META = FileMeta("lipa", "export_all", MOMENT, "sl", "EUR", True)
XSD = etree.XMLSchema(etree.parse(Path(shops.files.__file__).with_name("kontor-export.xsd")))
NS = {"k": schema.NAMESPACE}

ARTICLE = {
    "sku": "0012",
    "ean": "03830001234567",
    "kind": "goods",
    "options": [("Size", "M"), ("Colour", "")],
    "name": "Čajnik 🫖 مرحبا",
    "short_description": "",
    "description": '<p>Two\r\nlines; "quoted"</p>',
    "vat_percent": Decimal("9.500"),
    "categories": ["Kitchen > Tea", "Gifts"],
    "weight_g": Decimal("1200.000"),
    "active": False,
    "stock": Decimal(-3),
    "price": Decimal("1234.5678"),
    "link": "linked",
    "remote_id": "17",
    "changed_at": MOMENT,
}


def written(extension, sheet, rows, **options):
    target = io.BytesIO()
    with open_writer(extension, target, META, **options) as writer:
        writer.section(sheet)
        for row in rows:
            writer.write(row)
    return target.getvalue()


def csv_rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def xlsx_rows(data, sheet=0):
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [[(cell.value, cell.data_type) for cell in row] for row in book.worksheets[sheet].iter_rows()]


@pytest.mark.requirement("E5")
def test_csv_is_what_central_european_excel_opens():
    data = written("csv", schema.ARTICLES, [ARTICLE])
    assert data.startswith(b"\xef\xbb\xbfsku;ean;")
    assert data.endswith(b"\r\n")
    with timezone.override("Europe/Prague"):
        (row,) = csv_rows(written("csv", schema.ARTICLES, [ARTICLE]))
    assert row["price"] == "1234,5678"
    assert row["weight_g"] == "1200"
    assert row["stock"] == "-3"
    assert row["vat_percent"] == "9,5"
    assert row["active"] == "0"
    assert row["sku"] == "0012"
    assert row["options"] == "Size: M | Colour"
    assert row["categories"] == "Kitchen > Tea | Gifts"
    assert row["description"] == '<p>Two\nlines; "quoted"</p>'
    assert row["name"] == "Čajnik 🫖 مرحبا"
    assert row["changed_at"] == "2026-11-21 18:00:30"
    assert row["sale_price"] == ""


def test_csv_for_other_readers():
    target = io.BytesIO()
    with CsvWriter(target, META, delimiter=",", decimal_sign=".", bom=False) as writer:
        writer.section(schema.STOCK)
        writer.write({"sku": "A", "quantity": Decimal("2.50")})
    assert target.getvalue().split(b"\r\n")[1] == b"A,,,2.5,,,,,,"
    with pytest.raises(ValueError, match="must differ"):
        CsvWriter(io.BytesIO(), META, delimiter=",")


def test_csv_holds_one_section_only():
    writer = CsvWriter(io.BytesIO(), META)
    writer.section(schema.UNITS)
    with pytest.raises(ValueError, match="one section"):
        writer.section(schema.STOCK)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "＝1+1",
        "－1",
        '=HYPERLINK("x")',
        "\ufeff=1",
    ],
)
def test_no_text_becomes_a_formula(text):
    (row,) = csv_rows(written("csv", schema.STOCK, [{"sku": text}]))
    assert row["sku"] == f"'{printable(text)}"
    cells = xlsx_rows(written("xlsx", schema.STOCK, [{"sku": text}]))
    assert cells[1][0] == (printable(text), "s")


def test_negative_numbers_stay_numbers():
    (row,) = csv_rows(written("csv", schema.STOCK, [{"sku": "A", "quantity": Decimal("-2.5")}]))
    assert row["quantity"] == "-2,5"


@pytest.mark.parametrize("text", ["plain", "1-2", "a=b", "'quoted", "", "12 345", "e@mail"])
def test_ordinary_texts_are_left_alone(text):
    assert formula_safe(text) is text


def test_lists_are_formula_safe_too():
    (row,) = csv_rows(written("csv", schema.ARTICLES, [{"categories": ["=cmd"], "options": [("@x", "1")]}]))
    assert row["categories"] == "'=cmd"
    assert row["options"] == "'@x: 1"


@pytest.mark.requirement("E5")
def test_xlsx_cells_have_the_right_types():
    with timezone.override("Europe/Prague"):
        header, row = xlsx_rows(written("xlsx", schema.ARTICLES, [ARTICLE]))
    got = dict(zip([column.name for column in schema.ARTICLES.columns], row, strict=True))
    assert header[0][0] == "SKU"
    assert got["sku"] == ("0012", "s")
    assert got["ean"] == ("03830001234567", "s")
    assert got["price"] == (1234.5678, "n")
    assert got["active"] == (False, "b")
    assert got["link"] == ("Linked", "s")
    assert got["changed_at"] == (datetime(2026, 11, 21, 18, 0, 30), "d")
    assert got["short_description"][0] is None


def test_xlsx_error_words_stay_text():
    cells = xlsx_rows(written("xlsx", schema.STOCK, [{"sku": "#N/A", "name": "#REF!"}]))
    assert cells[1][0] == ("#N/A", "s")
    assert cells[1][2] == ("#REF!", "s")


def test_xlsx_labels_are_translated():
    label = translation.gettext_lazy("Monday")  # a word that Django itself translates
    sheet = Sheet("days", "day", label, "article", (Column("day", label),))
    with translation.override("cs"):
        data = written("xlsx", sheet, [{"day": "x"}])
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["pondělí"]
    assert book.worksheets[0]["A1"].value == "Pondělí"


def test_xlsx_cuts_what_excel_cannot_hold_and_counts_it():
    target = io.BytesIO()
    with XlsxWriter(target, META) as writer:
        writer.section(schema.ARTICLES)
        writer.write({"sku": "A", "description": "x" * 40_000})
        writer.write({"sku": "B", "description": "x" * 32_767})
    cells = xlsx_rows(target.getvalue())
    column = [column.name for column in schema.ARTICLES.columns].index("description")
    assert len(cells[1][column][0]) == 32_767
    assert cells[1][column][0].endswith("x…")
    assert cells[2][column][0] == "x" * 32_767
    assert writer.cut_texts == 1


def test_xlsx_goes_on_in_a_further_sheet(monkeypatch):
    monkeypatch.setattr(XlsxWriter, "rows_per_sheet", 3)
    data = written("xlsx", schema.UNITS, [{"name": f"u{number}"} for number in range(5)])
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Units", "Units 2", "Units 3"]
    names = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
    assert names == [["Name", "u0", "u1"], ["Name", "u2", "u3"], ["Name", "u4"]]


@pytest.mark.requirement("E5")
def test_xml_keeps_everything_and_obeys_its_schema():
    target = io.BytesIO()
    with open_writer("xml", target, META) as writer:
        writer.section(schema.UNITS)
        writer.write({"name": "piece", "symbol": "", "link": "none"})
        writer.section(schema.ARTICLES)
        writer.write(ARTICLE)
    root = etree.fromstring(target.getvalue())
    XSD.assertValid(root)
    assert dict(root.attrib) == {
        "version": "1",
        "shop": "lipa",
        "job": "export_all",
        "generated": "2026-11-21T17:00:30Z",
        "language": "sl",
        "currency": "EUR",
        "prices-include-vat": "true",
    }
    (article,) = root.findall("k:articles/k:article", NS)
    text = {etree.QName(child).localname: child.text for child in article}
    assert text["price"] == "1234.5678"
    assert text["vat_percent"] == "9.5"
    assert text["active"] == "false"
    assert text["changed_at"] == "2026-11-21T17:00:30Z"
    assert text["short_description"] is None
    assert article.find("k:short_description", NS) is not None
    assert article.find("k:sale_price", NS) is None
    options = article.findall("k:options/k:option", NS)
    assert [(option.get("name"), option.text) for option in options] == [("Size", "M"), ("Colour", None)]
    assert [item.text for item in article.findall("k:categories/k:category", NS)] == [
        "Kitchen > Tea",
        "Gifts",
    ]


def test_xsd_knows_every_section_and_column():
    tree = etree.parse(Path(shops.files.__file__).with_name("kontor-export.xsd"))
    xs = {"xs": "http://www.w3.org/2001/XMLSchema"}
    lists = [
        node.get("name") for node in tree.findall("xs:element/xs:complexType/xs:sequence/xs:element", xs)
    ]
    assert lists == list(schema.SHEETS)
    for sheet in schema.SHEETS.values():
        (kind,) = tree.xpath(f"/xs:schema/xs:complexType[@name='{sheet.row}']", namespaces=xs)
        names = [node.get("name") for node in kind.findall("xs:sequence/xs:element", xs)]
        assert names == [column.name for column in sheet.columns]


@given(st.text(st.characters(codec=None), max_size=60))
@settings(deadline=None, max_examples=150)
def test_any_text_can_be_written_and_read_back(text):
    row = {"name": text, "symbol": text, "link": "none"}
    xml = etree.fromstring(written("xml", schema.UNITS, [row]))
    XSD.assertValid(xml)
    assert (xml.findtext("k:units/k:unit/k:name", namespaces=NS) or "") == printable(text)
    (read,) = csv_rows(written("csv", schema.UNITS, [row]))
    assert read["name"] == formula_safe(printable(text))
    cells = xlsx_rows(written("xlsx", schema.UNITS, [row]))
    assert (cells[1][0][0] or "") == printable(text)
    assert cells[1][0][1] != "f"


@pytest.mark.parametrize("extension", ["xml", "csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(extension, tmp_path):
    def peak(rows):
        with (tmp_path / "file").open("wb") as target, open_writer(extension, target, META) as writer:
            tracemalloc.start()
            try:
                writer.section(schema.ARTICLES)
                for _number in range(rows):
                    writer.write(ARTICLE)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(100)  # imports and caches
    assert peak(6_000) < peak(600) + 300_000


@pytest.mark.parametrize("extension", ["xml", "csv", "xlsx"])
def test_an_exception_passes_through_and_leaves_the_target_open(extension):
    target = io.BytesIO()

    def cut():
        with open_writer(extension, target, META) as writer:
            writer.section(schema.UNITS)
            writer.write({"name": "piece"})
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        cut()
    assert not target.closed
