"""From an order file to records: payloads in, records out, no network. And what is refused, with which words."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from backoffice.lib.errors import Refused
from shops.platforms import files
from shops.platforms.files.orders import Meaning, read_orders
from shops.platforms.files.orders.trust import LARGEST, CutShort
from tests.platforms.files.examples import KONTOR_CSV, KONTOR_XML, POHODA, UBL
from tests.specs import schema

pytestmark = pytest.mark.requirement("S11", "O1")
CZECH = Meaning("CZK", {"high": Decimal(21), "low": Decimal(12)})
PLACED = datetime(2026, 11, 21, 17, tzinfo=UTC)
XSD = Path(files.__file__).parent / "kontor-orders.xsd"


def read(name, content, meaning=CZECH):
    return read_orders(name, content.encode() if isinstance(content, str) else content, meaning)


def only(name, content, meaning=CZECH):
    found = read(name, content, meaning)
    assert found.bad == []
    (order,) = found.orders
    return order


def amounts(order):
    return [
        (line.kind, line.sku, line.quantity, round(line.net, 2), round(line.tax, 2)) for line in order.lines
    ]


# Every format


def test_kontor_xml():
    order = only("a.xml", KONTOR_XML)
    assert (order.remote_id, order.number, order.currency, order.status_id) == ("390", "390", "CZK", "new")
    assert order.created_at == PLACED
    assert (order.total, order.total_tax, order.prices_gross) == (Decimal("341.00"), Decimal("59.18"), True)
    assert amounts(order) == [
        ("item", "MUG-1", Decimal(2), Decimal("200.00"), Decimal("42.00")),
        ("shipping", "", Decimal(1), Decimal("81.82"), Decimal("17.18")),
    ]
    assert (order.payment_method_id, order.payment_method_name) == ("card", "Card online")
    assert (order.email, order.vat_id, order.transaction_id) == ("jana@example.com", "CZ12345678", "T-77")
    assert order.customer_note == "Prosím zvoňte & klepejte"
    assert (order.billing.last_name, order.billing.postcode) == ("Nováková", "602 00")
    assert order.shipping.city == "Praha"
    assert order.lines[1].method_id == "ppl"
    json.dumps(order.raw)


def test_kontor_csv():
    found = read("a.csv", KONTOR_CSV)
    assert found.bad == []
    first, second = found.orders
    assert first.created_at == PLACED
    assert amounts(first) == amounts(only("a.xml", KONTOR_XML))
    assert first.total == Decimal("341.00")
    assert first.billing.last_name == "Nováková"
    assert first.shipping is None
    assert (second.number, second.total) == ("391", Decimal("121.00"))
    assert second.lines[0].name == "Hrnek; modrý"


@pytest.mark.parametrize(
    "content",
    [
        KONTOR_CSV.encode("utf-8-sig"),
        KONTOR_CSV.encode("cp1250"),
        KONTOR_CSV.encode("utf-16"),
        KONTOR_CSV.replace(";", "\t").replace("\t modrý", "; modrý").encode(),
        KONTOR_CSV.replace("\n", "\r\n").encode(),
        KONTOR_CSV.rstrip().encode(),
        gzip.compress(KONTOR_CSV.encode()),
    ],
)
def test_csv_as_different_programs_write_it(content):
    found = read("a.csv", content)
    assert [order.billing.last_name for order in found.orders] == ["Nováková", "Novák"]


def test_ubl():
    order = only("a.xml", UBL)
    assert (order.number, order.currency, order.total, order.total_tax) == (
        "390",
        "CZK",
        Decimal("341.00"),
        Decimal("59.18"),
    )
    assert order.created_at == PLACED
    assert amounts(order) == amounts(only("a.xml", KONTOR_XML))
    assert order.lines[1].method_id == "Doprava PPL"
    assert (order.payment_method_id, order.payment_method_name) == ("48", "Card online")
    assert (order.billing.company, order.billing.first_name, order.billing.street) == (
        "Novák s.r.o.",
        "Jana",
        "Dlouhá 1",
    )
    assert (order.email, order.vat_id, order.shipping.city) == ("jana@example.com", "CZ12345678", "Praha")


def test_the_ubl_example_is_valid_by_oasis_schema():
    schema("ubl-2.1/maindoc", "UBL-Order-2.1.xsd").assertValid(etree.fromstring(UBL.encode()))


def test_ubl_whose_lines_say_nothing_of_vat():
    silent = UBL.replace("<cbc:Percent>21</cbc:Percent>", "")
    with_rate = silent.replace(
        "</cbc:TaxAmount></cac:TaxTotal>",
        '</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxAmount currencyID="CZK">59.18</cbc:TaxAmount>'
        "<cac:TaxCategory><cbc:Percent>21</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>",
    )
    assert amounts(only("a.xml", with_rate)) == amounts(only("a.xml", UBL))
    ((number, why),) = read("a.xml", silent).bad
    assert (number, why.key) == ("390", "order_file:line_vat")


def test_ubl_discount_and_currency_of_the_amounts():
    text = UBL.replace("<cbc:ChargeIndicator>true", "<cbc:ChargeIndicator>false").replace(
        "<cbc:DocumentCurrencyCode>CZK</cbc:DocumentCurrencyCode>", ""
    )
    order = only("a.xml", text, Meaning())
    assert order.currency == "CZK"
    assert order.lines[1].kind == "discount"
    assert order.lines[1].net == Decimal("-81.82")


def test_pohoda():
    order = only("a.xml", POHODA)
    assert (order.number, order.currency, order.total, order.total_tax) == (
        "390",
        "CZK",
        Decimal(341),
        Decimal("59.18"),
    )
    assert [line[2:] for line in amounts(order)] == [line[2:] for line in amounts(only("a.xml", KONTOR_XML))]
    assert (order.billing.company, order.billing.last_name, order.email) == (
        "Novák s.r.o.",
        "Nováková",
        "jana@example.com",
    )
    assert order.payment_method_id == "Kartou"
    assert order.lines[0].vat_percent == Decimal(21)


def test_pohoda_says_high_and_nobody_said_how_much_that_is():
    ((_number, why),) = read("a.xml", POHODA, Meaning("CZK")).bad
    assert "“high”" in why.message
    assert "VAT rates of POHODA" in why.cure


def test_pohoda_with_its_own_calculation_needs_no_rates():
    text = POHODA.decode("cp1250").replace(
        "<typ:unitPrice>121</typ:unitPrice>",
        "<typ:unitPrice>121</typ:unitPrice><typ:price>200</typ:price><typ:priceVAT>42</typ:priceVAT>",
    )
    text = text.replace(
        "<typ:unitPrice>99</typ:unitPrice>",
        "<typ:unitPrice>99</typ:unitPrice><typ:price>81.82</typ:price><typ:priceVAT>17.18</typ:priceVAT>",
    )
    order = only("a.xml", text.encode("cp1250"), Meaning("CZK"))
    assert [line[2:] for line in amounts(order)] == [line[2:] for line in amounts(only("a.xml", KONTOR_XML))]


def test_an_order_that_pohoda_has_given_is_none_of_ours():
    text = POHODA.replace(b"receivedOrder", b"issuedOrder")
    assert "given, not received" in read("a.xml", text).bad[0][1].message


def test_the_examples_of_our_own_format_are_valid_by_our_schema():
    found = etree.XMLSchema(etree.parse(str(XSD)))
    found.assertValid(etree.fromstring(KONTOR_XML.encode()))
    assert not found.validate(etree.fromstring(KONTOR_XML.replace("<number>390</number>", "").encode()))


def test_the_page_about_formats_shows_a_valid_order():
    page = (Path(__file__).resolve().parents[3] / "docs" / "file-formats.md").read_text(encoding="utf-8")
    example = page[page.index("<kontor-orders") : page.index("</kontor-orders>") + len("</kontor-orders>")]
    etree.XMLSchema(etree.parse(str(XSD))).assertValid(etree.fromstring(example))
    assert len(read("a.xml", example).orders) == 1


def test_what_is_not_known_in_our_format_is_passed_over():
    text = KONTOR_XML.replace("<currency>", "<colour>blue</colour><gift><wrap>yes</wrap></gift><currency>")
    assert only("a.xml", text).currency == "CZK"


def test_the_same_content_has_the_same_payload_whatever_the_file_is_called():
    assert only("a.xml", KONTOR_XML).raw == only("b.xml", KONTOR_XML).raw


# What an order must have


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("<number>390</number>", "", "number"),
        ("2026-11-21T18:00:00+01:00", "", "placed"),
        ("2026-11-21T18:00:00+01:00", "yesterday", "date_format"),
        ("2026-11-21T18:00:00+01:00", "2026-13-45", "date_format"),
        ("2026-11-21T18:00:00+01:00", "0001-01-01", "date_format"),
        ("<currency>CZK</currency>", "<currency>koruna</currency>", "currency"),
        ("<vat_percent>21</vat_percent>", "", "line_vat"),
        ("<unit_gross>121.00</unit_gross>", "", "line_price"),
        ("<unit_gross>121.00</unit_gross>", "<unit_gross>1e3</unit_gross>", "number_format"),
        ("<unit_gross>121.00</unit_gross>", "<unit_gross>NaN</unit_gross>", "number_format"),
        ("<quantity>2</quantity>", f"<quantity>{'9' * 400}</quantity>", "number_format"),
        ('kind="shipping"', 'kind="bribe"', "line_kind"),
    ],
)
def test_an_order_that_says_too_little_is_refused_and_nothing_is_guessed(before, after, key):
    found = read("a.xml", KONTOR_XML.replace(before, after))
    assert found.orders == []
    ((_number, why),) = found.bad
    assert why.key == f"order_file:{key}"
    assert why.cure


def test_without_a_currency_the_shops_own_holds_and_none_is_invented():
    text = KONTOR_XML.replace("<currency>CZK</currency>", "")
    assert only("a.xml", text).currency == "CZK"
    ((_number, why),) = read("a.xml", text, Meaning()).bad
    assert why.key == "order_file:currency"


def test_one_bad_order_does_not_keep_the_others():
    found = read("a.csv", KONTOR_CSV + "392;2026-11-22;new;CZK;;;;;;;;item;MUG-1;Hrnek;x;121;;21;\n")
    assert [order.number for order in found.orders] == ["390", "391"]
    assert [number for number, _why in found.bad] == ["392"]


def test_an_order_that_stands_twice_in_one_file():
    second = KONTOR_XML[KONTOR_XML.index(" <order>") : KONTOR_XML.index("</kontor-orders>")]
    found = read("a.xml", KONTOR_XML.replace("</kontor-orders>", second + "</kontor-orders>"))
    assert len(found.orders) == 1
    assert found.bad[0][1].key == "order_file:twice"


# Hostile files


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<kontor-orders xmlns="urn:kontor:orders:1" version="1"><order><number>&c;</number></order></kontor-orders>"""
READER = """<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<kontor-orders xmlns="urn:kontor:orders:1" version="1"><order><number>&file;</number></order></kontor-orders>"""


@pytest.mark.parametrize("content", [BOMB, READER, '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>'])
def test_xml_bombs_and_files_of_this_host(content):
    with pytest.raises(Refused, match="document type or entities") as caught:
        read("a.xml", content)
    assert caught.value.key == "order_file:dtd"


def packed(members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_packed_file_is_unpacked():
    assert only("a.zip", packed({"orders.xml": KONTOR_XML})).number == "390"
    assert only("a.xml.gz", gzip.compress(KONTOR_XML.encode())).number == "390"


@pytest.mark.parametrize(
    "content",
    [
        packed({"a.xml": b"0" * (LARGEST + 10)}),
        gzip.compress(b"0" * (LARGEST + 10)),
        packed({"a.xml": b"0" * 5_000_000}),
    ],
)
def test_the_zip_of_death(content):
    assert len(content) < 100_000
    with pytest.raises(Refused, match="larger than 20 MB"):
        read("a.zip", content)


def test_a_zip_that_lies_about_its_size():
    content = bytearray(packed({"a.xml": b"0" * (LARGEST + 10)}))
    size = (LARGEST + 10).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(Refused):
        read("a.zip", bytes(content))


@pytest.mark.parametrize("members", [{}, {"a.xml": b"x", "b.xml": b"y"}, {"../../etc/cron.d/x": b"x"}])
def test_zips_that_hold_something_else(members):
    with pytest.raises(Refused):
        read("a.zip", packed(members))


def test_xml_that_is_nested_without_end():
    with pytest.raises(Refused, match="nested deeper"):
        read("a.xml", "<a>" * 5000 + "</a>" * 5000)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<a><b></a>", "no valid XML"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "encoding"),
        (b"<?xml version='1.0' encoding='utf-8'?><a>\xff\xfe</a>", "no valid XML"),
        (b"<html><body>404</body></html>", "no order file that Kontor knows"),
        (b"<kontor-orders xmlns='urn:kontor:orders:1'/>", "no order in the file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "neither in UTF-8 nor in Windows-1250"),
        (b"number\0;placed\n1;2", "neither in UTF-8 nor in Windows-1250"),
        (b"a;b\n1;2\n", "name the columns"),
        (b"number;placed\n1;2;3;4\n", "more cells"),
        (b'number;placed\n1;"2\n', "quotation mark"),
    ],
)
def test_files_of_no_use_are_refused_by_name(content, words):
    with pytest.raises(Refused, match=words) as caught:
        read("a.csv", content)
    assert caught.value.cure


@pytest.mark.parametrize(
    "content", [b"", b"  \n", KONTOR_XML[:400].encode(), gzip.compress(KONTOR_XML.encode())[:200]]
)
def test_a_file_that_ends_too_early_is_told_from_a_wrong_one(content):
    with pytest.raises(CutShort):
        read("a.xml", content)


@pytest.mark.parametrize(
    "cell", ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", '=HYPERLINK("http://x")', "+cmd|'/c calc'!A1", " =1+1"]
)
def test_csv_formulas_are_refused(cell):
    text = KONTOR_CSV.replace("Nováková", '"' + cell.replace('"', '""') + '"')
    found = read("a.csv", text)
    assert found.bad[0][1].key == "order_file:formula"
    assert [order.number for order in found.orders] == ["391"]


@pytest.mark.parametrize("cell", ["+420 777 000 000", "- prosím zvoňte", "-", "'+49 30 123"])
def test_what_only_looks_like_a_formula_is_none(cell):
    text = KONTOR_CSV.replace("Nováková", cell)
    assert read("a.csv", text).orders[0].billing.last_name == cell.removeprefix("'")


def test_too_many_rows():
    rows = "390;2026-11-21;new;CZK;;;;;;;;item;A;A;1;1;;21;\n"
    text = KONTOR_CSV.partition("\n")[0] + "\n" + rows * 200_001
    with pytest.raises(Refused, match="200,000 rows"):
        read("a.csv", text)
