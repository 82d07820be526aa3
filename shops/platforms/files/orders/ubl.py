"""UBL 2.1 Order (OASIS; file-ftp.md, 5). Amounts of lines are net; charges are shipping or fees, allowances discounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, tostring

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.files.orders import building
from shops.platforms.files.orders.building import Amounts, Meaning, amount, incomplete
from shops.records import AddressRecord, OrderLineRecord, OrderRecord

ROOT: Final = "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
_NAMES: Final = {
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
}
# UNTDID 7161: what a charge is for. Freight and delivery are shipping, the rest fees.
_FREIGHT: Final = frozenset({"FC", "DL", "SAA", "ADR"})
_FREIGHT_WORDS = re.compile(r"(?i)ship|freight|deliver|dopr|dostav|wysył|szállít|transport|poštn|postn")


def orders(root: Element, meaning: Meaning) -> Iterator[tuple[str, OrderRecord | Refused]]:
    number = _text(root, "cbc:ID")
    try:
        yield number, _order(root, number, meaning)
    except Refused as error:
        yield number, error


def _order(root: Element, number: str, meaning: Meaning) -> OrderRecord:
    buyer = root.find("cac:BuyerCustomerParty/cac:Party", _NAMES)
    accounting = root.find("cac:AccountingCustomerParty/cac:Party", _NAMES)
    parts = [_line(item) for item in root.iterfind("cac:OrderLine/cac:LineItem", _NAMES)]
    parts += [_charge(element) for element in root.iterfind("cac:AllowanceCharge", _NAMES)]
    billing = _address(accounting if accounting is not None else buyer)
    means = root.find("cac:PaymentMeans", _NAMES)
    code = means.find("cbc:PaymentMeansCode", _NAMES) if means is not None else None
    return building.order(
        number=number,
        lines=_with_tax(parts, root, number),
        placed=building.moment(_text(root, "cbc:IssueDate"), _text(root, "cbc:IssueTime")),
        currency=_currency(root) or meaning.currency,
        total=_amount(root, "cac:AnticipatedMonetaryTotal/cbc:PayableAmount"),
        total_tax=_amount(root, "cac:TaxTotal/cbc:TaxAmount"),
        payment=(code.text or "") if code is not None else "",
        payment_name=(code.get("name") or code.text or "") if code is not None else "",
        raw={"format": "ubl", "order": tostring(root, encoding="unicode")},
        email=billing.email,
        vat_id=_text(buyer, "cac:PartyTaxScheme/cbc:CompanyID")[:30],
        billing=billing,
        shipping=_delivery(root),
        customer_note="\n".join(note.text for note in root.iterfind("cbc:Note", _NAMES) if note.text),
    )


def _line(item: Element) -> tuple[str, Amounts, dict[str, str]]:
    quantity = _amount(item, "cbc:Quantity")
    price, base = _amount(item, "cac:Price/cbc:PriceAmount"), _amount(item, "cac:Price/cbc:BaseQuantity")
    unit = price / base if price is not None and base else price
    amounts = Amounts(
        quantity=Decimal(1) if quantity is None else quantity,
        net=_amount(item, "cbc:LineExtensionAmount"),
        unit_net=unit,
        vat=_amount(item, "cac:TaxTotal/cbc:TaxAmount", "cbc:TotalTaxAmount"),
        vat_percent=_amount(
            item,
            "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent",
            "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent",
        ),
    )
    return (
        "item",
        amounts,
        {
            "name": _text(item, "cac:Item/cbc:Name") or _text(item, "cac:Item/cbc:Description"),
            "sku": _text(item, "cac:Item/cac:SellersItemIdentification/cbc:ID"),
            "number": _text(item, "cbc:ID"),
        },
    )


def _charge(element: Element) -> tuple[str, Amounts, dict[str, str]]:
    charged = _text(element, "cbc:ChargeIndicator").strip().casefold() in ("true", "1")
    reason = _text(element, "cbc:AllowanceChargeReason")
    code = _text(element, "cbc:AllowanceChargeReasonCode")
    freight = code in _FREIGHT or bool(_FREIGHT_WORDS.search(reason))
    kind = ("shipping" if freight else "fee") if charged else "discount"
    net = _amount(element, "cbc:Amount")
    amounts = Amounts(
        net=net if charged or net is None else -net,
        vat=_amount(element, "cac:TaxTotal/cbc:TaxAmount"),
        vat_percent=_amount(element, "cac:TaxCategory/cbc:Percent"),
    )
    return (
        kind,
        amounts,
        {"name": reason or code or kind, "method": reason or code if kind == "shipping" else ""},
    )


def _with_tax(
    lines: Sequence[tuple[str, Amounts, dict[str, str]]], root: Element, number: str
) -> list[OrderLineRecord]:
    """Lines that say nothing of VAT take the one rate that the whole order has; with several rates nothing is guessed."""
    silent = [
        amounts for _kind, amounts, _names in lines if amounts.vat is None and amounts.vat_percent is None
    ]
    if silent:
        rate = _only_rate(root)
        if rate is None:
            raise incomplete(
                _("The order %(number)s has lines that do not say their VAT.") % {"number": number},
                "line_vat",
            )
        for amounts in silent:
            amounts.vat_percent = rate
    return [building.line(kind, amounts, **names) for kind, amounts, names in lines]


def _only_rate(root: Element) -> Decimal | None:
    percents = {
        amount(element.text, "Percent")
        for element in root.iterfind("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent", _NAMES)
    }
    if len(percents) == 1:
        return percents.pop()
    total = _amount(root, "cac:TaxTotal/cbc:TaxAmount")
    return Decimal(0) if not percents and total == 0 else None


def _delivery(root: Element) -> AddressRecord | None:
    delivery = root.find("cac:Delivery", _NAMES)
    if delivery is None:
        return None
    place = next(
        (
            found
            for path in (
                "cac:DeliveryAddress",
                "cac:DeliveryLocation/cac:Address",
                "cac:DeliveryParty/cac:PostalAddress",
            )
            if (found := delivery.find(path, _NAMES)) is not None
        ),
        None,
    )
    if place is None:
        return None
    party = delivery.find("cac:DeliveryParty", _NAMES)
    return building.address(_place(place) | _names(party))


def _address(party: Element | None) -> AddressRecord:
    if party is None:
        return AddressRecord()
    place = party.find("cac:PostalAddress", _NAMES)
    return building.address((_place(place) if place is not None else {}) | _names(party))


def _place(place: Element) -> dict[str, str]:
    street = " ".join(
        part for part in (_text(place, "cbc:StreetName"), _text(place, "cbc:BuildingNumber")) if part
    )
    return {
        "street": street or _text(place, "cac:AddressLine/cbc:Line"),
        "street2": _text(place, "cbc:AdditionalStreetName"),
        "city": _text(place, "cbc:CityName"),
        "postcode": _text(place, "cbc:PostalZone"),
        "state": _text(place, "cbc:CountrySubentity"),
        "country": _text(place, "cac:Country/cbc:IdentificationCode").upper(),
    }


def _names(party: Element | None) -> dict[str, str]:
    if party is None:
        return {}
    person = _text(party, "cac:Person/cbc:FirstName"), _text(party, "cac:Person/cbc:FamilyName")
    contact = _text(party, "cac:Contact/cbc:Name")
    company = _text(party, "cac:PartyName/cbc:Name") or _text(
        party, "cac:PartyLegalEntity/cbc:RegistrationName"
    )
    first, last = person if any(person) else contact.split(" ", 1) if " " in contact else ("", contact)
    return {
        "company": company,
        "first_name": first,
        "last_name": last,
        "phone": _text(party, "cac:Contact/cbc:Telephone"),
        "email": _text(party, "cac:Contact/cbc:ElectronicMail"),
    }


def _currency(root: Element) -> str:
    named = _text(root, "cbc:DocumentCurrencyCode") or _text(root, "cbc:PricingCurrencyCode")
    if named:
        return named
    used = {element.get("currencyID", "") for element in root.iter() if element.get("currencyID")}
    return used.pop() if len(used) == 1 else ""


def _text(element: Element | None, path: str) -> str:
    return (element.findtext(path, "", _NAMES) or "").strip() if element is not None else ""


def _amount(element: Element, *paths: str) -> Decimal | None:
    for path in paths:
        if (found := amount(_text(element, path), path.rpartition(":")[2])) is not None:
            return found
    return None
