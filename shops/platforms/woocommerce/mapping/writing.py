"""Article, stock, price and image records to payloads. None stays out of the payload: the shop leaves it alone.

Batches skip the shop's own checks and store what they are given (woocommerce.md, 9.1): nothing unchecked is written
here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.articles import Catalogue
from shops.platforms.woocommerce.mapping.values import Payload
from shops.records import ArticleRecord, ImageRecord, ImageSetRecord, OptionRecord, PriceRecord, StockRecord

_PICTURES = ("jpg", "jpeg", "gif", "png", "bmp", "tiff", "ico", "webp")


def product_payload(record: ArticleRecord, shop: Catalogue, *, decimals: int = 2) -> dict[str, Any]:
    """For `products`. Raises Refused for what this shop cannot hold."""
    payload = _common(record, shop, decimals)
    if record.active is not None:
        payload["status"] = "publish" if record.active else "draft"
    if record.category_ids is not None:
        payload["categories"] = [{"id": int(number)} for number in record.category_ids]
    if record.producer_id is not None:
        payload["brands"] = [{"id": int(record.producer_id)}] if record.producer_id else []
    for field in ("name", "short_description"):
        if (value := getattr(record, field)) is not None:
            payload[field] = value
    return payload


def variation_payload(
    record: ArticleRecord, shop: Catalogue, attribute_ids: Mapping[str, int], *, decimals: int = 2
) -> dict[str, Any]:
    """For `products/{parent}/variations`. attribute_ids: {name: id} of the parent's attributes, 0 = its own ones."""
    payload = _common(record, shop, decimals)
    if record.active is not None:
        # What the panel calls "Enabled"; a variation has no draft.
        payload["status"] = "publish" if record.active else "private"
    if record.variant is not None:
        payload["attributes"] = [
            {"id": number, "option": value}
            if (number := attribute_ids.get(name))
            else {"name": name, "option": value}
            for name, value in record.variant
        ]
    return payload


def attributes(options: Sequence[OptionRecord], present: Sequence[Payload] = ()) -> list[dict[str, Any]]:
    """The attribute list of a parent. It replaces the shop's: what of `present` is no option is repeated as it is."""
    known = {values.name(row): row for row in present}
    wanted = {option.name for option in options}
    kept = [
        {
            field: row[field]
            for field in ("id", "name", "position", "visible", "variation", "options")
            if field in row and not (field == "id" and not row[field])
        }
        for name, row in known.items()
        if name not in wanted and row.get("variation") is not True
    ]
    new = [
        {
            **({"id": number} if (number := known.get(option.name, {}).get("id")) else {"name": option.name}),
            "visible": known.get(option.name, {}).get("visible", True),
            "variation": True,
            "options": list(option.values),
        }
        for option in options
    ]
    return kept + new


def stock_payload(record: StockRecord) -> dict[str, Any]:
    """Always both fields: without manage_stock the quantity would be ignored, without a word (woocommerce.md, 9.3)."""
    if record.quantity is not None:
        return {"manage_stock": True, "stock_quantity": math.floor(record.quantity)}
    return {} if record.managed is None else {"manage_stock": record.managed}


def price_payload(record: PriceRecord, decimals: int = 2) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    if record.regular is not None:
        payload["regular_price"] = price_text(record.regular, decimals)
    if record.sale is not None:
        sale = record.sale
        payload["sale_price"] = "" if sale.price is None else price_text(sale.price, decimals)
        # An empty text clears a date; null would be ignored (woocommerce.md, 5).
        payload["date_on_sale_from_gmt"] = values.time_text(
            sale.valid_from if sale.price is not None else None
        )
        payload["date_on_sale_to_gmt"] = values.time_text(sale.valid_to if sale.price is not None else None)
    return payload


def price_text(price: Decimal, decimals: int) -> str:
    if price < 0:
        raise Refused(
            _("A price below zero cannot be sold: %(price)s") % {"price": values.number_text(price)},
            cure=_("Correct the price in the price list."),
            key="price_negative",
        )
    return values.number_text(price, decimals)


def image_payload(record: ImageSetRecord) -> dict[str, Any]:
    """Pictures that are there go by their id: by their address the shop would fetch and store them once more."""
    pictures = [_picture(image) for image in record.images]
    if not record.parent_id:
        return {"images": pictures}
    if len(pictures) > 1:
        raise Refused(
            _("A variation of WooCommerce shows one picture, but the article has several."),
            cure=_("Keep one picture at the variant and give the others to its parent article."),
            key="variation_images",
        )
    # Anything but an object takes the variation's own picture away; the parent's is shown then.
    return {"image": pictures[0] if pictures else ""}


def _picture(image: ImageRecord) -> dict[str, Any]:
    alt = {} if not image.alt else {"alt": image.alt}
    if image.remote_id:
        return {"id": int(image.remote_id.rpartition(":")[2]), **alt}
    extension = image.url.partition("?")[0].rpartition(".")[2].lower()
    if extension not in _PICTURES:
        raise Refused(
            _("WooCommerce takes no pictures of the kind “%(extension)s”.") % {"extension": extension[:10]},
            cure=_("Save the picture as JPG, PNG or WebP and add it to the article again."),
            detail=image.url,
            key="image_kind",
        )
    return {"src": image.url, **({"name": image.name} if image.name else {}), **alt}


def _common(record: ArticleRecord, shop: Catalogue, decimals: int) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    for field, theirs in (("sku", "sku"), ("ean", "global_unique_id"), ("description", "description")):
        if (value := getattr(record, field)) is not None:
            payload[theirs] = value
    if record.service is not None:
        payload["virtual"] = record.service
    payload |= _taxes(record, shop) | _measures(record, shop)
    if record.stock is not None:
        payload |= stock_payload(record.stock)
    if record.price is not None:
        payload |= price_payload(record.price, decimals)
    return payload


def _taxes(record: ArticleRecord, shop: Catalogue) -> dict[str, str]:
    if record.vat_rate_id is None:
        return {}
    if not record.vat_rate_id:
        return {"tax_status": "none"}
    if shop.rates is None:
        raise ValueError("the shop's tax rates are needed to write a VAT rate")
    tax = {"tax_class": shop.rates.class_of(record.vat_rate_id)}
    # A variation is taxable as its parent is; it has no such field to write.
    return tax if record.parent_id else {"tax_status": "taxable", **tax}


def _measures(record: ArticleRecord, shop: Catalogue) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    if record.weight_g is not None and (weight := shop.units.shop_weight(record.weight_g)) is not None:
        payload["weight"] = values.number_text(weight)
    lengths = {"length": record.length_mm, "width": record.width_mm, "height": record.height_mm}
    size = {
        name: values.number_text(shown)
        for name, value in lengths.items()
        if value is not None and (shown := shop.units.shop_length(value)) is not None
    }
    return payload | ({"dimensions": size} if size else {})
