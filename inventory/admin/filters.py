"""Filters of the lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.options import ModelAdmin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter

from inventory.models import Article, Category, StockLevel
from inventory.models.stock import LOW


class CategoryFilter(AutocompleteSelectFilter):
    """Articles of a category and of everything below it; variants count where their parent does."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        chosen = self.value()
        if not chosen or not str(chosen).isdigit():
            return queryset
        category = Category.objects.filter(pk=int(chosen)).first()
        if category is None:
            return queryset.none()
        branch = [row.pk for row in category.descendants(include_self=True)]
        inside = Article.categories.through.objects.filter(category__in=branch).values("article_id")
        return queryset.filter(Q(pk__in=inside) | Q(parent_id__in=inside))


class ShapeFilter(DropdownFilter):
    title = _("variants")
    parameter_name = "shape"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Sequence[tuple[str, Any]]:
        return [
            ("single", _("Without variants")),
            ("parent", _("Parent articles")),
            ("variant", _("Variants")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        match self.value():
            case "single":
                return queryset.filter(parent=None, has_variants=False)
            case "parent":
                return queryset.filter(has_variants=True)
            case "variant":
                return queryset.exclude(parent=None)
        return queryset


class ArticleStockFilter(DropdownFilter):
    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Sequence[tuple[str, Any]]:
        return [
            ("some", _("On hand")),
            ("none", _("Nothing on hand")),
            ("low", _("Below the minimum")),
            ("negative", _("Negative")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        levels = StockLevel.objects.filter(article=OuterRef("pk"))
        match self.value():
            case "some":
                return queryset.filter(Exists(levels.filter(on_hand__gt=0)))
            case "none":
                counted = queryset.filter(has_variants=False, kind=Article.Kind.GOODS)
                return counted.exclude(Exists(levels.filter(on_hand__gt=0)))
            case "low":
                return queryset.filter(pk__in=StockLevel.objects.low().order_by().values("article"))
            case "negative":
                negative = StockLevel.objects.filter(on_hand__lt=0)
                return queryset.filter(pk__in=negative.order_by().values("article"))
        return queryset


class LevelFilter(DropdownFilter):
    title = _("quantity")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Sequence[tuple[str, Any]]:
        return [
            ("some", _("On hand")),
            ("none", _("Nothing on hand")),
            ("low", _("Below the minimum")),
            ("negative", _("Negative")),
            ("reserved", _("With reservations")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
        conditions = {
            "some": Q(on_hand__gt=0),
            "low": LOW,
            "none": Q(on_hand=0),
            "negative": Q(on_hand__lt=0),
            "reserved": Q(reserved__gt=0),
        }
        condition = conditions.get(str(self.value()))
        return queryset.filter(condition) if condition is not None else queryset
