"""Article records as bodies for the shop: only what is known (None = left alone), since less is safer (shoper.md, 9.11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.articles import Catalogue
from shops.records import ArticleRecord, PriceRecord, StockRecord

_TEXTS = {"name": "name", "short_description": "short_description", "description": "description"}


def product_payload(record: ArticleRecord, shop: Catalogue, *, main_category: str = "") -> dict[str, Any]:
    """The fields of a product that both create and update know. main_category: stays the first one if it still holds."""
    body: dict[str, Any] = {}
    for ours, theirs in (("sku", "code"), ("ean", "ean")):
        if (value := getattr(record, ours)) is not None:
            body[theirs] = value
    for ours, theirs in (("unit_id", "unit_id"), ("vat_rate_id", "tax_id")):
        if value := getattr(record, ours):
            body[theirs] = int(value)
    if record.producer_id is not None:
        body["producer_id"] = int(record.producer_id) if record.producer_id else None
    if record.category_ids is not None:
        body |= categories(record.category_ids, main_category)
    if texts := _words(record):
        body["translations"] = {shop.locale: texts}
    base = _row(record, shop)
    if base:
        body["stock"] = base
    return body


def new_product_payload(record: ArticleRecord, shop: Catalogue, default_category: str) -> dict[str, Any]:
    """Raises Refused for an article without a category: the shop has no product without one."""
    if not record.category_ids and not default_category:
        raise no_category()
    placed = replace(record, category_ids=record.category_ids or (default_category,))
    body = {**product_payload(placed, shop), "pkwiu": ""}
    body["stock"] = {**_row(record, shop), **_amounts(record.stock, record.price)}
    return body


def variant_payload(record: ArticleRecord, shop: Catalogue) -> dict[str, Any]:
    """The fields of a variant's row."""
    body: dict[str, Any] = {}
    for ours, theirs in (("sku", "code"), ("ean", "ean")):
        if (value := getattr(record, ours)) is not None:
            body[theirs] = value
    if record.active is not None:
        body["active"] = record.active
    if row := _row(record, shop):
        body |= {**row, "weight_type": 1}
    return body


def new_variant_payload(record: ArticleRecord, shop: Catalogue) -> dict[str, Any]:
    """With a price of its own, where one is known; else that of its product."""
    body = {**variant_payload(record, shop), **_amounts(record.stock, record.price)}
    body["price_type"] = 1 if "price" in body else 0
    return body


def categories(chosen: tuple[str, ...], main: str) -> dict[str, Any]:
    """Raises Refused for none at all."""
    if not chosen:
        raise no_category()
    return {
        "category_id": int(main if main in chosen else chosen[0]),
        "categories": [int(one) for one in chosen],
    }


def no_category() -> Refused:
    return Refused(
        _("The article is in no category that this shop has; Shoper keeps each product in one."),
        cure=_(
            "Put the article into a category that is linked with one of the shop's, or name a default category on "
            "the shop's Connection page."
        ),
        key="no_category",
    )


def _words(record: ArticleRecord) -> dict[str, Any]:
    texts = {theirs: value for ours, theirs in _TEXTS.items() if (value := getattr(record, ours)) is not None}
    if record.active is not None:
        texts["active"] = record.active
    return texts


def _row(record: ArticleRecord, shop: Catalogue) -> dict[str, Any]:
    if record.weight_g is None or not shop.grams:
        return {}
    return {"weight": values.number((record.weight_g / shop.grams).normalize())}


def _amounts(stock: StockRecord | None, price: PriceRecord | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if stock is not None and stock.quantity is not None:
        found["stock"] = values.number(stock.quantity)
    if price is not None and price.regular is not None:
        found["price"] = values.number(price.regular)
    return found
