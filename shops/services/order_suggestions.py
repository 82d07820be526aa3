"""Which of ours may be meant by an unknown SKU or an unknown buyer of a parked order. Proposals only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from inventory.models import Article
from orders.models import Customer
from shops import elements
from shops.models import RemoteElement
from shops.services.suggestions import CHUNK, MOST_ALIKE, Suggestion
from shops.services.synonyms import plain

ShopSku = tuple[int, str]  # id of the shop, SKU


def suggest_articles(unknown: Mapping[ShopSku, str]) -> dict[ShopSku, Suggestion]:
    """unknown: {(shop id, SKU): name}. By the EAN that the shop has for this SKU, a SKU that differs only in capitals,
    dashes and zeros, a SKU that is an EAN here, and the same name. Two queries."""
    if not unknown:
        return {}
    skus = {sku for _shop, sku in unknown}
    read = RemoteElement.objects.filter(
        kind=elements.ARTICLE, shop__in={shop for shop, _sku in unknown}, natural_key__in=skus
    ).exclude(second_key="")
    eans = {(shop, sku): ean for shop, sku, ean in read.values_list("shop_id", "natural_key", "second_key")}
    beginnings = {sku[:2] for sku in skus if len(sku) >= 3}
    wanted = Q(ean__in=[*eans.values(), *skus]) | Q(name__in=set(unknown.values()))
    for beginning in beginnings:
        wanted |= Q(sku__istartswith=beginning)
    rows = Article.objects.filter(wanted, has_variants=False)[: CHUNK * 4]
    by_ean: dict[str, list[int]] = defaultdict(list)
    by_sku: dict[str, list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    for pk, sku, ean, name in rows.values_list("pk", "sku", "ean", "name"):
        if ean:
            by_ean[ean].append(pk)
        by_sku[_bare(sku)].append(pk)
        by_name[name].append(pk)
    found: dict[ShopSku, Suggestion] = {}
    for (shop, sku), name in unknown.items():
        for ids, sure, why in (
            (by_ean.get(eans.get((shop, sku), "")), True, _("same EAN")),
            (by_ean.get(sku), True, _("the SKU there is the EAN here")),
            (by_sku.get(_bare(sku)), False, _("the SKU differs only in capitals, dashes or zeros")),
            (by_name.get(name), False, _("same name")),
        ):
            if ids:
                found[shop, sku] = Suggestion(tuple(ids[:MOST_ALIKE]), sure and len(ids) == 1, why)
                break
    return found


def suggest_customers(unknown: Mapping[str, Mapping[str, Any]]) -> dict[str, Suggestion]:
    """unknown: {key of the buyer: data of UnknownCustomer}. By VAT id, then by the same name. One query."""
    if not unknown:
        return {}
    vat_ids = {data["vat_id"] for data in unknown.values() if data.get("vat_id")}
    last_words = {words[-1] for data in unknown.values() if (words := str(data.get("name", "")).split())}
    companies = {str(data.get("name", "")) for data in unknown.values()} - {""}
    wanted = Q(vat_id__in=vat_ids) | Q(company__in=companies) | Q(last_name__in=last_words)
    by_vat: dict[str, list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    rows = Customer.objects.filter(wanted).order_by("pk")[: CHUNK * 2]
    for pk, vat_id, first, last, company in rows.values_list(
        "pk", "vat_id", "first_name", "last_name", "company"
    ):
        if vat_id:
            by_vat[vat_id].append(pk)
        for name in {company, f"{first} {last}".strip()} - {""}:
            by_name[plain(name)].append(pk)
    found: dict[str, Suggestion] = {}
    for key, data in unknown.items():
        if ids := by_vat.get(data.get("vat_id") or "-"):
            found[key] = Suggestion(tuple(ids[:MOST_ALIKE]), False, _("same VAT id"))
        elif ids := by_name.get(plain(str(data.get("name", ""))) or "-"):
            found[key] = Suggestion(tuple(ids[:MOST_ALIKE]), False, _("same name, another e-mail address"))
    return found


def find_articles(text: str, *, limit: int = 20) -> list[tuple[int, str]]:
    """(id, "SKU name") of articles that fit what is being typed: SKU, EAN or name."""
    text = text.strip()
    fits = Q(sku__icontains=text) | Q(name__icontains=text) | Q(ean=text)
    rows = Article.objects.filter(fits, has_variants=False).order_by("sku")[:limit]
    return [(row.pk, f"{row.sku} {row.name}") for row in rows]


def find_customers(text: str, *, limit: int = 20) -> list[tuple[int, str]]:
    """(id, "name · e-mail") of customers that fit what is being typed."""
    text = text.strip()
    fits = Q(email__icontains=text) | Q(company__icontains=text) | Q(last_name__icontains=text)
    rows = Customer.objects.filter(fits | Q(first_name__icontains=text)).order_by("last_name", "pk")[:limit]
    return [(row.pk, customer_label(row)) for row in rows]


def customer_label(customer: Customer) -> str:
    return f"{customer} · {customer.email}" if customer.email else f"{customer} · #{customer.pk}"


def article_meant(text: str) -> int | None:
    """The one article that an entered "SKU name", SKU or EAN means; None when it means none or several."""
    text = text.strip()
    for sku in dict.fromkeys((text, text.partition(" ")[0])):
        ids = (
            list(Article.objects.filter(sku=sku, has_variants=False).values_list("pk", flat=True))
            if sku
            else []
        )
        if ids:
            return ids[0]
    ids = list(Article.objects.filter(ean=text).values_list("pk", flat=True)[:2]) if text else []
    return ids[0] if len(ids) == 1 else None


def customer_meant(text: str) -> int | None:
    """The one customer that an entered e-mail address, "name · e-mail" or "name · #id" means."""
    _name, _sep, last = text.strip().rpartition(" · ")
    if last.startswith("#") and last[1:].isdecimal():
        return Customer.objects.filter(pk=int(last[1:])).values_list("pk", flat=True).first()
    if last:
        return Customer.objects.filter(email=last.lower()).values_list("pk", flat=True).first()
    return None


def names_of_articles(ids: Collection[int]) -> dict[int, str]:
    rows = Article.objects.filter(pk__in=ids).values_list("pk", "sku", "name")
    return {pk: f"{sku} {name}" for pk, sku, name in rows}


def names_of_customers(ids: Collection[int]) -> dict[int, str]:
    return {row.pk: customer_label(row) for row in Customer.objects.filter(pk__in=ids)}


def _bare(sku: str) -> str:
    """ "DEK-004" and "dek 04" are written alike: "dek4"."""
    return "".join(part.lstrip("0") or "0" for part in plain(sku).split())
