"""Orders of the shop. Amounts are stored in its base currency; the order's own is value times rate (oscommerce.md, 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from backoffice.lib.money import round_half_up
from shops.platforms.oscommerce.clock import Clock
from shops.platforms.oscommerce.mapping import terms, totals, values
from shops.platforms.oscommerce.mapping.customers import Places
from shops.platforms.oscommerce.mapping.totals import SHIPPING, Amount, Line, Rates, Total
from shops.platforms.oscommerce.mapping.values import Row
from shops.records import AddressRecord, OrderLineRecord, OrderRecord

NOWHERE: Final = AddressRecord()


@dataclass(frozen=True, slots=True)
class Sales:
    """What one must know of the shop to understand its orders.

    decimals: {currency: of its amounts}. statuses: {id: name}. gross: how the shop shows prices today.
    """

    clock: Clock
    places: Places = field(default_factory=Places)
    rates: Rates = field(default_factory=Rates)
    decimals: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    gross: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of one order, as operations/orders.py names them. persons: of its customer's address book."""

    order: Row
    lines: Sequence[Row] = ()
    options: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    totals: Sequence[Row] = ()
    history: Sequence[Row] = ()
    persons: Sequence[Row] = ()

    def raw(self) -> dict[str, Any]:
        return {
            "order": dict(self.order),
            "lines": [
                {
                    **line,
                    "options": [dict(option) for option in self.options.get(values.text(line, "id"), ())],
                }
                for line in self.lines
            ],
            "totals": [dict(row) for row in self.totals],
            "history": [dict(row) for row in self.history],
        }


def order(parts: Parts, shop: Sales) -> OrderRecord:
    row = parts.order
    currency = values.text(row, "currency")
    decimals = shop.decimals.get(currency, 2)
    settled = totals.settle(
        [_priced(line) for line in parts.lines],
        [_total(total) for total in parts.totals],
        shop.rates,
        decimals=decimals,
        gross_by_setting=shop.gross,
    )
    rate = values.decimal(row, "currency_value") or Decimal(1)
    vat_id, billing = _address(row, "billing", parts.persons, shop.places)
    _vat_id, delivery = _address(row, "delivery", parts.persons, shop.places)
    contact = {
        "phone": values.name(row, "customers_telephone"),
        "email": values.text(row, "customers_email_address").strip(),
    }
    payment = terms.payment_title(values.text(row, "payment_method"))
    lines = tuple(
        _item(line, parts.options.get(values.text(line, "id"), ()), amount, rate)
        for line, amount in zip(parts.lines, settled.lines, strict=True)
    )
    extras = tuple(_extra(total, amount, rate) for total, amount in settled.extras)
    amounts = [*settled.lines, *(amount for _total, amount in settled.extras)]
    return OrderRecord(
        remote_id=values.identity(row),
        number=values.identity(row),
        modified_at=shop.clock.moment(row, "last_modified") or shop.clock.moment(row, "date_purchased"),
        status_id=values.identity(row, "orders_status"),
        currency=currency,
        created_at=shop.clock.moment(row, "date_purchased"),
        customer_id=values.identity(row, "customers_id"),
        email=contact["email"],
        vat_id=vat_id,
        billing=replace(billing, **contact),
        # Of what is only downloaded the delivery is empty.
        shipping=None if delivery == NOWHERE else delivery,
        customer_note=values.text(parts.history[0], "comments").strip() if parts.history else "",
        note=_note(parts, payment, shop),
        payment_method_id=payment,
        payment_method_name=payment,
        prices_gross=settled.gross,
        total=round_half_up(settled.total * rate, decimals),
        total_tax=round_half_up(sum((a.tax for a in amounts), Decimal(0)) * rate, decimals),
        lines=lines + extras,
        raw=parts.raw(),
    )


def _note(parts: Parts, payment: str, shop: Sales) -> str:
    """Payment, delivery and status in the shop's words, as they were when the order was placed."""
    shipping = [total for total in parts.totals if total.get("class") == SHIPPING]
    delivery = terms.shipping_title(values.text(shipping[0], "title")) if shipping else ""
    first = values.text(parts.history[0], "status") if parts.history else ""
    said = (
        (_("Payment: %(what)s"), payment),
        (_("Delivery: %(what)s"), delivery),
        (_("Status in the shop: %(what)s"), shop.statuses.get(first, first)),
    )
    return "\n".join(text % {"what": what} for text, what in said if what)


def _priced(line: Row) -> Line:
    return Line(
        unit=values.decimal(line, "final_price"),
        percent=Decimal(f"{values.percent(line, 'products_tax').normalize():f}"),
        pieces=values.number(line, "products_quantity"),
    )


def _total(row: Row) -> Total:
    return Total(
        kind=values.text(row, "class"),
        title=terms.shipping_title(values.text(row, "title")),
        value=values.decimal(row, "value"),
        place=values.number(row, "id"),
    )


def _item(line: Row, options: Sequence[Row], amount: Amount, rate: Decimal) -> OrderLineRecord:
    """The price of the options is in the line's price already; what was chosen stands behind the name."""
    chosen = tuple((values.name(option), values.name(option, "value")) for option in options)
    name = values.name(line, "products_name")
    if chosen:
        name = f"{name} ({', '.join(f'{what}: {value}' for what, value in chosen)})"
    return OrderLineRecord(
        kind="item",
        remote_id=values.identity(line),
        article_id=values.identity(line, "products_id"),
        sku=values.text(line, "products_model").strip(),
        name=name,
        quantity=Decimal(values.number(line, "products_quantity")),
        net=amount.net * rate,
        tax=amount.tax * rate,
        vat_percent=amount.percent,
        variant=chosen,
    )


def _extra(total: Total, amount: Amount, rate: Decimal) -> OrderLineRecord:
    is_shipping = total.kind == SHIPPING
    kind = "shipping" if is_shipping else "discount" if total.value < 0 else "fee"
    return OrderLineRecord(
        kind=kind,
        remote_id=str(total.place),
        name=total.title or total.kind,
        net=amount.net * rate,
        tax=amount.tax * rate,
        vat_percent=amount.percent,
        method_id=terms.shipping_method_id(total.title) if is_shipping else "",
    )


def _address(row: Row, block: str, persons: Sequence[Row], places: Places) -> tuple[str, AddressRecord]:
    """(VAT id, address) of one of the order's blocks; each name is one text, the country its name."""
    first_name, last_name = _person(values.name(row, f"{block}_name"), persons)
    vat_id, street2 = places.split_suburb(values.text(row, f"{block}_suburb"))
    country = values.name(row, f"{block}_country")
    return vat_id, AddressRecord(
        first_name=first_name,
        last_name=last_name,
        company=values.name(row, f"{block}_company"),
        street=values.name(row, f"{block}_street_address"),
        street2=" ".join(street2.split()),
        city=values.name(row, f"{block}_city"),
        postcode=values.name(row, f"{block}_postcode"),
        state=values.name(row, f"{block}_state"),
        country=places.by_name.get(country.casefold(), country),
    )


def _person(name: str, persons: Sequence[Row]) -> tuple[str, str]:
    """First and last name where the address book says where the one ends; else all of it as the last name."""
    for person in persons:
        first, last = values.name(person, "first_name"), values.name(person, "last_name")
        if f"{first} {last}".strip() == name:
            return first, last
    return "", name
