"""Make a draft fit our columns, losing nothing that matters, guessing nothing. Pure: no database."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model
from django.utils.translation import gettext as _

from backoffice.lib.money import is_currency, round_cent
from orders.drafts import AddressDraft, LineDraft, OrderDraft
from orders.errors import IncompleteOrder
from orders.models import Address, Order, OrderLine
from orders.services.vat_ids import check_vat_id

_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
# The columns hold ten digits before the dot and more; nobody's order reaches it, a broken payload does.
_LARGEST = Decimal(10) ** 10


def clean_draft(draft: OrderDraft) -> OrderDraft:
    """The draft as it will be stored: amounts in the columns' precision, the total at the cent, texts cut to length.

    Raises IncompleteOrder where currency, date or id are missing, or an amount is not a number of our size.
    """
    currency = draft.currency.strip().upper()
    _check_complete(draft, currency)
    vat_id = check_vat_id(draft.vat_id, draft.billing.country)
    billing = clean_address(draft.billing)
    delivery = clean_address(draft.delivery) if draft.delivery else None
    return replace(
        draft,
        number=fit(Order, "source_number", draft.number or draft.source_id),
        source_label=fit(Order, "payment_name", draft.source_label)[:100] or draft.source,
        currency=currency,
        email=fit(Order, "email", draft.email.strip()),
        vat_id=fit(Order, "vat_id", draft.vat_id if vat_id.well_formed is False else vat_id.number),
        billing=billing,
        delivery=None if delivery is None or _says_nothing(delivery, billing) else delivery,
        customer_note=draft.customer_note.replace("\0", ""),
        note=draft.note.replace("\0", ""),
        payment_name=fit(Order, "payment_name", draft.payment_name),
        transaction_id=fit(Order, "transaction_id", draft.transaction_id),
        shipping_name=fit(Order, "shipping_name", draft.shipping_name),
        total=round_cent(draft.total, currency),
        total_vat=None if draft.total_vat is None else round_cent(draft.total_vat, currency),
        lines=tuple(_clean_line(line) for line in draft.lines),
    )


def _check_complete(draft: OrderDraft, currency: str) -> None:
    what = draft.number or draft.source_id
    if not draft.source_id:
        raise _incomplete(
            draft, "id", _("Order %(number)s came without the id that the shop gives it.") % {"number": what}
        )
    if not _CURRENCY.fullmatch(currency):
        raise _incomplete(
            draft, "currency", _("Order %(number)s came without a currency.") % {"number": what}
        )
    if not is_currency(currency):
        raise _incomplete(
            draft,
            "currency_unknown",
            _("Order %(number)s is in “%(currency)s”, which is no currency that Kontor knows.")
            % {"number": what, "currency": currency},
        )
    if draft.placed_at is None:
        raise _incomplete(
            draft, "date", _("Order %(number)s came without the date of the order.") % {"number": what}
        )
    amounts = [draft.total, *(value for line in draft.lines for value in (line.net, line.vat, line.quantity))]
    if any(not amount.is_finite() or abs(amount) >= _LARGEST for amount in amounts):
        raise _incomplete(
            draft,
            "amount",
            _("Order %(number)s came with an amount that cannot be right.") % {"number": what},
        )
    if draft.total < 0:
        raise _incomplete(
            draft,
            "negative",
            _("Order %(number)s has a total below zero: it is rather a refund than an order.")
            % {"number": what},
        )
    if not draft.lines:
        raise _incomplete(draft, "lines", _("Order %(number)s came without any line.") % {"number": what})


def clean_address(address: AddressDraft) -> AddressDraft:
    """Texts cut to length. A country that is no two-letter code goes to the region: it is not lost, and not guessed."""
    values = {
        f.name: fit(Address, f.name, getattr(address, f.name)) for f in fields(address) if f.name != "country"
    }
    country = address.country.strip().upper()
    if not _COUNTRY.fullmatch(country):
        values["state"] = fit(
            Address, "state", " ".join(p for p in (values["state"], address.country.strip()) if p)
        )
        country = ""
    return AddressDraft(**values, country=country)


def usable_email(text: str) -> str:
    """The address in small letters, "" when it is none: "n/a" must not become the key of a customer."""
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email if len(email) <= 254 else ""


def fit(model: type[Model], field: str, text: str) -> str:
    """Cut to the column's length. PostgreSQL stores no NUL and refuses what is too long."""
    column: Any = model._meta.get_field(field)
    return text.replace("\0", "").strip()[: column.max_length]


def _says_nothing(delivery: AddressDraft, billing: AddressDraft) -> bool:
    """Empty, or the billing address once more: shops repeat it, without e-mail and often without phone."""
    same = replace(delivery, email=billing.email, phone=delivery.phone or billing.phone)
    return delivery == AddressDraft() or same == billing


def _clean_line(line: LineDraft) -> LineDraft:
    name = fit(OrderLine, "name", line.name) or fit(OrderLine, "name", line.sku) or "–"
    sku, doubt = line.sku.strip(), line.doubt
    longest: Any = OrderLine._meta.get_field("sku").max_length
    if len(sku) > longest:
        doubt = doubt or _(
            "The SKU is longer than %(limit)d characters, so it belongs to no article here."
        ) % {"limit": longest}
    return replace(
        line,
        source_id=fit(OrderLine, "source_id", line.source_id),
        sku=fit(OrderLine, "sku", sku),
        name=name,
        quantity=line.quantity.quantize(Decimal("0.001")),
        net=line.net.quantize(Decimal("0.000001")),
        vat=line.vat.quantize(Decimal("0.000001")),
        net_before_discount=None
        if line.net_before_discount is None
        else line.net_before_discount.quantize(Decimal("0.000001")),
        vat_percent=None if line.vat_percent is None else line.vat_percent.quantize(Decimal("0.001")),
        doubt=fit(OrderLine, "note", doubt),
    )


def _incomplete(draft: OrderDraft, what: str, message: str) -> IncompleteOrder:
    return IncompleteOrder(
        message,
        cure=_("Look at the order in the shop's panel, correct it there and read the orders again."),
        detail=f"source={draft.source} id={draft.source_id} number={draft.number}",
        key=f"order_incomplete:{what}",
    )
