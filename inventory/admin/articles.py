"""The article list and the article's form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action, display

from backoffice.lib.dialogs import go
from backoffice.tables import TableAdminMixin
from inventory.admin.chosen import ChosenForm, ChosenMixin
from inventory.admin.displays import (
    EMPTY,
    current_price,
    level_sum,
    main_picture,
    money,
    quantity,
    quantity_text,
    thumbnail,
)
from inventory.admin.filters import ArticleStockFilter, CategoryFilter, ShapeFilter
from inventory.admin.forms import ArticleForm, ParentForm, SetPartForm
from inventory.admin.images import AttachmentInline, ImageInline
from inventory.admin.lists import PagedColumnsMixin
from inventory.errors import BadVariant
from inventory.models import Article, ArticleText, Price, PriceList, SetComponent, StockLevel
from inventory.resources import ArticleResource
from inventory.services.sets import free_pieces
from inventory.services.variants import make_parent, refresh_parents


class TextInline(StackedInline):
    model = ArticleText
    extra = 0
    tab = True


class PriceInline(ChosenMixin, TabularInline):
    model = Price
    form = ChosenForm
    fields = ["price_list", "amount", "min_quantity", "valid_from", "valid_to"]
    autocomplete_fields = ["price_list"]
    extra = 0
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        return super().get_queryset(request).select_related("price_list")


class SetPartInline(ChosenMixin, TabularInline):
    """What the set consists of; only shown for sets."""

    model = SetComponent
    form = SetPartForm
    hide_title = True
    fk_name = "whole"
    fields = ["component", "quantity", "free"]
    readonly_fields = ["free"]
    autocomplete_fields = ["component"]
    extra = 0
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[SetComponent]:
        parts = super().get_queryset(request).select_related("component")
        return parts.annotate(list_free=free_pieces("component_id"))

    @display(description=_("free"))
    def free(self, part: Any) -> str:
        return quantity(getattr(part, "list_free", None))


class StockInline(TabularInline):
    """To look at; the link leads to the form that changes it."""

    model = StockLevel
    fields = readonly_fields = ["warehouse", "on_hand_shown", "reserved_shown", "free", "minimum_shown"]
    extra = 0
    can_delete = False
    show_change_link = True
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLevel]:
        return super().get_queryset(request).select_related("article", "warehouse")

    @display(description=_("on hand"))
    def on_hand_shown(self, level: StockLevel) -> str:
        return quantity(level.on_hand)

    @display(description=_("reserved"))
    def reserved_shown(self, level: StockLevel) -> str:
        return quantity(level.reserved)

    @display(description=_("free"))
    def free(self, level: StockLevel) -> str:
        return quantity(level.on_hand - level.reserved)

    @display(description=_("minimum"))
    def minimum_shown(self, level: StockLevel) -> str:
        return quantity(level.minimum)


@admin.register(Article)
class ArticleAdmin(TableAdminMixin, PagedColumnsMixin, ModelAdmin):
    form = ArticleForm
    resource_classes = [ArticleResource]
    list_display = [
        "picture",
        "sku",
        "name_shown",
        "unit_shown",
        "vat_rate",
        "price",
        "on_hand",
        "reserved",
        "free",
        "active",
    ]
    list_display_links = ["sku", "name_shown"]
    list_select_related = ["unit", "vat_rate"]
    list_filter = [
        ("active", BooleanRadioFilter),
        ("categories", CategoryFilter),
        ("producer", AutocompleteSelectFilter),
        ArticleStockFilter,
        ShapeFilter,
        ("kind", ChoicesDropdownFilter),
        ("vat_rate", RelatedDropdownFilter),
    ]
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["^sku", "^ean", "name"]
    search_help_text = _("SKU, EAN or name")
    ordering = ["sku"]
    sortable_by = ["sku", "name_shown", "active"]
    autocomplete_fields = ["unit", "vat_rate", "producer", "categories", "parent"]
    readonly_fields = ["variants_table", "changed_at"]
    inlines = [SetPartInline, TextInline, PriceInline, StockInline, ImageInline, AttachmentInline]
    actions = ["switch_on", "switch_off"]
    actions_detail = ["turn_into_parent"]
    warn_unsaved_form = True
    fieldsets = [
        (None, {"fields": [("sku", "ean"), "name", ("kind", "active")]}),
        (_("Descriptions"), {"classes": ["tab"], "fields": ["short_description", "description"]}),
        (
            _("Classification"),
            {"classes": ["tab"], "fields": [("unit", "vat_rate"), "producer", "categories", "changed_at"]},
        ),
        (
            _("Size and weight"),
            {"classes": ["tab"], "fields": ["weight_g", ("length_mm", "width_mm", "height_mm")]},
        ),
        (
            _("Variants"),
            {
                "classes": ["tab"],
                "fields": ["parent", ("option_names", "option_values"), "variants_table"],
            },
        ),
    ]

    # The list

    def with_columns(self, queryset: QuerySet[Article]) -> QuerySet[Article]:
        price_list = _main_price_list()
        return queryset.defer("description", "short_description").annotate(
            list_picture=main_picture(),
            list_price=current_price(price_list.pk if price_list else None),
            list_on_hand=level_sum("on_hand"),
            list_reserved=level_sum("reserved"),
            list_free=free_pieces("pk"),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if request.GET.get("field_name") == "parent":  # the choice of a parent in the form of a variant
            found = found.filter(parent=None)
        return found, duplicates

    @display(description="")
    def picture(self, article: Any) -> SafeString:
        return thumbnail(article.list_picture)

    @display(description=_("name"), ordering="name")
    def name_shown(self, article: Article) -> str:
        values = ", ".join(str(value) for value in article.option_values)
        return f"{article.name} ({values})" if values and values not in article.name else article.name

    @display(description=_("unit"))
    def unit_shown(self, article: Article) -> str:
        return (article.unit.symbol or article.unit.name) if article.unit else EMPTY

    @display(description=_("price"))
    def price(self, article: Any) -> SafeString:
        return money(None if article.has_variants else article.list_price)

    @display(description=_("on hand"))
    def on_hand(self, article: Any) -> SafeString:
        return quantity(article.list_on_hand if article.counted else None)

    @display(description=_("reserved"))
    def reserved(self, article: Any) -> SafeString:
        return quantity(article.list_reserved if article.counted else None)

    @display(description=_("free"))
    def free(self, article: Any) -> SafeString:
        """Of goods over all warehouses; of a set the whole sets that its parts make."""
        if article.counted:
            return quantity(article.list_on_hand - article.list_reserved)
        return quantity(article.list_free if article.deliverable else None)

    @admin.action(description=_("Switch on: show in the shops"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._switch(request, queryset, active=True)

    @admin.action(description=_("Switch off: hide in the shops"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._switch(request, queryset, active=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Article], *, active: bool) -> None:
        # One statement: the list may find two hundred thousand. auto_now does nothing here.
        chosen = queryset.filter(active=not active).order_by().values("pk")
        changed = Article.objects.filter(pk__in=chosen).update(active=active, changed_at=timezone.now())
        text = (
            ngettext("%(count)s article was switched on.", "%(count)s articles were switched on.", changed)
            if active
            else ngettext(
                "%(count)s article was switched off.", "%(count)s articles were switched off.", changed
            )
        )
        messages.success(request, text % {"count": quantity_text(Decimal(changed))})

    # The form

    def get_form(self, request: HttpRequest, obj: Article | None = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        if obj and obj.parent_id and "option_values" in form.base_fields:
            form.base_fields["option_values"].help_text = " | ".join(obj.parent.option_names)
        return form

    def get_inlines(self, request: HttpRequest, obj: Article | None) -> list[Any]:
        left_out = set()
        if obj is None or not obj.counted:
            left_out.add(StockInline)
        if obj is None or obj.kind != Article.Kind.SET:
            left_out.add(SetPartInline)
        return [inline for inline in self.inlines if inline not in left_out]

    @display(description=_("variants"))
    def variants_table(self, article: Article) -> SafeString | str:
        if not article.pk or article.parent_id or not article.has_variants:
            return EMPTY
        rows = article.variants.order_by("sku").annotate(
            list_on_hand=level_sum("on_hand"), list_picture=main_picture()
        )
        return render_to_string(
            "admin/inventory/variants.html",
            {
                "article": article,
                "variants": [
                    {
                        "url": reverse("admin:inventory_article_change", args=[row.pk]),
                        "picture": thumbnail(row.list_picture, 32),
                        "article": row,
                        "on_hand": quantity(row.list_on_hand),
                    }
                    for row in rows
                ],
                "add_url": f"{reverse('admin:inventory_article_add')}?parent={article.pk}",
            },
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new variant starts with what its parent says."""
        initial = super().get_changeform_initial_data(request)
        wanted = initial.pop("parent", None)
        parent = Article.objects.filter(pk=wanted, parent=None).first() if _is_id(wanted) else None
        if parent:
            initial |= {
                "parent": parent.pk,
                "sku": f"{parent.sku}-",
                "name": parent.name,
                "unit": parent.unit_id,
                "vat_rate": parent.vat_rate_id,
                "producer": parent.producer_id,
                "weight_g": parent.weight_g,
            }
        return initial

    @action(
        description=_("Turn into a parent of variants …"),
        permissions=["change"],
        url_path="turn-into-parent",
        dialog={
            "title": _("Turn this article into a parent of variants"),
            "description": _(
                "A parent is not sold itself and has no stock; its variants are. You add them on the tab “Variants”."
            ),
            "form_class": ParentForm,
            "form_submit_text": _("Turn into a parent"),
        },
    )
    def turn_into_parent(self, request: HttpRequest, form: ParentForm, object_id: str) -> HttpResponse:
        article = self.get_object(request, object_id)
        back = reverse("admin:inventory_article_changelist")
        if article is None:
            messages.error(request, _("This article was deleted meanwhile. Nothing was changed."))
            return go(back)
        try:
            make_parent(article, form.cleaned_data["option_names"])
        except BadVariant as error:
            messages.error(request, str(error))
        else:
            self.log_change(request, article, [{"changed": {"fields": [str(_("options"))]}}])
            messages.success(
                request,
                _("%(sku)s is a parent now. Add its variants on the tab “Variants”.") % {"sku": article.sku},
            )
        return go(reverse("admin:inventory_article_change", args=[article.pk]))

    # has_variants follows the variants

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        before = form.initial.get("parent") if change else None
        super().save_model(request, obj, form, change)
        refresh_parents([before, obj.parent_id])
        if obj.parent_id is None and not obj.has_variants:
            obj.refresh_from_db(fields=["has_variants"])

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        parent = obj.parent_id
        super().delete_model(request, obj)
        refresh_parents([parent])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        parents = set(queryset.exclude(parent=None).order_by().values_list("parent_id", flat=True))
        super().delete_queryset(request, queryset)
        refresh_parents(parents)


def _main_price_list() -> PriceList | None:
    """The one whose prices the list shows: the first of the normal ones that was made."""
    return PriceList.objects.filter(kind=PriceList.Kind.NORMAL).order_by("pk").first()


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.isdigit() and len(value) < 19
