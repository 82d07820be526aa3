"""What a new order refers to and nobody has mapped yet: payment and shipping method, status, VAT rates (O8)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from orders.drafts import OrderDraft
from orders.errors import Unmapped
from orders.services.vat_rates import UNSAID, VatRates

PAYMENT_METHOD, SHIPPING_METHOD, ORDER_STATUS, VAT_RATE = (
    "payment_method", "shipping_method", "order_status", "vat_rate",
)  # fmt: skip


def check_mapped(draft: OrderDraft, rates: VatRates) -> None:
    """Raise Unmapped for the first reference of the draft that is not mapped. The status comes first: an order that is
    cancelled over there must not become an invoice here because nobody has said what its status means."""
    if draft.status_source_id and draft.status_id is None:
        raise _unmapped(draft, ORDER_STATUS, draft.status_source_id, draft.status_name)
    if draft.payment_source_id and draft.payment_method_id is None:
        raise _unmapped(draft, PAYMENT_METHOD, draft.payment_source_id, draft.payment_name)
    if draft.shipping_source_id and draft.shipping_method_id is None:
        raise _unmapped(draft, SHIPPING_METHOD, draft.shipping_source_id, draft.shipping_name)
    for key, line in rates.missing():
        percent = key.partition(":")[2]
        name = f"{rates.country} {percent} %".strip() if percent != UNSAID else rates.country
        raise _unmapped(draft, VAT_RATE, key, name, line=line.name)


def _unmapped(draft: OrderDraft, kind: str, source_id: str, name: str, *, line: str = "") -> Unmapped:
    name = name or source_id
    words = {"name": name, "shop": draft.source_label, "line": line}
    messages = {
        ORDER_STATUS: _("Order status “%(name)s” of %(shop)s is not mapped."),
        PAYMENT_METHOD: _("Payment method “%(name)s” of %(shop)s is not mapped."),
        SHIPPING_METHOD: _("Shipping method “%(name)s” of %(shop)s is not mapped."),
        VAT_RATE: _("VAT rate %(name)s of %(shop)s is not mapped."),
    }
    message = messages[kind]
    if source_id.endswith(f":{UNSAID}"):
        message = _("%(shop)s took VAT on “%(line)s” and does not say at which rate.")
    return Unmapped(
        message % words,
        cure=_("Choose what it is here. It is remembered for later orders of this shop."),
        detail=f"source={draft.source} id={draft.source_id} {kind}={source_id}",
        key=f"unmapped:{kind}:{source_id}",
        data={"kind": kind, "id": source_id, "name": name},
    )
