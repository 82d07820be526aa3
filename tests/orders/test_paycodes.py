"""Payment codes, read back from what is drawn: who pays what to whom, byte for byte."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import segno.helpers
import typst
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from stdnum import iban as ibans

from orders.documents_view import BankAccount, Party
from orders.paycodes import PayCode, payment_code
from orders.paycodes.upn import payment_reference
from tests.orders.documents import BANK, BUYER, SELLER, credited, make_line, make_view

CZ = BankAccount(iban="CZ65 0800 0000 1920 0014 5399", bic="GIBACZPX", bank_country="CZ")
PL = BankAccount(iban="PL61 1090 1014 0000 0712 1981 2874", bank_country="PL")
ACCOUNTS = {
    "AT": "AT611904300234573201",
    "CH": "CH9300762011623852957",
    "CZ": CZ.iban,
    "DE": "DE89370400440532013000",
    "HR": "HR1210010051863000160",
    "HU": "HU42117730161111101800000000",
    "PL": PL.iban,
    "SI": BANK.iban,
    "SK": "SK3112000000198742637541",
    "TR": "TR330006100519786457841326",
}
CZECH = replace(SELLER, name="Včelařství Žižka s.r.o.", country="CZ", vat_id="CZ25123891", city="Děčín")
POLISH = replace(SELLER, name="Pasieka Żółć Sp. z o.o. | Łódź", country="PL", vat_id="PL1234563218")
DRAW = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 40mm)'


def read(code: PayCode | None) -> tuple[bytes, str]:
    """(content, error correction level) of the drawing, as a phone's camera gets it."""
    assert code is not None
    png = typst.compile(DRAW, format="png", ppi=250, sys_inputs={"svg": code.svg.decode()})
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    assert len(found) == 1
    assert found[0].bytes == code.payload
    return found[0].bytes, found[0].ec_level


def paid_to(iban: str, currency: str = "EUR", **more):
    bic = more.pop("bic", "")
    return make_view(bank=BankAccount(iban=iban, bic=bic, bank_country=iban[:2]), currency=currency, **more)


@pytest.mark.parametrize(
    ("bank", "currency", "buyer", "kind"),
    [
        ("SI", "EUR", "SI", "upn"),
        ("SI", "EUR", "", "upn"),
        ("SI", "EUR", "AT", "epc"),
        ("SI", "CZK", "SI", None),
        ("AT", "EUR", "AT", "epc"),
        ("DE", "EUR", "FR", "epc"),
        ("SK", "EUR", "SK", "epc"),
        ("HR", "EUR", "HR", "epc"),
        ("CZ", "CZK", "CZ", "spayd"),
        ("CZ", "CZK", "SK", "spayd"),
        ("CZ", "EUR", "CZ", "spayd"),
        ("CZ", "EUR", "SK", "epc"),
        ("PL", "PLN", "PL", "pl2d"),
        ("PL", "EUR", "PL", "epc"),
        ("HU", "HUF", "HU", None),
        ("HU", "EUR", "HU", "epc"),
        ("TR", "EUR", "TR", None),
        ("DE", "USD", "DE", None),
    ],
)
def test_the_code_follows_the_payees_bank_and_the_currency(bank, currency, buyer, kind):
    code = payment_code(paid_to(ACCOUNTS[bank], currency, buyer=replace(BUYER, country=buyer)))
    assert (code.kind if code else None) == kind


@pytest.mark.parametrize(
    "changes",
    [
        {"paid": Decimal("24.40")},
        {"paid": Decimal("30")},
        {"draft": True, "number": ""},
        {"kind": "delivery_note"},
        {"bank": None},
        {"bank": replace(BANK, iban="SI56 1910 0000 0123 439")},
        {"bank": replace(BANK, iban="")},
        {"bank": replace(BANK, iban="*EUR9999\n")},
        {"seller": replace(SELLER, name=" ")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_code_where_there_is_nothing_to_transfer(changes):
    assert payment_code(make_view()) is not None
    assert payment_code(make_view(**changes)) is None


def test_a_credit_note_asks_for_no_money():
    assert payment_code(credited(make_view(), bank=BANK)) is None


def test_upn_holds_payer_payee_and_the_cents():
    content, level = read(payment_code(make_view(make_line(quantity="1", net_price="445.02"))))
    assert level == "M"
    assert content.decode("iso-8859-2").split("\n") == [
        "UPNQR", "", "", "", "", "Anja Kovač", "Slovenska 5", "1000 Ljubljana", "00000054292", "", "", "GDSV",
        "202600123", "20.03.2026", "SI56191000000123438", "SI00202600123", "Čebelarstvo Žgajnar d.o.o.",
        "Prešernova cesta 12", "4240 Radovljica", "185", "",
    ]  # fmt: skip
    counted, _, _ = content.decode("iso-8859-2").rpartition("185")
    assert len(counted) == 185


def test_upn_is_always_77_modules_wide_and_its_fields_are_cut():
    long = Party(name="Ж" * 60 + " 王", street="Ulica " * 20, city="Škofja Loka " * 9, country="SI")
    code = payment_code(make_view(buyer=long, number="N" * 40, payment_reference="ABC 77"))
    assert code is not None
    assert code.modules == 77 + 8
    lines = read(code)[0].decode("iso-8859-2").split("\n")
    assert max(len(field) for field in lines[5:8]) <= 33
    assert lines[5].startswith("ZhZhZh")
    assert len(lines[12]) == 42
    assert lines[15] == "SI99"
    assert int(lines[19]) == len("\n".join(lines[:19])) + 1


@pytest.mark.parametrize(
    ("reference", "written"),
    [
        ("2026 0012", "SI0020260012"),
        ("SI12 1234567890120", "SI99"),  # a part of a Slovenian reference has at most twelve digits
        ("si05 1-22-333", "SI051-22-333"),
        ("SI99", "SI99"),
        ("RF18 5390 0754 7034", "RF18539007547034"),
        ("RF19 5390 0754 7034", "SI99"),
        ("", "SI99"),
        ("12345678901234", "SI99"),
        ("A-1", "SI99"),
        ("١٢", "SI99"),
    ],
)
def test_upn_reference(reference, written):
    assert payment_reference(reference) == written


def test_epc_says_its_charset_and_the_exact_amount():
    view = paid_to(ACCOUNTS["DE"], bic="cobadeff xxx", seller=replace(SELLER, name="Žižka & Söhne\nGmbH"))
    content, level = read(payment_code(view))
    assert level == "M"
    assert content.decode() == (
        "BCD\n002\n1\nSCT\nCOBADEFFXXX\nŽižka & Söhne GmbH\nDE89370400440532013000\nEUR24.40\n\n\n202600123"
    )


def test_epc_is_what_segno_would_draw():
    view = paid_to(ACCOUNTS["AT"], paid=Decimal("0.05"))
    theirs = segno.helpers.make_epc_qr(
        SELLER.name, ACCOUNTS["AT"], Decimal("24.35"), text="202600123", encoding="utf-8"
    )
    ours = payment_code(view)
    assert ours is not None
    assert ours.modules == theirs.symbol_size(border=4)[0]
    buffer = io.BytesIO()
    theirs.save(buffer, kind="png", scale=4)
    assert zxingcpp.read_barcodes(Image.open(buffer))[0].bytes == read(ours)[0]


def test_epc_takes_a_creditor_reference_instead_of_a_text():
    content, _ = read(payment_code(paid_to(ACCOUNTS["DE"], payment_reference="RF18 5390 0754 7034")))
    assert content.decode().split("\n")[9:] == ["RF18539007547034"]


def test_epc_stays_within_its_331_bytes():
    view = paid_to(
        ACCOUNTS["DE"], seller=replace(SELLER, name="Ž" * 200), number="Č" * 200, payment_reference="Š" * 200
    )
    content, _ = read(payment_code(view))
    assert 320 < len(content) <= 331
    fields = content.decode().split("\n")
    assert fields[5] == "Ž" * 70
    assert set(fields[10]) == {"Š"}


def test_epc_outside_the_economic_area_needs_the_bic():
    assert payment_code(paid_to(ACCOUNTS["CH"])) is None
    code = payment_code(paid_to(ACCOUNTS["CH"], bic="UBSWCHZH80A"))
    assert read(code)[0].decode().split("\n")[4] == "UBSWCHZH80A"


def test_spayd_is_plain_capitals_with_the_variable_symbol():
    view = make_view(
        bank=CZ, currency="CZK", seller=CZECH, number="FV*2026/0012", payment_reference="2026000123"
    )
    content, level = read(payment_code(view))
    assert level == "M"
    assert content.decode() == (
        "SPD*1.0*ACC:CZ6508000000192000145399+GIBACZPX*AM:24.40*CC:CZK*RN:VCELARSTVI ZIZKA S.R.O.*DT:20260320"
        "*X-VS:2026000123*MSG:2026000123 FV%2A2026/0012"
    )


@pytest.mark.parametrize(
    ("number", "reference", "symbol"),
    [
        ("2026/00012", "", "202600012"),
        ("FV-1", "99 1234", "991234"),
        ("FV-7", "12345678901", "7"),
        ("FV-X", "", None),
    ],
)
def test_spayd_variable_symbol(number, reference, symbol):
    view = make_view(bank=CZ, currency="CZK", number=number, payment_reference=reference)
    fields = dict(field.split(":", 1) for field in read(payment_code(view))[0].decode().split("*")[2:])
    assert fields.get("X-VS") == symbol


def test_polish_code_is_one_line_of_nine_fields():
    view = make_view(
        make_line(quantity="1", net_price="432.68", percent="23"),
        bank=PL,
        currency="PLN",
        seller=POLISH,
        number="FV 1234/2026",
        payment_reference="",
    )
    content, level = read(payment_code(view))
    assert level == "L"
    assert content.decode() == (
        "1234563218|PL|61109010140000071219812874|053220|Pasieka Żółć Sp. z o|FV 1234/2026|||"
    )
    assert len(content.decode()) <= 160


def test_polish_code_of_a_person_and_of_a_large_amount():
    view = make_view(
        make_line(quantity="1", net_price="123456.78", percent=None), bank=PL, currency="PLN", buyer=BUYER
    )
    view = replace(view, seller=replace(SELLER, vat_id=""))
    assert read(payment_code(view))[0].decode().split("|")[:4] == [
        "",
        "PL",
        PL.iban.replace(" ", "")[2:],
        "12345678",
    ]


def test_a_large_amount_that_a_code_cannot_hold_has_none():
    huge = make_line(quantity="1", net_price="1000000000000", percent=None)
    assert payment_code(make_view(huge)) is None
    assert payment_code(make_view(huge, bank=CZ, currency="CZK")) is None
    assert payment_code(make_view(huge, bank=BankAccount(iban=ACCOUNTS["DE"]))) is None
    assert payment_code(replace(make_view(), total=Decimal("1.005"))) is None


@settings(deadline=None, max_examples=60)
@given(
    cents=st.integers(1, 99_999_999),
    texts=st.lists(st.text(max_size=80), min_size=4, max_size=4),
    bank=st.sampled_from([("SI", "EUR"), ("DE", "EUR"), ("CZ", "CZK"), ("PL", "PLN")]),
)
def test_any_text_and_amount_come_back_inside_their_fields(cents, texts, bank):
    country, currency = bank
    name, street, number, reference = texts
    view = make_view(
        seller=replace(SELLER, name=name, street=street),
        buyer=replace(BUYER, name=street, street=name),
        bank=BankAccount(iban=ACCOUNTS[country]),
        currency=currency,
        number=number,
        payment_reference=reference,
        total=Decimal(cents) / 100,
        due_date=date(2027, 1, 2),
    )
    code = payment_code(view)
    if code is None:
        assert not name.strip()
        return
    content, _ = read(code)
    iban = ibans.compact(ACCOUNTS[country])
    if code.kind == "upn":
        fields = content.decode("iso-8859-2").split("\n")
        assert len(fields) == 21
        assert (fields[0], fields[8], fields[14]) == ("UPNQR", f"{cents:011d}", iban)
        assert len(content) <= 411
    elif code.kind == "epc":
        fields = content.decode().split("\n")
        assert 10 <= len(fields) <= 11
        assert (fields[6], fields[7]) == (iban, f"EUR{Decimal(cents) / 100:.2f}")
    elif code.kind == "spayd":
        fields = content.decode("ascii").split("*")
        assert fields[2:5] == [f"ACC:{iban}", f"AM:{Decimal(cents) / 100:.2f}", "CC:CZK"]
        assert {field.partition(":")[0] for field in fields[5:]} <= {"RN", "DT", "X-VS", "MSG"}
    else:
        fields = content.decode().split("|")
        assert len(fields) == 9
        assert fields[1:4] == ["PL", iban[2:], f"{cents:06d}"]
        assert len(content.decode()) <= 160


def test_the_account_is_checked_with_its_countrys_digits():
    assert {country for country, iban in ACCOUNTS.items() if not ibans.is_valid(iban)} == set()
