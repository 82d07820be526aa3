"""Units, categories, producers, VAT rates."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from tree_queries.admin import TreeAdmin
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from inventory.admin.displays import quantity
from inventory.models import Article, Category, Producer, Unit, VatRate


def _articles_by(field: str) -> Coalesce:
    counts = (
        Article.objects.filter(**{field: OuterRef("pk")})
        .order_by()
        .values(field)
        .annotate(total=Count("pk"))
        .values("total")
    )
    return Coalesce(Subquery(counts), 0)


class _CountsArticles:
    """A column with the number of articles that refer to the row; `counted_field` is theirs."""

    counted_field = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(articles_count=_articles_by(self.counted_field))  # type: ignore[misc]

    @display(description=_("articles"), ordering="articles_count")
    def articles_count(self, row: Any) -> str:
        return quantity(row.articles_count)


@admin.register(Unit)
class UnitAdmin(_CountsArticles, ModelAdmin):
    counted_field = "unit"
    list_display = ["name", "symbol", "articles_count"]
    search_fields = ["name", "symbol"]


@admin.register(Producer)
class ProducerAdmin(_CountsArticles, ModelAdmin):
    counted_field = "producer"
    list_display = ["name", "articles_count", "changed_at"]
    search_fields = ["name"]
    show_full_result_count = False


@admin.register(VatRate)
class VatRateAdmin(_CountsArticles, ModelAdmin):
    counted_field = "vat_rate"
    list_display = ["country", "percent_shown", "kind", "name", "articles_count"]
    list_display_links = ["country", "percent_shown"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    list_filter_submit = True
    search_fields = ["country", "name", "percent"]

    @display(description=_("percent"), ordering="percent")
    def percent_shown(self, rate: VatRate) -> str:
        return quantity(rate.percent)


@admin.register(Category)
class CategoryAdmin(TreeAdmin, ModelAdmin):
    """An indented list. A category is moved with the scissors, or by choosing another parent in its form."""

    list_display = [*TreeAdmin.list_display, "articles_count"]
    search_fields = ["name"]
    autocomplete_fields = ["parent"]
    fields = ["name", "parent", "description", "position"]
    position_field = "position"
    list_per_page = 200
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        members = (
            Article.categories.through.objects.filter(category=OuterRef("pk"))
            .order_by()
            .values("category")
            .annotate(total=Count("pk"))
            .values("total")
        )
        return super().get_queryset(request).annotate(articles_count=Coalesce(Subquery(members), 0))

    @display(description=_("articles"))
    def articles_count(self, category: Any) -> str:
        return quantity(category.articles_count)
