"""Our side of payment methods, shipping methods and order statuses: links made by hand on the Mappings page (O8)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused
from orders.models import OrderStatus, PaymentMethod, ShippingMethod
from shops.records import OrderStatusRecord, PaymentMethodRecord, Record, ShippingMethodRecord
from shops.sync.local.base import Incoming, LocalType


class _Method(LocalType):
    linkable = False
    record_class: type[PaymentMethodRecord] | type[ShippingMethodRecord] | type[OrderStatusRecord]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        """Rows of the same name, for the suggestions on the Mappings page."""
        found: dict[str, list[int]] = {}
        for pk, name in self.model._default_manager.values_list("pk", "name"):
            if (key := name.strip().casefold()[:300]) in keys:
                found.setdefault(key, []).append(pk)
        return found

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        rows = self.model._default_manager.filter(pk__in=ids).values_list("pk", "name")
        return {pk: self.record_class(name=name) for pk, name in rows}

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        """Import: a method of the same name is taken, else one is made."""
        results: list[int | KontorError] = []
        taken = set(self.side.remote_ids(self.kind))
        for item in items:
            name = str(getattr(item.record, "name", "") or "").strip()[:100] or item.element.remote_id[:100]
            row, _created = self.model._default_manager.get_or_create(name=name)
            if row.pk in taken:
                results.append(
                    Refused(
                        _("“%(name)s” is already linked with another element of the shop.") % {"name": name},
                        cure=_("Link it by hand on the Mappings page."),
                        key="name_taken",
                    )
                )
                continue
            taken.add(row.pk)
            results.append(cast(int, row.pk))
        return results


class PaymentMethods(_Method):
    kind = "payment_method"
    model = PaymentMethod
    record_class = PaymentMethodRecord


class ShippingMethods(_Method):
    kind = "shipping_method"
    model = ShippingMethod
    record_class = ShippingMethodRecord


class OrderStatuses(_Method):
    kind = "order_status"
    model = OrderStatus
    record_class = OrderStatusRecord
