"""What staff read for a field of an order: "billing address, phone" for "billing.phone"."""

from __future__ import annotations

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from orders.models.customers import Address
from orders.models.orders import Order


def field_label(key: str) -> str:
    """key: the name of an Order field, "billing.FIELD", "delivery.FIELD", "line.ID" or "cancelled" (orders.services.content)."""
    part, _dot, rest = key.partition(".")
    if part == "line":
        return _("lines")
    if part == "cancelled":
        return _("cancelled")
    if rest and part in ("billing", "delivery"):
        names = {"address": _label(Order, part), "field": _label(Address, rest)}
        return _("%(address)s, %(field)s") % names
    return _label(Order, key)


def _label(model: type[Order] | type[Address], name: str) -> str:
    try:
        return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:  # a name of an older release
        return name
