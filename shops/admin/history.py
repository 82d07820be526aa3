"""The tab History: the shop's runs, its files, and who changed which setting."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from shops.admin.pages import render, shop_page
from shops.models import ExportFile, Run, Shop


def history(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    runs = Run.objects.filter(shop=shop).select_related("by").defer("detail")
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
        files=list(ExportFile.objects.filter(run__shop=shop).select_related("run")[:20]),
        changes=list(changes.order_by("-action_time")[:20]),
    )


history_view = shop_page()(history)
