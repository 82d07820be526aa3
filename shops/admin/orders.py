"""The order list with what only the shops know: their names, the orders that wait outside the list, the way to their panels."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.admin.displays import person
from orders.admin.orders import OrderAdmin as PlainOrderAdmin
from orders.admin.page import EventRow, event_row
from orders.admin.queues import Pill
from orders.models import Order
from orders.models.field_labels import field_label
from shops import elements
from shops.models import Change, IncomingOrder, Shop
from shops.services import take_over
from shops.services.panels import panel_url
from shops.services.parked import parked_url

_SENT_SHOWN = 50

admin.site.unregister(Order)


@admin.register(Order)
class OrderAdmin(PlainOrderAdmin):
    def source_names(self, request: HttpRequest) -> dict[str, str]:
        return {code: name for code, name, _waiting in _shops(request)}

    def queues(self, request: HttpRequest) -> list[Pill]:
        """One pill more for who may see causes: orders that no shop's rule let into the list."""
        queues = super().queues(request)
        if not request.user.has_perm("shops.view_problem"):
            return queues
        waiting = sum(count for _code, _name, count in _shops(request))
        if not waiting:
            return queues
        url = reverse("admin:shops_problem_parked")
        pill = Pill("incoming", _("Not taken in yet"), waiting, url, alarm=True)
        return [*queues[:-1], pill, queues[-1]]

    def take_version(self, pk: int, *, by: AbstractBaseUser) -> Order:
        """With its lines, where nothing stands in the way."""
        return take_over.take_version(pk, by=by)

    def keep_version(self, pk: int, *, by: AbstractBaseUser) -> Order:
        return take_over.keep_version(pk, by=by)

    def more_events(self, request: HttpRequest, order: Order) -> list[EventRow]:
        """What was sent to the shop for this order."""
        sent = (
            Change.objects.filter(
                kind=elements.ORDER,
                local_id=order.pk,
                verb=Change.Verb.UPDATE_SHOP,
                run__shop__code=order.source,
            )
            .select_related("run__shop", "run__by")
            .defer("run__shop__facts", "run__shop__check_result")
        )
        return [_sent_row(change) for change in sent[:_SENT_SHOWN]]

    def page_context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        context = super().page_context(request, order)
        if not order.source or not order.source_id or not request.user.has_perm("shops.view_shop"):
            return context
        shop = Shop.objects.filter(code=order.source).defer("facts", "check_result").first()
        url = panel_url(shop, elements.ORDER, order.source_id) if shop is not None else ""
        if shop is not None:
            card = {"template": "admin/shops/order_card.html", "shop": shop, "url": url}
            context["more_cards"] = [*context["more_cards"], card]
            context["notices"] = _waiting_notices(request, order, shop)
        return context


def _waiting_notices(request: HttpRequest, order: Order, shop: Shop) -> list[dict[str, str]]:
    """A newer version of the order that waits among the parked ones."""
    row = take_over.waiting_change(order)
    if row is None:
        return []
    message = _("%(shop)s changed this order, and the change waits: %(reason)s") % {
        "shop": shop.name,
        "reason": row.message or _("It was not said why."),
    }
    may = request.user.has_perm("shops.view_problem")
    url = parked_url(shop.pk) if may else ""
    return [{"message": message, "url": url, "button": _("Open the parked orders")}]


def _sent_row(change: Change) -> EventRow:
    texts = [f"{field_label(name)}: {pair[1]}" for name, pair in change.fields.items()]
    values = {"shop": change.run.shop, "what": "; ".join(texts) or _("order")}
    if change.state == Change.State.DONE:
        words, icon, look = _("Sent to %(shop)s: %(what)s."), "arrow_forward", "shop"
    elif change.state in (Change.State.REFUSED, Change.State.NOT_POSSIBLE):
        words, icon, look = _("Not taken by %(shop)s: %(what)s. %(why)s"), "error", "look"
    else:
        words, icon, look = _("To be sent to %(shop)s: %(what)s."), "schedule_send", ""
    by = person(change.run.by) if change.run.by else ""
    return event_row(change.at, icon, look, by, words % (values | {"why": change.message}))


def _shops(request: HttpRequest) -> list[tuple[str, str, int]]:
    """(code, name, orders that wait outside the list) of each shop, asked once a request."""
    if not hasattr(request, "order_shops"):
        waits = Q(incoming_orders__state=IncomingOrder.State.PARKED, incoming_orders__order_id=None)
        shops = Shop.objects.order_by().annotate(waiting=Count("incoming_orders", filter=waits))
        request.order_shops = list(shops.values_list("code", "name", "waiting"))  # type: ignore[attr-defined]
    found: list[tuple[str, str, int]] = request.order_shops  # type: ignore[attr-defined]
    return found
