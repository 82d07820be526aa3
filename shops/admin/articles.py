"""The article's tab "Shops and history": where it is sold, what the shops show, and why this number (UI.md §2.9)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from inventory.admin.articles import ArticleAdmin as InventoryArticleAdmin
from inventory.models import Article, SetComponent
from orders.services.reservations import reserve_orders_with
from shops.services.explain import explain_article

admin.site.unregister(Article)


@admin.register(Article)
class ArticleAdmin(InventoryArticleAdmin):
    """The article's form of inventory with one tab more, for who may see shops."""

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm("shops.view_shop"):
            return fieldsets
        return [*fieldsets, (_("Shops and history"), {"classes": ["tab"], "fields": ["shops_and_history"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "shops_and_history"]

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        """Other parts, or another kind: open orders keep back something else from now on."""
        super().save_related(request, form, formsets, change)
        parts = [formset for formset in formsets if formset.model is SetComponent and formset.has_changed()]
        if parts or "kind" in form.changed_data:
            reserve_orders_with(form.instance.pk)

    @display(description=_("Shops and history"))
    def shops_and_history(self, article: Article) -> SafeString | str:
        if not article.pk:
            return "–"
        # The form's templates ask for a field seven times.
        told: SafeString | None = getattr(article, "told_shops_and_history", None)
        if told is None:
            told = article.told_shops_and_history = _tell(article)  # type: ignore[attr-defined]
        return told


def _tell(article: Article) -> SafeString:
    return render_to_string(
        "admin/shops/article_shops.html",
        {
            "article": article,
            "story": explain_article(article),
            "changes_url": f"{reverse('admin:shops_change_changelist')}?q={article.sku}",
            "orders_url": f"{reverse('admin:orders_order_changelist')}?q={article.sku}",
        },
    )
