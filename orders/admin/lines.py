"""The lines in the form of an order."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from inventory.admin.chosen import ChosenMixin
from inventory.admin.parts import PartMixin
from orders.admin.forms import LineForm
from orders.errors import OrderRefused
from orders.models import Order, OrderLine
from orders.services.standing import why_not_editable


def lines_obstacle(request: HttpRequest, order: Order) -> OrderRefused | None:
    """Why the lines of this order cannot be changed; asked once a request."""
    if not hasattr(request, "lines_obstacle"):
        request.lines_obstacle = why_not_editable(order)  # type: ignore[attr-defined]
    found: OrderRefused | None = request.lines_obstacle
    return found


class OrderLineInline(PartMixin, ChosenMixin, TabularInline):
    model = OrderLine
    form = LineForm
    verbose_name = _("line")
    verbose_name_plural = _("lines")
    fields = ["kind", "article", "name", "quantity", "net", "vat_percent"]
    autocomplete_fields = ["article"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("article", "vat_rate")

    # Who may change the order may change its lines.
    def is_open(self, request: HttpRequest, obj: Order | None) -> bool:
        return request.user.has_perm("orders.change_order") and not (obj and lines_obstacle(request, obj))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.view_order") or request.user.has_perm("orders.change_order")
