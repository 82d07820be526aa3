"""The lines in the form of a draft."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from inventory.admin.chosen import ChosenMixin
from inventory.admin.parts import PartMixin
from orders.admin.document_forms import CreditLineForm, DocumentLineForm
from orders.models import Document, DocumentKind, DocumentLine
from orders.services.credit_amounts import left_to_credit


class _Lines(PartMixin, TabularInline):
    """A line is a part of its document: who may change the draft may change its lines; of a closed one nobody."""

    model = DocumentLine
    verbose_name = _("line")
    verbose_name_plural = _("lines")
    extra = 0
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentLine]:
        return super().get_queryset(request).select_related("article").order_by("position")

    def is_open(self, request: HttpRequest, obj: Document | None) -> bool:
        return obj is not None and obj.is_draft and request.user.has_perm("orders.change_document")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.view_document")


class DocumentLineInline(ChosenMixin, _Lines):
    form = DocumentLineForm
    autocomplete_fields = ["article"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is not None and obj.kind == DocumentKind.DELIVERY_NOTE:
            return ["article", "name", "quantity", "unit"]
        return ["article", "name", "quantity", "unit", "net_price", "discount", "vat_percent"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the menu that would lead away from the draft."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "article":
            for right in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                setattr(field.widget, right, False)
        return field


class CreditLineFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Lays beside each line what of it is left to credit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        note = self.instance
        left = left_to_credit(note.corrects, besides=note) if note.corrects is not None else {}
        for form in self.forms:
            form.left = left.get(form.instance.corrects_id)


class CreditLineInline(_Lines):
    form = CreditLineForm
    formset = CreditLineFormSet
    fields = ["name", "quantity", "returns"]
    readonly_fields = ["name"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
