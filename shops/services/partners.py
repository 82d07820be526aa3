"""Both sides of a mapping: which elements of a shop, and which rows of ours, may belong together (O8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db import models
from django.db.models import Q, QuerySet

from inventory.models import Article, Category, Producer, Unit, VatRate
from orders.models import Customer, OrderStatus, PaymentMethod, ShippingMethod
from shops import elements
from shops.models import RemoteElement, Shop

LINKABLE: Final = (
    RemoteElement.State.PRESENT,
    RemoteElement.State.IGNORED,
    RemoteElement.State.DELETED_HERE,
)

LOCAL_MODELS: Final[dict[str, type[models.Model]]] = {
    elements.UNIT: Unit,
    elements.CATEGORY: Category,
    elements.PRODUCER: Producer,
    elements.VAT_RATE: VatRate,
    elements.ARTICLE: Article,
    elements.CUSTOMER: Customer,
    elements.PAYMENT_METHOD: PaymentMethod,
    elements.SHIPPING_METHOD: ShippingMethod,
    elements.ORDER_STATUS: OrderStatus,
}
MAPPED: Final = (
    elements.PAYMENT_METHOD,
    elements.SHIPPING_METHOD,
    elements.ORDER_STATUS,
    elements.VAT_RATE,
    elements.UNIT,
    elements.CATEGORY,
    elements.PRODUCER,
    elements.ARTICLE,
    elements.CUSTOMER,
)
_NAMED: Final = (
    elements.UNIT,
    elements.CATEGORY,
    elements.PRODUCER,
    elements.PAYMENT_METHOD,
    elements.SHIPPING_METHOD,
    elements.ORDER_STATUS,
)
CREATABLE: Final = (
    elements.UNIT,
    elements.PRODUCER,
    *(kind for kind in _NAMED if kind.endswith(("method", "status"))),
)
MANY_TO_ONE: Final = tuple(key for key, spec in elements.ELEMENT_TYPES.items() if spec.by_hand)
LISTED: Final = (
    elements.UNIT,
    elements.VAT_RATE,
    elements.PAYMENT_METHOD,
    elements.SHIPPING_METHOD,
    elements.ORDER_STATUS,
)


def of_kind(shop: Shop, kind: str) -> QuerySet[RemoteElement]:
    """The shop's elements that a person may link: present ones, or ignored ones."""
    return RemoteElement.objects.of(shop, kind).filter(state__in=LINKABLE)


def open_elements(shop: Shop, kind: str) -> QuerySet[RemoteElement]:
    return RemoteElement.objects.of(shop, kind).present().unlinked().order_by("name", "id")


def unlinked_here(shop: Shop, kind: str) -> QuerySet[Any]:
    """Our rows of the type that have no partner in this shop."""
    taken = RemoteElement.objects.of(shop, kind).linked().values("local_id")
    return usable(kind).exclude(pk__in=taken)


def choosable_here(shop: Shop, kind: str) -> QuerySet[Any]:
    """Our rows that another element of the shop may be linked with: of methods and statuses any, since several of the
    shop's may mean one of ours ("BLIK" and "Przelewy24" are both "Online payment"); of the rest those without a partner."""
    return usable(kind) if kind in MANY_TO_ONE else unlinked_here(shop, kind)


def usable(kind: str) -> QuerySet[Any]:
    """Our rows of the type that may be linked at all."""
    found = LOCAL_MODELS[kind]._default_manager.all()
    return found.filter(active=True) if kind in (elements.PAYMENT_METHOD, elements.SHIPPING_METHOD) else found


def names_of(kind: str, ids: Iterable[int]) -> dict[int, str]:
    """{id: how staff call our row}."""
    rows = LOCAL_MODELS[kind]._default_manager.filter(pk__in=list(ids))
    return {row.pk: str(row) for row in rows}


def find_here(shop: Shop, kind: str, text: str, limit: int = 20) -> list[tuple[int, str]]:
    """Our rows without a partner in this shop that fit the text: (id, name)."""
    text = text.strip()
    rows = choosable_here(shop, kind)
    if kind == elements.ARTICLE:
        rows = rows.filter(Q(sku__icontains=text) | Q(name__icontains=text) | Q(ean=text))
    elif kind == elements.CUSTOMER:
        rows = rows.filter(
            Q(email__icontains=text) | Q(last_name__icontains=text) | Q(company__icontains=text)
        )
    elif kind == elements.VAT_RATE:
        rows = rows.filter(country__icontains=text[:2]) if text else rows
    else:
        rows = rows.filter(name__icontains=text)
    return [(row.pk, str(row)) for row in rows[:limit]]


def resolve(shop: Shop, kind: str, text: str) -> int | None:
    """The one row here that a typed SKU, EAN, e-mail or name means; None when it means none or several."""
    text = text.strip()
    if not text:
        return None
    if kind == elements.ARTICLE:
        exact = Q(sku=text.split(" ", 1)[0]) | Q(sku=text) | Q(ean=text)
    elif kind == elements.CUSTOMER:
        exact = Q(email__iexact=text)
    elif kind == elements.VAT_RATE:
        return None
    else:
        exact = Q(name=text)
    ids = list(choosable_here(shop, kind).filter(exact).values_list("pk", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None
