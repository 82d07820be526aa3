"""Products and their rows of stock to article records, with what lies in those rows: stock and price.

A product has one base row; where it has variants, each is a further row ("extended"), with options, code, stock and
price of its own (shoper.md, 4, 5, 9.6). So an article's id is the product's, a variant's "product:row", and the ids of
stock and price are always the row's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from shops.platforms.shoper.mapping import offers, values
from shops.platforms.shoper.mapping.values import Malformed, Payload
from shops.records import ArticleRecord, OptionRecord, PriceRecord, Record, StockRecord

BUNDLE = "1"


@dataclass(frozen=True, slots=True)
class Axis:
    """One option of the shop. stock: variants differ by it. values: {id: text}."""

    option_id: str
    group_id: str
    name: str
    stock: bool
    order: int = 0
    values: Mapping[str, str] = field(default_factory=dict)


class Axes(dict[str, Axis]):
    """The shop's options by id."""

    def of_group(self, group_id: str) -> list[Axis]:
        """Those by which the variants of a product with this group differ, in their order."""
        found = [axis for axis in self.values() if axis.group_id == group_id and axis.stock]
        return sorted(found, key=lambda axis: (axis.order, int(axis.option_id)))

    def chosen(self, row: Payload) -> list[tuple[Axis, str]]:
        """[(option, text of its value)] of a variant's row, in the group's order."""
        found = []
        for one in values.rows(row, "options"):
            axis = self.get(values.identity(one, "option_id"))
            if axis is None or (text := axis.values.get(values.identity(one, "value_id"))) is None:
                raise Malformed("options", one)
            found.append((axis, text))
        return sorted(found, key=lambda pair: (pair[0].order, int(pair[0].option_id)))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one must know of the shop to understand its products. grams: of one unit of weight, None = unknown.

    counts: the shop keeps one stock for each row. (With several warehouses it is a sum that nobody can write.)
    """

    locale: str
    zone: tzinfo
    counts: bool = True
    grams: Decimal | None = Decimal(1000)
    currency_id: str = ""
    axes: Callable[[], Axes] = Axes


def has_variants(payload: Payload) -> bool:
    """`options` of a product are the ids of its variants' rows."""
    return bool(values.items(payload, "options"))


def variant_id(product_id: str, stock_id: str) -> str:
    return f"{product_id}:{stock_id}"


def stock_id_of(article_id: str) -> str:
    """The row of a variant's id; "" for a product's."""
    return article_id.partition(":")[2]


def article(payload: Payload, shop: Catalogue, rows: Sequence[Payload] = ()) -> ArticleRecord:
    """A product. rows: those of its variants."""
    texts, base = values.words(payload, shop.locale), values.part(payload, "stock")
    carried = {record.kind: record for record in _inside(payload, shop, rows)}
    categories = [values.identity({"": one}, "") for one in values.items(payload, "categories")]
    main = values.identity(payload, "category_id")
    return ArticleRecord(
        remote_id=values.own_id(payload, "product_id"),
        modified_at=values.moment(payload, "edit_date", shop.zone),
        sku=values.text(payload, "code").strip(),
        ean=values.text(payload, "ean").strip(),
        name=values.name(texts),
        short_description=values.long_text(texts, "short_description"),
        description=values.long_text(texts, "description"),
        unit_id=values.identity(payload, "unit_id"),
        vat_rate_id=values.identity(payload, "tax_id"),
        producer_id=values.identity(payload, "producer_id"),
        category_ids=tuple(sorted({*categories, main} - {""})),
        weight_g=_grams(base, "weight", shop),
        active=values.flag(texts, "active"),
        options=_options(rows, shop),
        stock=carried.get("stock"),  # type: ignore[arg-type]
        price=carried.get("price"),  # type: ignore[arg-type]
    )


def variant(row: Payload, shop: Catalogue) -> ArticleRecord:
    """A variant. Its name, texts, categories and the rest are its product's: not known here."""
    product_id = values.own_id(row, "product_id")
    return ArticleRecord(
        remote_id=variant_id(product_id, values.own_id(row, "stock_id")),
        parent_id=product_id,
        sku=values.text(row, "code").strip(),
        ean=values.text(row, "ean").strip(),
        weight_g=_grams(row, "comp_weight", shop),
        active=values.flag(row, "active"),
        variant=tuple((axis.name, text) for axis, text in shop.axes().chosen(row)),
        stock=stock(row) if shop.counts else None,
        price=price(row, shop),
    )


def as_stored(record: ArticleRecord) -> ArticleRecord:
    """What was sent, as it is read again: texts without blanks at their ends, names of one line."""
    return replace(
        record,
        sku=None if record.sku is None else record.sku.strip(),
        ean=None if record.ean is None else record.ean.strip(),
        name=None if record.name is None else values.name({"": record.name}, ""),
        short_description=_stored(record.short_description),
        description=_stored(record.description),
    )


def _stored(text: str | None) -> str | None:
    return None if text is None else values.long_text({"": text}, "")


def stock(row: Payload) -> StockRecord:
    """Of a row of product-stocks, or of the base row inside a product."""
    return StockRecord(**_ids(row), quantity=values.amount(row, "stock"), managed=True)


def price(row: Payload, shop: Catalogue, offer: Payload | None = None) -> PriceRecord:
    """What a buyer pays, and the discount from it as a sale price. offer: where it does not stand in the row."""
    regular = values.decimal(row, "comp_price")
    if regular is None:
        regular = values.amount(row, "price")
    found = values.part(row, "special_offer") or (offer or {})
    return PriceRecord(**_ids(row), regular=regular, sale=offers.sale(found, regular, shop.zone))


def records(kind: str, payload: Payload, shop: Catalogue, rows: Sequence[Payload] = ()) -> list[Record]:
    """What a product and its variants' rows say when `kind` (article, stock or price) is read."""
    own = article(payload, shop, rows)
    if kind == "article":
        return [own, *(variant(row, shop) for row in rows)]
    everyone = (own, *(variant(row, shop) for row in rows))
    return [inner for one in everyone for inner in inside_of(one) if inner.kind == kind]


def inside_of(record: ArticleRecord) -> Iterator[Record]:
    if record.stock is not None:
        yield record.stock
    if record.price is not None:
        yield record.price


def _inside(payload: Payload, shop: Catalogue, rows: Sequence[Payload]) -> Iterator[Record]:
    """Stock and price of the base row. Nothing for a product with variants: there they are the variants'."""
    if rows or has_variants(payload):
        return
    base = {**values.part(payload, "stock"), "product_id": payload.get("product_id")}
    if shop.counts and values.text(payload, "type") != BUNDLE:  # a bundle has as many as its parts
        yield stock(base)
    if values.identity(payload, "currency_id") in ("", shop.currency_id):
        yield price(base, shop, values.part(payload, "special_offer"))


def _ids(row: Payload) -> dict[str, Any]:
    stock_id, product_id = values.own_id(row, "stock_id"), values.own_id(row, "product_id")
    if not values.flag(row, "extended"):
        return {"remote_id": stock_id, "article_id": product_id}
    return {"remote_id": stock_id, "article_id": variant_id(product_id, stock_id), "parent_id": product_id}


def _options(rows: Sequence[Payload], shop: Catalogue) -> tuple[OptionRecord, ...]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for axis, text in shop.axes().chosen(row):
            found.setdefault(axis.name, {})[text] = None
    return tuple(OptionRecord(name=name, values=tuple(texts)) for name, texts in found.items())


def _grams(row: Payload, field_name: str, shop: Catalogue) -> Decimal | None:
    weight = values.decimal(row, field_name)
    if weight is None:
        weight = values.decimal(row, "weight")
    return None if weight is None or shop.grams is None else weight * shop.grams
