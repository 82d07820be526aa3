"""Parked orders whose cause was cured elsewhere: an article created by hand, a method linked on the Mappings page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from inventory.models import Article, VatRate
from orders.models import Customer
from orders.services.unmapped import VAT_RATE
from shops.models import IncomingOrder, Meaning, RemoteElement
from shops.services.intake import parked

LOOKED_AT: Final = 1000
AT_ONCE: Final = 200


def cured_elsewhere() -> list[IncomingOrder]:
    """Those that would come in now, up to AT_ONCE. A fixed number of queries; it asks only whether what each order
    lacked is there, so an order that waits for something else as well is not tried for nothing every minute."""
    rows: Sequence[IncomingOrder] = list(
        parked().filter(cause__in=("article_unknown", "customer_unknown", "unmapped"))[:LOOKED_AT]
    )
    by_cause: dict[str, list[IncomingOrder]] = {}
    for row in rows:
        by_cause.setdefault(row.cause, []).append(row)
    found = [
        *_with_articles(by_cause.get("article_unknown", ())),
        *_with_customers(by_cause.get("customer_unknown", ())),
        *_mapped(by_cause.get("unmapped", ())),
    ]
    return sorted(found, key=lambda row: row.pk)[:AT_ONCE]


def _with_articles(rows: Iterable[IncomingOrder]) -> list[IncomingOrder]:
    lacking = {row.pk: {one["sku"] for one in row.data.get("skus", ())} for row in rows}
    skus = set().union(*lacking.values()) if lacking else set()
    there = set(Article.objects.filter(sku__in=skus).values_list("sku", flat=True)) if skus else set()
    return [row for row in rows if lacking[row.pk] and lacking[row.pk] <= there]


def _with_customers(rows: Iterable[IncomingOrder]) -> list[IncomingOrder]:
    mails = {row.data.get("email") for row in rows} - {"", None}
    there = set(Customer.objects.filter(email__in=mails).values_list("email", flat=True)) if mails else set()
    return [row for row in rows if row.data.get("email") in there]


def _mapped(rows: Iterable[IncomingOrder]) -> list[IncomingOrder]:
    rows = list(rows)
    if not rows:
        return []
    ids = {row.data.get("id", "") for row in rows}
    shops = {row.shop_id for row in rows}
    linked = set(
        RemoteElement.objects.filter(shop__in=shops, remote_id__in=ids)
        .present()
        .linked()
        .values_list("shop_id", "kind", "remote_id")
    )
    said = set(
        Meaning.objects.filter(shop__in=shops, kind=VAT_RATE, key__in=ids).values_list("shop_id", "key")
    )
    rates = {f"{rate.country}:{rate.percent.normalize():f}" for rate in VatRate.objects.all()}
    return [row for row in rows if _is_mapped(row, linked, said, rates)]


def _is_mapped(
    row: IncomingOrder, linked: set[tuple[int, str, str]], said: set[tuple[int, str]], rates: set[str]
) -> bool:
    kind, key = row.data.get("kind", ""), row.data.get("id", "")
    if kind != VAT_RATE:
        return (row.shop_id, kind, key) in linked
    return (row.shop_id, key) in said or _plain(key) in rates


def _plain(key: str) -> str:
    country, _sep, percent = key.partition(":")
    try:
        return f"{country}:{Decimal(percent).normalize():f}"
    except InvalidOperation:
        return ""
