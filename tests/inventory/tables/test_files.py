"""Files as people have them: encodings, workbooks, what is no table, hostile ones."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.test import Client

from backoffice.tables import CsvTable, UnreadableTable, XlsxTable
from inventory.models import Article
from tests.inventory.tables.files import CSV, XLSX, D, as_csv, as_xlsx, preview, problems, run_import


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250", "iso8859-2"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encoding_and_delimiter_are_found_out(admin: Client, encoding: str, delimiter: str) -> None:
    file = as_csv(("sku", "name"), ("A", "Žlička, čajna"), delimiter=delimiter, encoding=encoding)
    run_import(admin, "article", file)
    assert Article.objects.get().name == "Žlička, čajna"


def test_excels_own_way_to_name_the_delimiter(admin: Client) -> None:
    run_import(admin, "article", b"sep=;\r\nSKU;Name\r\nA;Mug\r\n")
    assert Article.objects.get().name == "Mug"


def test_numbers_of_a_workbook_are_texts_again(admin: Client) -> None:
    file = as_xlsx(("sku", "ean", "name", "weight_g"), (1001.0, 3838606000011, "Mug", 0.1 + 0.2))
    run_import(admin, "article", file, XLSX)
    article = Article.objects.get()
    assert (article.sku, article.ean, article.weight_g) == ("1001", "3838606000011", D("0.3"))


BAD_FILES = [
    (b"", CSV, "empty"),
    (b"\n\n", CSV, "The file is empty"),
    (b"sku;name\n", CSV, "no rows"),
    (b"name;unit\nMug;piece\n", CSV, "no column “sku”; it has: name, unit"),
    (b"sku;name;SKU\nA;b;c\n", CSV, "occurs more than once"),
    (b"sku;;name\nA;b;c\n", CSV, "Column 2 has no name"),
    (b"sku;name\nA;Mug;red\n", CSV, "Line 2 has 3 cells, but the header has 2"),
    (b'sku;name\nA;"Mug\nB;Pan\n', CSV, "Line 2 cannot be read"),
    (b"\x00\x01\x02binary", CSV, "not a text file"),
    (as_xlsx(("sku",), ("A",)), CSV, "Choose the format XLSX"),
    (b"sku;name\nA;Mug\n", XLSX, "not an XLSX workbook"),
    (as_xlsx(("sku",), ("A",))[:400], XLSX, "not an XLSX workbook"),
]


@pytest.mark.parametrize(("content", "form", "words"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_file_that_is_no_table_is_refused_in_words(
    admin: Client, content: bytes, form: str, words: str
) -> None:
    page = preview(admin, "article", content, form)
    assert words in " ".join(problems(page))
    assert "Traceback" not in page.content.decode()
    assert not Article.objects.exists()


def test_a_zip_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x", "w") as entry:
        for _part in range(500):
            entry.write(bytes(1024 * 1024))
    assert len(out.getvalue()) < 1024 * 1024
    with pytest.raises(UnreadableTable, match="500 MB of memory"):
        XlsxTable().create_dataset(out.getvalue())


def test_a_longer_file_than_one_request_bears_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.tables.formats.MAX_ROWS", 2)
    with pytest.raises(UnreadableTable, match="more than 2 rows"):
        CsvTable().create_dataset(b"sku\nA\nB\nC\n")
