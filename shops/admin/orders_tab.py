"""The tab Orders: how this shop's orders come in (O2, O11, O13)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from shops import elements
from shops.admin.pages import render, shop_page
from shops.admin.settings_page import save_settings, settings_form
from shops.models import IncomingOrder, Run, Shop, Watermark

FIELDSETS: Any = [
    (gettext_lazy("Which orders"), {"fields": ["orders_from"]}),
    (
        gettext_lazy("What is created with them"),
        {"fields": ["create_articles", "create_customers"]},
    ),
    (gettext_lazy("When an order comes again"), {"fields": ["update_known_status"]}),
]


def orders(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    form, adminform = settings_form(admin, request, shop, FIELDSETS)
    if request.method == "POST" and form.is_valid():
        save_settings(admin, request, shop, form, _("Orders"))
        return HttpResponseRedirect(reverse("admin:shops_shop_orders", args=[shop.pk]))
    counts = dict(
        IncomingOrder.objects.filter(shop=shop)
        .values_list("state")
        .annotate(n=Count("id"))
        .values_list("state", "n")
    )
    return render(
        admin,
        request,
        "admin/shops/orders.html",
        shop,
        _("Orders"),
        form=form,
        adminform=adminform,
        media=admin.media + form.media,
        taken=counts.get(IncomingOrder.State.TAKEN, 0),
        parked=counts.get(IncomingOrder.State.PARKED, 0),
        watermark=Watermark.objects.filter(shop=shop, kind=elements.ORDER).first(),
        last_run=Run.objects.filter(shop=shop, job=Run.Job.IMPORT_ORDERS).first(),
        parked_orders=list(
            IncomingOrder.objects.filter(shop=shop, state=IncomingOrder.State.PARKED).defer("payload")[:20]
        ),
        start_url=reverse("admin:shops_shop_start", args=[shop.pk, Run.Job.IMPORT_ORDERS, Run.Mode.WEB]),
    )


orders_view = shop_page(methods=("GET", "POST"))(orders)
