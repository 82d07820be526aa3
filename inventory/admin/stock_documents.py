"""Inventory counts and transfers: a draft is a form, a closed one is to be read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display
from unfold.enums import ActionVariant

from backoffice.lib.dialogs import asks, carry_out
from inventory.admin.displays import EMPTY, quantity, quantity_text
from inventory.admin.forms import FillForm
from inventory.admin.lists import PagedColumnsMixin
from inventory.admin.parts import PartMixin
from inventory.models import StockCount, StockCountLine, StockTransfer, StockTransferLine
from inventory.services import stock_documents

Document = StockCount | StockTransfer


def _user(request: HttpRequest) -> AbstractBaseUser | None:
    return request.user if isinstance(request.user, AbstractBaseUser) else None


class KeptArticle(forms.Widget):
    """The article of a line that is there already: words, not a list to choose from."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html('<span class="block py-2">{}</span>', value)


class LineForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "article" in self.fields:
            label = self.fields["article"].label
            self.fields["article"] = forms.Field(disabled=True, label=label, widget=KeptArticle())
            self.initial["article"] = self.instance.article
        for name in ("counted", "quantity"):
            if isinstance(value := self.initial.get(name), Decimal):
                self.initial[name] = Decimal(f"{value.normalize():f}")  # 9, not 9.000

    def _post_clean(self) -> None:
        """What was not changed is not asked for again: that would be queries for each of a page of lines."""
        if not self.instance.pk or self.has_changed():
            super()._post_clean()  # type: ignore[misc]


class _Lines(PartMixin, TabularInline):
    """A line is a part of its document: who may change the draft may change its lines; of a closed one nobody."""

    form = LineForm
    verbose_name = gettext_lazy("line")
    verbose_name_plural = gettext_lazy("lines")
    autocomplete_fields = ["article"]
    extra = 0
    per_page = 100
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("article").order_by("pk")

    def is_open(self, request: HttpRequest, obj: Document | None) -> bool:
        right = "add" if obj is None else "change"
        name = self.parent_model._meta.model_name
        return (obj is None or obj.is_draft) and request.user.has_perm(f"inventory.{right}_{name}")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"inventory.view_{self.parent_model._meta.model_name}")


class StockCountLineInline(_Lines):
    model = StockCountLine
    readonly_fields = ["in_the_books", "counted_shown", "difference"]

    def get_fields(self, request: HttpRequest, obj: StockCount | None = None) -> list[str]:
        """While counting the books are not shown: who sees the number expected counts it."""
        if obj is None or obj.is_draft:
            return ["article", "counted"]
        return ["article", "in_the_books", "counted_shown", "difference"]

    @display(description=gettext_lazy("in the books"))
    def in_the_books(self, line: StockCountLine) -> str:
        return quantity_text(line.expected)

    @display(description=gettext_lazy("counted"))
    def counted_shown(self, line: StockCountLine) -> str:
        return quantity_text(line.counted)

    @display(description=gettext_lazy("difference"))
    def difference(self, line: StockCountLine) -> str:
        if line.counted is None or line.expected is None:
            return EMPTY
        change = line.counted - line.expected
        return ("+" if change > 0 else "") + quantity_text(change)


class StockTransferLineInline(_Lines):
    model = StockTransferLine
    readonly_fields = ["carried"]

    def get_fields(self, request: HttpRequest, obj: StockTransfer | None = None) -> list[str]:
        return ["article", "quantity" if obj is None or obj.is_draft else "carried"]

    @display(description=gettext_lazy("quantity"))
    def carried(self, line: StockTransferLine) -> str:
        return quantity_text(line.quantity)


class _StockDocumentAdmin(PagedColumnsMixin, ModelAdmin):
    list_display_links = ["number_shown"]
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["number", "note"]
    search_help_text = gettext_lazy("Number or note")
    ordering = ["-id"]
    sortable_by = ["number_shown", "date"]
    warn_unsaved_form = True
    rows: tuple[Any, ...] = ()  # of the form

    def with_columns(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.annotate(line_count=Count("lines"))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Saving and deleting hold the document, so that it is not closed between looking and writing."""
        if request.method == "POST" and connection.in_atomic_block and object_id.isdecimal():
            self.model.objects.select_for_update().filter(pk=object_id).first()
        return super().get_object(request, object_id, from_field)

    def get_fieldsets(self, request: HttpRequest, obj: Document | None = None) -> Any:
        closing = [] if obj is None or obj.is_draft else [("closed_at", "closed_by")]
        return [(None, {"fields": [*closing, *self.rows, "note"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Document | None = None) -> list[str]:
        return ["closed_at", "closed_by"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"date": timezone.localdate()} | super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return (obj is None or obj.is_draft) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return (obj is None or obj.is_draft) and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Drafts are deleted one by one: the bulk action would take closed documents along."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(f"inventory.close_{self.opts.model_name}")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        document = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if document and document.is_draft else []

    def _do(self, request: HttpRequest, object_id: str, job: Callable[[int], str]) -> HttpResponse:
        def deed(pk: int) -> None:
            messages.success(request, job(pk))

        gone = _("This document was deleted meanwhile. Nothing was changed.")
        return carry_out(request, self.model, object_id, deed, gone=gone)

    # Columns

    @display(description=gettext_lazy("number"), ordering=F("number").asc(nulls_last=True))
    def number_shown(self, document: Document) -> str:
        return str(document)

    @display(
        description=gettext_lazy("state"),
        label={StockCount.State.DRAFT.value: "info", StockCount.State.CLOSED.value: "success"},
    )
    def state_shown(self, document: Document) -> tuple[str, str]:
        return document.state, document.get_state_display()

    @display(description=gettext_lazy("lines"))
    def lines_shown(self, document: Any) -> str:
        return quantity(document.line_count)

    @display(description=gettext_lazy("by"))
    def by_shown(self, document: Document) -> str:
        return str(document.closed_by or document.created_by or EMPTY)


@admin.register(StockCount)
class StockCountAdmin(_StockDocumentAdmin):
    rows = (("date", "warehouse"),)
    list_display = ["number_shown", "date", "warehouse", "state_shown", "lines_shown", "by_shown"]
    list_select_related = ["warehouse", "created_by", "closed_by"]
    list_filter = [
        ("warehouse", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
        ("date", RangeDateFilter),
    ]
    autocomplete_fields = ["warehouse"]
    inlines = [StockCountLineInline]
    actions_detail = ["fill", "close"]

    def has_fill_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("inventory.change_stockcount")

    @asks(
        gettext_lazy("Fill with articles …"),
        title=gettext_lazy("Fill with the articles of the warehouse?"),
        text=gettext_lazy(
            "Each article that has a stock there and is not in the list yet gets a line."
            " Save first what you have typed."
        ),
        button=gettext_lazy("Fill"),
        form=FillForm,
        permission="fill",
        icon="playlist_add",
    )
    def fill(self, request: HttpRequest, form: FillForm, object_id: str) -> HttpResponse:
        def job(pk: int) -> str:
            added = stock_documents.fill_count(pk, category=form.cleaned_data["category"])
            return ngettext("%(count)d line was added.", "%(count)d lines were added.", added) % {
                "count": added
            }

        return self._do(request, object_id, job)

    @asks(
        gettext_lazy("Close count …"),
        title=gettext_lazy("Close this count?"),
        text=gettext_lazy(
            "The stock becomes what was counted; lines without a quantity are left alone. The count gets its number"
            " and never changes afterwards. Save first what you have typed."
        ),
        button=gettext_lazy("Close count"),
        permission="close",
        icon="check",
        variant=ActionVariant.PRIMARY,
    )
    def close(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        def job(pk: int) -> str:
            count = stock_documents.close_count(pk, by=_user(request))
            return _("%(number)s is closed, its differences are booked.") % {"number": count.number}

        return self._do(request, object_id, job)


@admin.register(StockTransfer)
class StockTransferAdmin(_StockDocumentAdmin):
    rows = ("date", ("source", "target"))
    list_display = ["number_shown", "date", "source", "target", "state_shown", "lines_shown", "by_shown"]
    list_select_related = ["source", "target", "created_by", "closed_by"]
    list_filter = [
        ("source", AutocompleteSelectFilter),
        ("target", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
        ("date", RangeDateFilter),
    ]
    autocomplete_fields = ["source", "target"]
    inlines = [StockTransferLineInline]
    actions_detail = ["close"]

    @asks(
        gettext_lazy("Close transfer …"),
        title=gettext_lazy("Close this transfer?"),
        text=gettext_lazy(
            "The goods move from one warehouse to the other. The transfer gets its number and never changes"
            " afterwards. Save first what you have typed."
        ),
        button=gettext_lazy("Close transfer"),
        permission="close",
        icon="check",
        variant=ActionVariant.PRIMARY,
    )
    def close(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        def job(pk: int) -> str:
            document = stock_documents.close_transfer(pk, by=_user(request))
            return _("%(number)s is closed, its goods are moved.") % {"number": document.number}

        return self._do(request, object_id, job)
