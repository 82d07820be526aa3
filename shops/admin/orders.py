"""The order list with what only the shops know: their names, the orders that wait outside the list, the way to their panels."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
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
        return dict(Shop.objects.values_list("code", "name"))

    def queues(self, request: HttpRequest) -> list[Queue]:
        """One pill more for who may see causes: orders that no shop's rule let into the list."""
        queues = super().queues(request)
        if not request.user.has_perm("shops.view_problem"):
            return queues
        waiting = IncomingOrder.objects.filter(
            state=IncomingOrder.State.PARKED, order_id__isnull=True
        ).count()
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
