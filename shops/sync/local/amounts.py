"""What a shop shows: how many pieces, at which price. The one place of this arithmetic (P2, P4; DESIGN.md §3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db.models import ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce, Floor, Greatest
from django.utils import timezone

from backoffice.lib.money import gross_from_net, net_from_gross, round_half_up
from inventory.models import Article, Price, PriceList
from inventory.models.prices import PriceQuerySet
from inventory.services.sets import QUANTITY, free_pieces
from shops.models import Shop
from shops.records import PriceRecord, Sale

# Four decimals are what the price lists keep; a shop that rounds to fewer does so by its own rules.
KEPT = Decimal("0.0001")


def available_expression(shop: Shop, article_ref: str) -> Greatest:
    """max(0, floor(sum over the shop's warehouses of (on hand - reserved) - safety buffer)) as SQL.

    Of a set the sum is as many whole sets as its parts make: min over the parts of floor(free / pieces in one).

    article_ref: the path to the article's id in the outer query.
    """
    warehouse_ids = list(shop.warehouses.values_list("pk", flat=True))
    zero = Value(Decimal(0), output_field=QUANTITY)
    # Half of the smallest quantity more: where the database counts in floating point, 3 may be 2.9999999999. (ROUND
    # would nest one level deeper, and SQLite's parser has no room for it in the query of a plan.)
    kept_back = Value(shop.safety_buffer - Decimal("0.0005"), output_field=QUANTITY)
    left = ExpressionWrapper(free_pieces(article_ref, warehouse_ids) - kept_back, output_field=QUANTITY)
    return Greatest(Floor(left, output_field=QUANTITY), zero, output_field=QUANTITY)


def available_quantities(shop: Shop, article_ids: Collection[int]) -> dict[int, Decimal]:
    """{article id: whole pieces the shop may offer}, for every id given. Services and parents count like goods here."""
    found = (
        Article.objects.filter(pk__in=article_ids)
        .annotate(available=available_expression(shop, "pk"))
        .values_list("pk", "available")
    )
    return {pk: Decimal(available).quantize(Decimal(1)) for pk, available in found}


def _best(prices: PriceQuerySet, moment: datetime) -> dict[int, Price]:
    """For each article the price that holds now; of several the one that began last."""
    ordered = (
        prices.valid_at(moment).single_piece().order_by(F("valid_from").asc(nulls_first=True), "min_quantity")
    )
    return {price.article_id: price for price in ordered}


def _coming_sale(prices: PriceQuerySet, moment: datetime) -> dict[int, Price]:
    """For each article the sale that holds now, else the next one to come; nothing that has ended."""
    chosen: dict[int, Price] = {}
    for price in prices.single_piece().order_by(F("valid_from").asc(nulls_first=True)):
        if price.valid_to is not None and price.valid_to <= moment:
            continue
        now_valid = price.valid_from is None or price.valid_from <= moment
        if price.article_id not in chosen or now_valid:
            chosen[price.article_id] = price
    return chosen


def _converted(
    amount: Decimal, price_list: PriceList, vat_percent: Decimal | None, to_gross: bool
) -> Decimal | None:
    """The list's amount in the shop's way; None when VAT is needed and the article has no rate."""
    if price_list.gross == to_gross:
        return amount.quantize(KEPT)
    if vat_percent is None:
        return None
    convert = gross_from_net if to_gross else net_from_gross
    return convert(amount, vat_percent).quantize(KEPT)


def shown(amount: Decimal | None, decimals: int) -> Decimal | None:
    """As many decimals as the shop uses, halves up; an amount that has no more decimals than that is kept as it is."""
    return None if amount is None else round_half_up(amount, decimals)


def vat_percents(article_ids: Collection[int]) -> dict[int, Decimal]:
    """{article id: percent}; a variant without a rate of its own has its parent's. Articles without any are absent."""
    rows = Article.objects.filter(pk__in=article_ids).values_list(
        "pk", Coalesce("vat_rate__percent", "parent__vat_rate__percent")
    )
    return {pk: percent for pk, percent in rows if percent is not None}


def shop_prices(
    shop: Shop, article_ids: Collection[int], *, moment: datetime | None = None, coming: bool = True
) -> dict[int, PriceRecord]:
    """{article id: PriceRecord} in the shop's currency and its way, net or gross (shop.facts).

    coming False: the shop cannot be told when a sale begins, so one that has not begun is no sale yet.

    Articles without a price in the shop's price list are absent: "no price" never becomes a price of zero.
    `sale` is None (do not touch) when the shop has no sale price list, Sale() when the article has no sale.
    regular None: the price needs VAT to be converted and the article has no rate.
    """
    if shop.price_list is None:
        return {}
    lists = (shop.price_list, shop.sale_price_list)
    return list_prices(shop, article_ids, *lists, moment=moment, coming=coming)


def list_prices(
    shop: Shop,
    article_ids: Collection[int],
    normal: PriceList,
    sale_list: PriceList | None = None,
    *,
    moment: datetime | None = None,
    coming: bool = True,
) -> dict[int, PriceRecord]:
    """Like `shop_prices`, from any two price lists."""
    moment = moment or timezone.now()
    to_gross = bool(shop.facts.get("prices_gross", normal.gross))
    decimals = int(shop.facts.get("decimals", 2))
    vat = vat_percents(article_ids)
    regular = _best(Price.objects.filter(price_list=normal, article__in=article_ids), moment)
    sales: dict[int, Price] = {}
    if sale_list is not None:
        sales = _coming_sale(Price.objects.filter(price_list=sale_list, article__in=article_ids), moment)
    records = {}
    for pk, price in regular.items():
        amount = _converted(price.amount, normal, vat.get(pk), to_gross)
        sale = None if sale_list is None else _sale(sales.get(pk), sale_list, vat.get(pk), to_gross, decimals)
        records[pk] = PriceRecord(
            regular=shown(amount, decimals), sale=sale if coming else _begun(sale, moment)
        )
    return records


def _begun(sale: Sale | None, moment: datetime) -> Sale | None:
    """The sale without its beginning, once it has begun; until then there is none."""
    if sale is None or sale.price is None:
        return sale
    coming = sale.valid_from is not None and sale.valid_from > moment
    return Sale() if coming else replace(sale, valid_from=None)


def _sale(
    found: Price | None, sale_list: PriceList, vat: Decimal | None, to_gross: bool, decimals: int
) -> Sale:
    if found is None:
        return Sale()
    return Sale(
        price=shown(_converted(found.amount, sale_list, vat, to_gross), decimals),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
    )
