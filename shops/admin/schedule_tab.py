"""The tab Schedule: what runs by itself, when, and what came of it (E1, E2, O10, O14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.forms.utils import flatatt
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin

from shops.admin.pages import may_change, need, render, say, shop_page
from shops.displays import number
from shops.models import Shop, ShopSchedule
from shops.models.schedules import LONGEST_MIN
from shops.services.schedules import (
    PRESETS,
    Preset,
    ensure_schedules,
    is_offered,
    last_turn,
    preset_schedules,
    stop_unwanted,
    timing_of,
    why_not,
)
from shops.services.week import Day, last_week
from shops.sync.schedule import Timing, next_turns, quiet_until

_MINUTES = gettext_lazy("Enter a whole number of minutes, from 1 to 1440.")
_CLOCK = gettext_lazy("Enter a time of day, for example 03:30.")


class ScheduleForm(forms.Form):
    """on_JOB, every_JOB (minutes) or at_JOB (the office's clock) for each job; quiet_from, quiet_until."""

    quiet_from = forms.TimeField(required=False, error_messages={"invalid": _CLOCK})
    quiet_until = forms.TimeField(required=False, error_messages={"invalid": _CLOCK})

    def __init__(self, data: Any, *, shop: Shop, schedules: list[ShopSchedule], changeable: bool) -> None:
        super().__init__(
            data,
            initial={"quiet_from": _clock(shop.quiet_from), "quiet_until": _clock(shop.quiet_until)},
        )
        self.shop = shop
        self.schedules = schedules
        for schedule in schedules:
            job = schedule.job
            self.fields[f"on_{job}"] = forms.BooleanField(required=False, initial=schedule.active)
            if timing_of(schedule).every_min is not None:
                self.fields[f"every_{job}"] = forms.IntegerField(
                    initial=schedule.every_min,
                    min_value=1,
                    max_value=LONGEST_MIN,
                    error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _MINUTES),
                )
            else:
                self.fields[f"at_{job}"] = forms.TimeField(
                    initial=_clock(schedule.at), error_messages=dict.fromkeys(("required", "invalid"), _CLOCK)
                )
        for field in self.fields.values():
            field.disabled = not changeable

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        begin, end = found.get("quiet_from"), found.get("quiet_until")
        if not {"quiet_from", "quiet_until"} & set(self.errors):
            if (begin is None) != (end is None):
                self.add_error("quiet_until", _("Quiet hours need a beginning and an end, or neither."))
            elif begin is not None and begin == end:
                self.add_error("quiet_until", _("Quiet hours cannot end when they begin."))
            elif begin is not None and end is not None:
                self._refuse_quiet_times(begin, end)
        return found

    def _refuse_quiet_times(self, begin: time, end: time) -> None:
        quiet = Timing(zone=timezone.get_default_timezone(), quiet=(begin, end))
        today = timezone.localtime()
        for schedule in self.schedules:
            at = self.cleaned_data.get(f"at_{schedule.job}")
            if at is None or not self.cleaned_data.get(f"on_{schedule.job}"):
                continue
            if quiet_until(quiet, today.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)):
                self.add_error(
                    f"at_{schedule.job}", _("This time falls into the quiet hours. Choose another one.")
                )

    def save(self) -> list[str]:
        """Save what was chosen; the labels of what was changed. A new time counts from now on."""
        now, changed = timezone.now(), []
        with transaction.atomic():
            saved = ensure_schedules(self.shop)
            for job, schedule in saved.items():
                if f"on_{job}" not in self.fields:
                    continue  # kept from when the job was offered, but not on this page
                before = (schedule.active, schedule.every_min, schedule.at)
                schedule.active = self.cleaned_data[f"on_{job}"]
                schedule.every_min = self.cleaned_data.get(f"every_{job}", schedule.every_min)
                schedule.at = self.cleaned_data.get(f"at_{job}", schedule.at)
                if (schedule.active, schedule.every_min, schedule.at) != before:
                    schedule.armed_at = now
                    schedule.save(update_fields=["active", "every_min", "at", "armed_at"])
                    changed.append(schedule.get_job_display())
            quiet = self.cleaned_data["quiet_from"], self.cleaned_data["quiet_until"]
            if quiet != (self.shop.quiet_from, self.shop.quiet_until):
                self.shop.quiet_from, self.shop.quiet_until = quiet
                self.shop.save(update_fields=["quiet_from", "quiet_until"])
                changed.append(_("quiet hours"))
        return changed


@dataclass(frozen=True, slots=True)
class Line:
    """One job as the page shows it. reason: why it does not run although it is switched on, "" = it does."""

    preset: Preset
    schedule: ShopSchedule
    on: forms.BoundField
    every: forms.BoundField | None
    at: forms.BoundField | None
    reason: str
    turns: list[datetime]

    @property
    def job(self) -> str:
        return self.schedule.get_job_display()

    @property
    def time_field(self) -> forms.BoundField:
        field = self.every or self.at
        assert field is not None
        return field

    @property
    def when(self) -> SafeString:
        """The time with its field inside the sentence."""
        if self.every is not None:
            label = _("%(job)s: every how many minutes") % {"job": self.job}
            return format_html(_("every {field} min"), field=_input(self.every, "number", label))
        label = _("%(job)s: at which time of day") % {"job": self.job}
        return format_html(_("daily at {field}"), field=_input(self.time_field, "time", label))

    @property
    def switch_name(self) -> str:
        """The complete name of the tick, for screen readers."""
        return _("%(job)s runs by itself") % {"job": self.job}

    @property
    def then(self) -> str:
        """The turns after the next, in words."""
        today = timezone.localdate()
        words = [
            date_format(local, "H:i" if local.date() == today else "j M H:i")
            for local in map(timezone.localtime, self.turns[1:])
        ]
        return _("then %(times)s") % {"times": ", ".join(words)} if words else ""

    @property
    def last_words(self) -> str:
        """What came of the last turn, where it was no run."""
        outcome = ShopSchedule.Outcome
        words = {
            outcome.NOTHING.value: _("nothing to send"),
            outcome.BUSY.value: _("the run before was still at work"),
            outcome.NOT_POSSIBLE.value: _("was not possible"),
        }
        return words.get(self.schedule.outcome, "")


def schedule(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    changeable = may_change(request)
    schedules, saved = _schedules(shop)
    form = ScheduleForm(
        request.POST if request.method == "POST" else None,
        shop=shop,
        schedules=schedules,
        changeable=changeable,
    )
    if request.method == "POST":
        need(changeable)
        if form.is_valid():
            _save(admin, request, shop, form)
            return HttpResponseRedirect(reverse("admin:shops_shop_schedule", args=[shop.pk]))
    days: list[Day] = last_week(shop)
    return render(
        admin,
        request,
        "admin/shops/schedule.html",
        shop,
        _("Schedule"),
        form=form,
        media=admin.media,
        lines=_lines(shop, schedules, form),
        saved=saved,
        days=days,
        quiet=format_html(
            _("from {begin} until {end}"),
            begin=_input(form["quiet_from"], "time", _("Quiet hours: from")),
            end=_input(form["quiet_until"], "time", _("Quiet hours: until")),
        ),
        any_runs=any(day.bars or day.short for day in days),
        hours=range(0, 24, 6),
        matrix_url=reverse("admin:shops_shop_matrix", args=[shop.pk]),
        zone=timezone.get_default_timezone_name(),
    )


schedule_view = shop_page(methods=("GET", "POST"))(schedule)


def _schedules(shop: Shop) -> tuple[list[ShopSchedule], bool]:
    """The shop's schedules in the order of the page, and whether they are saved: looking changes nothing."""
    found = {schedule.job: schedule for schedule in shop.schedules.select_related("run")}
    presets = {schedule.job: schedule for schedule in preset_schedules(shop)}
    both = [found.get(preset.job) or presets.get(preset.job) for preset in PRESETS]
    schedules = [schedule for schedule in both if schedule is not None and is_offered(shop, schedule.job)]
    for schedule in schedules:
        schedule.shop = shop
    return schedules, bool(found)


def _lines(shop: Shop, schedules: list[ShopSchedule], form: ScheduleForm) -> list[Line]:
    now = timezone.now()
    prefetch_related_objects([shop], "rules")  # each job looks at the matrix
    presets = {preset.job: preset for preset in PRESETS}
    lines = []
    for schedule in schedules:
        reason = why_not(shop, schedule.job)
        runs = schedule.pk and schedule.active and not reason
        every, at = f"every_{schedule.job}", f"at_{schedule.job}"
        lines.append(
            Line(
                preset=presets[schedule.job],
                schedule=schedule,
                on=form[f"on_{schedule.job}"],
                every=form[every] if every in form.fields else None,
                at=form[at] if at in form.fields else None,
                reason=reason,
                turns=next_turns(timing_of(schedule), now, last_turn(schedule), 3) if runs else [],
            )
        )
    return lines


def _save(admin: ModelAdmin, request: HttpRequest, shop: Shop, form: ScheduleForm) -> None:
    first_time = not shop.schedules.exists()
    changed = form.save()
    stopped = stop_unwanted([shop])
    if first_time:
        changed = changed or [_("recommended times")]
    if not changed:
        say(request, messages.INFO, _("Nothing was changed."))
        return
    names = ", ".join(changed)
    admin.log_change(
        request, shop, _("%(page)s: %(fields)s changed") % {"page": _("Schedule"), "fields": names}
    )
    text = _("It holds from now on.")
    if stopped:
        text = ngettext(
            "%(number)s run that had been started by itself was stopped.",
            "%(number)s runs that had been started by themselves were stopped.",
            stopped,
        ) % {"number": number(stopped)}
    say(request, messages.SUCCESS, _("Saved: %(fields)s.") % {"fields": names}, text)


def _input(field: forms.BoundField, kind: str, label: str) -> SafeString:
    value = field.value()
    more = {"inputmode": "numeric", "min": "1", "max": str(LONGEST_MIN)} if kind == "number" else {}
    flags = {"aria-invalid": "true"} if field.errors else {}
    if field.field.disabled:
        flags["disabled"] = "disabled"
    attributes = {
        "type": kind,
        "name": field.html_name,
        "id": field.id_for_label,
        "class": f"sh-input sh-{kind}",
        "value": "" if value is None else str(value),
        "aria-label": label,
        **more,
        **flags,
    }
    return format_html("<input{}>", flatatt(attributes))


def _clock(value: time | None) -> str:
    """As a browser's time field wants it."""
    return value.strftime("%H:%M") if value else ""
