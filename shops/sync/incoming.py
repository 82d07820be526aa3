"""Raw orders are stored before anything is made of them: whatever fails later, no order is lost."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from backoffice.lib.fingerprint import fingerprint
from shops.models import IncomingOrder, Problem, Shop
from shops.platforms.base import BadRecord
from shops.records import OrderRecord


def store_payloads(shop: Shop, records: Sequence[OrderRecord]) -> None:
    """Upsert the payloads of one page. The same payload again changes nothing."""
    known = {
        row.remote_id: row
        for row in IncomingOrder.objects.filter(
            shop=shop, remote_id__in=[r.remote_id for r in records]
        ).defer("payload")
    }
    new, changed = [], []
    now = timezone.now()
    for record in records:
        mark = fingerprint(record.raw)
        row = known.get(record.remote_id)
        if row is None:
            new.append(
                IncomingOrder(
                    shop=shop,
                    remote_id=record.remote_id,
                    number=record.number[:60],
                    payload=record.raw,
                    payload_print=mark,
                )
            )
        elif row.payload_print != mark:
            row.payload, row.payload_print, row.number, row.changed_at = (
                record.raw,
                mark,
                record.number[:60],
                now,
            )
            changed.append(row)
    IncomingOrder.objects.bulk_create(new, ignore_conflicts=True)
    IncomingOrder.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["payload", "payload_print", "number", "changed_at"],
    )


def park_payload(shop: Shop, bad: BadRecord, problem: Problem) -> None:
    """An order that could not be understood is kept all the same, and waits with its reason."""
    IncomingOrder.objects.update_or_create(
        shop=shop,
        remote_id=bad.remote_id,
        defaults={
            "number": bad.name[:60],
            "payload": bad.raw,
            "payload_print": fingerprint(bad.raw),
            "state": IncomingOrder.State.PARKED,
            "problem": problem,
            "message": str(bad.error.message)[:500],
            "cure": str(bad.error.cure)[:500],
            "cause": bad.error.code,
        },
    )
