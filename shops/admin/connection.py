"""The tab Connection: the form with the platform's own fields, and "Test settings" (M1)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.lib.errors import KontorError
from backoffice.lib.secrets import Unreadable
from shops.admin.pages import may_enter_credentials, may_run, need, say, shop_page
from shops.models import Shop
from shops.platforms.base import Field, Platform
from shops.platforms.registry import platform_class, platform_classes
from shops.services.checks import check_shop

CREDENTIAL: Final = "credential_"
OPTION: Final = "option_"
TEST_LIMIT_S: Final = 100  # the web server gives a request 120 s; what is not checked by then says so


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
            if name in self.fields and spec.required and not cleaned.get(name) and not kept:
                self.add_error(
                    name,
                    _("%(field)s is missing. Enter it as the shop's panel shows it.") % {"field": spec.label},
                )
        return cleaned

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
        "option_fields": {f"{OPTION}{spec.name}": spec for spec in platform.options},
        "request_user": request.user,
        "platform_key": platform.key,
    }
    for name, spec in members["option_fields"].items():
        members[name] = _form_field(spec, "")
    if may_enter_credentials(request):
        members["platform_fields"] = {f"{CREDENTIAL}{spec.name}": spec for spec in platform.credentials}
        saved = _saved_words(shop)
        for name, spec in members["platform_fields"].items():
            members[name] = _form_field(spec, saved if _is_saved(shop, spec) else "")
    return cast("type[ShopForm]", type("ShopForm", (ShopForm,), members))


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


def _form_field(spec: Field, saved: str) -> forms.Field:
    """required is judged in ShopForm.clean: a saved secret need not be typed again."""
    if spec.choices:
        widget: forms.Widget = UnfoldAdminSelectWidget(choices=spec.choices)
        return forms.ChoiceField(
            label=spec.label, help_text=str(spec.help), required=False, choices=spec.choices, widget=widget
        )
    if not spec.secret:
        return forms.CharField(
            label=spec.label, help_text=str(spec.help), required=False, widget=UnfoldAdminTextInputWidget()
        )
    help_text = str(spec.help)
    attrs = {"autocomplete": "new-password"}
    if saved:
        attrs["placeholder"] = f"•••••••••••• {saved}"
        help_text = _("Stored encrypted and never shown again. Type a new one to replace it.")
    return forms.CharField(
        label=spec.label, help_text=help_text, required=False, widget=UnfoldAdminPasswordWidget(attrs=attrs)
    )


def fieldsets_for(request: HttpRequest, shop: Shop | None, platform: type[Platform]) -> list[Any]:
    names = (
        [f"{CREDENTIAL}{spec.name}" for spec in platform.credentials]
        if may_enter_credentials(request)
        else []
    )
    connection = ["name", "code", "platform_name", "address", *names, "active"]
    more = ["language", "country", "currency", *(f"{OPTION}{spec.name}" for spec in platform.options)]
    description = (
        ""
        if names or not platform.credentials
        else _(
            "Who may enter credentials sees here the fields of the login. Ask an administrator to change it."
        )
    )
    return [
        (_("Connection"), {"fields": connection, "description": description}),
        (_("Language, country, currency"), {"fields": more}),
    ]


def chosen_platform(request: HttpRequest) -> type[Platform] | None:
    """The kind of shop that the add form is for: named in the address, or the only one there is."""
    classes = platform_classes()
    if len(classes) == 1:
        return next(iter(classes.values()))
    return classes.get(request.POST.get("platform") or request.GET.get("platform") or "")


# Test settings


def run_checks(shop: Shop, *, limit_s: float = TEST_LIMIT_S) -> Iterator[dict[str, Any]]:
    """The findings one by one as the checks end. Never raises; stops when the time for a test is up."""
    until = time.monotonic() + limit_s
    found: list[dict[str, Any]] = []
    checks = check_shop(shop)
    try:
        for finding in checks:
            found.append({name: str(value) for name, value in asdict(finding).items()})
            yield found[-1]
            if time.monotonic() > until:
                checks.close()  # type: ignore[attr-defined]
                last = {
                    "key": "time",
                    "label": _("The rest of the test"),
                    "state": "skipped",
                    "text": _("The shop answers so slowly that the time for a test was up."),
                    "cure": _("Test again when the shop is less busy."),
                }
                Shop.objects.filter(pk=shop.pk).update(check_result=[*found, last], checked_at=timezone.now())
                yield last
                return
    except KontorError as error:
        broken = {
            "key": error.code,
            "label": _("Test settings"),
            "state": "problem",
            "text": str(error.message),
            "cure": str(error.cure),
            "detail": error.detail,
        }
        Shop.objects.filter(pk=shop.pk).update(check_result=[*found, broken], checked_at=timezone.now())
        yield broken


def test_settings_now(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    """POST: run the checks. With scripts each finding is sent as it comes; without, the page comes at the end."""
    need(may_run(request))
    if request.headers.get("X-Kontor-Stream"):
        return StreamingHttpResponse(
            _as_html(shop, request, translation.get_language()), content_type="text/html; charset=utf-8"
        )
    for _finding in run_checks(shop):
        pass
    return HttpResponseRedirect(reverse("admin:shops_shop_change", args=[shop.pk]))


test_view = shop_page(methods=("POST",))(test_settings_now)


def _as_html(shop: Shop, request: HttpRequest, language: str | None) -> Iterator[str]:
    translation.activate(language or "en")  # the answer is written after the middleware has gone
    for finding in run_checks(shop):
        yield render_to_string(
            "admin/shops/finding.html",
            {"finding": finding, "shop": shop, "may_change": False},
            request=request,
        )


def use_address_now(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    """POST: take over the address that the last test found, then test again. Only what the test found is taken."""
    need(may_enter_credentials(request) and admin.has_change_permission(request, shop))
    found = next((item["new_address"] for item in shop.check_result if item.get("new_address")), "")
    back = HttpResponseRedirect(reverse("admin:shops_shop_change", args=[shop.pk]))
    if not found or request.POST.get("address") != found:
        say(
            request,
            messages.WARNING,
            _("The address was not changed: the last test no longer proposes it."),
            _("Test the settings again."),
        )
        return back
    shop.address = found.rstrip("/")
    shop.save(update_fields=["address"])
    admin.log_change(request, shop, _("Address changed to %(address)s") % {"address": shop.address})
    for _finding in run_checks(shop):
        pass
    say(request, messages.SUCCESS, _("The shop address is now %(address)s.") % {"address": shop.address})
    return back


use_address_view = shop_page(methods=("POST",))(use_address_now)


def check_summary(shop: Shop) -> dict[str, Any]:
    """The result of the last test for the page: a badge, its words, the findings in order of weight,
    and apart from them the checks that could not be tried."""
    findings = list(shop.check_result or [])
    problems = sum(item.get("state") == "problem" for item in findings)
    remarks = sum(item.get("state") == "remark" for item in findings)
    weight = {"problem": 0, "remark": 1, "skipped": 3}
    findings.sort(key=lambda item: weight.get(item.get("state", "ok"), 2))
    kind = "bad" if problems else "warn" if remarks else "ok"
    return {
        "kind": kind,
        "icon": {"bad": "error", "warn": "warning", "ok": "check"}[kind],
        "words": _summary_words(problems, remarks),
        "findings": [item for item in findings if item.get("state") != "skipped"],
        "skipped": [item for item in findings if item.get("state") == "skipped"],
    }


def _summary_words(problems: int, remarks: int) -> str:
    if not problems and not remarks:
        return _("Works")
    if not problems:
        return ngettext("Works, with %(number)s remark", "Works, with %(number)s remarks", remarks) % {
            "number": remarks
        }
    if not remarks:
        return ngettext("%(number)s problem", "%(number)s problems", problems) % {"number": problems}
    return _("%(problems)s, %(remarks)s") % {
        "problems": ngettext("%(number)s problem", "%(number)s problems", problems) % {"number": problems},
        "remarks": ngettext("%(number)s remark", "%(number)s remarks", remarks) % {"number": remarks},
    }


def platform_of(shop: Shop) -> type[Platform] | None:
    try:
        return platform_class(shop.platform)
    except KontorError:
        return None
