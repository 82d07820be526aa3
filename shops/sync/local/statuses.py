"""What goes back to the shop of an order: its status and its parcels (E1, E3, L2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from orders.models import Order, Shipment
from shops.content import aside_print, content_print, to_content
from shops.elements import ORDER, ORDER_STATUS
from shops.models import RemoteElement, Shop
from shops.models.elements import RemoteElementQuerySet
from shops.records import OrderStatusChange, ParcelRecord, Record
from shops.sync.local.base import not_linked

Links = Mapping[int, str]  # {id of our status: id of the shop's}


def status_changes(
    shop: Shop, links: Links, order_ids: Collection[int], *, parcels: bool
) -> dict[int, Record | KontorError]:
    """{order id: what the shop should have, or why it cannot be told}. parcels: the shop can be told of them."""
    untold = _untold(order_ids) if parcels else {}
    found: dict[int, Record | KontorError] = {}
    for order in Order.objects.filter(pk__in=order_ids).select_related("status"):
        waiting = tuple(untold.get(order.pk, ()))
        if order.status is None:
            if waiting:
                found[order.pk] = OrderStatusChange(parcels=waiting)
            continue
        remote_id = links.get(order.status.pk)
        found[order.pk] = (
            OrderStatusChange(status_id=remote_id, parcels=waiting)
            if remote_id is not None
            else not_linked(
                _("The order status"), order.status.name, shop, f"status_unmapped:{order.status.pk}"
            )
        )
    return found


def _untold(order_ids: Collection[int]) -> dict[int, list[ParcelRecord]]:
    found: dict[int, list[ParcelRecord]] = {}
    for parcel in Shipment.objects.filter(order__in=order_ids, told_at=None).order_by("pk"):
        record = ParcelRecord(
            key=str(parcel.pk),
            carrier=parcel.carrier,
            number=parcel.tracking_number,
            url=parcel.tracking_url,
            shipped_at=parcel.shipped_at,
            doubtful=parcel.telling_at is not None,
        )
        found.setdefault(parcel.order_id, []).append(record)
    return found


def orders_to_tell(
    elements: RemoteElementQuerySet, links: Links, *, parcels: bool, since: datetime | None = None
) -> RemoteElementQuerySet:
    """Orders whose status here is not the one that the shop got last, or with parcels that it does not know.

    There are years of orders, and a dozen statuses: each status' fingerprint is worked out once, and the database
    compares it with what was sent. since: only orders that changed here after that.
    """
    prints = [
        When(now=pk, then=Value(content_print(to_content(OrderStatusChange(status_id=remote_id)))))
        for pk, remote_id in links.items()
    ]
    changed = Order.objects.filter(changed_at__gt=since) if since is not None else Order.objects.all()
    if since is not None:
        elements = elements.filter(local_id__in=changed.values("pk"))
    status = Order.objects.filter(pk=OuterRef("local_id")).values("status_id")
    elements = elements.alias(now=Subquery(status))
    moved = Q(now__isnull=False)
    if prints:
        elements = elements.alias(ours=Case(*prints, default=Value("?")))
        moved &= ~Q(synced_here_print=F("ours"))
    if parcels:
        moved |= Q(local_id__in=Shipment.objects.filter(told_at=None).values("order_id"))
    return elements.filter(moved)


def statuses_to_push(shop: Shop, since: datetime, *, parcels: bool) -> bool:
    """Whether an order that changed here after `since` has something to tell that its shop has not refused."""
    links = {
        local: remote
        for local, remote in RemoteElement.objects.of(shop, ORDER_STATUS)
        .linked()
        .present()
        .order_by("preferred", "-pk")
        .values_list("local_id", "remote_id")
        if local is not None
    }
    linked = RemoteElement.objects.of(shop, ORDER).present().linked()
    elements = list(orders_to_tell(linked, links, parcels=parcels, since=since)[:500])
    records = status_changes(shop, links, [row.local_id for row in elements if row.local_id], parcels=parcels)
    return any(_is_news(row, records.get(row.local_id or 0)) for row in elements)


def _is_news(element: RemoteElement, record: Record | KontorError | None) -> bool:
    if not isinstance(record, OrderStatusChange):
        return record is not None  # not mapped: the run says so, once
    if element.problem_print == aside_print(here_print(record), element.content_print):
        return False
    return bool(record.parcels) or element.content.get("status_id") != record.status_id


def besides(record: Record) -> dict[str, list[Any]]:
    """What is told besides the status: it is not compared, the shop does not show it. {field: [here, there]}."""
    if not isinstance(record, OrderStatusChange) or not record.parcels:
        return {}
    return {"parcels": [", ".join(parcel_words(parcel) for parcel in record.parcels), ""]}


def here_print(record: OrderStatusChange) -> str:
    """Our side with all that is told, for what is set aside."""
    return content_print(to_content(record) | besides(record))


def parcel_words(parcel: ParcelRecord) -> str:
    return f"{parcel.carrier} {parcel.number}".strip() or parcel.key


def begin_telling(records: Sequence[Record]) -> None:
    """Before the shop is written to: if nobody hears the answer, the next try looks first."""
    Shipment.objects.filter(pk__in=_keys(records)).update(telling_at=timezone.now())


def told(records: Sequence[Record]) -> None:
    Shipment.objects.filter(pk__in=_keys(records)).update(told_at=timezone.now())


def _keys(records: Sequence[Record]) -> list[int]:
    changes = (record for record in records if isinstance(record, OrderStatusChange))
    return [int(parcel.key) for change in changes for parcel in change.parcels]
