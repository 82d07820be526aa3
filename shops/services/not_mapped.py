"""What of the shops is not mapped yet, said before the first order needs it (O8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import ngettext

from shops import elements
from shops.models import RemoteElement, Rule, Run, Shop

KINDS: Final = (elements.PAYMENT_METHOD, elements.SHIPPING_METHOD, elements.ORDER_STATUS)


@dataclass(frozen=True, slots=True)
class NotMapped:
    shop: Shop
    kind: str
    count: int

    @property
    def sentence(self) -> str:
        texts = {
            elements.PAYMENT_METHOD: ngettext(
                "%(n)d payment method of %(shop)s is not mapped yet.",
                "%(n)d payment methods of %(shop)s are not mapped yet.",
                self.count,
            ),
            elements.SHIPPING_METHOD: ngettext(
                "%(n)d shipping method of %(shop)s is not mapped yet.",
                "%(n)d shipping methods of %(shop)s are not mapped yet.",
                self.count,
            ),
            elements.ORDER_STATUS: ngettext(
                "%(n)d order status of %(shop)s is not mapped yet.",
                "%(n)d order statuses of %(shop)s are not mapped yet.",
                self.count,
            ),
        }
        return texts[self.kind] % {"n": self.count, "shop": self.shop.name}

    @property
    def url(self) -> str:
        return reverse("admin:shops_shop_mappings_kind", args=[self.shop.pk, self.kind])


def not_mapped_yet(shop_id: int | None = None) -> list[NotMapped]:
    """Of the switched-on shops whose orders come in. Three queries; ignored elements do not count."""
    shops = Shop.objects.switched_on().filter(pk__in=_shops_with_orders())
    if shop_id is not None:
        shops = shops.filter(pk=shop_id)
    by_id = shops.only("pk", "name").in_bulk()
    if not by_id:
        return []
    counts = (
        RemoteElement.objects.filter(shop__in=by_id, kind__in=KINDS)
        .present()
        .unlinked()
        .order_by()
        .values_list("shop_id", "kind")
        .annotate(n=Count("pk"))
    )
    found = [NotMapped(by_id[shop], kind, n) for shop, kind, n in counts]
    return sorted(found, key=lambda one: (one.shop.name, KINDS.index(one.kind)))


def _shops_with_orders() -> set[int]:
    """By the matrix, or because somebody has imported orders by hand."""
    ruled = Rule.objects.filter(kind=elements.ORDER).exclude(linked=Rule.Linked.NOTHING, import_here=False)
    ran = Run.objects.filter(job__in=[Run.Job.IMPORT_ORDERS, Run.Job.HEAR_ORDERS])
    return set(ruled.values_list("shop_id", flat=True)) | set(
        ran.order_by().values_list("shop_id", flat=True).distinct()
    )
