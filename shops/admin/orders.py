"""The order list with what only the shops know: their names, the orders that wait outside the list, the way to their panels."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.admin.orders import OrderAdmin as PlainOrderAdmin
from orders.admin.orders import Queue
from orders.models import Order
from shops import elements
from shops.models import IncomingOrder, Shop
from shops.services.panels import panel_url

admin.site.unregister(Order)


@admin.register(Order)
class OrderAdmin(PlainOrderAdmin):
    def source_names(self, request: HttpRequest) -> dict[str, str]:
        return {code: name for code, name, _waiting in _shops(request)}

    def queues(self, request: HttpRequest) -> list[Queue]:
        """One pill more for who may see causes: orders that no shop's rule let into the list."""
        queues = super().queues(request)
        if not request.user.has_perm("shops.view_problem"):
            return queues
        waiting = sum(count for _code, _name, count in _shops(request))
        if not waiting:
            return queues
        url = reverse("admin:shops_problem_parked")
        pill = Queue("incoming", _("Not taken in yet"), waiting, url, alarm=True)
        return [*queues[:-1], pill, queues[-1]]

    def page_context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        context = super().page_context(request, order)
        if not order.source or not order.source_id or not request.user.has_perm("shops.view_shop"):
            return context
        shop = Shop.objects.filter(code=order.source).defer("facts", "check_result").first()
        url = panel_url(shop, elements.ORDER, order.source_id) if shop is not None else ""
        if shop is not None:
            card = {"template": "admin/shops/order_card.html", "shop": shop, "url": url}
            context["more_cards"] = [*context["more_cards"], card]
        return context


def _shops(request: HttpRequest) -> list[tuple[str, str, int]]:
    """(code, name, orders that wait outside the list) of each shop, asked once a request."""
    if not hasattr(request, "order_shops"):
        waits = Q(incoming_orders__state=IncomingOrder.State.PARKED, incoming_orders__order_id=None)
        shops = Shop.objects.order_by().annotate(waiting=Count("incoming_orders", filter=waits))
        request.order_shops = list(shops.values_list("code", "name", "waiting"))  # type: ignore[attr-defined]
    found: list[tuple[str, str, int]] = request.order_shops  # type: ignore[attr-defined]
    return found
