"""Stock: levels as staff see and change them, the ledger of movements, the warehouses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from backoffice.lib.dialogs import asks, carry_out
from backoffice.tables import TableAdminMixin
from inventory.admin.displays import EMPTY, main_picture, quantity, quantity_text, thumbnail
from inventory.admin.filters import LevelFilter
from inventory.admin.forms import StockLevelForm, StockLevelRowForm, TransferForm
from inventory.admin.lists import PagedColumnsMixin
from inventory.models import StockLevel, StockMovement, Warehouse
from inventory.models.stock import LOW
from inventory.resources import StockResource
from inventory.services import stock

SUMMED_UP_TO = 20_000  # rows; adding up more would be felt on every page


@admin.register(Warehouse)
class WarehouseAdmin(ModelAdmin):
    list_display = ["code", "name", "active", "below_zero"]
    list_display_links = ["code", "name"]
    search_fields = ["code", "name"]
    fieldsets = [
        (None, {"fields": ["code", "name", "active"]}),
        (
            _("When more is issued than there is"),
            {
                "description": _(
                    "A document may want more than the books say is there: because of a wrong count, or goods that were"
                    " not booked in yet. Allowed, the stock goes below zero; with a warning, the order's time line says"
                    " so too; refused, the document is not issued until the stock is right."
                ),
                "fields": ["below_zero"],
            },
        ),
    ]


class _GoesWithItsArticle:
    """Rows that are never deleted by themselves, only together with their article or warehouse."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        match = request.resolver_match
        own = f"inventory_{self.opts.model_name}_"  # type: ignore[attr-defined]
        if match is None or (match.url_name or "").startswith(own):
            return False
        return super().has_delete_permission(request, obj)  # type: ignore[misc]


@admin.register(StockLevel)
class StockLevelAdmin(TableAdminMixin, PagedColumnsMixin, _GoesWithItsArticle, ModelAdmin):
    """Type the new quantity in the list or in the form; either books a correction for the difference."""

    form = StockLevelForm
    resource_classes = [StockResource]
    skip_admin_log = True  # the ledger says who imported what
    list_display = [
        "picture",
        "sku",
        "name",
        "warehouse",
        "on_hand",
        "reserved_shown",
        "free",
        "minimum_shown",
        "changed_at",
    ]
    list_display_links = ["sku", "name"]
    list_editable = ["on_hand"]
    list_select_related = ["article", "warehouse"]
    list_filter = [("warehouse", AutocompleteSelectFilter), LevelFilter]
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    list_before_template = "admin/inventory/stock_summary.html"
    show_full_result_count = False
    search_fields = ["^article__sku", "^article__ean", "article__name"]
    search_help_text = _("SKU, EAN or name")
    autocomplete_fields = ["article", "warehouse"]
    ordering = ["article__sku", "warehouse_id"]
    sortable_by = ["sku", "name", "on_hand", "changed_at"]
    actions_detail = ["transfer"]

    def get_fieldsets(self, request: HttpRequest, obj: StockLevel | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["article", "warehouse", "on_hand", "cause", "minimum"]})]
        return [
            (
                None,
                {
                    "fields": [
                        ("article_link", "warehouse"),
                        ("now", "now_reserved", "now_free"),
                        "on_hand",
                        "cause",
                        "minimum",
                        "movements_link",
                    ]
                },
            )
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: StockLevel | None = None) -> list[str]:
        shown = ["article_link", "now", "now_reserved", "now_free", "movements_link"]
        return [*shown, "warehouse"] if obj else shown

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[StockLevelRowForm]:
        return StockLevelRowForm

    def with_columns(self, queryset: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
        return queryset.annotate(list_picture=main_picture("article", "article__parent"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if isinstance(changes := context.get("cl"), ChangeList):
            context["summary"] = _summary(changes)
        return response

    def save_model(self, request: HttpRequest, obj: StockLevel, form: Any, change: bool) -> None:
        """The level itself is never written from a form: the ledger is, and the level follows."""
        if "on_hand" in form.changed_data or not change:
            stock.correct(
                obj.article,
                obj.warehouse,
                form.cleaned_data["on_hand"],
                cause=form.cleaned_data.get("cause") or str(_("Changed in the stock list")),
                by=request.user,
            )
        levels = StockLevel.objects.filter(article=obj.article_id, warehouse=obj.warehouse_id)
        if not change and not levels.exists():  # counted as zero: nothing moved, but the row is wanted
            StockLevel.objects.create(article=obj.article, warehouse=obj.warehouse)
        if "minimum" in form.changed_data:
            levels.update(minimum=form.cleaned_data["minimum"])
        saved = levels.get()
        obj.pk, obj.on_hand = saved.pk, saved.on_hand

    # Columns

    @display(description="")
    def picture(self, level: Any) -> SafeString:
        return thumbnail(level.list_picture)

    @display(description=_("SKU"), ordering="article__sku")
    def sku(self, level: StockLevel) -> str:
        return level.article.sku

    @display(description=_("article"), ordering="article__name")
    def name(self, level: StockLevel) -> str:
        return level.article.name

    @display(description=_("reserved"))
    def reserved_shown(self, level: StockLevel) -> str:
        return quantity(level.reserved)

    @display(description=_("free"))
    def free(self, level: StockLevel) -> str:
        return quantity(level.on_hand - level.reserved)

    @display(description=_("minimum"))
    def minimum_shown(self, level: StockLevel) -> SafeString:
        shown = quantity(level.minimum)
        if level.minimum is None or level.on_hand - level.reserved >= level.minimum:
            return shown
        return format_html(
            '<span class="text-red-600 dark:text-red-400">{} {}</span>', shown, _("too little")
        )

    # The form

    @display(description=_("now on hand"))
    def now(self, level: StockLevel) -> str:
        return quantity_text(level.on_hand)

    @display(description=_("reserved"))
    def now_reserved(self, level: StockLevel) -> str:
        return quantity_text(level.reserved)

    @display(description=_("free"))
    def now_free(self, level: StockLevel) -> str:
        return quantity_text(level.on_hand - level.reserved)

    @display(description=_("article"))
    def article_link(self, level: StockLevel) -> SafeString | str:
        if not level.pk:
            return EMPTY
        url = reverse("admin:inventory_article_change", args=[level.article_id])
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, level.article
        )

    @display(description=_("movements"))
    def movements_link(self, level: StockLevel) -> SafeString | str:
        if not level.pk:
            return EMPTY
        url = reverse("admin:inventory_stockmovement_changelist")
        query = f"?article__id__exact={level.article_id}&warehouse__id__exact={level.warehouse_id}"
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}{}">{}</a>',
            url,
            query,
            _("Show what moved this stock"),
        )

    @asks(
        _("Transfer to another warehouse …"),
        title=_("Transfer to another warehouse"),
        text=_("Only what is not reserved can be carried away."),
        button=_("Transfer"),
        form=TransferForm,
        permission="change",
        url_path="transfer",
    )
    def transfer(self, request: HttpRequest, form: TransferForm, object_id: str) -> HttpResponse:
        data = form.cleaned_data

        def deed(pk: int) -> None:
            level = StockLevel.objects.select_related("article", "warehouse").get(pk=pk)
            stock.transfer(
                {level.article_id: data["quantity"]},
                source=level.warehouse,
                target=data["target"],
                cause=data["cause"],
                by=request.user,
            )
            words = {
                "quantity": f"{data['quantity'].normalize():f}",
                "sku": level.article.sku,
                "warehouse": data["target"].name,
            }
            text = _("%(quantity)s of %(sku)s were transferred to %(warehouse)s.")
            messages.success(request, text % words)

        gone = str(_("This stock level is gone. Nothing was transferred."))
        return carry_out(request, StockLevel, object_id, deed, gone=gone)


@admin.register(StockMovement)
class StockMovementAdmin(_GoesWithItsArticle, ModelAdmin):
    """The ledger: lines are added by what happens, never by hand, never changed."""

    list_display = ["at", "sku", "name", "warehouse", "quantity_shown", "kind", "cause", "by"]
    list_display_links = ["at"]
    list_select_related = ["article", "warehouse", "by"]
    list_filter = [
        ("article", AutocompleteSelectFilter),
        ("warehouse", AutocompleteSelectFilter),
        ("kind", ChoicesDropdownFilter),
        ("at", RangeDateTimeFilter),
    ]
    list_filter_submit = True
    list_fullwidth = True
    search_fields = ["^article__sku", "cause"]
    search_help_text = _("SKU or cause")
    ordering = ["-id"]
    sortable_by: list[str] = []
    paginator = InfinitePaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("SKU"))
    def sku(self, movement: StockMovement) -> str:
        return movement.article.sku

    @display(description=_("article"))
    def name(self, movement: StockMovement) -> str:
        return movement.article.name

    @display(description=_("quantity"))
    def quantity_shown(self, movement: StockMovement) -> str:
        return quantity(movement.quantity)


def _summary(changes: ChangeList) -> dict[str, Any] | None:
    """Totals of what the list shows now, None where that would be long to add up."""
    if changes.result_count > SUMMED_UP_TO:
        return None
    return changes.queryset.order_by().aggregate(
        total_on_hand=Sum("on_hand"),
        total_reserved=Sum("reserved"),
        low=Count("pk", filter=LOW),
    )
