"""Changes of all runs: "what happened to this article in which shop"."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from shops.displays import before_after, change_state, moment, verb_badge
from shops.models import Change


@admin.register(Change)
class ChangeAdmin(ModelAdmin):
    list_display = ["verb_column", "what", "shop_column", "fields_column", "why", "state_column", "when"]
    list_display_links = None
    list_filter = ["run__shop", "kind", "verb", "state"]
    search_fields = ["key", "name", "=remote_id"]
    list_select_related = ["run__shop"]
    list_per_page = 50
    paginator = InfinitePaginator  # millions of rows: nobody needs to know the last page
    show_full_result_count = False
    actions = None
    list_fullwidth = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        return False

    @display(description=_("what happens"), ordering="verb")
    def verb_column(self, change: Change) -> SafeString:
        return verb_badge(change)

    @display(description=_("element"), ordering="key")
    def what(self, change: Change) -> SafeString:
        return format_html(
            '<strong>{}</strong><br><span class="sh-muted">{} · {}</span>',
            change.key or change.name or change.remote_id,
            change.get_kind_display(),
            change.name if change.key else "",
        )

    @display(description=_("shop"))
    def shop_column(self, change: Change) -> SafeString:
        url = reverse("admin:shops_run_change", args=[change.run_id])
        return format_html('{}<br><a href="{}">{} {}</a>', change.run.shop, url, _("run"), change.run_id)

    @display(description=_("before → after"))
    def fields_column(self, change: Change) -> SafeString:
        return before_after(change)

    @display(description=_("result"), ordering="state")
    def state_column(self, change: Change) -> SafeString:
        if not change.message:
            return change_state(change)
        return format_html('{}<br><span class="sh-muted">{}</span>', change_state(change), change.message)

    @display(description=_("when"), ordering="id")
    def when(self, change: Change) -> str:
        return moment(change.at)
