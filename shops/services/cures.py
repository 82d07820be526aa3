"""What a person decides about parked orders, in the inbox: each decision is remembered for later orders where it can be.

None of these takes an order in; `shops.services.intake.take_in` does, with the orders that `waiting_for` gives.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import cast

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict
from inventory.models import Article, VatRate
from orders.drafts import OrderDraft
from orders.errors import IncompleteOrder
from orders.models import Customer
from orders.services.buyers import buyer_key, create_customer
from orders.services.cleaning import clean_draft
from orders.services.lines import create_articles
from orders.services.unmapped import VAT_RATE
from orders.services.vat_rates import UNSAID, VatRates
from shops import elements
from shops.content import from_content
from shops.models import IncomingOrder, Meaning, RemoteElement, Shop
from shops.platforms.base import Platform
from shops.platforms.registry import platform_for
from shops.records import OrderRecord
from shops.services import links
from shops.services.intake import parked
from shops.sync.local.base import Side
from shops.sync.local.order_drafts import Translator

MOST = 2000


def waiting_for(
    shop: Shop | None, cause: str, *, key: str = "", skus: Collection[str] = (), buyers: Collection[str] = ()
) -> list[IncomingOrder]:
    """The parked orders of this cause; narrowed to one key of an unmapped reference ("KIND:ID"), to orders with any of
    these SKUs, or of these buyers. shop None = of all shops."""
    rows = parked().filter(cause=cause)
    if shop is not None:
        rows = rows.filter(shop=shop)
    found: list[IncomingOrder] = list(rows[:MOST])
    if key:
        found = [row for row in found if f"{row.data.get('kind')}:{row.data.get('id')}" == key]
    if skus:
        found = [row for row in found if {one["sku"] for one in row.data.get("skus", ())} & set(skus)]
    if buyers:
        found = [row for row in found if row.data.get("key") in buyers]
    return found


# Methods and statuses


def map_element(
    shop: Shop, kind: str, remote_id: str, name: str, local_id: int | None, *, status_kind: str = ""
) -> None:
    """Link the shop's payment method, shipping method or status with ours; None = create ours with its name.

    status_kind: what a status that is created means (OrderStatus.Kind), "" = what its name says.
    A method that only orders name (a gateway that was switched off) gets an element of its own. Raises Conflict.
    """
    element, _made = RemoteElement.objects.get_or_create(
        shop=shop, kind=kind, remote_id=remote_id[:150], defaults={"name": name[:300]}
    )
    if element.state != RemoteElement.State.PRESENT:
        RemoteElement.objects.filter(pk=element.pk).update(
            state=RemoteElement.State.PRESENT, seen_run=None, local_id=None
        )
        element.refresh_from_db()
    if element.local_id is not None:
        raise Conflict(
            _("“%(name)s” has been linked meanwhile.") % {"name": element},
            cure=_("Take the orders in: press “Try all again”."),
        )
    if local_id is None:
        links.create_and_link(element, status_kind=status_kind)
    else:
        links.link(element, local_id)


def choose_vat_rate(shop: Shop, key: str, rate_id: int | None, *, by: User) -> VatRate:
    """key: "PL:9.5". None = create that rate here. Raises Conflict where it cannot be created."""
    if rate_id is None:
        return _create_rate(key)
    rate = VatRate.objects.filter(pk=rate_id).first()
    if rate is None:
        raise Conflict(_("This one no longer exists here."), cure=_("Choose another one."))
    _remember(shop, VAT_RATE, {key: rate.pk}, by)
    return rate


def _create_rate(key: str) -> VatRate:
    country, _sep, percent = key.partition(":")
    try:
        rate = VatRate(country=country, percent=Decimal(percent))
        rate.full_clean()
    except (InvalidOperation, ValidationError) as error:
        raise Conflict(
            _("A VAT rate cannot be made of “%(key)s”.") % {"key": key.replace(UNSAID, "")},
            cure=_("Choose one of your rates."),
        ) from error
    rate.save()
    return rate


# Articles


@transaction.atomic
def choose_articles(shop: Shop, chosen: Mapping[str, int | None], *, by: User) -> None:
    """{SKU: our article, None = bill its lines without one}. Raises Conflict where an article is gone."""
    ids = {local_id for local_id in chosen.values() if local_id is not None}
    if Article.objects.filter(pk__in=ids).count() != len(ids):
        raise Conflict(_("This one no longer exists here."), cure=_("Choose another one."))
    _remember(shop, elements.ARTICLE, chosen, by)


@transaction.atomic
def create_from_orders(shop: Shop, skus: Collection[str]) -> list[Article]:
    """Articles with these SKUs, named and taxed as the parked orders say. A SKU that is there meanwhile is left alone."""
    made: list[Article] = []
    open_skus = set(skus) - set(Article.objects.filter(sku__in=skus).values_list("sku", flat=True))
    for draft in _drafts(shop, waiting_for(shop, "article_unknown", skus=open_skus)):
        lines = {line.sku: line for line in draft.lines if line.kind == "item" and line.sku in open_skus}
        if lines:
            made += create_articles(list(lines.values()), VatRates(draft))
            open_skus -= set(lines)
    return made


# Customers


@transaction.atomic
def choose_customers(shop: Shop, chosen: Mapping[str, int], *, by: User) -> None:
    """{key of the buyer: our customer}. Raises Conflict where one is gone."""
    if Customer.objects.filter(pk__in=set(chosen.values())).count() != len(set(chosen.values())):
        raise Conflict(_("This one no longer exists here."), cure=_("Choose another one."))
    _remember(shop, elements.CUSTOMER, chosen, by)


@transaction.atomic
def create_buyers(shop: Shop, buyers: Collection[str], *, by: User) -> list[Customer]:
    """Customers with what the parked orders say of these buyers. Raises UnknownCustomer where that is not enough."""
    left, made = set(buyers), []
    for draft in _drafts(shop, waiting_for(shop, "customer_unknown", buyers=left)):
        if (key := buyer_key(draft)) in left:
            customer = create_customer(draft)
            left.discard(key)
            made.append(customer)
            if not customer.email:  # found again by nothing else, if he has no full address either
                _remember(shop, elements.CUSTOMER, {key: customer.pk}, by)
    return made


# Single orders


def allow_difference(row: IncomingOrder, *, by: User) -> None:
    """The lines of just this order may miss its total, as both are now; a rounding line will show it."""
    IncomingOrder.objects.filter(pk=row.pk).update(
        allowed_difference=Decimal(row.data["difference"]), allowed_print=row.payload_print, decided_by=by
    )


@transaction.atomic
def leave_out(row: IncomingOrder, *, by: User) -> None:
    """Not to be imported: it stays stored, and the engine passes it by."""
    IncomingOrder.objects.filter(pk=row.pk).update(
        state=IncomingOrder.State.LEFT_OUT, problem=None, decided_by=by
    )
    orders = RemoteElement.objects.of(row.shop, elements.ORDER).filter(remote_id=row.remote_id)
    orders.filter(local_id=None).update(state=RemoteElement.State.IGNORED)


@transaction.atomic
def take_back(row: IncomingOrder) -> None:
    """A left-out order waits again, to be tried at once."""
    IncomingOrder.objects.filter(pk=row.pk).update(state=IncomingOrder.State.PARKED)
    orders = RemoteElement.objects.of(row.shop, elements.ORDER).filter(remote_id=row.remote_id)
    orders.filter(state=RemoteElement.State.IGNORED).update(state=RemoteElement.State.PRESENT)


def _remember(shop: Shop, kind: str, chosen: Mapping[str, int | None], by: User) -> None:
    for key, local_id in chosen.items():
        Meaning.objects.update_or_create(
            shop=shop, kind=kind, key=key[:300], defaults={"local_id": local_id, "by": by}
        )


def _drafts(shop: Shop, rows: Iterable[IncomingOrder]) -> Iterator[OrderDraft]:
    """What is stored of these orders, as the engine would take it in. Those that make no order at all are passed by."""
    translator = Translator(Side(shop, cast(Platform, platform_for(shop))))
    found = RemoteElement.objects.of(shop, elements.ORDER).filter(
        remote_id__in=[row.remote_id for row in rows]
    )
    for element in found.order_by("pk").iterator(chunk_size=50):
        record = from_content(elements.ORDER, element.content, remote_id=element.remote_id)
        try:
            yield clean_draft(translator.draft(cast(OrderRecord, record)))
        except IncompleteOrder:
            continue
