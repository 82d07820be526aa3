"""The tab Connection: the form with the platform's own fields, and "Test settings" (M1)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from backoffice.lib.errors import KontorError
from shops.admin.pages import may_enter_credentials, may_run, need, say, shop_page
from shops.models import Shop
from shops.platforms.base import Platform
from shops.platforms.registry import platform_classes
from shops.services.checks import as_plain, check_shop

CREDENTIAL: Final = "credential_"
OPTION: Final = "option_"
TEST_LIMIT_S: Final = 100  # the web server gives a request 120 s; what is not checked by then says so


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
            found.append(as_plain(finding))
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


def use_option_now(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    """POST: confirm what the last test showed (a server's key, a certificate), then test again. Nothing else is taken."""
    need(may_enter_credentials(request) and admin.has_change_permission(request, shop))
    back = HttpResponseRedirect(reverse("admin:shops_shop_change", args=[shop.pk]))
    offered = [item for item in shop.check_result if item.get("new_option")]
    asked = [request.POST.get("name", ""), request.POST.get("value", "")]
    finding = next((item for item in offered if list(item["new_option"]) == asked), None)
    if finding is None:
        say(
            request,
            messages.WARNING,
            _("Nothing was confirmed: the last test no longer shows this."),
            _("Test the settings again."),
        )
        return back
    name, value = finding["new_option"]
    shop.options = {**shop.options, name: value}
    shop.save(update_fields=["options"])
    admin.log_change(request, shop, _("Confirmed: %(what)s") % {"what": finding.get("text", "")[:200]})
    for _finding in run_checks(shop):
        pass
    say(request, messages.SUCCESS, _("It is confirmed, and the settings were tested again."))
    return back


use_option_view = shop_page(methods=("POST",))(use_option_now)


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
