"""The tab Health: do we still hear each other, and how far has each stream been read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Avg, Count, Q
from django.db.models.functions import TruncHour
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from shops.admin.calls import calls_context
from shops.admin.connection import check_summary
from shops.admin.pages import exchanges_files, may_change, need, render, say, shop_page
from shops.displays import kind_label, moment
from shops.models import CallLog, Run, Shop, Watermark
from shops.services.drift import last_comparison
from shops.services.unsent import why_nothing_was_sent


class ReadAgainForm(forms.Form):
    """at: the moment from which a stream is read again, in the user's time zone."""

    kind = forms.CharField(max_length=20)
    at = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages=dict.fromkeys(("invalid", "required"), gettext_lazy("Enter a day and a time.")),
    )

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at > timezone.now():
            raise forms.ValidationError(
                _("This moment is in the future. Changes until then would be missed.")
            )
        return at.astimezone(UTC)


def health(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    if request.method == "POST":
        return _read_again(admin, request, shop)
    since = timezone.now() - timedelta(hours=24)
    recent = CallLog.objects.filter(shop=shop, at__gte=since)
    figures = recent.aggregate(
        calls=Count("id"),
        failed=Count("id", filter=Q(status__gte=400) | ~Q(error="")),
        seconds=Avg("seconds", filter=Q(error="")),
    )
    return render(
        admin,
        request,
        "admin/shops/health.html",
        shop,
        _("Health"),
        figures=figures,
        hours=_hours(recent, since),
        calls=list(CallLog.objects.filter(shop=shop).defer("sent", "answer").order_by("-id")[:50]),
        watermarks=list(Watermark.objects.filter(shop=shop).order_by("kind")),
        check=check_summary(shop),
        lanes=_lanes(shop),
        answers=why_nothing_was_sent(shop),
        drift=last_comparison(shop),
        compares=not exchanges_files(shop),
        runs_url=reverse("admin:shops_run_changelist") + f"?shop__id__exact={shop.pk}",
        **calls_context(request, shop),
    )


health_view = shop_page(methods=("GET", "POST"))(health)


def _hours(calls: Any, since: datetime) -> list[dict[str, Any]]:
    """Requests in each of the last 24 hours, with the height of its bar in percent."""
    counted = dict(
        calls.annotate(hour=TruncHour("at")).values_list("hour").annotate(n=Count("id")).order_by()
    )
    first = timezone.localtime(since).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = [first + timedelta(hours=step) for step in range(24)]
    most = max(counted.values(), default=0) or 1
    return [
        {"hour": hour, "count": (count := counted.get(hour, 0)), "height": round(count / most * 100)}
        for hour in hours
    ]


def _lanes(shop: Shop) -> list[dict[str, Any]]:
    """Each lane with its newest finished run and how many wait; one run per shop and lane (DESIGN.md §4)."""
    waiting = dict(
        Run.objects.filter(shop=shop, state=Run.State.WAITING)
        .values_list("lane")
        .annotate(n=Count("id"))
        .order_by()
    )
    newest = (
        Run.objects.filter(shop=shop, finished_at__isnull=False)
        .values("lane")
        .annotate(n=Count("id"))
        .order_by()
    )
    finished = {row["lane"] for row in newest}
    last = {
        run.lane: run
        for lane in finished
        if (
            run := Run.objects.filter(shop=shop, lane=lane, finished_at__isnull=False).order_by("-id").first()
        )
    }
    return [
        {"label": label, "last": last.get(lane), "waiting": waiting.get(lane, 0)}
        for lane, label in Run.Lane.choices
    ]


def _read_again(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    need(may_change(request))
    form = ReadAgainForm(request.POST)
    back = HttpResponseRedirect(reverse("admin:shops_shop_health", args=[shop.pk]))
    watermark = Watermark.objects.filter(shop=shop, kind=request.POST.get("kind", "")[:20]).first()
    if watermark is None:
        say(
            request,
            messages.WARNING,
            _("This stream has never been read: the next run reads it whole anyway."),
        )
        return back
    if not form.is_valid():
        say(
            request, messages.ERROR, " ".join(str(text) for errors in form.errors.values() for text in errors)
        )
        return back
    watermark.at = form.cleaned_data["at"]
    watermark.save(update_fields=["at"])
    label, when = kind_label(watermark.kind), moment(watermark.at)
    admin.log_change(request, shop, _("%(type)s: read again since %(when)s") % {"type": label, "when": when})
    say(
        request,
        messages.SUCCESS,
        _("%(type)s: the next run reads again what changed since %(when)s.") % {"type": label, "when": when},
        _("Elements that are known already are not doubled."),
    )
    return back
