"""The page of one run: live while it works, then what was done and what was not, by cause (UI.md §2.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_plain
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from backoffice.lib.dialogs import primary_key
from backoffice.lib.errors import KontorError
from shops.admin.holds import banners_of_run
from shops.admin.pages import Button, Question, ask_then_do, may_run, need, only, say, say_error
from shops.admin.preview_page import is_preview, preview_page
from shops.admin.run_changes import causes_of, changes_table
from shops.admin.step_words import doing, done, phases_of
from shops.displays import about, kind_label, moment, number
from shops.elements import ELEMENT_TYPES
from shops.models import Run, Step
from shops.services.drift import COMPARING, drift_of
from shops.services.figures import (
    RunFigures,
    ahead_of,
    is_silent,
    is_untouched,
    outcome,
    run_figures,
    step_share,
)
from shops.services.plans import undo_run
from shops.services.runs import cancel_run
from shops.sync.slices import CONCLUSIONS
from shops.sync.undo import KEPT
from shops.sync.undo import KINDS as UNDO_KINDS

MESSAGES_SHOWN: Final = 60


def run_page(admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    run = load(admin, request, object_id)
    if is_preview(run):
        return preview_page(admin, request, run)
    live = _live_context(request, run)
    context = {
        **admin.admin_site.each_context(request),
        "opts": Run._meta,
        "original": run,
        "title": f"{run.pk} {run.get_job_display()} – {run.shop}",
        "header_buttons": _buttons(request, run, [line.step for line in live["lines"]]),
        "banners": banners_of_run(request, run) if run.mode != Run.Mode.FILE else [],
        "causes": causes_of(run) if run.is_finished else [],
        "drift": drift_of(run, shown=0) if run.is_finished and run.job in COMPARING else None,
        "changes": changes_table(request, run),
        "files": list(run.files.all()),
        "only_files": bool(live["lines"]) and all(line.step.writes_files for line in live["lines"]),
        "children": list(run.carried_out_by.defer("detail").order_by("pk")[:10]) if run.is_finished else [],
        **live,
    }
    return TemplateResponse(request, "admin/shops/run.html", context)


def live(admin: ModelAdmin, request: HttpRequest, run_id: int) -> HttpResponse:
    """The fragment that the page fetches while the run works. When it is over the whole page is asked for once."""
    run = load(admin, request, run_id)
    response = render_plain(request, "admin/shops/run_live.html", _live_context(request, run))
    if run.is_finished:
        response["HX-Refresh"] = "true"
    return response


@only("POST")
def stop(admin: ModelAdmin, request: HttpRequest, run_id: int) -> HttpResponse:
    """POST: ask the run to stop after its present batch. Nothing that is done is undone."""
    run = load(admin, request, run_id)
    need(may_run(request))
    try:
        cancel_run(run, by=request.user)
    except KontorError as error:
        say_error(request, error)
    else:
        say(
            request,
            messages.INFO,
            _("Run %(number)s stops after this batch.") % {"number": run.pk},
            _("What is done stays done."),
        )
    return HttpResponseRedirect(reverse("admin:shops_run_change", args=[run.pk]))


@only("GET", "POST")
def undo(admin: ModelAdmin, request: HttpRequest, run_id: int) -> HttpResponse:
    """GET asks, POST plans the way back; the plan is looked at and approved like every other."""
    run = load(admin, request, run_id)
    need(may_run(request))
    question = Question(
        _("Undo the updates of run %(number)s?") % {"number": run.pk},
        _(
            "A plan is made that writes the old values back into %(shop)s. You look at it and approve it; until then "
            "nothing is written."
        )
        % {"shop": run.shop},
        _("Plan the way back"),
        [
            _(
                "What was changed since is left as it is and listed. What the run created or deleted is not taken back."
            ),
            _("Here nothing changes: correct the articles too, or the next sync sends the same again."),
        ],
    )

    def plan_it() -> HttpResponse:
        plan = undo_run(run, by=request.user)
        say(
            request,
            messages.INFO,
            _("The way back of run %(number)s is being planned.") % {"number": run.pk},
            _("Nothing is written before you approve the plan."),
        )
        return HttpResponseRedirect(reverse("admin:shops_run_change", args=[plan.pk]))

    back = reverse("admin:shops_run_change", args=[run.pk])
    return ask_then_do(admin, request, run.shop, question, plan_it, back=back)


def load(admin: ModelAdmin, request: HttpRequest, run_id: int | str) -> Run:
    """The run, for who may see runs. Raises Http404."""
    need(admin.has_view_permission(request))
    runs = Run.objects.select_related("shop", "by", "cancel_asked_by", "plan")
    run = runs.filter(pk=primary_key(str(run_id))).first()
    if run is None:
        raise Http404(_("There is no such run any more."))
    return run


def _buttons(request: HttpRequest, run: Run, steps: list[Step]) -> list[Button]:
    shop_url = reverse("admin:shops_shop_change", args=[run.shop_id])
    buttons = [Button(str(run.shop), "storefront", shop_url)]
    if not run.is_finished and may_run(request):
        url = reverse("admin:shops_run_stop", args=[run.pk])
        asked = _("Somebody has asked already.") if run.cancel_asked_at else ""
        buttons.append(Button(_("Stop after this batch"), "stop_circle", url, post=True, reason=asked))
    if may_run(request) and _can_be_undone(run, steps):
        url = reverse("admin:shops_run_undo", args=[run.pk])
        buttons.append(Button(_("Undo the updates of this run …"), "undo", url, dialog=True))
    return buttons


def _can_be_undone(run: Run, steps: list[Step]) -> bool:
    """Whether it may have updated something in the shop in the last 30 days; undo_run looks more closely."""
    if run.mode != Run.Mode.WEB or run.finished_at is None or timezone.now() - run.finished_at > KEPT:
        return False
    return any(step.shop for step in steps if step.kind in UNDO_KINDS)


# The live part


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step for the table. phases as step_words.phases_of says. percent: of its bar."""

    step: Step
    label: str
    phases: list[tuple[str, str]]
    percent: int
    bad_percent: int
    waits_for: str = ""
    seconds: float | None = None


def _live_context(request: HttpRequest, run: Run) -> dict[str, Any]:
    steps = list(run.steps.all())
    for step in steps:
        if run.mode == Run.Mode.WEB and step.state in (Step.State.DONE, Step.State.PARTLY):
            step.message = done(run, step)
    figures = run_figures(run, steps)
    technical = bool(request.GET.get("technical"))
    lines = run.messages.all() if technical else run.messages.filter(technical=False)
    return {
        "run": run,
        "figures": figures,
        "lines": [_step_line(step, steps) for step in steps],
        "run_messages": list(lines[:MESSAGES_SHOWN]),
        "technical": technical,
        "headline": _headline(run, steps, figures),
        "notes": _notes(run),
        "outcome": outcome(run) if run.is_finished else None,
        "left": about(figures.left_s) if figures.left_s is not None else "",
        "live_url": reverse("admin:shops_run_live", args=[run.pk]) + ("?technical=1" if technical else ""),
    }


def _step_line(step: Step, steps: list[Step]) -> StepLine:
    share = step_share(step)
    touched = step.failed + step.here + step.shop + step.equal
    bad = round(step.failed / touched * 100) if touched and step.failed else 0
    ended = step.finished_at or (timezone.now() if step.started_at else None)
    seconds = (ended - step.started_at).total_seconds() if ended and step.started_at else None
    return StepLine(
        step=step,
        label=kind_label(step.kind),
        phases=phases_of(step),
        percent=round(share * 100),
        bad_percent=max(bad, 2) if step.failed else 0,
        waits_for=_waits_for(step, steps),
        seconds=seconds,
    )


def _waits_for(step: Step, steps: list[Step]) -> str:
    """What a waiting step names: the types that must have ended before it (M9, M10)."""
    if step.state != Step.State.WAITING:
        return ""
    spec = ELEMENT_TYPES[step.kind]
    open_kinds = {other.kind for other in steps if other.state in (Step.State.WAITING, Step.State.RUNNING)}
    before = [kind for kind in spec.requires if kind in open_kinds]
    if not before:
        return ""
    return _("waits for %(types)s") % {"types": ", ".join(kind_label(kind) for kind in before)}


def _headline(run: Run, steps: list[Step], figures: RunFigures) -> str:
    """One line: what is being done now, or how it ended."""
    if run.state == Run.State.WAITING:
        return _("Waits for a worker")
    if not run.is_finished:
        current = next((step for step in steps if step.state == Step.State.RUNNING), None)
        if current is None:
            return _("Begins")
        return doing(current)
    if run.mode == Run.Mode.WEB and (conclusion := CONCLUSIONS.get(Run.State(run.state))):
        return str(conclusion)
    if run.message:
        return run.message
    if figures.held and not figures.done and not figures.failed:
        return ngettext("%(number)s change is held.", "%(number)s changes are held.", figures.held) % {
            "number": number(figures.held)
        }
    if not figures.done and not figures.failed:
        equal = figures.equal or figures.read
        return ngettext(
            "Nothing to do: %(number)s element compared.",
            "Nothing to do: %(number)s elements compared.",
            equal,
        ) % {"number": number(equal)}
    return ngettext("%(number)s change is done.", "%(number)s changes are done.", figures.done) % {
        "number": number(figures.done)
    }


def _notes(run: Run) -> list[dict[str, str]]:
    """What explains a run that does not move: it queues, pauses, was interrupted, or nobody works."""
    notes: list[dict[str, str]] = []
    if run.cancel_asked_at and not run.is_finished:
        who = str(run.cancel_asked_by or "")
        text = (
            _("%(person)s asked to stop. The present batch is finished first.") % {"person": who}
            if who
            else _("It stops when the present batch is finished.")
        )
        notes.append(_note("info", text, _("What is done stays done.")))
    if (why := _why_it_stands(run)) is not None:
        notes.append(why)
    return notes


def _why_it_stands(run: Run) -> dict[str, str] | None:
    ahead = ahead_of(run)
    if ahead is not None:
        return _note(
            "info",
            _("Waits behind run %(number)s, %(job)s, which works for the same shop in the same lane.")
            % {"number": ahead.pk, "job": ahead.get_job_display()},
            _("It begins by itself as soon as that one has ended."),
            url=reverse("admin:shops_run_change", args=[ahead.pk]),
            button=_("Watch run %(number)s") % {"number": ahead.pk},
        )
    if run.not_before and run.not_before > timezone.now() and not run.is_finished:
        until = moment_of_day(run.not_before)
        return _note(
            "warn",
            _("Paused until %(time)s, then it goes on by itself.") % {"time": until},
            run.message or "",
        )
    if is_untouched(run):
        return _note(
            "warn",
            _("No worker has taken this run yet."),
            _("The worker may be stopped or busy. It begins by itself as soon as one is free."),
        )
    if is_silent(run):
        return _note(
            "warn",
            _("The worker was interrupted %(when)s.") % {"when": moment(run.lease_until)},
            _("It goes on by itself within a minute or two, where it stopped."),
        )
    return None


def _note(kind: str, title: str, text: str, *, url: str = "", button: str = "") -> dict[str, str]:
    return {"kind": kind, "title": title, "text": text, "url": url, "button": button}


def moment_of_day(value: Any) -> str:
    return timezone.localtime(value).strftime("%H:%M")
