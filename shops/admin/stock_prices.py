"""The tab Stock and prices (P1, P2, P4, P5), with one article worked out line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from inventory.models import Article, StockLevel
from shops.admin.pages import render, shop_page
from shops.admin.settings_page import SettingsForm, save_settings, settings_form
from shops.models import Shop
from shops.records import PriceRecord
from shops.services.explain import Available, arithmetic, levels_of
from shops.sync.local.amounts import available_quantities, shop_prices

FIELDSETS: Any = [
    (
        gettext_lazy("Stock"),
        {
            "fields": ["warehouses", "safety_buffer", "download_warehouse"],
        },
    ),
    (
        gettext_lazy("Prices"),
        {"fields": ["price_list", "sale_price_list", "download_price_list"]},
    ),
    (
        gettext_lazy("What is sent"),
        {"fields": ["scope", "link_by", "excluded_categories", "language", "transfer_files"]},
    ),
]


class StockPricesForm(SettingsForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses = self.fields["warehouses"]
        warehouses.widget = UnfoldAdminCheckboxSelectMultipleWidget(choices=warehouses.widget.choices)
        warehouses.help_text = Shop._meta.get_field("warehouses").help_text
        buffer = self.initial.get("safety_buffer")
        if isinstance(buffer, Decimal):
            self.initial["safety_buffer"] = f"{buffer.normalize():f}" if buffer else "0"

    def clean(self) -> dict[str, Any]:
        """A price list in another currency than the shop's would send wrong prices: refused, with both named."""
        cleaned = super().clean() or self.cleaned_data
        currency = self.instance.currency
        for name in ("price_list", "sale_price_list", "download_price_list"):
            chosen = cleaned.get(name)
            if chosen and currency and chosen.currency != currency:
                self.add_error(
                    name,
                    forms.ValidationError(
                        _("This list is in %(list)s, the shop sells in %(shop)s. Choose a list in %(shop)s."),
                        params={"list": chosen.currency, "shop": currency},
                    ),
                )
        if cleaned.get("price_list") and cleaned.get("price_list") == cleaned.get("sale_price_list"):
            self.add_error(
                "sale_price_list", _("The sale prices need a list of their own. Choose another one or none.")
            )
        return cleaned


@dataclass(frozen=True, slots=True)
class Example:
    """One article's stock and price as this shop gets them. worked: the lines; available: the engine's own number."""

    article: Article
    worked: Available
    available: Decimal
    price: PriceRecord | None


def worked_example(shop: Shop, wanted: str = "") -> Example | None:
    """The article that was asked for (SKU or EAN), else the first with stock in the shop's warehouses."""
    warehouses = list(shop.warehouses.all())
    articles = Article.objects.filter(has_variants=False)
    if wanted:
        article = articles.filter(Q(sku=wanted) | Q(ean=wanted)).first()
    else:
        level = (
            StockLevel.objects.filter(warehouse__in=warehouses, on_hand__gt=0, article__has_variants=False)
            .select_related("article")
            .order_by("id")
            .first()
        )
        article = level.article if level else None
    if article is None:
        return None
    worked = arithmetic(shop, levels_of(article))
    return Example(
        article=article,
        worked=replace(worked, lines=tuple(line for line in worked.lines if line.counted)),
        available=available_quantities(shop, [article.pk])[article.pk],
        price=shop_prices(shop, [article.pk]).get(article.pk),
    )


def stock_prices(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    form, adminform = settings_form(admin, request, shop, FIELDSETS, StockPricesForm)
    if request.method == "POST" and form.is_valid():
        save_settings(admin, request, shop, _("Stock and prices"), form)
        return HttpResponseRedirect(reverse("admin:shops_shop_stock_prices", args=[shop.pk]))
    wanted = request.GET.get("article", "").strip()[:100]
    saved = Shop.objects.select_related("price_list", "sale_price_list").get(pk=shop.pk)
    return render(
        admin,
        request,
        "admin/shops/stock_prices.html",
        shop,
        _("Stock and prices"),
        form=form,
        adminform=adminform,
        media=admin.media + form.media,
        wanted=wanted,
        example=worked_example(saved, wanted),
        warehouses=list(saved.warehouses.all()),
        saved=saved,
    )


stock_prices_view = shop_page(methods=("GET", "POST"))(stock_prices)
