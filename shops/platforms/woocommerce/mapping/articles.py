"""Products and variations to article records, with what comes inside them: stock, price, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from backoffice.lib.foreign import storable_text
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.taxes import TaxRates
from shops.platforms.woocommerce.mapping.units import Units
from shops.platforms.woocommerce.mapping.values import Payload
from shops.records import (
    ArticleRecord,
    ImageRecord,
    OptionRecord,
    PriceRecord,
    Record,
    Sale,
    StockRecord,
)

_OF_ALL = "id,type,parent_id,date_modified_gmt"
_STOCK = "manage_stock,stock_quantity"
_PRICE = "regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt"
_OWN = "status,sku,global_unique_id,description,virtual,tax_status,tax_class,weight,dimensions,attributes"

# What is asked of the shop, by what is read. Without it a page of 100 is twenty times as large (woocommerce.md, 3).
PRODUCT_FIELDS: Mapping[str, str] = {
    "article": f"{_OF_ALL},name,short_description,categories,brands,images,{_OWN},{_STOCK},{_PRICE}",
    "image": f"{_OF_ALL},images",
    "stock": f"{_OF_ALL},{_STOCK}",
    "price": f"{_OF_ALL},{_PRICE}",
}
VARIATION_FIELDS: Mapping[str, str] = {
    "article": f"{_OF_ALL},image,{_OWN},{_STOCK},{_PRICE}",
    "image": f"{_OF_ALL},image",
    "stock": f"{_OF_ALL},{_STOCK}",
    "price": f"{_OF_ALL},{_PRICE}",
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one must know of the shop to understand its products. None = not asked: the fields stay unknown.

    featured: {product id: id of its first picture}; a variation without a picture of its own shows that one.
    """

    units: Units = field(default_factory=Units)
    rates: TaxRates | None = None
    featured: Mapping[str, str] = field(default_factory=dict)


def is_variation(payload: Payload) -> bool:
    return payload.get("type") == "variation" or bool(values.identity(payload, "parent_id"))


def is_variable(payload: Payload) -> bool:
    """Also the kinds that plug-ins derive from it, such as variable-subscription."""
    return values.text(payload, "type").startswith("variable")


def article(payload: Payload, shop: Catalogue) -> ArticleRecord:
    """A product or a variation. The name, categories and producer of a variation are its parent's: not known here."""
    size = values.part(payload, "dimensions")
    common: dict[str, Any] = {
        "remote_id": values.own_id(payload),
        "modified_at": values.moment(payload, "date_modified_gmt"),
        "sku": values.text(payload, "sku").strip(),
        # Shops before 9.1 have no such field.
        "ean": values.text(payload, "global_unique_id") if "global_unique_id" in payload else None,
        "description": values.long_text(payload, "description"),
        "vat_rate_id": _vat_rate_id(payload, shop.rates),
        "weight_g": shop.units.grams(values.decimal(payload, "weight")),
        "length_mm": shop.units.millimetres(values.decimal(size, "length")),
        "width_mm": shop.units.millimetres(values.decimal(size, "width")),
        "height_mm": shop.units.millimetres(values.decimal(size, "height")),
        "active": values.text(payload, "status") == "publish",
        "service": payload.get("virtual") is True,
        "stock": stock(payload),
        "price": price(payload),
    }
    if is_variation(payload):
        return ArticleRecord(
            **common, parent_id=values.identity(payload, "parent_id"), variant=_variant(payload)
        )
    brands = [values.own_id(row) for row in values.rows(payload, "brands")]
    return ArticleRecord(
        **common,
        name=values.name(payload),
        short_description=values.long_text(payload, "short_description"),
        # Shops before 9.4 have no brands. Of several, the first is the one that Kontor knows.
        producer_id=(brands[0] if brands else "") if "brands" in payload else None,
        category_ids=tuple(sorted(values.own_id(row) for row in values.rows(payload, "categories"))),
        options=_options(payload) if is_variable(payload) else (),
    )


def stock(payload: Payload) -> StockRecord:
    """managed is False where the shop does not count the article, or counts it at its parent ("parent").

    Both leave the quantity unknown: the number that a variation shows then is the sum for all of them.
    """
    managed = payload.get("manage_stock") is True
    return StockRecord(
        remote_id=values.own_id(payload),
        article_id=values.own_id(payload),
        parent_id=values.identity(payload, "parent_id"),
        modified_at=values.moment(payload, "date_modified_gmt"),
        quantity=values.decimal(payload, "stock_quantity") if managed else None,
        managed=managed,
    )


def price(payload: Payload) -> PriceRecord | None:
    """None for the parent of variations: its prices are theirs, and what is sent to it is thrown away."""
    if is_variable(payload):
        return None
    sale_price = values.decimal(payload, "sale_price")
    sale = Sale()
    if sale_price is not None:
        sale = Sale(
            price=sale_price,
            valid_from=values.moment(payload, "date_on_sale_from_gmt"),
            valid_to=values.moment(payload, "date_on_sale_to_gmt"),
        )
    return PriceRecord(
        remote_id=values.own_id(payload),
        article_id=values.own_id(payload),
        parent_id=values.identity(payload, "parent_id"),
        modified_at=values.moment(payload, "date_modified_gmt"),
        regular=values.decimal(payload, "regular_price"),
        sale=sale,
    )


def images(payload: Payload, featured: Mapping[str, str] | None = None) -> tuple[ImageRecord, ...]:
    """The pictures in their order. Of a variation only its own: the shop shows the parent's first one for it otherwise.

    One picture may serve several articles, so the record's id is "article:picture".
    """
    article_id, parent_id = values.own_id(payload), values.identity(payload, "parent_id")
    if is_variation(payload):
        # Asked as a product (the search by SKU), a variation has a list of one.
        own = values.part(payload, "image") or next(values.rows(payload, "images"), {})
        number = values.identity(own)
        found = [own] if number and number != (featured or {}).get(parent_id) else []
    else:
        found = [row for row in values.rows(payload, "images") if values.identity(row)]
    return tuple(
        ImageRecord(
            remote_id=f"{article_id}:{values.own_id(row)}",
            article_id=article_id,
            parent_id=parent_id,
            modified_at=values.moment(row, "date_modified_gmt"),
            url=values.text(row, "src"),
            name=_file_name(values.text(row, "src")),
            alt=values.name(row, "alt"),
            position=position,
        )
        for position, row in enumerate(found)
    )


def _file_name(address: str) -> str:
    path = address.partition("#")[0].partition("?")[0]
    return storable_text(unquote(path.rpartition("/")[2]))


def featured_image(payload: Payload) -> str:
    first: Payload = next(values.rows(payload, "images"), {})
    return values.identity(first)


def records(kind: str, payload: Payload, shop: Catalogue) -> tuple[Record, ...]:
    """What a payload says when `kind` (article, image, stock or price) is read."""
    if kind == "image":
        return images(payload, shop.featured)
    if kind == "stock":
        return (stock(payload),)
    if kind == "price":
        found = price(payload)
        return () if found is None else (found,)
    return (article(payload, shop),)


def _vat_rate_id(payload: Payload, rates: TaxRates | None) -> str | None:
    """ "" = untaxed. None = the parent's (a variation), or a class that has no rate in the home country."""
    if rates is None or "tax_class" not in payload:
        return None
    if values.text(payload, "tax_status") in ("none", "shipping"):
        return ""
    tax_class = values.text(payload, "tax_class")
    return None if tax_class == "parent" else rates.rate_of(tax_class)


def _options(payload: Payload) -> tuple[OptionRecord, ...]:
    return tuple(
        OptionRecord(
            name=values.name(row),
            values=tuple(values.name({"": value}, "") for value in values.items(row, "options")),
        )
        for row in values.rows(payload, "attributes")
        if row.get("variation") is True
    )


def _variant(payload: Payload) -> tuple[tuple[str, str], ...]:
    return tuple(
        (values.name(row), values.name(row, "option"))
        for row in values.rows(payload, "attributes")
        if "option" in row
    )
