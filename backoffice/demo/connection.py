"""The demo shop as a shop of Kontor: its rules, its sales channel, and what its methods and statuses mean here."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from backoffice.demo.firm import RETAIL, SALE, WAREHOUSES
from inventory.models import PriceList, Warehouse
from orders.models import OrderStatus, PaymentMethod, SalesChannel, ShippingMethod
from shops import elements
from shops.models import RemoteElement, Run, Shop
from shops.services.rules import KONTOR_LEADS, apply_preset, ensure_rules
from shops.services.schedules import ensure_schedules

SHOP_CODE = "demo"

# The demo shop's own ids (backoffice.demo.shop.seed). Cash on delivery is left for whoever tries it out: the first
# order that is paid so waits, and is cured with one click.
_MEANS = {
    elements.PAYMENT_METHOD: (
        PaymentMethod,
        (("bacs", "Bank transfer", "Bank transfer"), ("card", "Card", "Card")),
    ),
    elements.SHIPPING_METHOD: (
        ShippingMethod,
        (
            ("flat_rate:1", "GLS home delivery (Slovenija)", "GLS home delivery"),
            ("flat_rate:2", "Parcel locker (Slovenija)", "Parcel locker"),
            ("local_pickup:3", "Personal pick-up", "Personal pick-up"),
            ("flat_rate:4", "GLS home delivery (Sosednje države)", "GLS home delivery"),
            ("flat_rate:5", "Parcel locker (Sosednje države)", "Parcel locker"),
        ),
    ),
    elements.ORDER_STATUS: (
        OrderStatus,
        tuple(
            (key, name, name)
            for key, name in (
                ("pending", "Pending payment"),
                ("processing", "Processing"),
                ("on-hold", "On hold"),
                ("completed", "Completed"),
                ("cancelled", "Cancelled"),
                ("refunded", "Refunded"),
                ("failed", "Failed"),
            )
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class ShopAccess:
    """Where the demo shop is, and its WooCommerce REST key."""

    url: str
    key: str
    secret: str


def load_shop(access: ShopAccess) -> None:
    shop = Shop.objects.filter(code=SHOP_CODE).first()
    credentials = {"consumer_key": access.key, "consumer_secret": access.secret}
    if shop:
        if shop.address != access.url or shop.credentials != credentials:
            shop.address, shop.credentials = access.url, credentials
            shop.credentials_saved_at = timezone.now()
            shop.save(update_fields=["address", "credentials", "credentials_saved_at"])
        return
    with transaction.atomic():
        shop = _make(access, credentials)
        _channel()
        _mappings(shop)


def _make(access: ShopAccess, credentials: dict[str, str]) -> Shop:
    price_list, sale_list = PriceList.objects.get(name=RETAIL), PriceList.objects.get(name=SALE)
    shop = Shop.objects.create(
        code=SHOP_CODE,
        name="Demo shop",
        platform="woocommerce",
        address=access.url,
        credentials=credentials,
        credentials_saved_at=timezone.now(),
        options={},
        unmapped=Shop.Unmapped.PARK,
        country="SI",
        download_warehouse=Warehouse.objects.get(code="LJ"),
        price_list=price_list,
        sale_price_list=sale_list,
        download_price_list=price_list,
        # A new shop of our own with nothing in it: there is nothing that could be overwritten (P3).
        overwrite_confirmed_at=timezone.now(),
    )
    shop.warehouses.set(Warehouse.objects.filter(code__in=[code for code, _name in WAREHOUSES]))
    ensure_rules(shop)
    apply_preset(shop, KONTOR_LEADS)
    ensure_schedules(shop)
    # Who tries it out does not wait twenty minutes for an order.
    shop.schedules.filter(job=Run.Job.IMPORT_ORDERS).update(every_min=5)
    return shop


def _channel() -> None:
    """Invoice and delivery note, as drafts: one accepts an order, looks at its papers, and issues them."""
    SalesChannel.objects.get_or_create(
        code=SHOP_CODE,
        defaults={
            "warehouse": Warehouse.objects.get(code="LJ"),
            "becomes": SalesChannel.Becomes.BOTH,
            "as_draft": True,
            "due_days": 8,
            "shipped_status": OrderStatus.objects.get(name="Completed"),
            "document_note": "Thank you for buying at Lipa Dom.",
        },
    )


def _mappings(shop: Shop) -> None:
    """As somebody would link them under Mappings after the first read, which finds them linked then."""
    for kind, (model, rows) in _MEANS.items():
        ours = dict(model._default_manager.values_list("name", "pk"))
        seen: set[str] = set()
        for remote_id, name, meaning in rows:
            RemoteElement.objects.create(
                shop=shop,
                kind=kind,
                remote_id=remote_id,
                name=name,
                local_id=ours[meaning],
                preferred=meaning not in seen,
            )
            seen.add(meaning)
