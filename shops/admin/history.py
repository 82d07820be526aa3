"""The tab History: the shop's runs, its files, and who changed which setting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from shops.admin.pages import render, shop_page
from shops.models import ExportFile, Run, Shop


def history(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    runs = Run.objects.filter(shop=shop).select_related("by").defer("detail").but_quiet_pushes()
    page = Paginator(runs, 25).get_page(request.GET.get("page"))
    for run in page.object_list:
        run.shop = shop
    changes = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Shop), object_id=str(shop.pk)
    ).select_related("user")
    return render(
        admin,
        request,
        "admin/shops/past.html",
        shop,
        _("History"),
        page=page,
        pushes=_pushes(shop),
        files=list(ExportFile.objects.filter(run__shop=shop).select_related("run")[:20]),
        changes=list(changes.order_by("-action_time")[:20]),
    )


def _pushes(shop: Shop) -> dict[str, Any]:
    """The pushes of a day that went well, in one line instead of one each. changes: what they wrote into the shop."""
    since = timezone.now() - timedelta(days=1)
    quiet = Run.objects.filter(
        shop=shop, trigger=Run.Trigger.CHANGE, state=Run.State.DONE, finished_at__gte=since
    )
    found = quiet.aggregate(
        runs=Count("pk", distinct=True), changes=Sum("steps__shop"), last=Max("finished_at")
    )
    return found | {"changes": found["changes"] or 0}


history_view = shop_page()(history)
