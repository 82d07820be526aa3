"""The form of the tab Connection: the shop's own fields and those of its platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.lib.secrets import Unreadable
from shops.admin.pages import may_enter_credentials
from shops.models import Shop
from shops.platforms.base import Field, Platform

CREDENTIAL: Final = "credential_"
OPTION: Final = "option_"


class ShopForm(forms.ModelForm):
    """The connection of one shop. The platform's fields are added by `form_for`.

    A secret that is left empty stays as it is saved; a person without the right sees no credentials at all.
    """

    platform_fields: Mapping[str, Field] = {}
    option_fields: Mapping[str, Field] = {}
    request_user: Any = None
    platform_key: str = ""

    class Meta:
        model = Shop
        fields = ["name", "code", "address", "active", "language", "country", "currency"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.instance.platform = self.platform_key
        if "code" in self.fields:
            self.fields["code"].required = False
        saved = {} if isinstance(self.instance.credentials, Unreadable) else dict(self.instance.credentials)
        for name, spec in self.platform_fields.items():
            if name in self.fields and not spec.secret:
                self.fields[name].initial = saved.get(spec.name, spec.default)
        for name, spec in self.option_fields.items():
            if name in self.fields:
                self.fields[name].initial = self.instance.options.get(spec.name, spec.default)

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip().rstrip("/")
        if "://" not in address:
            address = f"https://{address}"
        if not address.startswith(("https://", "http://")):
            raise forms.ValidationError(
                _("The address must begin with https:// or http://. Copy it from the browser's address line.")
            )
        return address

    def clean_country(self) -> str:
        return self.cleaned_data["country"].strip().upper()

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].strip().upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.instance.pk and not cleaned.get("code") and cleaned.get("name"):
            cleaned["code"] = free_code(cleaned["name"])
        saved = self.instance.credentials
        for name, spec in self.platform_fields.items():
            kept = spec.secret and saved and not isinstance(saved, Unreadable) and saved.get(spec.name)
            asked = name in self.fields and spec.required and self._is_asked_for(spec, cleaned)
            if asked and not cleaned.get(name) and not kept:
                self.add_error(
                    name,
                    _("%(field)s is missing. Enter it as the shop's panel shows it.") % {"field": spec.label},
                )
        return cleaned

    def _is_asked_for(self, spec: Field, cleaned: Mapping[str, Any]) -> bool:
        if spec.when is None:
            return True
        option, values = spec.when
        saved = self.instance.options.get(option, "")
        chosen = cleaned.get(f"{OPTION}{option}", saved)
        return chosen in ((values,) if isinstance(values, str) else values)

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        entered = {
            spec.name: self.cleaned_data[name].strip()
            for name, spec in self.platform_fields.items()
            if self.cleaned_data.get(name) or (name in self.cleaned_data and not spec.secret)
        }
        saved = {} if isinstance(self.instance.credentials, Unreadable) else dict(self.instance.credentials)
        if entered and {**saved, **entered} != saved:
            self.instance.credentials = {**saved, **entered}
            self.instance.credentials_saved_at = timezone.now()
            self.instance.credentials_saved_by = self.request_user
        options = {
            spec.name: self.cleaned_data[name].strip()
            for name, spec in self.option_fields.items()
            if name in self.cleaned_data
        }
        self.instance.options = {**self.instance.options, **options}


def free_code(name: str) -> str:
    """A code made of the name that no shop has yet: "Lipa PL" -> "lipa-pl", then "lipa-pl-2"."""
    base = slugify(name)[:40] or "shop"
    taken = set(Shop.objects.filter(code__startswith=base).values_list("code", flat=True))
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base}-{number}"
    return code


def form_for(request: HttpRequest, shop: Shop | None, platform: type[Platform]) -> type[ShopForm]:
    """ShopForm with this platform's own fields: {credential_NAME, option_NAME}."""
    members: dict[str, Any] = {
        "platform_fields": {},
        "option_fields": {f"{OPTION}{spec.name}": spec for spec in open_options(request, platform.options)},
        "request_user": request.user,
        "platform_key": platform.key,
    }
    for name, spec in members["option_fields"].items():
        members[name] = form_field(spec, "")
    if may_enter_credentials(request):
        members["platform_fields"] = {f"{CREDENTIAL}{spec.name}": spec for spec in platform.credentials}
        saved = _saved_words(shop)
        for name, spec in members["platform_fields"].items():
            members[name] = form_field(spec, saved if _is_saved(shop, spec) else "")
    return cast("type[ShopForm]", type("ShopForm", (ShopForm,), members))


def open_options(request: HttpRequest, options: Sequence[Field]) -> list[Field]:
    """Those that this person may change: where a login is sent decides who may enter it."""
    may_enter = may_enter_credentials(request)
    return [spec for spec in options if may_enter or not spec.guarded]


def _is_saved(shop: Shop | None, spec: Field) -> bool:
    if shop is None or isinstance(shop.credentials, Unreadable):
        return False
    return bool(shop.credentials.get(spec.name))


def _saved_words(shop: Shop | None) -> str:
    if shop is None or shop.credentials_saved_at is None:
        return _("saved")
    day = date_format(timezone.localtime(shop.credentials_saved_at), "j M Y")
    user = cast("User | None", shop.credentials_saved_by)
    if user is None:
        return _("saved %(day)s") % {"day": day}
    return _("saved %(day)s by %(person)s") % {
        "day": day,
        "person": user.get_short_name() or user.get_username(),
    }


def form_field(spec: Field, saved: str) -> forms.Field:
    """required is judged in ShopForm.clean: a saved secret need not be typed again."""
    attrs = _when(spec)
    if spec.choices:
        widget: forms.Widget = UnfoldAdminSelectWidget(choices=spec.choices, attrs=attrs)
        return forms.ChoiceField(
            label=spec.label, help_text=str(spec.help), required=False, choices=spec.choices, widget=widget
        )
    help_text = str(spec.help)
    if spec.secret:
        attrs["autocomplete"] = "new-password"
        if saved:
            attrs["placeholder"] = f"•••••••••••• {saved}"
            help_text = _("Stored encrypted and never shown again. Type a new one to replace it.")
    if spec.lines:
        widget = UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 4, "spellcheck": "false"})
    elif spec.secret:
        widget = UnfoldAdminPasswordWidget(attrs=attrs)
    else:
        widget = UnfoldAdminTextInputWidget(attrs=attrs)
    return forms.CharField(label=spec.label, help_text=help_text, required=False, widget=widget)


def _when(spec: Field) -> dict[str, Any]:
    """For shops.js, which hides what is not asked for: data-when="option_transfer=ftps|sftp"."""
    if spec.when is None:
        return {}
    option, values = spec.when
    return {"data-when": f"{OPTION}{option}={values if isinstance(values, str) else '|'.join(values)}"}


def fieldsets_for(request: HttpRequest, shop: Shop | None, platform: type[Platform]) -> list[Any]:
    """The connection, the language, then a fieldset for each group of the platform's fields."""
    may_enter = may_enter_credentials(request)
    names: list[str] = []
    more: list[str] = []
    groups: dict[str, list[str]] = {}
    for spec in open_options(request, platform.options):
        (groups.setdefault(str(spec.group), []) if spec.group else more).append(f"{OPTION}{spec.name}")
    for spec in platform.credentials if may_enter else ():
        (groups.setdefault(str(spec.group), []) if spec.group else names).append(f"{CREDENTIAL}{spec.name}")
    description = (
        ""
        if may_enter or not platform.credentials
        else _(
            "Who may enter credentials sees here the fields of the login. Ask an administrator to change it."
        )
    )
    deciding = {spec.when[0] for spec in (*platform.credentials, *platform.downloads) if spec.when}
    first = [name for name in more if name.removeprefix(OPTION) in deciding]
    rest = [name for name in more if name not in first]
    return [
        (
            _("Connection"),
            {
                "fields": ["name", "code", "platform_name", "address", *first, *names, "active"],
                "description": description,
            },
        ),
        (_("Language, country, currency"), {"fields": ["language", "country", "currency", *rest]}),
        *((title, {"fields": fields}) for title, fields in groups.items()),
    ]
