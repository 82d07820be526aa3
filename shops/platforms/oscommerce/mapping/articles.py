"""Products to article records, with what comes inside them: stock, price, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from urllib.parse import quote

from shops.platforms.oscommerce.clock import Clock
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.mapping.values import Row
from shops.records import ArticleRecord, ImageRecord, PriceRecord, Sale, StockRecord

GRAMS: Final[Mapping[str, Decimal]] = {"kg": Decimal(1000), "g": Decimal(1), "lb": Decimal("453.59237")}
# What one can update in the shop; it has no other fields.
FIELDS: Final = frozenset(
    {"sku", "name", "description", "vat_rate_id", "producer_id", "category_ids", "weight_g", "active"}
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one must know of the shop to understand its products.

    weight_unit: what its weights are in, "" = unknown: they are left alone. sells_out: a sale of the last piece
    switches an article off. images: the address of the folder of images.
    """

    clock: Clock
    weight_unit: str = ""
    sells_out: bool = False
    images: str = ""


def article(row: Row, text: Row, categories: Iterable[Row], shop: Catalogue) -> ArticleRecord:
    """row: of "products", text: of "texts", categories: of "categories", each of this product."""
    dates = [moment for name in ("added", "modified") if (moment := shop.clock.moment(row, name))]
    return ArticleRecord(
        remote_id=own_id(row),
        modified_at=max(dates) if dates else None,
        sku=values.text(row, "model").strip(),
        name=values.name(text),
        description=values.long_text(text, "description"),
        vat_rate_id=str(values.number(row, "tax_class")),
        producer_id=values.identity(row, "producer"),
        category_ids=tuple(sorted(pk for part in categories if (pk := values.identity(part, "category")))),
        weight_g=grams(values.decimal(row, "weight"), shop.weight_unit),
        active=_is_active(row, shop),
    )


def _is_active(row: Row, shop: Catalogue) -> bool:
    """What nobody but the sale of the last piece has switched off counts as on: stock switches it on again."""
    return values.number(row, "status") == 1 or (shop.sells_out and values.number(row, "sold_out") == 1)


def stock(row: Row) -> StockRecord:
    pk = own_id(row)
    return StockRecord(
        remote_id=pk, article_id=pk, quantity=Decimal(values.number(row, "quantity")), managed=True
    )


def price(row: Row, sales: Sequence[Row], clock: Clock) -> PriceRecord:
    """sales: the rows of "sales" of this product. Of two that hold the shop shows the older one first."""
    pk = own_id(row)
    sale = Sale()
    if sales:
        sale = Sale(price=values.decimal(sales[0], "price"), valid_to=clock.moment(sales[0], "expires"))
    return PriceRecord(remote_id=pk, article_id=pk, regular=values.decimal(row, "price"), sale=sale)


def images(row: Row, gallery: Iterable[Row], shop: Catalogue) -> tuple[ImageRecord, ...]:
    """The picture of lists first, then those of the gallery that it is not. One picture may serve several articles."""
    pk = own_id(row)
    names = [values.text(row, "image"), *(values.text(part, "image") for part in gallery)]
    shown = list(dict.fromkeys(name for name in names if name))
    return tuple(
        ImageRecord(
            remote_id=f"{pk}:{name}",
            article_id=pk,
            url=f"{shop.images}/{quote(name)}",
            name=name.rpartition("/")[2],
            position=position,
        )
        for position, name in enumerate(shown)
    )


def own_id(row: Row) -> str:
    """The id of the element itself: it must have one."""
    if not (pk := values.identity(row)):
        raise values.Malformed("id", row.get("id"))
    return pk


def grams(weight: Decimal, unit: str) -> Decimal | None:
    factor = GRAMS.get(unit)
    return None if factor is None else (weight * factor).quantize(Decimal("0.001"), ROUND_HALF_UP)


def weight_there(weight_g: Decimal, unit: str) -> Decimal | None:
    """As the shop keeps it: two decimals. None where its unit is not known."""
    factor = GRAMS.get(unit)
    return None if factor is None else (weight_g / factor).quantize(Decimal("0.01"), ROUND_HALF_UP)
