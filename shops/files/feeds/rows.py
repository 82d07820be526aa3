"""Articles as feeds show them: what "Export all" knows of each, and pictures, page, prices with and without VAT."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from backoffice.lib.money import gross_from_net, net_from_gross, round_half_up
from inventory.models import Article, ArticleImage
from inventory.models.articles import ArticleQuerySet
from shops.files import schema
from shops.files.article_rows import articles_for_shop, describe_articles
from shops.files.category_paths import category_paths
from shops.files.feeds.settings import FeedSettings
from shops.files.picture_urls import picture_urls
from shops.files.rows import Section
from shops.models import Shop

Row = dict[str, Any]
_PRICE_CELLS = ("price", "prices_include_vat", "currency", "sale_price", "sale_from", "sale_to")


def feed_articles(shop: Shop) -> ArticleQuerySet:
    """What is shown: active articles outside of the excluded groups. Feeds have no links, so nothing else is in them."""
    return articles_for_shop(shop).filter(active=True)


def _items(shop: Shop) -> QuerySet[Article]:
    """What can be bought by itself: a variant of a hidden parent is not shown."""
    return feed_articles(shop).sellable().filter(kind=Article.Kind.GOODS).exclude(parent__active=False)


def _products(shop: Shop) -> QuerySet[Article]:
    """Each article once, its variants inside of it."""
    return feed_articles(shop).filter(parent=None)


def describe_items(shop: Shop, ids: Collection[int], paths: Mapping[int, tuple[str, ...]]) -> dict[int, Row]:
    """{article id: row of schema.ARTICLES, and more}:

    pk; group: SKU of the parent, "" for a simple article; vat_kind; page; images: addresses, the main one first;
    gross, net, sale_gross, sale_net: Decimal or None; on_sale: whether the sale holds now.
    """
    rows = describe_articles(shop, ids, paths)
    settings = FeedSettings.of(shop)
    kinds = _vat_kinds(ids)
    images = _images(shop, ids, settings)
    now = timezone.now()
    for pk, row in rows.items():
        row |= {name: row.get(name) for name in _PRICE_CELLS}  # absent of an article without a price
        row["pk"] = pk
        row["group"] = row["parent_sku"] or ""
        row["vat_kind"] = kinds.get(pk)
        row["page"] = settings.page_url(sku=row["sku"], ean=row["ean"], pk=pk, name=row["name"])
        row["images"] = images.get(pk, [])
        row |= _both_ways(row, shop)
        begins, ends = row.get("sale_from"), row.get("sale_to")
        row["on_sale"] = (
            row.get("sale_price") is not None
            and (begins is None or begins <= now)
            and (ends is None or ends > now)
        )
    return rows


def describe_products(
    shop: Shop, ids: Collection[int], paths: Mapping[int, tuple[str, ...]]
) -> dict[int, Row]:
    """Like describe_items; a parent has its "variants" as rows of their own."""
    children: dict[int, list[int]] = {}
    found = Article.objects.filter(parent__in=ids, active=True).order_by("pk").values_list("pk", "parent_id")
    for pk, parent in found:
        children.setdefault(parent, []).append(pk)
    variant_ids = [pk for group in children.values() for pk in group]
    rows = describe_items(shop, [*ids, *variant_ids], paths)
    for pk in ids:
        if pk in rows:
            rows[pk]["variants"] = [rows[child] for child in children.get(pk, []) if child in rows]
    return {pk: rows[pk] for pk in ids if pk in rows}


def _vat_kinds(ids: Collection[int]) -> dict[int, str]:
    rows = Article.objects.filter(pk__in=ids).values_list(
        "pk", Coalesce("vat_rate__kind", "parent__vat_rate__kind")
    )
    return {pk: kind for pk, kind in rows if kind}


def _images(shop: Shop, ids: Collection[int], settings: FeedSettings) -> dict[int, list[str]]:
    """{article id: addresses}; a variant without pictures shows its parent's."""
    parents = dict(Article.objects.filter(pk__in=ids, parent__isnull=False).values_list("pk", "parent_id"))
    wanted = {*ids, *parents.values()}
    images: dict[int, list[ArticleImage]] = {}
    for image in (
        ArticleImage.objects.filter(article__in=wanted)
        .exclude(file="")
        .only("article_id", "checksum", "file", "name")
        .order_by("article", "position", "pk")
    ):
        images.setdefault(image.article_id, []).append(image)
    urls = picture_urls(shop, settings.image_base, [image for group in images.values() for image in group])

    def of(pk: int) -> list[str]:
        return [urls[image.pk] for image in images.get(pk, []) if image.pk in urls]

    return {pk: of(pk) or of(parents.get(pk, 0)) for pk in ids}


def _both_ways(row: Mapping[str, Any], shop: Shop) -> dict[str, Decimal | None]:
    """The prices with and without VAT. Without a rate only the way the price list is in is known."""
    decimals = int(shop.facts.get("decimals", 2))
    found: dict[str, Decimal | None] = {}
    for name, prefix in (("price", ""), ("sale_price", "sale_")):
        amount, percent = row.get(name), row.get("vat_percent")
        gross = net = None
        if amount is not None:
            if row["prices_include_vat"]:
                gross = amount
                net = net_from_gross(amount, percent) if percent is not None else None
            else:
                net = amount
                gross = gross_from_net(amount, percent) if percent is not None else None
        found[f"{prefix}gross"] = None if gross is None else round_half_up(gross, decimals)
        found[f"{prefix}net"] = None if net is None else round_half_up(net, max(decimals, 2))
    return found


def variant_name(row: Mapping[str, Any]) -> str:
    """The article's name with the values of its options, where they do not stand in it already."""
    name = str(row["name"])
    known = name.casefold()
    more: Iterable[str] = (
        value for _option, value in row.get("options") or [] if value and value.casefold() not in known
    )
    return " ".join([name, *more])


ITEMS = Section(schema.ARTICLES, _items, describe_items, before=category_paths)
PRODUCTS = Section(schema.ARTICLES, _products, describe_products, before=category_paths)
# The same rows where only stock matters: the step that shows the progress is another one.
STOCK_ITEMS = Section(schema.STOCK, _items, describe_items, before=category_paths)
STOCK_PRODUCTS = Section(schema.STOCK, _products, describe_products, before=category_paths)
