"""Number series, and the texts of the e-mails that carry documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from orders.admin.displays import quantity
from orders.admin.document_forms import LANGUAGES
from orders.models import DocumentKind, MailTemplate, NumberSeries
from orders.presets import MailText
from orders.services.mail_texts import PLACEHOLDERS, check_text, example, written


@admin.register(NumberSeries)
class NumberSeriesAdmin(ModelAdmin):
    list_display = ["name", "kind", "pattern", "next_number", "preset", "active", "used"]
    list_filter = [("kind", ChoicesDropdownFilter), ("active", BooleanRadioFilter)]
    list_filter_submit = True
    search_fields = ["name", "pattern"]
    search_help_text = gettext_lazy("Name or pattern")
    fields = ["name", "kind", ("pattern", "digits"), ("preset", "active")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberSeries]:
        return (
            super()
            .get_queryset(request)
            .annotate(used_count=Count("documents", distinct=True))
            .prefetch_related("counters")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Numbers that were given are of one kind."""
        return ["kind"] if obj is not None and obj.used_count else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A series with documents is switched off instead."""
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.used_count)

    @display(description=gettext_lazy("next number"))
    def next_number(self, series: NumberSeries) -> str:
        year = timezone.localdate().year
        last = next((one.last_number for one in series.counters.all() if one.year == year), 0)
        return series.format(year, last + 1)

    @display(description=gettext_lazy("documents"), ordering="used_count")
    def used(self, series: Any) -> str:
        return quantity(series.used_count)


class MailTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = MailTemplate
        fields = ["kind", "language", "subject", "body"]
        widgets = {
            "language": UnfoldAdminSelectWidget(choices=LANGUAGES),
            "body": UnfoldAdminTextareaWidget(attrs={"rows": 14}),
        }

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        check_text(subject)
        if "\n" in subject:
            raise ValidationError(_("A subject is one line."))
        return subject

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        check_text(body)
        return body


@admin.register(MailTemplate)
class MailTemplateAdmin(ModelAdmin):
    """The preview below the form shows what was saved last, with an invented document."""

    form = MailTemplateForm
    change_form_template = "orders/mail_text_change_form.html"
    list_display = ["subject", "kind", "language_shown"]
    list_filter = [("kind", ChoicesDropdownFilter), "language"]
    list_filter_submit = True
    search_fields = ["subject", "body"]
    search_help_text = gettext_lazy("Subject or text")
    warn_unsaved_form = True

    class Media:
        css = {"all": ["orders/orders.css", "orders/documents.css"]}

    @display(description=gettext_lazy("language"), ordering="language")
    def language_shown(self, text: MailTemplate) -> str:
        return str(dict(LANGUAGES).get(text.language, text.language))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: MailTemplate | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        context["placeholders"] = [(f"{{{name}}}", label) for name, label in PLACEHOLDERS.items()]
        if obj is not None and obj.kind in DocumentKind.values:
            context["preview"] = written(MailText(obj.subject, obj.body), example(obj.kind, obj.language))
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)
