"""Sale prices: Shoper keeps a discount from the price, and both dates must be there (shoper.md, 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal
from typing import Any, Final

from backoffice.lib.money import round_half_up
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Payload
from shops.records import PriceRecord, Sale

# An open end, where the shop wants a date.
LONG_AGO: Final = "2000-01-01 00:00:00"
NEVER: Final = "2099-12-31 23:59:59"
AMOUNT, PERCENT = 2, 3
WHOLE_PRODUCT, CHOSEN_ROWS = 1, 2


def sale(offer: Payload, regular: Decimal, zone: tzinfo) -> Sale:
    """Sale() = there is none. offer: `special_offer` of a row or product, or a row of specialoffers."""
    if not offer:
        return Sale()
    discount = values.amount(offer, "discount")
    if values.text(offer, "discount_type") == str(PERCENT):
        price = round_half_up(regular * (1 - discount / 100), 2)
    else:
        price = regular - discount
    begins, ends = values.text(offer, "date_from"), values.text(offer, "date_to")
    return Sale(
        price=price,
        valid_from=None if begins <= LONG_AGO else values.moment(offer, "date_from", zone),
        valid_to=None if ends >= NEVER else values.moment(offer, "date_to", zone),
    )


def as_stored(record: PriceRecord) -> PriceRecord:
    """What was sent, as it is read again: the shop's dates have no fractions of a second."""
    if record.sale is None:
        return record
    begins, ends = record.sale.valid_from, record.sale.valid_to
    sale = replace(
        record.sale,
        valid_from=None if begins is None else begins.replace(microsecond=0),
        valid_to=None if ends is None else ends.replace(microsecond=0),
    )
    return replace(record, sale=sale)


def offer_payload(wanted: Sale, regular: Decimal, zone: tzinfo) -> dict[str, Any]:
    """The fields of an offer that makes `regular` the sale's price; wanted.price must be set."""
    assert wanted.price is not None
    return {
        "discount": values.number(regular - wanted.price),
        "discount_type": AMOUNT,
        "date_from": LONG_AGO if wanted.valid_from is None else values.shop_time(wanted.valid_from, zone),
        "date_to": NEVER if wanted.valid_to is None else values.shop_time(wanted.valid_to, zone),
    }
