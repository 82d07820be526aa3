"""Pickers in the rows of a form that know what each row has chosen: twenty rows ask the database what two do.

Django's own picker asks for the chosen row once more in every row of a formset.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model
from django.http import HttpRequest


class ChosenSelect(AutocompleteSelect):
    """chosen: the row that is picked, if it is known already."""

    chosen: Model | None = None

    def optgroups(self, name: str, value: list[Any], attr: Any = None) -> list[Any]:
        if self.chosen is None or [str(one) for one in value] != [str(self.chosen.pk)]:
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        options.append(self.create_option(name, self.chosen.pk, str(self.chosen), True, 0))
        return [(None, options, 0)]


class ChosenForm(forms.ModelForm):  # type: ignore[type-arg]
    """Lays what its row has chosen into its pickers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            picker = getattr(field.widget, "widget", field.widget)  # inside the admin's frame of buttons
            if isinstance(picker, ChosenSelect):
                picker.chosen = self.instance._state.fields_cache.get(name)


class ChosenMixin:
    """Stands before an inline with `autocomplete_fields`, a ChosenForm and a queryset that selects those fields too."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        inline: Any = self
        if db_field.name in inline.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChosenSelect(db_field, inline.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
