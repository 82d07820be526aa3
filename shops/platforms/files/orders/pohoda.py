"""Received orders of POHODA, in a dataPack or in the answer to a request for a list (file-ftp.md, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, tostring

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.files.orders import building
from shops.platforms.files.orders.building import Amounts, Meaning, amount, flag, incomplete
from shops.records import AddressRecord, OrderLineRecord, OrderRecord

BASE: Final = "http://www.stormware.cz/schema/version_2"
_NAMES: Final = {"ord": f"{BASE}/order.xsd", "typ": f"{BASE}/type.xsd"}
_SUMS: Final = ("priceNone", "priceLowSum", "priceHighSum", "price3Sum")
_TAXES: Final = ("priceLowVAT", "priceHighVAT", "price3VAT")


def is_pohoda(root: Element) -> bool:
    return root.tag.startswith(f"{{{BASE}/") and root.tag.rpartition("}")[2] in ("dataPack", "responsePack")


def orders(root: Element, meaning: Meaning) -> Iterator[tuple[str, OrderRecord | Refused]]:
    found = False
    for element in root.iter():
        header = element.find("ord:orderHeader", _NAMES)
        if header is None:
            continue
        found = True
        number = _number(header)
        try:
            yield number, _order(element, header, number, meaning)
        except Refused as error:
            yield number, error
    if not found:
        raise incomplete(_("The file is POHODA's, but there is no order in it."), "pohoda_empty")


def _number(header: Element) -> str:
    return _text(header, "ord:numberOrder") or _text(header, "ord:number/typ:numberRequested")


def _order(element: Element, header: Element, number: str, meaning: Meaning) -> OrderRecord:
    if (kind := _text(header, "ord:orderType")) not in ("receivedOrder", ""):
        raise incomplete(
            _("The order %(number)s is one that was given, not received (%(kind)s).")
            % {"number": number, "kind": kind[:40]},
            "pohoda_kind",
        )
    foreign = _text(element, "ord:orderSummary/ord:foreignCurrency/typ:currency/typ:ids")
    items = list(element.iterfind("ord:orderDetail/ord:orderItem", _NAMES))
    lines = [_line(item, "foreignCurrency" if foreign else "homeCurrency", meaning) for item in items]
    billing = _address(header.find("ord:partnerIdentity/typ:address", _NAMES))
    delivery = header.find("ord:partnerIdentity/typ:shipToAddress", _NAMES)
    total, tax = _totals(element, bool(foreign))
    return building.order(
        number=number,
        lines=lines,
        placed=building.moment(_text(header, "ord:date")),
        currency=foreign or meaning.currency,
        total=total,
        total_tax=tax,
        payment=_text(header, "ord:paymentType/typ:ids"),
        raw={"format": "pohoda", "order": tostring(element, encoding="unicode")},
        email=billing.email,
        vat_id=_text(header, "ord:partnerIdentity/typ:address/typ:dic")[:30],
        billing=billing,
        shipping=_address(delivery) if delivery is not None and _text(delivery, "typ:city") else None,
        customer_note=_text(header, "ord:note"),
        prices_gross=any(flag(_text(item, "ord:payVAT")) for item in items),
    )


def _line(item: Element, currency: str, meaning: Meaning) -> OrderLineRecord:
    name = _text(item, "ord:text")
    quantity = amount(_text(item, "ord:quantity"), "quantity") or Decimal(1)
    prices = f"ord:{currency}/typ:"
    unit = amount(_text(item, f"{prices}unitPrice"), "unitPrice")
    if unit is not None and (discount := amount(_text(item, "ord:discountPercentage"), "discountPercentage")):
        unit -= unit * discount / 100
    with_vat = flag(_text(item, "ord:payVAT"))
    amounts = Amounts(
        quantity=quantity,
        net=amount(_text(item, f"{prices}price"), "price"),
        vat=amount(_text(item, f"{prices}priceVAT"), "priceVAT"),
        unit_gross=unit if with_vat else None,
        unit_net=None if with_vat else unit,
        vat_percent=_percent(item, meaning),
    )
    if amounts.net is not None:  # calculated by POHODA itself: nothing is calculated a second time
        amounts.unit_gross = None
    sku = _text(item, "ord:code") or _text(item, "ord:stockItem/typ:stockItem/typ:ids")
    return building.line("item", amounts, name=name, sku=sku, number=_text(item, "ord:id"))


def _percent(item: Element, meaning: Meaning) -> Decimal | None:
    """The rate's percent, where the file or the shop's settings say it."""
    if (written := amount(_text(item, "ord:percentVAT"), "percentVAT")) is not None:
        return written
    rate = _text(item, "ord:rateVAT") or "none"
    if rate == "none":
        return Decimal(0)
    if rate in meaning.rates:
        return meaning.rates[rate]
    has_amounts = any(_text(item, f"ord:{way}/typ:priceVAT") for way in ("homeCurrency", "foreignCurrency"))
    if has_amounts:
        return None
    raise incomplete(
        _("The order says “%(rate)s” for the VAT, and nobody has entered how many percent that is.")
        % {"rate": rate[:20]},
        "pohoda_rates",
        cure=_(
            "Enter “VAT rates of POHODA” on the Connection page of the shop, then put the file there again."
        ),
    )


def _totals(element: Element, foreign: bool) -> tuple[Decimal | None, Decimal | None]:
    """(total, tax) as POHODA has calculated them, where it has; its rounding belongs to the total."""
    if foreign:
        total = amount(_text(element, "ord:orderSummary/ord:foreignCurrency/typ:priceSum"), "priceSum")
        return total, None
    summary = element.find("ord:orderSummary/ord:homeCurrency", _NAMES)
    if summary is None:
        return None, None
    sums = [found for name in _SUMS if (found := amount(_text(summary, f"typ:{name}"), name)) is not None]
    taxes = [found for name in _TAXES if (found := amount(_text(summary, f"typ:{name}"), name)) is not None]
    rounding = amount(_text(summary, "typ:round/typ:priceRound"), "priceRound") or Decimal(0)
    if not any(sums):
        return None, None
    return sum(sums, Decimal(0)) + rounding, sum(taxes, Decimal(0)) if taxes else None


def _address(place: Element | None) -> AddressRecord:
    if place is None:
        return AddressRecord()
    first, _blank, last = _text(place, "typ:name").rpartition(" ")
    return building.address(
        {
            "company": _text(place, "typ:company"),
            "first_name": first,
            "last_name": last,
            "street": _text(place, "typ:street"),
            "city": _text(place, "typ:city"),
            "postcode": _text(place, "typ:zip"),
            "country": _text(place, "typ:country/typ:ids").upper()[:2],
            "phone": _text(place, "typ:mobilPhone") or _text(place, "typ:phone"),
            "email": _text(place, "typ:email"),
        }
    )


def _text(element: Element | None, path: str) -> str:
    return (element.findtext(path, "", _NAMES) or "").strip() if element is not None else ""
