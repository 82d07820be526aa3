"""Orders of the shop. All amounts of lines are net, also where the shop's prices are gross (woocommerce.md, 5)."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.customers import VAT_ID_KEYS, address
from shops.platforms.woocommerce.mapping.terms import shipping_id
from shops.platforms.woocommerce.mapping.values import Payload
from shops.records import AddressRecord, OrderLineRecord, OrderRecord, OrderStatusChange, RefundRecord

NOWHERE = AddressRecord()


def order(
    payload: Payload, vat_keys: Sequence[str] = VAT_ID_KEYS, variable: Container[str] = frozenset()
) -> OrderRecord:
    """payload: read with dp=6. variable: ids of products known to have variations, among those of `suspects`."""
    billing = address(values.part(payload, "billing"))
    shipping = address(values.part(payload, "shipping"))
    percents = _percents(payload)
    return OrderRecord(
        remote_id=values.own_id(payload),
        modified_at=values.moment(payload, "date_modified_gmt"),
        number=values.text(payload, "number") or values.own_id(payload),
        status_id=values.slug(payload, "status"),
        currency=values.text(payload, "currency"),
        created_at=values.moment(payload, "date_created_gmt"),
        paid_at=values.moment(payload, "date_paid_gmt"),
        customer_id=values.identity(payload, "customer_id"),
        email=billing.email,
        vat_id=values.first_meta(payload, vat_keys),
        billing=billing,
        shipping=None if shipping == NOWHERE else shipping,
        customer_note=values.text(payload, "customer_note"),
        payment_method_id=values.slug(payload, "payment_method"),
        payment_method_name=values.name(payload, "payment_method_title"),
        transaction_id=values.text(payload, "transaction_id"),
        prices_gross=payload.get("prices_include_tax") is True,
        vat_exempt=values.first_meta(payload, ("is_vat_exempt",)) == "yes",
        total=values.amount(payload, "total"),
        total_tax=values.decimal(payload, "total_tax") or Decimal(0),
        lines=(
            *(_item(row, percents, variable) for row in values.rows(payload, "line_items")),
            *(_extra("shipping", row, percents) for row in values.rows(payload, "shipping_lines")),
            *(_extra("fee", row, percents) for row in values.rows(payload, "fee_lines")),
        ),
        coupons=tuple(
            (values.text(row, "code"), values.decimal(row, "discount") or Decimal(0))
            for row in values.rows(payload, "coupon_lines")
        ),
        refunds=tuple(
            RefundRecord(
                remote_id=values.own_id(row),
                amount=abs(values.amount(row, "total")),
                reason=values.text(row, "reason"),
            )
            for row in values.rows(payload, "refunds")
        ),
        raw=values.plain(payload),
    )


def suspects(payload: Payload) -> set[str]:
    """Products of lines that may have been a variation once: no variation id, yet attributes stand with the line.

    When a variation is deleted its lines take the id and the SKU of the parent (woocommerce.md, 12). A plug-in may
    write such data to lines of simple products too, so the product's type decides.
    """
    return {
        number
        for row in values.rows(payload, "line_items")
        if not values.identity(row, "variation_id")
        and (number := values.identity(row, "product_id"))
        and _attributes(row)
    }


def status_payload(record: OrderStatusChange) -> dict[str, Any]:
    """The status alone: touching anything else would make the shop calculate the order anew (woocommerce.md, 9.12)."""
    return {} if record.status_id is None else {"status": record.status_id}


def _item(row: Payload, percents: Mapping[str, Decimal], variable: Container[str]) -> OrderLineRecord:
    product = values.identity(row, "product_id")
    variation = values.identity(row, "variation_id")
    doubt = ""
    if not product and not variation:
        doubt = _("The product of this line was deleted in the shop after it had been ordered.")
    elif not variation and product in variable:
        doubt = _(
            "The variation of this line was deleted in the shop after it had been ordered; "
            "the SKU that the shop shows is that of its parent article."
        )
    return OrderLineRecord(
        kind="item",
        remote_id=values.identity(row),
        article_id=variation or product,
        sku=values.text(row, "sku").strip(),
        name=values.name(row),
        quantity=values.amount(row, "quantity"),
        net=values.amount(row, "total"),
        tax=_tax(row),
        net_before_discount=values.decimal(row, "subtotal"),
        vat_percent=_percent(row, percents),
        variant=_attributes(row),
        taken=_taken(row),
        doubt=doubt,
    )


def _taken(row: Payload) -> Decimal:
    """The shop's own note of what it took off its stock for the line; gone when it was put back."""
    notes = (meta for meta in values.rows(row, "meta_data") if values.text(meta, "key") == "_reduced_stock")
    note = next(notes, None)
    return (values.decimal(note, "value") if note is not None else None) or Decimal(0)


def _extra(kind: str, row: Payload, percents: Mapping[str, Decimal]) -> OrderLineRecord:
    return OrderLineRecord(
        kind=kind,
        remote_id=values.identity(row),
        name=values.name(row, "method_title" if kind == "shipping" else "name"),
        net=values.decimal(row, "total") or Decimal(0),
        tax=_tax(row),
        vat_percent=_percent(row, percents),
        method_id=shipping_id(row) if kind == "shipping" else "",
    )


def _attributes(row: Payload) -> tuple[tuple[str, str], ...]:
    """What the shop shows beside the line: (name, value); its own notes begin with an underscore."""
    return tuple(
        (values.name(meta, "display_key") or values.text(meta, "key"), values.name(meta, "display_value"))
        for meta in values.rows(row, "meta_data")
        if not values.text(meta, "key").startswith("_") and isinstance(meta.get("display_value"), str)
    )


def _tax(row: Payload) -> Decimal:
    """The tax at full precision: the line's own total_tax is rounded, its parts are not (woocommerce.md, 5)."""
    parts = [part for tax in values.rows(row, "taxes") if (part := values.decimal(tax, "total")) is not None]
    return sum(parts, Decimal(0)) if parts else values.decimal(row, "total_tax") or Decimal(0)


def _percents(payload: Payload) -> dict[str, Decimal]:
    """{rate id: percent} of the order's taxes."""
    return {
        values.identity(row, "rate_id"): percent
        for row in values.rows(payload, "tax_lines")
        if (percent := values.percent(row, "rate_percent")) is not None
    }


def _percent(row: Payload, percents: Mapping[str, Decimal]) -> Decimal | None:
    """The line's VAT in percent: 0 when the shop took none, None when it does not say which it took."""
    charged = [
        values.identity(tax) for tax in values.rows(row, "taxes") if values.decimal(tax, "total") is not None
    ]
    if not charged:
        return None if values.decimal(row, "total_tax") else Decimal(0)
    if any(rate not in percents for rate in charged):
        return None
    return sum((percents[rate] for rate in charged), Decimal(0))
