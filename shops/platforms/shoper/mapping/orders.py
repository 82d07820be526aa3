"""Orders: their lines come separately, delivery stands in the head, prices are gross (shoper.md, 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import UnexpectedAnswer
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.articles import variant_id
from shops.platforms.shoper.mapping.customers import ON_ORDERS, address
from shops.platforms.shoper.mapping.values import Malformed, Payload
from shops.records import AddressRecord, OrderLineRecord, OrderRecord

NOWHERE = AddressRecord()
# The shop rounds each line, so its sum may be off by as many cents as there are lines.
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Till:
    """What one must know of the shop to understand its orders. payments, shippings: {id: name}."""

    zone: tzinfo
    currencies: Mapping[str, str]
    payments: Mapping[str, str] = field(default_factory=dict)
    shippings: Mapping[str, str] = field(default_factory=dict)


def order(payload: Payload, rows: Sequence[Payload], till: Till) -> OrderRecord:
    """rows: its lines, of order-products. Raises UnexpectedAnswer for one whose goods are in another order by now."""
    if parent := values.identity(payload, "parent_order_id"):
        raise UnexpectedAnswer(
            _("In the shop this order was put together with order %(number)s.") % {"number": parent},
            cure=_("Look at both in the shop, then leave this one out or enter it by hand."),
            key="combined",
        )
    billing = address(values.part(payload, "billing_address"), ON_ORDERS)
    delivery = address(values.part(payload, "delivery_address"), ON_ORDERS)
    currency_id = values.identity(payload, "currency_id")
    if currency_id not in till.currencies:
        raise Malformed("currency_id", payload.get("currency_id"))
    number = values.own_id(payload, "order_id")
    lines = [_item(row) for row in rows]
    discount, total = _discount_and_total(payload, lines)
    placed = values.moment(payload, "date", till.zone)
    payment_id = values.identity(payload, "payment_id")
    return OrderRecord(
        remote_id=number,
        modified_at=values.moment(payload, "status_date", till.zone) or placed,
        number=number,
        status_id=values.identity(payload, "status_id"),
        currency=till.currencies[currency_id],
        created_at=placed,
        # The shop does not say when: what was paid in advance was paid when the order was placed.
        paid_at=placed if values.flag(payload, "is_paid") else None,
        customer_id=values.identity(payload, "user_id"),
        email=values.text(payload, "email").strip(),
        vat_id=values.name(values.part(payload, "billing_address"), "tax_identification_number"),
        billing=billing,
        shipping=None if delivery in (billing, NOWHERE) else delivery,
        customer_note=values.text(payload, "notes").strip(),
        payment_method_id=payment_id,
        payment_method_name=till.payments.get(payment_id, ""),
        prices_gross=True,
        vat_exempt=values.flag(payload, "vat_eu"),
        total=total,
        total_tax=sum((line.tax for line in (*lines, *discount, *_shipping(payload, till))), Decimal(0)),
        lines=(*lines, *discount, *_shipping(payload, till)),
        raw=values.plain({**payload, "order_products": list(rows)}),
        coupons=((code, Decimal(0)),) if (code := values.name(payload, "promo_code")) else (),
    )


def article_ids(line: Payload) -> tuple[str, str]:
    """(product, row of stock) of a line."""
    return values.identity(line, "product_id"), values.identity(line, "stock_id")


def _item(row: Payload) -> OrderLineRecord:
    """price is gross, of one piece, before the line's own discount in percent."""
    quantity = values.amount(row, "quantity")
    full = values.amount(row, "price") * quantity
    percent = values.percent(row, "tax_value") or Decimal(0)
    gross = full * (1 - (values.percent(row, "discount_perc") or Decimal(0)) / 100)
    option = values.name(row, "option")
    product_id, stock_id = article_ids(row)
    return OrderLineRecord(
        kind="item",
        remote_id=values.own_id(row, "id"),
        article_id=variant_id(product_id, stock_id) if option and stock_id else product_id,
        sku=values.text(row, "code").strip(),
        name=values.name(row),
        quantity=quantity,
        **_amounts(gross, percent),
        net_before_discount=_net(full, percent),
        vat_percent=percent,
        variant=tuple(_chosen(option)),
    )


def _shipping(payload: Payload, till: Till) -> Iterator[OrderLineRecord]:
    """Delivery as a line of our own, free or not: its method is mapped by it (O1, O8)."""
    method = values.identity(payload, "shipping_id")
    cost = values.decimal(payload, "shipping_cost") or Decimal(0)
    if not method and not cost:
        return
    percent = values.percent(payload, "shipping_tax_value") or Decimal(0)
    yield OrderLineRecord(
        kind="shipping",
        name=till.shippings.get(method, "") or _("Delivery"),
        method_id=method,
        **_amounts(cost, percent),
        vat_percent=percent,
    )


def _discount_and_total(
    payload: Payload, lines: Sequence[OrderLineRecord]
) -> tuple[tuple[OrderLineRecord, ...], Decimal]:
    """The order's own discount as a line, and what the customer pays.

    Nobody says whether `sum` has the delivery in it, nor whether the lines have the order's discounts (percentages in
    the head) in them already. The one reading that adds up is taken; if none does, or two, the sum stands as it is, and
    the order waits for a person because it does not equal its lines.
    """
    total = values.amount(payload, "sum")
    delivery = values.decimal(payload, "shipping_cost") or Decimal(0)
    items = sum((line.net + line.tax for line in lines), Decimal(0))
    slack = _CENT * (len(lines) + 1)
    share = _share(payload)
    readings = {
        # (whether the discount is still to be taken off, what is to be paid): what the sum would then be
        (False, total): items + delivery,
        (True, total): items * (1 - share) + delivery,
        (False, total + delivery): items,
        (True, total + delivery): items * (1 - share),
    }
    fitting = [
        reading
        for reading, expected in readings.items()
        if abs(expected - total) <= slack and (share or not reading[0])
    ]
    if len(fitting) != 1:
        return (), total
    discounted, to_pay = fitting[0]
    return tuple(_discounts(lines, share)) if discounted else (), to_pay


def _share(payload: Payload) -> Decimal:
    """What part of the goods' price the order's discounts take off together."""
    left = Decimal(1)
    for name in ("discount_client", "discount_group", "discount_levels", "discount_code"):
        left *= 1 - (values.percent(payload, name) or Decimal(0)) / 100
    return 1 - left


def _discounts(lines: Sequence[OrderLineRecord], share: Decimal) -> Iterator[OrderLineRecord]:
    """One for each VAT rate."""
    by_rate: dict[Decimal, Decimal] = {}
    for line in lines:
        percent = line.vat_percent or Decimal(0)
        by_rate[percent] = by_rate.get(percent, Decimal(0)) + line.net + line.tax
    for percent, gross in by_rate.items():
        yield OrderLineRecord(
            kind="discount",
            name=_("Discount on the order"),
            **_amounts(-gross * share, percent),
            vat_percent=percent,
        )


def _amounts(gross: Decimal, percent: Decimal) -> dict[str, Any]:
    net = _net(gross, percent)
    return {"net": net, "tax": gross - net}


def _net(gross: Decimal, percent: Decimal) -> Decimal:
    return gross / (1 + percent / 100)


def _chosen(option: str) -> Iterator[tuple[str, str]]:
    """ "Kolor: Czerwony; Rozmiar: S" as pairs."""
    for part in option.split(";"):
        name, colon, value = part.partition(":")
        if colon and name.strip():
            yield name.strip(), value.strip()
