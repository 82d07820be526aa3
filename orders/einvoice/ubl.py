"""Invoices and credit notes as UBL 2.1, after the European standard EN 16931.

Where both parties can be addressed and the order is named, the file follows Peppol BIS Billing 3 and says so; else it
only claims the standard itself. A pro forma is type 325, which the standard has and Peppol has not.
"""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _
from lxml import etree

from orders.documents_view import DocumentView, Party
from orders.einvoice.amounts import LineSum, Sums, Tax, sums_of
from orders.einvoice.codes import EUROPEAN_UNION, PEPPOL_SCHEMES, endpoint, is_known_unit, unit_code
from orders.errors import EInvoiceImpossible
from orders.paycodes.accounts import checked_bic, checked_iban
from orders.pdf.words import words
from orders.services.vat_ids import check_vat_id

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC, _CBC = f"{_UBL}CommonAggregateComponents-2", f"{_UBL}CommonBasicComponents-2"
_STANDARD = "urn:cen.eu:en16931:2017"
_PEPPOL = f"{_STANDARD}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PEPPOL_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_TYPES = {"invoice": "380", "proforma": "325", "credit_note": "381"}
_CREDIT_TRANSFER, _SEPA_TRANSFER, _UNDEFINED = "30", "58", "1"
_COUNTRY = re.compile("[A-Z]{2}")
# What XML 1.0 cannot hold, whatever the encoding.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ubl_invoice(view: DocumentView) -> bytes:
    """The document as UBL Invoice or CreditNote, in UTF-8.

    Raises EInvoiceImpossible for drafts, for delivery notes and what takes them back, for a party without a country,
    for currencies of three decimals, and for a document whose own figures do not add up.
    """
    _check(view)
    return _Writer(view, sums_of(view)).written()


def _check(view: DocumentView) -> None:
    if view.draft or not view.number:
        raise EInvoiceImpossible(
            _("A draft cannot be written as an e-invoice, because it has no number yet."),
            cure=_("Issue it first."),
        )
    if view.kind not in _TYPES or not view.show_prices:
        raise EInvoiceImpossible(
            _("Document %(number)s cannot be written as an e-invoice, because it asks for no money.")
            % {"number": view.number},
            cure=_("Use the invoice or credit note of the same order."),
        )
    if view.decimals > 2:
        raise EInvoiceImpossible(
            _("An e-invoice cannot hold amounts in %(currency)s, because the standard ends at two decimals.")
            % {"currency": view.currency},
            cure=_("Send the PDF without it."),
        )
    for party, sentence in (
        (view.seller, _("The e-invoice needs the seller's country, which is not known.")),
        (view.buyer, _("The e-invoice needs the buyer's country, which is not known.")),
    ):
        if not _COUNTRY.fullmatch(party.country):
            raise EInvoiceImpossible(
                sentence,
                cure=_("Enter the country in the address and issue the document anew."),
                key=f"einvoice_country:{view.number}",
            )


class _Address:
    """A party and how the network knows it.

    vat_id: with its country's letters (BR-CO-09) where they can be known; tax_scheme "TAX" for a number without them.
    """

    def __init__(self, party: Party) -> None:
        self.party = party
        self.vat_id = check_vat_id(party.vat_id, party.country).number
        self.tax_scheme = "VAT" if self.vat_id[:2] in EUROPEAN_UNION | {"EL", "XI", party.country} else "TAX"
        self.scheme, self.endpoint = endpoint(self.vat_id, party.email)


class _Writer:
    """Writes one document top down: the order of elements is the schema's, and empty ones are never written."""

    def __init__(self, view: DocumentView, sums: Sums) -> None:
        self.view, self.sums = view, sums
        self.credit = view.kind == "credit_note"
        self.root_name = "CreditNote" if self.credit else "Invoice"
        # Not subject to VAT: then no VAT id may stand in the file (BR-O-02).
        self.outside_vat = any(one.tax.category == "O" for one in sums.taxes)
        self.seller, self.buyer = _Address(view.seller), _Address(view.buyer)

    def written(self) -> bytes:
        namespace = f"{_UBL}{self.root_name}-2"
        root = etree.Element(
            f"{{{namespace}}}{self.root_name}", nsmap={None: namespace, "cac": _CAC, "cbc": _CBC}
        )
        self._head(root)
        self._party(_group(root, "AccountingSupplierParty"), self.seller)
        self._party(_group(root, "AccountingCustomerParty"), self.buyer)
        self._delivery(root)
        self._payment(root)
        self._rounding(root)
        self._tax_total(root)
        self._monetary_total(root)
        for line in self.sums.lines:
            self._line(root, line)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))

    def _head(self, root: etree._Element) -> None:
        view = self.view
        order = view.order_source_number or view.order_number
        reachable = self.seller.scheme in PEPPOL_SCHEMES and self.buyer.scheme in PEPPOL_SCHEMES
        peppol = view.kind != "proforma" and bool(order) and reachable
        _value(root, "CustomizationID", _PEPPOL if peppol else _STANDARD)
        _value(root, "ProfileID", _PEPPOL_PROFILE if peppol else "")
        _value(root, "ID", view.number)
        _value(root, "IssueDate", view.issue_date.isoformat())
        if not self.credit:
            _value(root, "DueDate", view.due_date.isoformat() if view.due_date else "")
        _value(root, f"{self.root_name}TypeCode", _TYPES[view.kind])
        _value(root, "Note", "\n".join(part for part in (view.note, *view.legal_notes) if part.strip()))
        _value(root, "DocumentCurrencyCode", view.currency)
        if order:
            reference = _group(root, "OrderReference")
            _value(reference, "ID", order)
            _value(reference, "SalesOrderID", view.order_number if view.order_number != order else "")
        if view.corrects_number:
            corrected = _group(_group(root, "BillingReference"), "InvoiceDocumentReference")
            _value(corrected, "ID", view.corrects_number)
            _value(corrected, "IssueDate", view.corrects_date.isoformat() if view.corrects_date else "")

    # Who

    def _party(self, role: etree._Element, address: _Address) -> None:
        party, group = address.party, _group(role, "Party")
        _value(group, "EndpointID", address.endpoint, schemeID=address.scheme)
        vat_id = address.vat_id
        if self.outside_vat and not party.registration_number and address is self.seller:
            _value_in(group, "PartyIdentification", "ID", vat_id)  # a seller must be identified (BR-CO-26)
        _value_in(group, "PartyName", "Name", party.name)
        _address(_group(group, "PostalAddress"), party)
        if vat_id and not self.outside_vat:
            scheme = _group(group, "PartyTaxScheme")
            _value(scheme, "CompanyID", vat_id)
            _value_in(scheme, "TaxScheme", "ID", address.tax_scheme)
        legal = _group(group, "PartyLegalEntity")
        _value(legal, "RegistrationName", party.name or "-")
        _value(legal, "CompanyID", party.registration_number)
        if party.person or party.phone or party.email:
            contact = _group(group, "Contact")
            _value(contact, "Name", party.person)
            _value(contact, "Telephone", party.phone)
            _value(contact, "ElectronicMail", party.email)

    def _delivery(self, root: etree._Element) -> None:
        there, day = self.view.delivery, self.view.supply_date
        if there is None and day is None:
            return
        delivery = _group(root, "Delivery")
        _value(delivery, "ActualDeliveryDate", day.isoformat() if day else "")
        if there is not None and _COUNTRY.fullmatch(there.country):
            _address(_group(_group(delivery, "DeliveryLocation"), "Address"), there)
        if there is not None and there.name:
            _value_in(_group(delivery, "DeliveryParty"), "PartyName", "Name", there.name)

    # Money

    def _payment(self, root: etree._Element) -> None:
        view = self.view
        iban = checked_iban(view.bank.iban) if view.bank and not self.credit else ""
        if iban or view.payment_method.strip():
            means = _group(root, "PaymentMeans")
            sepa = _SEPA_TRANSFER if view.currency == "EUR" else _CREDIT_TRANSFER
            _value(means, "PaymentMeansCode", sepa if iban else _UNDEFINED, name=view.payment_method.strip())
            if iban and view.bank:
                _value(means, "PaymentID", view.payment_reference)
                account = _group(means, "PayeeFinancialAccount")
                _value(account, "ID", iban)
                _value(account, "Name", view.seller.name)
                _value_in(account, "FinancialInstitutionBranch", "ID", checked_bic(view.bank.bic))
        if self.sums.payable > 0 and (self.credit or view.due_date is None):
            # Due when? Something must be said (BR-CO-25).
            say = words(view.language)
            terms = say["credited"] if self.credit else f"{say['due_date']}: {view.issue_date.isoformat()}"
            _value(_group(root, "PaymentTerms"), "Note", terms)

    def _rounding(self, root: etree._Element) -> None:
        """The cents between the rounded lines of a category and its sum."""
        for one in self.sums.taxes:
            if one.adjustment:
                reason = words(self.view.language)["rounding"]
                group = self._allowance(root, -one.adjustment, reason)
                self._category(_group(group, "TaxCategory"), one.tax)

    def _tax_total(self, root: etree._Element) -> None:
        total = _group(root, "TaxTotal")
        self._amount(total, "TaxAmount", self.sums.vat)
        for one in self.sums.taxes:
            subtotal = _group(total, "TaxSubtotal")
            self._amount(subtotal, "TaxableAmount", one.taxable)
            self._amount(subtotal, "TaxAmount", one.vat)
            self._category(_group(subtotal, "TaxCategory"), one.tax, with_reason=True)

    def _monetary_total(self, root: etree._Element) -> None:
        sums, total = self.sums, _group(root, "LegalMonetaryTotal")
        self._amount(total, "LineExtensionAmount", sums.line_total)
        self._amount(total, "TaxExclusiveAmount", sums.net)
        self._amount(total, "TaxInclusiveAmount", sums.gross)
        for name, amount in (
            ("AllowanceTotalAmount", sums.allowances),
            ("ChargeTotalAmount", sums.charges),
            ("PrepaidAmount", sums.prepaid),
            ("PayableRoundingAmount", sums.rounding),
        ):
            if amount:
                self._amount(total, name, amount)
        self._amount(total, "PayableAmount", sums.payable)

    # Lines

    def _line(self, root: etree._Element, one: LineSum) -> None:
        line, group = one.line, _group(root, f"{self.root_name}Line")
        _value(group, "ID", str(line.position))
        # A unit that the code list lacks is not lost: its word goes with the line.
        unit = "" if is_known_unit(line.unit) else line.unit.strip()
        _value(group, "Note", unit)
        quantity = "CreditedQuantity" if self.credit else "InvoicedQuantity"
        _value(group, quantity, _number(one.quantity), unitCode=unit_code(line.unit))
        self._amount(group, "LineExtensionAmount", one.net)
        if one.allowance:
            self._allowance(group, one.allowance, words(self.view.language)["discount"])
        item = _group(group, "Item")
        _value(item, "Description", line.note)
        _value(item, "Name", line.name if _text(line.name) else line.sku or "-")
        _value_in(item, "SellersItemIdentification", "ID", line.sku)
        self._category(_group(item, "ClassifiedTaxCategory"), one.tax)
        _value(_group(group, "Price"), "PriceAmount", _number(one.price), currencyID=self.view.currency)

    def _allowance(self, parent: etree._Element, amount: Decimal, reason: str) -> etree._Element:
        """Below zero it is a charge."""
        group = _group(parent, "AllowanceCharge")
        _value(group, "ChargeIndicator", "true" if amount < 0 else "false")
        _value(group, "AllowanceChargeReason", reason)
        self._amount(group, "Amount", abs(amount))
        return group

    def _category(self, group: etree._Element, tax: Tax, *, with_reason: bool = False) -> None:
        _value(group, "ID", tax.category)
        _value(group, "Percent", "" if tax.percent is None else _number(tax.percent))
        if with_reason:
            _value(group, "TaxExemptionReasonCode", tax.reason_code)
            _value(group, "TaxExemptionReason", tax.reason)
        _value_in(group, "TaxScheme", "ID", "VAT")

    def _amount(self, parent: etree._Element, name: str, amount: Decimal) -> None:
        _value(parent, name, f"{amount:.{self.view.decimals}f}", currencyID=self.view.currency)


def _address(group: etree._Element, party: Party) -> None:
    _value(group, "StreetName", party.street)
    _value(group, "AdditionalStreetName", party.street2)
    _value(group, "CityName", party.city)
    _value(group, "PostalZone", party.postcode)
    _value(group, "CountrySubentity", party.state)
    _value_in(group, "Country", "IdentificationCode", party.country)


def _group(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_CAC}}}{name}")


def _value(parent: etree._Element, name: str, text: str, /, **attributes: str) -> None:
    if text := _text(text):
        element = etree.SubElement(parent, f"{{{_CBC}}}{name}")
        element.text = text
        for key, value in attributes.items():
            if value := _text(value):
                element.set(key, value)


def _value_in(parent: etree._Element, group: str, name: str, text: str) -> None:
    """A group of a single value; without the value there is no group either."""
    if _text(text):
        _value(_group(parent, group), name, text)


def _text(text: str) -> str:
    return _FORBIDDEN.sub("", text).strip()


def _number(number: Decimal) -> str:
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
