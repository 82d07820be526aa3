"""Filters of the shops' lists."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shops.platforms.registry import platform_classes


class PlatformFilter(SimpleListFilter):
    title = _("platform")
    parameter_name = "platform"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, cls.label) for key, cls in platform_classes().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(platform=self.value()) if self.value() else queryset


class UnfinishedFilter(SimpleListFilter):
    """Runs that wait or run, or those that are over."""

    title = _("progress")
    parameter_name = "progress"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Waiting or running")), ("over", _("Finished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.unfinished()  # type: ignore[attr-defined, no-any-return]
        if self.value() == "over":
            return queryset.exclude(state__in=["waiting", "running"])
        return queryset


class PushFilter(SimpleListFilter):
    """The pushes that went well are left out, unless they are asked for here or by their trigger."""

    title = _("told at once of a change")
    parameter_name = "pushes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("Also those that went well"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all" or "trigger__exact" in request.GET or "q" in request.GET:
            return queryset
        return queryset.but_quiet_pushes()  # type: ignore[attr-defined, no-any-return]
