"""Articles and their stock as rows of export files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from inventory.models import Article, ArticleText, Company
from inventory.models.articles import DELIVERABLE, ArticleQuerySet
from shops import elements
from shops.files.category_paths import path_text
from shops.files.links import Link, links_of
from shops.models import RemoteElement, Shop
from shops.sync.local.amounts import available_quantities, shop_prices

Row = dict[str, Any]
_TEXTS = ("name", "short_description", "description")
_PLAIN = ("sku", "ean", "kind", "weight_g", "length_mm", "width_mm", "height_mm", "active", "changed_at")


def articles_for_shop(shop: Shop) -> ArticleQuerySet:
    """What "Export all" would send: articles outside of the excluded groups; inactive ones only where linked."""
    # EXISTS, as an IN would gather all links of the shop anew for every chunk.
    linked = Exists(RemoteElement.objects.of(shop, elements.ARTICLE).filter(local_id=OuterRef("pk")))
    return _allowed(shop).filter(Q(active=True) | linked)


def stock_for_shop(shop: Shop) -> ArticleQuerySet:
    """What has a number of pieces; parents of variants and services have none."""
    return articles_for_shop(shop).deliverable()


def _allowed(shop: Shop) -> ArticleQuerySet:
    excluded = shop.excluded_categories.all()
    return Article.objects.outside_of(excluded) if excluded.exists() else Article.objects.all()


def describe_articles(
    shop: Shop, ids: Collection[int], paths: Mapping[int, tuple[str, ...]]
) -> dict[int, Row]:
    """{article id: row}. A variant shows its parent's unit, VAT rate, producer and categories where it has none."""
    found = list(_article_values(ids))
    texts = _texts(shop, ids)
    categories = _categories({pk for row in found for pk in (row["pk"], row["parent_id"]) if pk})
    options = _parents_options([row["pk"] for row in found if row["has_variants"]])
    links = links_of(shop, elements.ARTICLE, ids)
    sellable = [row["pk"] for row in found if not row["has_variants"]]
    stock = available_quantities(shop, [row["pk"] for row in found if _is_counted(row)])
    prices = shop_prices(shop, sellable)
    rows = {}
    for row in found:
        pk = row["pk"]
        own_categories = categories.get(pk) or categories.get(row["parent_id"], [])
        rows[pk] = {
            **{name: row[name] for name in _PLAIN},
            **{name: texts.get(pk, {}).get(name) or row[name] for name in _TEXTS},
            "parent_sku": row["parent__sku"],
            "options": _options(row, options),
            "unit": row["unit_name"],
            "vat_country": row["vat_country"],
            "vat_percent": row["vat_percent"],
            "producer": row["producer_name"],
            "categories": sorted(
                path_text(paths[category]) for category in own_categories if category in paths
            ),
            "stock": stock.get(pk),
            **_price_cells(shop, prices.get(pk)),
            **links.get(pk, Link()).cells(),
        }
    return rows


def describe_stock(shop: Shop, ids: Collection[int], _prepared: None) -> dict[int, Row]:
    """{article id: row} with the quantity as the shop would get it now, and what it got last."""
    quantities = available_quantities(shop, ids)
    article_links = links_of(shop, elements.ARTICLE, ids)
    levels = links_of(shop, elements.STOCK, ids)
    rows = {}
    for pk, sku, ean, name in Article.objects.filter(pk__in=ids).values_list("pk", "sku", "ean", "name"):
        level = levels.get(pk, Link())
        rows[pk] = {
            "sku": sku,
            "ean": ean,
            "name": name,
            "quantity": quantities.get(pk),
            "last_sent": level.sent,
            "last_sent_at": level.sent_at,
            "last_seen": level.seen,
            "last_seen_at": level.seen_at,
            **article_links.get(pk, Link()).cells(),
        }
    return rows


def _article_values(ids: Collection[int]) -> Iterable[dict[str, Any]]:
    rows = (
        Article.objects.filter(pk__in=ids)
        .annotate(
            unit_name=Coalesce("unit__name", "parent__unit__name"),
            vat_country=Coalesce("vat_rate__country", "parent__vat_rate__country"),
            vat_percent=Coalesce("vat_rate__percent", "parent__vat_rate__percent"),
            producer_name=Coalesce("producer__name", "parent__producer__name"),
            parent_options=F("parent__option_names"),
        )
        .values(
            "pk",
            "parent_id",
            "parent__sku",
            "parent_options",
            "has_variants",
            "option_names",
            "option_values",
            "unit_name",
            "vat_country",
            "vat_percent",
            "producer_name",
            *_PLAIN,
            *_TEXTS,
        )
    )
    return cast("Iterable[dict[str, Any]]", rows)


def _is_counted(row: Mapping[str, Any]) -> bool:
    return not row["has_variants"] and row["kind"] in DELIVERABLE


def _texts(shop: Shop, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """{article id: texts in the shop's language}; a text that is missing there is taken from the article itself."""
    company_language = Company.load().language
    language = shop.language or company_language
    if language == company_language:
        return {}
    texts = ArticleText.objects.filter(article__in=ids, language=language).values("article_id", *_TEXTS)
    return {text["article_id"]: text for text in texts}


def _categories(ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    through = Article.categories.through.objects.filter(article_id__in=ids)
    for article, category in through.values_list("article_id", "category_id"):
        found[article].append(category)
    return found


def _parents_options(parent_ids: Collection[int]) -> dict[int, list[dict[str, None]]]:
    """{parent id: for each option the values that any variant has, in the variants' order}."""
    values: dict[int, list[dict[str, None]]] = {}
    if not parent_ids:
        return values
    variants = Article.objects.filter(parent__in=parent_ids).order_by("pk")
    for parent, chosen in variants.values_list("parent_id", "option_values"):
        seen = values.setdefault(parent, [{} for _value in chosen])
        for position, value in enumerate(chosen[: len(seen)]):
            seen[position][str(value)] = None
    return values


def _options(
    row: Mapping[str, Any], of_parents: Mapping[int, list[dict[str, None]]]
) -> list[tuple[str, str]] | None:
    """A variant's options with its values; a parent's with all values its variants have; None for the others."""
    if row["has_variants"]:
        values = of_parents.get(row["pk"], [])
        return [
            (str(name), ", ".join(values[position]) if position < len(values) else "")
            for position, name in enumerate(row["option_names"])
        ]
    if row["parent_id"] is not None:
        names = row["parent_options"] or []
        return [(str(name), str(value)) for name, value in zip(names, row["option_values"], strict=False)]
    return None


def _price_cells(shop: Shop, price: Any) -> Row:
    if price is None or shop.price_list is None:
        return {}
    cells: Row = {
        "price": price.regular,
        # As amounts.shop_prices: the shop's way where it has said so, else the price list's.
        "prices_include_vat": bool(shop.facts.get("prices_gross", shop.price_list.gross)),
        "currency": shop.price_list.currency,
    }
    if price.sale is not None and price.sale.price is not None:
        cells |= {
            "sale_price": price.sale.price,
            "sale_from": price.sale.valid_from,
            "sale_to": price.sale.valid_to,
        }
    return cells
