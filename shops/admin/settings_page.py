"""A page that shows some of a shop's fields as a form of their own: the tabs Stock and prices, and Orders.

What belongs to a shop but stands in a row of another app (its sales channel) can be shown and saved along.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import flatten
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import transaction
from django.db.models import Model
from django.forms.models import modelform_factory
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminForm

from shops.admin.pages import may_change, need, say
from shops.models import Shop

Fieldsets = Sequence[tuple[Any, dict[str, Any]]]


class SettingsForm(forms.ModelForm):
    """The same form class for reading and saving; who may not change gets every field switched off."""


def settings_form(
    admin: ModelAdmin,
    request: HttpRequest,
    instance: Model,
    fieldsets: Fieldsets,
    form_class: type[SettingsForm] = SettingsForm,
    prefix: str | None = None,
) -> tuple[SettingsForm, AdminForm]:
    """The form, bound when something was posted, and its shape for unfold's fieldset templates."""
    names = [name for _title, options in fieldsets for name in flatten(options["fields"])]
    factory = modelform_factory(
        type(instance),
        form=form_class,
        fields=names,
        formfield_callback=partial(admin.formfield_for_dbfield, request=request),
    )
    posted = request.POST if request.method == "POST" else None
    form = factory(posted, instance=instance, prefix=prefix)
    for field in form.fields.values():
        if isinstance(field.widget, RelatedFieldWidgetWrapper):  # no side doors: each list has its own page
            field.widget = field.widget.widget
    if not may_change(request):
        for field in form.fields.values():
            field.disabled = True
    return form, AdminForm(form, list(fieldsets), {}, (), model_admin=admin)


def save_settings(
    admin: ModelAdmin, request: HttpRequest, shop: Shop, page: str, *forms: SettingsForm
) -> None:
    """Save valid forms, all or none, and say what was changed."""
    need(may_change(request))
    changed = [str(form.fields[name].label) for form in forms for name in form.changed_data]
    with transaction.atomic():
        for form in forms:
            if form.has_changed():
                form.save()
    if not changed:
        say(request, messages.INFO, _("Nothing was changed."))
        return
    names = ", ".join(changed)
    admin.log_change(request, shop, _("%(page)s: %(fields)s changed") % {"page": page, "fields": names})
    say(
        request,
        messages.SUCCESS,
        _("Saved: %(fields)s.") % {"fields": names},
        _("The next run of %(shop)s follows it.") % {"shop": shop.name},
    )
