"""Elements of shops: what each shop has, to look into; links are made under Mappings."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from shops.displays import badge, moment, number
from shops.models import RemoteElement


class LinkedFilter(admin.SimpleListFilter):
    title = _("link")
    parameter_name = "linked"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [("yes", _("Linked")), ("no", _("Only in the shop"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RemoteElement]) -> QuerySet[RemoteElement]:
        if self.value() in ("yes", "no"):
            return queryset.filter(local_id__isnull=self.value() == "no")
        return queryset


@admin.register(RemoteElement)
class RemoteElementAdmin(ModelAdmin):
    list_display = ["name_column", "kind", "shop", "remote_id", "link_column", "sent", "seen"]
    list_display_links = None
    list_filter = ["shop", "kind", LinkedFilter, "state"]
    search_fields = ["natural_key", "second_key", "name", "=remote_id"]
    list_select_related = ["shop"]
    list_per_page = 50
    paginator = InfinitePaginator
    show_full_result_count = False
    ordering = ["-id"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[RemoteElement]:
        return super().get_queryset(request).defer("content")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RemoteElement | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RemoteElement | None = None) -> bool:
        return False

    @display(description=_("element"), ordering="name")
    def name_column(self, element: RemoteElement) -> SafeString:
        return format_html(
            '<strong>{}</strong><br><span class="sh-muted">{}</span>',
            element.name or "–",
            element.natural_key,
        )

    @display(description=_("link"))
    def link_column(self, element: RemoteElement) -> SafeString:
        if element.state != RemoteElement.State.PRESENT:
            return badge("muted", element.get_state_display())
        if element.local_id:
            return badge("ok", _("Linked"), "link")
        return badge("warn", _("Only in the shop"), "link_off")

    @display(description=_("last sent"))
    def sent(self, element: RemoteElement) -> str:
        if element.sent_at is None:
            return "–"
        value = f"{number(element.sent_value)} · " if element.sent_value is not None else ""
        return f"{value}{moment(element.sent_at)}"

    @display(description=_("last seen"), ordering="seen_at")
    def seen(self, element: RemoteElement) -> str:
        if element.seen_at is None:
            return "–"
        value = f"{number(element.seen_value)} · " if element.seen_value is not None else ""
        return f"{value}{moment(element.seen_at)}"
