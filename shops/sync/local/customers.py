"""Our side of customers (P7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from django.db.models.functions import Lower

from backoffice.lib.errors import KontorError, Refused
from orders.drafts import CustomerDraft
from orders.models import Address, Customer
from orders.services.customers import upsert_customers
from shops.records import AddressRecord, CustomerRecord, Record
from shops.sync.local.addresses import as_draft
from shops.sync.local.base import Incoming, LocalType


class Customers(LocalType):
    """Natural key: the e-mail address in small letters (DESIGN.md §3)."""

    kind = "customer"
    model = Customer

    def natural_key(self, record: Record) -> str:
        return (cast(CustomerRecord, record).email or "").strip().lower()[:300]

    def label(self, record: Record) -> str:
        customer = cast(CustomerRecord, record)
        person = f"{customer.first_name or ''} {customer.last_name or ''}".strip()
        return (customer.company or person or customer.email or "")[:300]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        rows = Customer.objects.annotate(key=Lower("email")).filter(key__in=keys).values_list("key", "pk")
        for key, pk in rows:
            found.setdefault(key, []).append(pk)
        return found

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        return {row.pk: (row.email, str(row)) for row in Customer.objects.filter(pk__in=ids)}

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        return {
            row.pk: CustomerRecord(
                email=row.email,
                first_name=row.first_name,
                last_name=row.last_name,
                company=row.company,
                vat_id=row.vat_id,
                phone=row.phone,
                billing=_address(row.billing),
                shipping=_address(row.delivery),
            )
            for row in Customer.objects.filter(pk__in=ids)
            .select_related("billing", "delivery")
            .exclude(email="")
        }

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        drafts = [self._draft(item) for item in items]
        results: list[int | KontorError] = []
        for done in upsert_customers(drafts):
            if done.customer_id is None:
                results.append(Refused(done.message, cure=done.cure, key="customer"))
            else:
                results.append(done.customer_id)
        return results

    def _draft(self, item: Incoming) -> CustomerDraft:
        record = cast(CustomerRecord, item.record)
        texts = ("email", "first_name", "last_name", "company", "vat_id", "phone")
        taken = {name: getattr(record, name) for name in texts if item.fields is None or name in item.fields}
        billing = record.billing if item.fields is None or "billing" in item.fields else None
        delivery = record.shipping if item.fields is None or "shipping" in item.fields else None
        return CustomerDraft(
            customer_id=item.local_id,
            billing=as_draft(billing) if billing is not None else None,
            delivery=as_draft(delivery) if delivery is not None else None,
            **taken,
        )


def _address(row: Address | None) -> AddressRecord | None:
    """None (do not touch) where we have no address: a shop's own is not cleared for that."""
    if row is None:
        return None
    names = (
        "first_name",
        "last_name",
        "company",
        "street",
        "street2",
        "city",
        "postcode",
        "state",
        "country",
    )
    return AddressRecord(phone=row.phone, email=row.email, **{name: getattr(row, name) for name in names})
