"""Shops: what is listed, and which pages stand under a shop. Each page has its own module beside this one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from backoffice.lib.errors import KontorError, Unsupported
from shops.admin import (
    calls,
    connection,
    connection_form,
    downloads,
    files_tab,
    health,
    history,
    mappings,
    matrix,
    orders_tab,
    safety,
    schedule_tab,
    start,
    stock_prices,
)
from shops.admin.filters import PlatformFilter
from shops.admin.holds import open_banners
from shops.admin.pages import may_change, may_enter_credentials, may_run, need, say, shop_buttons
from shops.displays import moment, platform_label, shop_state
from shops.models import Shop
from shops.platforms.registry import platform_class, platform_classes
from shops.services.calls import remove_calls
from shops.services.rules import ensure_rules
from shops.services.runs import has_server
from shops.services.schedules import ensure_schedules, stop_unwanted
from shops.services.states import ShopState, shop_states


@admin.register(Shop)
class ShopAdmin(ModelAdmin):
    list_display = [
        "name_column",
        "state_column",
        "platform_column",
        "address",
        "last_column",
        "waits_column",
    ]
    list_display_links = ["name_column"]
    list_filter = ["active", PlatformFilter]
    search_fields = ["name", "code", "address"]
    list_per_page = 50
    prepopulated_fields = {"code": ["name"]}
    change_form_template = "admin/shops/connection.html"
    add_form_template = "admin/shops/connection.html"
    change_list_template = "admin/shops/shop_list.html"
    actions = None
    warn_unsaved_form = True
    pages = (
        ("test-settings", "test", connection.test_view),
        ("use-address", "use_address", connection.use_address_view),
        ("download/<slug:name>", "download", downloads.download_view),
        ("use-option", "use_option", connection.use_option_view),
        ("start/<slug:job>/<slug:mode>", "start", start.start_view),
        ("what-to-sync", "matrix", matrix.matrix_view),
        ("what-to-sync/confirm", "matrix_confirm", matrix.confirm_view),
        ("stock-and-prices", "stock_prices", stock_prices.stock_prices_view),
        ("safety", "safety", safety.safety_view),
        ("orders", "orders", orders_tab.orders_view),
        ("schedule", "schedule", schedule_tab.schedule_view),
        ("orders/forget/<int:meaning_id>", "orders_forget", orders_tab.forget_view),
        ("files", "files", files_tab.files_view),
        ("files/add", "files_add", files_tab.add_view),
        ("files/<int:feed_id>/<slug:verb>", "files_feed", files_tab.feed_view),
        ("mappings", "mappings", mappings.mappings_view),
        ("mappings/<slug:kind>", "mappings_kind", mappings.mappings_view),
        ("mappings/<slug:kind>/search", "mappings_search", mappings.search_view),
        ("mappings/<slug:kind>/unlink/<int:element_id>", "mappings_unlink", mappings.unlink_view),
        ("health", "health", health.health_view),
        ("calls", "calls", calls.calls_view),
        ("past", "past", history.history_view),
    )

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{address}/",
                self.admin_site.admin_view(partial(view, self)),
                name=f"shops_shop_{name}",
            )
            for address, name, view in self.pages
        ]
        return own + super().get_urls()

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        return ["excluded_categories", "collective_customer"]  # thousands make no list to choose from

    # the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shop]:
        return super().get_queryset(request).select_related("credentials_saved_by")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            shops = list(response.context_data["cl"].result_list)  # type: ignore[index]
            states = shop_states(shops)
            for shop in shops:
                shop.screen_state = states[shop.pk]
            response.context_data["cl"].result_list = shops  # type: ignore[index]
        return response

    @display(description=_("shop"), ordering="name")
    def name_column(self, shop: Shop) -> str:
        return shop.name

    @display(description=_("state"))
    def state_column(self, shop: Shop) -> SafeString:
        return shop_state(_state(shop))

    @display(description=_("platform"), ordering="platform")
    def platform_column(self, shop: Shop) -> str:
        return platform_label(shop.platform)

    @display(description=_("last run"))
    def last_column(self, shop: Shop) -> str:
        last = _state(shop).last
        if last is None:
            return "–"
        return f"{moment(last.finished_at)} · {last.get_job_display()}"

    @display(description=_("last tested"), ordering="checked_at")
    def waits_column(self, shop: Shop) -> str:
        return moment(shop.checked_at)

    # the tab Connection

    def get_form(
        self, request: HttpRequest, obj: Shop | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = connection_form.form_for(request, obj, self._platform(request, obj))
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Shop | None = None) -> Any:
        return connection_form.fieldsets_for(request, obj, self._platform(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Shop | None = None) -> list[str]:
        if obj is None:
            return ["platform_name"]
        locked = ["code", "platform_name"]
        # Who could point the address elsewhere would be sent the saved key.
        return locked if may_enter_credentials(request) else [*locked, "address"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Shop | None = None) -> dict[str, list[str]]:
        return {"code": ["name"]} if obj is None else {}

    def _platform(self, request: HttpRequest, shop: Shop | None) -> Any:
        if shop is not None:
            return platform_class(shop.platform)
        return connection.chosen_platform(request) or next(iter(platform_classes().values()))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_enter_credentials(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        platform = connection.chosen_platform(request)
        need(self.has_add_permission(request))
        if platform is None:
            return TemplateResponse(
                request,
                "admin/shops/choose_platform.html",
                {
                    **self.admin_site.each_context(request),
                    "opts": self.opts,
                    "title": _("Which kind of shop is it?"),
                    # Plain values: a template calls a class that it is given, and shows nothing where that fails.
                    "platforms": [
                        (key, one.label, one.address_help) for key, one in platform_classes().items()
                    ],
                },
            )
        return super().add_view(
            request, form_url, {**(extra_context or {}), "address_help": platform.address_help}
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shop = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if shop is not None:
            try:
                platform_class(shop.platform)
            except Unsupported as error:
                say(request, messages.ERROR, str(error.message), str(error.cure))
                return HttpResponseRedirect(reverse("admin:shops_shop_changelist"))
            extra |= {
                "shop": shop,
                "header_buttons": shop_buttons(request, shop),
                "check": connection.check_summary(shop),
                "test_writes": has_server(shop),
                "offers": downloads.offers(request, shop),
                "banners": open_banners(request, shop),
                "may_run": may_run(request),
                "may_change": may_change(request) and may_enter_credentials(request),
            }
        return super().change_view(request, object_id, form_url, extra)

    def save_model(self, request: HttpRequest, obj: Shop, form: Any, change: bool) -> None:
        if not change:
            obj.platform = self._platform(request, None).key
        super().save_model(request, obj, form, change)
        if not change:
            ensure_rules(obj)
            ensure_schedules(obj)
        elif not obj.active:
            stop_unwanted([obj])

    def delete_model(self, request: HttpRequest, obj: Shop) -> None:
        self._end_calls(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        for shop in queryset:
            self._end_calls(request, shop)
        super().delete_queryset(request, queryset)

    def _end_calls(self, request: HttpRequest, shop: Shop) -> None:
        """Afterwards nobody knows any more what was registered there."""
        try:
            remove_calls(shop)
        except KontorError as error:
            say(
                request,
                messages.WARNING,
                _(
                    "%(shop)s could not be asked to call no more: %(why)s Remove Kontor's webhooks in the shop's own panel."
                )
                % {"shop": shop.name, "why": error.message},
            )

    def response_add(
        self, request: HttpRequest, obj: Shop, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._after_save(request, obj)

    def response_change(self, request: HttpRequest, obj: Shop) -> HttpResponse:
        return self._after_save(request, obj)

    def _after_save(self, request: HttpRequest, shop: Shop) -> HttpResponse:
        say(request, messages.SUCCESS, _("%(shop)s is saved.") % {"shop": shop.name})
        if "_test" in request.POST and may_run(request):
            for _finding in connection.run_checks(shop):
                pass
        return HttpResponseRedirect(reverse("admin:shops_shop_change", args=[shop.pk]))

    @display(description=_("platform"))
    def platform_name(self, shop: Shop | None) -> str:
        return platform_label(shop.platform) if shop and shop.platform else ""


def _state(shop: Shop) -> ShopState:
    state: ShopState = shop.screen_state  # type: ignore[attr-defined]
    return state
