"""A second factor for logging in: a code of six digits from an app on the phone (TOTP), and codes on paper besides.

Whoever wants it turns it on for himself; REQUIRE_SECOND_FACTOR asks it of everybody. The codes are django-otp's: each
counts once, and wrong ones make the next try wait longer and longer.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final

import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.journal import note

PAPER_CODES: Final = 8
_SESSION = (
    "second_factor"  # "code" = asked for it, "setup" = has to set it up, "given", "" = nothing was asked
)
_OWED: Final = ("code", "setup")
_OPEN = ("second-factor", "admin:logout", "admin:login", "set_language")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=16,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "class": "sh-input",
            }
        ),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


# Whom it concerns


def has_second_factor(user: AbstractBaseUser) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def note_login(sender: object, request: HttpRequest | None, user: Any, **_kwargs: Any) -> None:
    """After the password: what this login still owes. Looked up once a login, not at every request."""
    if request is not None and hasattr(request, "session"):
        _owe(request, user)


def _owe(request: HttpRequest, user: Any) -> str:
    owed = ""
    if has_second_factor(user):
        owed = "code"
    elif settings.REQUIRE_SECOND_FACTOR:
        owed = "setup"
    if owed:
        request.session[_SESSION] = owed
    return owed


user_logged_in.connect(note_login, dispatch_uid="kontor.second_factor")


class SecondFactorMiddleware:
    """Whoever owes a code sees nothing else until it is given: also who logged in before the firm asked it of everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        state = request.session.get(_SESSION, "")
        if settings.REQUIRE_SECOND_FACTOR and not state and request.user.is_authenticated:
            state = _owe(request, request.user)
        if state in _OWED and request.user.is_authenticated and not self._open(request):
            page = "second-factor" if state == "code" else "second-factor-setup"
            return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': request.get_full_path()})}")
        return self.get_response(request)

    def _open(self, request: HttpRequest) -> bool:
        pages = [reverse(name) for name in _OPEN] + [settings.STATIC_URL]
        return any(request.path.startswith(page) for page in pages)


# Giving the code


@never_cache
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """The page after the password."""
    if request.session.get(_SESSION) not in _OWED:
        return HttpResponseRedirect(_next(request))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device = _match(request.user, form.cleaned_data["code"])
        if device is not None:
            request.session[_SESSION] = "given"
            if isinstance(device, StaticDevice):
                left = device.token_set.count()
                messages.warning(request, _("That was a code from paper. %(n)d are left.") % {"n": left})
            return HttpResponseRedirect(_next(request))
        form.add_error("code", _why_not(request.user))
    return _page(request, {"form": form, "step": "ask"})


def _match(user: Any, code: str) -> Any:
    """The device that took the code, or None. Six digits come from the app, anything else from paper."""
    model = TOTPDevice if code.isdecimal() and len(code) == 6 else StaticDevice
    device = model.objects.filter(user=user, confirmed=True).first()
    return verify_token(user, device.persistent_id, code.lower()) if device else None


def _why_not(user: Any) -> str:
    """Throttled is told apart from wrong: otherwise a right code seems to be refused."""
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    allowed, _why = device.verify_is_allowed() if device else (True, None)
    if not allowed and device is not None and device.throttling_failure_count > 1:
        return _("Too many wrong codes. Wait a little, then try the newest code.")
    return _("This code does not fit, or it was used already. Wait for the next one.")


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    shared = {**admin.site.each_context(request), "title": _("Second factor")}
    return render(request, "admin/second_factor.html", shared | context)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and safe else reverse("admin:index")


# Turning it on and off


@never_cache
@login_required
def setup(request: HttpRequest) -> HttpResponse:
    """Shows the key to scan until the first right code; then the codes for paper, once."""
    if request.session.get(_SESSION) == "code":
        return HttpResponseRedirect(reverse("second-factor"))
    if has_second_factor(request.user):
        return _change(request)
    device, _made = TOTPDevice.objects.get_or_create(
        user=request.user, confirmed=False, defaults={"name": "app"}
    )
    form = CodeForm(request.POST or None)
    context = {"form": form, "required": settings.REQUIRE_SECOND_FACTOR}
    if request.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["code"]):
            codes = _turn_on(request, device)
            return _page(request, {**context, "step": "codes", "codes": codes})
        form.add_error(
            "code",
            _("This code does not fit. Check that the clock of the phone is right, and take the newest one."),
        )
    picture = segno.make(device.config_url, error="m").svg_data_uri(
        scale=4, border=4, dark="#111", light="#fff"
    )
    key = base64.b32encode(device.bin_key).decode().rstrip("=")
    shown = " ".join(key[start : start + 4] for start in range(0, len(key), 4))
    return _page(request, {**context, "step": "setup", "picture": picture, "key": shown})


@transaction.atomic
def _turn_on(request: HttpRequest, device: TOTPDevice) -> list[str]:
    device.confirmed = True
    device.save()
    request.session[_SESSION] = "given"
    note(request.user, "second factor", "off", "on")
    return _new_paper(request.user)


@transaction.atomic
def _new_paper(user: Any) -> list[str]:
    """The old ones open nothing any more."""
    StaticDevice.objects.filter(user=user).delete()
    paper = StaticDevice.objects.create(user=user, name="paper", confirmed=True)
    codes = [StaticToken.random_token() for _n in range(PAPER_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=paper, token=code) for code in codes)
    return codes


def _change(request: HttpRequest) -> HttpResponse:
    """With one more code: new codes for paper ("paper" in the form), or off with it."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _match(request.user, form.cleaned_data["code"]) is not None:
            if "paper" in request.POST:
                note(request.user, "codes on paper", "", "made anew")
                return _page(request, {"form": form, "step": "codes", "codes": _new_paper(request.user)})
            remove_second_factor(request.user)
            request.session[_SESSION] = ""
            if settings.REQUIRE_SECOND_FACTOR:
                logout(request)
            messages.success(request, _("The second factor is off."))
            return HttpResponseRedirect(reverse("admin:index"))
        form.add_error("code", _why_not(request.user))
    return _page(request, {"form": form, "step": "off"})


@transaction.atomic
def remove_second_factor(user: User | AbstractBaseUser) -> None:
    """For who has lost the phone and the paper; an administrator does it on the page of the user."""
    if has_second_factor(user):
        note(user, "second factor", "on", "off")
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
