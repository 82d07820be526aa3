"""Files of other hands: order files, tables, pictures, listings of servers. Ours or refused, and never for long."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from backoffice.lib.errors import KontorError, Refused
from backoffice.lib.transfer.ftp import _facts
from backoffice.lib.transfer.listing import ftp_time, mlsx_entry, parse_list
from backoffice.lib.transfer.paths import clean_folder, clean_path, is_plain
from backoffice.tables import CsvTable, UnreadableTable, XlsxTable
from inventory.errors import BadImage
from inventory.resources import ArticleResource, PriceResource, StockResource
from inventory.services.images import check_image
from orders.resources import CustomerResource
from shops.platforms.files.orders import Meaning, read_orders
from tests.fuzz.hostile import VALUES, damaged, fuzz
from tests.fuzz.test_answers import keepable
from tests.platforms.files.examples import KONTOR_CSV, KONTOR_XML, POHODA, UBL

MEANING = Meaning(currency="CZK", rates={"high": Decimal(21), "low": Decimal(12)})
TEXTS = tuple(
    value.encode("utf-8", "replace") for value in VALUES if isinstance(value, str) and len(value) < 6000
)
XML_WORDS = (
    *TEXTS, b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"<x>", b"</x>", b"<![CDATA[", b"<?xml version='1.1' encoding='utf-7'?>",
    b"encoding='idna'", b"&#0;", b"&#xD800;", b"<line>" * 70, b"\xff\xfe", b"\x00",
)  # fmt: skip
ORDERS = {
    "kontor.xml": KONTOR_XML.encode(),
    "kontor.csv": KONTOR_CSV.encode(),
    "ubl.xml": UBL.encode(),
    "pohoda.xml": POHODA,
}


# Order files


@pytest.mark.parametrize("name", ORDERS)
def test_order_files(name: str) -> None:
    @fuzz(80)
    @given(damaged(ORDERS[name], words=XML_WORDS))
    def check(content: bytes) -> None:
        try:
            found = read_orders(name, content, MEANING)
        except Refused as error:
            assert error.message
            return
        for order in found.orders:
            keepable(order)
        for number, why in found.bad:
            assert f"{number} {why}".encode("utf-8", "replace")

    check()


@fuzz(75)
@given(
    damaged(gzip.compress(UBL.encode()), words=(b"\x1f\x8b", b"PK\x03\x04"))
    | st.binary(max_size=300).map(lambda rest: b"\x1f\x8b\x08" + rest)
    | st.binary(max_size=300).map(lambda rest: b"PK\x03\x04" + rest),
    st.sampled_from(["a.xml.gz", "a.zip", "a.csv", "a"]),
)
def test_packed_order_files(content: bytes, name: str) -> None:
    try:
        read_orders(name, content, MEANING)
    except Refused as error:
        assert error.cure


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b" " * (40 * 2**20)),
        b"<a>" * 200_000,
        b"<a " + b" ".join(b'b%d="x"' % number for number in range(60_000)) + b"/>",
        b"number;" + b"x;" * 200_000,
        b'"' * 500_000,
    ],
    ids=["gzip bomb", "depth", "attributes", "columns", "quotation marks"],
)
def test_large_nonsense_is_refused_soon(content: bytes) -> None:
    with pytest.raises(Refused):
        read_orders("orders.xml" if content[:1] == b"<" else "orders.csv", content, MEANING)


# Tables


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (("sku", "name", "weight_g"), ("MUG", "Mug", 350), ("=1+1", "\u202e", 1e300)):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, name: str, instead: bytes) -> bytes:
    """A workbook with another file inside it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, instead if entry.filename == name else old.read(entry))
    return out.getvalue()


BOOK = workbook()
SHEET = zipfile.ZipFile(io.BytesIO(BOOK)).read("xl/worksheets/sheet1.xml")


@fuzz(50)
@given(
    damaged(
        SHEET, words=(*XML_WORDS, b'r="XFD99999999"', b'r="A0"', b"<c t='d'><v>x</v></c>", b"<v>1e999</v>")
    )
)
def test_sheets(sheet: bytes) -> None:
    try:
        XlsxTable().create_dataset(repacked(BOOK, "xl/worksheets/sheet1.xml", sheet))
    except UnreadableTable as error:
        assert error.cure


@fuzz(30)
@given(damaged(BOOK) | st.binary(max_size=200))
def test_workbooks(content: bytes) -> None:
    try:
        XlsxTable().create_dataset(content)
    except UnreadableTable as error:
        assert error.cure


TABLES = {
    ArticleResource: b"sku;name;ean;unit;vat_rate;producer;categories;weight_g;active\nMUG;Mug;;piece;SI 22 %;Kovar;A > B;350,5;yes\n",
    PriceResource: b"sku;price_list;price;valid_from;valid_to\nMUG;Retail;12,50;2026-11-01;2026-12-01 12:00\n",
    StockResource: b"sku;warehouse;quantity\nMUG;MAIN;5\n",
    CustomerResource: b"email;name;company;vat_id;billing_city;billing_country\nana@example.com;Ana Kos;;SI1;Kranj;SI\n",
}


@pytest.mark.django_db
@pytest.mark.parametrize("resource", TABLES)
def test_imports_of_tables(resource: type) -> None:
    @fuzz(12)
    @given(damaged(TABLES[resource], words=(*TEXTS, b";", b"\n", b'"', b"\xff\xfe", b"sep=,\n")))
    def check(content: bytes) -> None:
        try:
            data = CsvTable().create_dataset(content)
        except UnreadableTable as error:
            assert error.cure
            return
        result = resource().import_data(data, dry_run=True, raise_errors=False)
        unforeseen = [error.error for _row, errors in result.row_errors() for error in errors] + [
            error.error for error in result.base_errors
        ]
        assert not [error for error in unforeseen if not isinstance(error, (KontorError, ValueError))]

    check()


# Pictures


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, form)
    return out.getvalue()


def png_of(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_pictures(form: str) -> None:
    whole = picture(form)
    check_image(whole)

    @fuzz(40)
    @given(damaged(whole, words=(b"\xff\xff\xff\xff", b"\0" * 8, b"IHDR", b"zTXt" + b"\xff" * 20)))
    def check(content: bytes) -> None:
        try:
            check_image(content)
        except BadImage as error:
            assert error.cure

    check()


@pytest.mark.parametrize("size", [(60_000, 60_000), (2**31 - 1, 1), (8_000, 8_000), (0, 0)])
def test_pictures_larger_than_they_look_are_not_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(BadImage):
        check_image(png_of(*size, zlib.compress(b"\0" * 2**20, 9)))


def test_a_text_chunk_that_grows_is_no_picture() -> None:
    whole = picture("PNG")
    body = b"key\0\0" + zlib.compress(b"x" * (80 * 2**20), 9)
    bomb = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    with pytest.raises(BadImage):
        check_image(whole[:33] + bomb + whole[33:])


# What file servers say


LISTINGS = (
    b"-rw-r--r--   1 lipa  www   1234 Nov 21 18:00 stock.xml",
    b"drwxr-xr-x   2 lipa  www   4096 2026-11-21 18:00 images",
    b"11-21-26  06:00PM       <DIR>          images",
    b"11-21-26  06:00PM            1234 stock.xml",
    b"type=file;size=1234;modify=20261121180000; stock.xml",
)


@fuzz(150)
@given(damaged(*LISTINGS, words=(*TEXTS, b"9" * 5000, b"-rwxrwxrwx" * 20, b" ; ", b"\xb2", b"1 " * 2000)))
def test_listings(line: bytes) -> None:
    text = line.decode("utf-8", "surrogateescape")[:8192]
    for entry in parse_list(text.splitlines()) or ():
        assert entry.size is None or 0 <= entry.size < 2**63
        is_plain(entry.name)
    name = text.partition(" ")[2]
    mlsx_entry(name, _facts(text))
    ftp_time(text)
    for clean in (clean_path, clean_folder):
        try:
            clean(text)
        except KontorError as error:
            str(error).encode()
