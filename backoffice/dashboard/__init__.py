"""The first page: is anything wrong, what comes first, how is business. A fixed number of queries."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.dashboard.causes import causes
from backoffice.dashboard.desk import Desk
from backoffice.dashboard.low_stock import low_stock
from backoffice.dashboard.sales import sales
from backoffice.dashboard.work import work_of
from shops.admin.holds import open_banners
from shops.services.cards import shop_cards
from shops.services.not_mapped import not_mapped_yet
from shops.services.states import STRIP

HOLDS_SHOWN: Final = 3
CARDS_UP_TO: Final = 10  # more shops than this are rows of a table, worst first


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK. Who may not see a part, or does not work with it, does not get it, nor its queries."""
    may, desk = request.user.has_perm, Desk.of(request.user)
    context["title"] = _("Dashboard")
    context["now"] = timezone.localtime()
    context["work"] = work_of(request.user, desk)
    if desk.books and may("orders.view_order"):
        context |= sales()
    if desk.packs and may("inventory.view_stocklevel"):
        context |= low_stock()
        context["low_url"] = f"{reverse('admin:inventory_stocklevel_changelist')}?level=low"
    if desk.everything and may("shops.view_shop"):
        context["shop_cards"] = shop_cards(next_up_to=CARDS_UP_TO)
        context["as_table"] = len(context["shop_cards"]) > CARDS_UP_TO
        context["strip_length"] = STRIP
    if desk.everything and may("shops.view_problem"):
        context |= causes(desk)
        context["not_mapped"] = not_mapped_yet()
        context["holds"] = open_banners(request, limit=HOLDS_SHOWN)
    return context
