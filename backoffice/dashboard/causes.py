"""The open causes, those that park orders first."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.dashboard.desk import Desk
from shops.elements import ATTACHMENT, IMAGE, ORDER
from shops.models import IncomingOrder, Problem
from shops.platforms.registry import platform_classes
from shops.services.parked import parked_url
from shops.services.partners import MAPPED

CAUSES_SHOWN: Final = 7
# Files and servers: nothing that somebody who sells could cure.
_TECHNICAL: Final = (IMAGE, ATTACHMENT)


def causes(desk: Desk) -> dict[str, Any]:
    """Those that park orders first, then by how many elements they hit."""
    waiting = Problem.objects.filter(state=Problem.State.OPEN)
    if not desk.technical:
        waiting = waiting.exclude(kind__in=_TECHNICAL)
    found = list(
        waiting.select_related("shop")
        .defer("detail", "shop__credentials", "shop__facts", "shop__check_result")
        .annotate(parked=Count("orders", filter=Q(orders__state=IncomingOrder.State.PARKED)))
        .order_by("-parked", "-count", "-last_seen")[:CAUSES_SHOWN]
    )
    count = waiting.count() if len(found) == CAUSES_SHOWN else len(found)
    mapped = {
        key: {kind for kind in MAPPED if kind in cls.capabilities} for key, cls in platform_classes().items()
    }
    for problem in found:
        problem.way = _way(problem, mapped.get(problem.shop.platform, set()))  # type: ignore[attr-defined]
    url = f"{reverse('admin:shops_problem_changelist')}?state__exact={Problem.State.OPEN}"
    return {"causes": found, "cause_count": count, "more_causes": count - len(found), "causes_url": url}


def _way(problem: Problem, mapped: set[str]) -> dict[str, str]:
    """The button of a cause: to the place where it is cured."""
    if problem.kind == ORDER:
        return {"url": parked_url(problem.shop_id), "label": _("Cure it")}
    by_hand = ("payment_method", "shipping_method", "order_status", "vat_rate")
    if problem.kind in by_hand and problem.kind in mapped:
        url = reverse("admin:shops_shop_mappings_kind", args=[problem.shop_id, problem.kind])
        return {"url": url, "label": _("Open Mappings")}
    if problem.last_run_id:
        return {
            "url": reverse("admin:shops_run_change", args=[problem.last_run_id]),
            "label": _("See the run"),
        }
    return {"url": reverse("admin:shops_shop_change", args=[problem.shop_id]), "label": _("Open shop")}
