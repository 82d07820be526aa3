"""E-invoices: valid by the schema, adding up by the standard's rules, saying what the document says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from orders.documents_view import DocumentView, Party, VatRow
from orders.einvoice.codes import unit_code
from orders.einvoice.ubl import ubl_invoice
from orders.errors import EInvoiceImpossible
from tests.orders.documents import BUYER, FIRM, SELLER, credited, make_line, make_view
from tests.orders.generated_documents import documents

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "platforms" / "specs" / "ubl-2.1" / "maindoc"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMES = {"cac": f"{UBL}CommonAggregateComponents-2", "cbc": f"{UBL}CommonBasicComponents-2"}
PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"


class Parsed:
    """The file, read by paths like "cac:TaxTotal/cbc:TaxAmount"; none of our code in between."""

    def __init__(self, xml: bytes) -> None:
        self.root = etree.fromstring(xml)
        self.kind = etree.QName(self.root).localname

    def texts(self, path: str) -> list[str]:
        return [str(text) for text in self.root.xpath(f"{path}/text()", namespaces=NAMES)]

    def text(self, path: str) -> str:
        (only,) = self.texts(path)
        return only

    def amounts(self, path: str) -> list[Decimal]:
        return [Decimal(text) for text in self.texts(path)]

    def amount(self, path: str) -> Decimal:
        return sum(self.amounts(path), Decimal(0))

    def has(self, path: str) -> bool:
        return bool(self.root.xpath(path, namespaces=NAMES))


def parsed(view: DocumentView) -> Parsed:
    return Parsed(ubl_invoice(view))


@cache
def schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / f"UBL-{kind}-2.1.xsd"))


def vat_exempt(**more: Any) -> DocumentView:
    return make_view(make_line(percent="0"), vat_exempt=True, **more)


DOCUMENTS: dict[str, Callable[[], DocumentView]] = {
    "invoice": lambda: make_view(note="Hvala.", legal_notes=("A", "B"), paid=Decimal(5)),
    "peppol": lambda: make_view(
        make_line(discount="1.23"),
        make_line("Rabatt", "1", "-3.333"),
        make_line("Kg", "0.125", "19.99", unit="kg", note="x"),
        buyer=FIRM, delivery=replace(FIRM, name="Lager", state="Steiermark"), due_date=None,
    ),
    "several rates": lambda: make_view(make_line(), make_line(percent="9.5"), make_line(percent="0")),
    "rounded": lambda: make_view(rounding=Decimal("-0.40")),
    "reverse charge": lambda: vat_exempt(buyer=FIRM),
    "export": lambda: vat_exempt(buyer=replace(BUYER, country="CH")),
    "exempt": lambda: vat_exempt(),
    "outside VAT": lambda: make_view(make_line(percent=None), seller=replace(SELLER, registration_number="")),
    "voucher": lambda: make_view(make_line(), make_line("Bon", "1", "-5", None)),
    "pro forma": lambda: make_view(kind="proforma"),
    "credit note": lambda: credited(make_view(make_line(discount="1.50"), make_line(percent="9.5"))),
    "credit note, Peppol": lambda: credited(make_view(buyer=FIRM, rounding=Decimal("0.10")), corrects_date=None),
    "forint": lambda: make_view(
        make_line(net_price="3150", percent="27", decimals=0), currency="HUF", decimals=0, bank=None
    ),
    "nothing but what must be": lambda: make_view(
        make_line("", sku="", unit=""),
        seller=Party(name="A", country="SI", vat_id="SI15012557"), buyer=Party(name="", country="SI"),
        supply_date=None, due_date=None, bank=None, payment_method="", payment_reference="", order_number="",
    ),
}  # fmt: skip


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="The schemas of UBL 2.1 are not beside this checkout.")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_valid_by_the_schema(name):
    xml = ubl_invoice(DOCUMENTS[name]())
    document = etree.fromstring(xml)
    checked = schema(etree.QName(document).localname)
    assert checked.validate(document), checked.error_log


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_add_up(name):
    view = DOCUMENTS[name]()
    assert_adds_up(parsed(view), view)


def assert_adds_up(xml: Parsed, view: DocumentView) -> None:
    """The rules BR-CO-10 to BR-CO-17 and those of the categories, written down once more from the standard."""
    totals = "cac:LegalMonetaryTotal/cbc:"
    line = f"cac:{xml.kind}Line"
    lines = xml.amount(f"{line}/cbc:LineExtensionAmount")
    allowances = xml.amount("cac:AllowanceCharge[cbc:ChargeIndicator='false']/cbc:Amount")
    charges = xml.amount("cac:AllowanceCharge[cbc:ChargeIndicator='true']/cbc:Amount")
    assert xml.amount(f"{totals}LineExtensionAmount") == lines
    assert xml.amount(f"{totals}AllowanceTotalAmount") == allowances
    assert xml.amount(f"{totals}ChargeTotalAmount") == charges
    net, vat = xml.amount(f"{totals}TaxExclusiveAmount"), xml.amount("cac:TaxTotal/cbc:TaxAmount")
    assert net == lines - allowances + charges
    assert vat == xml.amount("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")
    assert xml.amount(f"{totals}TaxInclusiveAmount") == net + vat
    payable = net + vat - xml.amount(f"{totals}PrepaidAmount") + xml.amount(f"{totals}PayableRoundingAmount")
    assert xml.amount(f"{totals}PayableAmount") == payable == view.amount_due
    assert (net, vat) == (view.total_net, view.total_vat)
    for subtotal in xml.root.xpath("cac:TaxTotal/cac:TaxSubtotal", namespaces=NAMES):
        category = subtotal.findtext("cac:TaxCategory/cbc:ID", namespaces=NAMES)
        percent = subtotal.findtext("cac:TaxCategory/cbc:Percent", namespaces=NAMES)
        same = f"cbc:ID='{category}'" + (f" and cbc:Percent='{percent}'" if percent else "")
        taxable = Decimal(subtotal.findtext("cbc:TaxableAmount", namespaces=NAMES))
        of_lines = xml.amount(f"{line}[cac:Item/cac:ClassifiedTaxCategory[{same}]]/cbc:LineExtensionAmount")
        charged = xml.amount(
            f"cac:AllowanceCharge[cbc:ChargeIndicator='true'][cac:TaxCategory[{same}]]/cbc:Amount"
        )
        allowed = xml.amount(
            f"cac:AllowanceCharge[cbc:ChargeIndicator='false'][cac:TaxCategory[{same}]]/cbc:Amount"
        )
        assert taxable == of_lines + charged - allowed
        tax = Decimal(subtotal.findtext("cbc:TaxAmount", namespaces=NAMES))
        # A rate on the rounded sum may differ from the document's own rounding by less than one (BR-CO-17).
        assert abs(tax - taxable * Decimal(percent or 0) / 100) < 1
        reasons = subtotal.xpath("cac:TaxCategory/cbc:*[contains(name(), 'Exemption')]", namespaces=NAMES)
        assert bool(reasons) == (category not in ("S", "Z"))
    for one in xml.root.xpath(line, namespaces=NAMES):
        quantity, price, amount = (
            Decimal(one.xpath(f"string({path})", namespaces=NAMES))
            for path in (
                "cbc:InvoicedQuantity | cbc:CreditedQuantity", "cac:Price/cbc:PriceAmount", "cbc:LineExtensionAmount"
            )
        )  # fmt: skip
        taken = sum(Decimal(str(text)) for text in one.xpath(
            "cac:AllowanceCharge[cbc:ChargeIndicator='false']/cbc:Amount/text()", namespaces=NAMES))  # fmt: skip
        added = sum(Decimal(str(text)) for text in one.xpath(
            "cac:AllowanceCharge[cbc:ChargeIndicator='true']/cbc:Amount/text()", namespaces=NAMES))  # fmt: skip
        assert price >= 0
        assert abs(quantity * price - taken + added - amount) <= Decimal("0.02")


def test_an_invoice_says_what_the_document_says():
    xml = parsed(
        make_view(
            make_line("Med & “strd”", "2", "10.00", discount="1.50", note="<b>"),
            buyer=FIRM, delivery=replace(FIRM, name="Lager"), paid=Decimal(5), order_source_number="WC-77",
            note="Hvala.", legal_notes=("Velja brez podpisa.",),
        )
    )  # fmt: skip
    assert xml.kind == "Invoice"
    supplier, customer = (f"cac:Accounting{role}Party/cac:Party/" for role in ("Supplier", "Customer"))
    line = "cac:InvoiceLine/"
    for path, text in {
        "cbc:CustomizationID": PEPPOL,
        "cbc:ProfileID": "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        "cbc:ID": "2026-00123",
        "cbc:IssueDate": "2026-03-05",
        "cbc:DueDate": "2026-03-20",
        "cbc:InvoiceTypeCode": "380",
        "cbc:Note": "Hvala.\nVelja brez podpisa.",
        "cbc:DocumentCurrencyCode": "EUR",
        "cac:OrderReference/cbc:ID": "WC-77",
        "cac:OrderReference/cbc:SalesOrderID": "10472",
        f"{supplier}cbc:EndpointID[@schemeID='9949']": "SI15012557",
        f"{supplier}cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID": "SI15012557",
        f"{supplier}cac:PartyLegalEntity/cbc:RegistrationName": SELLER.name,
        f"{supplier}cac:PartyLegalEntity/cbc:CompanyID": "5049121000",
        f"{supplier}cac:PostalAddress/cbc:CityName": "Radovljica",
        f"{customer}cbc:EndpointID[@schemeID='9914']": "ATU13585627",
        f"{customer}cac:PostalAddress/cac:Country/cbc:IdentificationCode": "AT",
        "cac:Delivery/cbc:ActualDeliveryDate": "2026-03-04",
        "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name": "Lager",
        "cac:PaymentMeans/cbc:PaymentMeansCode[@name='Bank transfer']": "58",
        "cac:PaymentMeans/cbc:PaymentID": "202600123",
        "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID": "SI56191000000123438",
        "cac:LegalMonetaryTotal/cbc:PrepaidAmount[@currencyID='EUR']": "5.00",
        "cac:LegalMonetaryTotal/cbc:PayableAmount": "17.57",
        f"{line}cbc:InvoicedQuantity[@unitCode='H87']": "2",
        f"{line}cbc:LineExtensionAmount": "18.50",
        f"{line}cac:AllowanceCharge/cbc:Amount": "1.50",
        f"{line}cac:Item/cbc:Name": "Med & “strd”",
        f"{line}cac:Item/cbc:Description": "<b>",
        f"{line}cac:Item/cac:SellersItemIdentification/cbc:ID": "MED-900",
        f"{line}cac:Item/cac:ClassifiedTaxCategory[cbc:ID='S']/cbc:Percent": "22",
        f"{line}cac:Price/cbc:PriceAmount": "10",
    }.items():
        assert xml.text(path) == text, path


def test_a_credit_note_gives_back_in_positive_amounts_and_names_its_invoice():
    bank = make_view().bank
    view = make_view(make_line(discount="1.50"), make_line("Rabatt", "1", "-2"), paid=Decimal(3))
    xml = parsed(credited(view, bank=bank))
    assert xml.kind == "CreditNote"
    assert xml.text("cbc:CreditNoteTypeCode") == "381"
    reference = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:"
    assert (xml.text(f"{reference}ID"), xml.text(f"{reference}IssueDate")) == ("2026-00123", "2026-03-05")
    assert xml.amounts("cac:CreditNoteLine/cbc:LineExtensionAmount") == [Decimal("18.50"), Decimal("-2.00")]
    assert xml.amounts("cac:CreditNoteLine/cbc:CreditedQuantity") == [
        Decimal(2),
        Decimal(-1),
    ]  # no price is negative
    assert xml.amount("cac:LegalMonetaryTotal/cbc:PayableAmount") == Decimal("17.13")
    assert not xml.has(
        "cac:PaymentMeans/cac:PayeeFinancialAccount"
    )  # the seller's account is not where it goes


@pytest.mark.parametrize(
    ("name", "category", "percent", "code"),
    [
        ("invoice", "S", "22", None),
        ("reverse charge", "AE", "0", "VATEX-EU-AE"),
        ("export", "G", "0", "VATEX-EU-G"),
        ("exempt", "E", "0", None),
        ("outside VAT", "O", None, "VATEX-EU-O"),
    ],
)
def test_the_category_says_why_there_is_no_vat(name, category, percent, code):
    xml = parsed(DOCUMENTS[name]())
    for place in (
        "cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory",
        "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory",
    ):
        assert xml.text(f"{place}/cbc:ID") == category
        assert xml.texts(f"{place}/cbc:Percent") == ([percent] if percent else [])
    assert xml.texts("cac:TaxTotal//cbc:TaxExemptionReasonCode") == ([code] if code else [])


def test_zero_per_cent_is_zero_rated_unless_the_law_says_exempt():
    view = make_view(make_line(percent="0"))
    category = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:"
    assert parsed(view).text(f"{category}ID") == "Z"
    exempt = replace(view, vat_rows=(replace(view.vat_rows[0], legal="Art. 135"),))
    assert parsed(exempt).text(f"{category}ID") == "E"
    assert parsed(exempt).text(f"{category}TaxExemptionReason") == "Art. 135"


def test_what_is_outside_vat_stands_alone_or_counts_as_exempt():
    alone = parsed(DOCUMENTS["outside VAT"]())
    assert not alone.has("//cac:PartyTaxScheme")  # BR-O-02
    assert alone.text("cac:AccountingSupplierParty//cac:PartyIdentification/cbc:ID") == "SI15012557"
    beside = parsed(DOCUMENTS["voucher"]())
    assert sorted(beside.texts("cac:TaxTotal//cac:TaxCategory/cbc:ID")) == ["E", "S"]
    assert beside.text("cac:TaxTotal//cbc:TaxExemptionReason") == "Not subject to VAT"


def test_what_is_free_needs_no_vat_row():
    free = make_line("Dostava", "1", "0", percent="9.5")
    view = replace(make_view(make_line(), free), vat_rows=make_view().vat_rows)
    xml = parsed(view)
    assert sorted(xml.texts("cac:TaxTotal//cbc:TaxableAmount")) == ["0.00", "20.00"]
    assert_adds_up(xml, view)


def test_cents_between_lines_and_vat_row_are_said_aloud():
    """Three lines of 3.335 are printed as 3.34 each; their row is 10.01 (10.005), not 10.02."""
    lines = [make_line(quantity="1", net_price="3.335", net=Decimal("3.335"))] * 3
    row = VatRow(percent=Decimal(22), net=Decimal("10.01"), vat=Decimal("2.20"), gross=Decimal("12.21"))
    view = make_view(*lines, vat_rows=(row,), total_net=row.net, total_vat=row.vat, total=row.gross)
    xml = parsed(view)
    assert xml.amounts("cac:InvoiceLine/cbc:LineExtensionAmount") == [Decimal("3.34")] * 3
    assert xml.text("cac:AllowanceCharge[cbc:ChargeIndicator='false']/cbc:Amount") == "0.01"
    assert xml.text("cac:AllowanceCharge/cbc:AllowanceChargeReason") == "Rounding"
    assert_adds_up(xml, view)


@pytest.mark.parametrize(
    ("changes", "customization"),
    [
        ({}, PEPPOL),
        ({"buyer": BUYER}, "urn:cen.eu:en16931:2017"),  # only an e-mail, which Peppol does not know
        ({"order_number": ""}, "urn:cen.eu:en16931:2017"),
        ({"kind": "proforma"}, "urn:cen.eu:en16931:2017"),
    ],
)
def test_peppol_is_claimed_only_where_it_is_kept(changes, customization):
    xml = parsed(make_view(**({"buyer": FIRM} | changes)))
    assert xml.text("cbc:CustomizationID") == customization
    assert xml.has("cbc:ProfileID") == (customization == PEPPOL)


def test_a_vat_id_gets_its_countrys_letters():
    scheme = "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/"
    xml = parsed(make_view(seller=replace(SELLER, vat_id="15012557")))
    assert xml.text(f"{scheme}cbc:CompanyID") == "SI15012557"
    unknown = parsed(make_view(seller=replace(SELLER, vat_id="12/345", country="SI")))
    assert unknown.text(f"{scheme}cbc:CompanyID") == "12345"
    assert unknown.text(f"{scheme}cac:TaxScheme/cbc:ID") == "TAX"


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("kos", "H87"),
        ("KS.", "H87"),
        ("db", "H87"),
        ("kg", "KGM"),
        ("m²", "MTK"),
        ("", "C62"),
        ("paleta", "C62"),
    ],
)
def test_units_have_codes(unit, code):
    assert unit_code(unit) == code


def test_a_unit_without_a_code_keeps_its_word():
    assert parsed(make_view(make_line(unit="paleta"))).text("cac:InvoiceLine/cbc:Note") == "paleta"
    assert not parsed(make_view(make_line(unit="kos"))).has("cac:InvoiceLine/cbc:Note")


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (make_view(draft=True, number=""), "no number yet"),
        (make_view(kind="delivery_note"), "asks for no money"),
        (credited(make_view(), show_prices=False), "asks for no money"),
        (make_view(buyer=replace(BUYER, country="")), "buyer's country"),
        (make_view(seller=replace(SELLER, country="si>")), "seller's country"),
        (make_view(total=Decimal("24.41")), "do not add up"),
        (make_view(vat_rows=()), "do not add up"),
        (
            make_view(vat_rows=make_view(make_line(quantity="3")).vat_rows, total=Decimal("36.60")),
            "do not add up",
        ),
        (make_view(make_line(quantity="0", net=Decimal("20.00"))), "do not add up"),
        (make_view(make_line(decimals=3), currency="KWD", decimals=3), "two decimals"),
    ],
)
def test_what_cannot_be_an_e_invoice_says_why_and_what_to_do(view, said):
    with pytest.raises(EInvoiceImpossible, match=said) as refused:
        ubl_invoice(view)
    assert refused.value.cure


def test_hostile_text_stays_text():
    nasty = "<script>&amp;]]>\x00\x0b\ud800\ufffe\"' 😀 &#x0; <!DOCTYPE x>"
    xml = parsed(
        make_view(
            make_line(nasty, note=nasty, sku=nasty, unit=nasty), buyer=replace(BUYER, name=nasty), note=nasty
        )
    )
    kept = "<script>&amp;]]>\"' 😀 &#x0; <!DOCTYPE x>"
    assert xml.text("cac:InvoiceLine/cac:Item/cbc:Name") == kept
    assert xml.text("cac:AccountingCustomerParty/cac:Party/cac:PartyName/cbc:Name") == kept
    assert xml.text("cbc:Note") == kept


@settings(deadline=None, max_examples=150)
@given(view=documents())
def test_any_document_adds_up_to_the_cent(view):
    assert_adds_up(parsed(view), view)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="The schemas of UBL 2.1 are not beside this checkout.")
@settings(deadline=None, max_examples=60)
@given(view=documents(), texts=st.lists(st.text(max_size=60), min_size=6, max_size=6))
def test_any_text_is_valid_by_the_schema(view, texts):
    name, street, note, number, reference, unit = texts
    party = replace(SELLER, name=name, street=street, vat_id=reference, email=note, person=unit)
    line = replace(view.lines[0], name=name, sku=number, note=note, unit=unit)
    number = number if number.isprintable() and number.strip() else "1"
    document = etree.fromstring(
        ubl_invoice(
            replace(
                view, seller=party, number=number, note=note, lines=(line, *view.lines[1:]), order_number=number,
                payment_method=name, payment_reference=reference, legal_notes=(street,),
            )
        )
    )  # fmt: skip
    checked = schema(etree.QName(document).localname)
    assert checked.validate(document), checked.error_log
