"""The page of a finished preview: what would happen, is it dangerous, what is left out; then "Approve and run" (UI.md §2.4)."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from backoffice.lib.dialogs import primary_key
from backoffice.lib.errors import Conflict, KontorError
from shops.admin.holds import banners_of_run
from shops.admin.pages import Button, may_change, may_run, need, only, page_number, say, say_error
from shops.displays import kind_label, moment, number
from shops.elements import ELEMENT_TYPES
from shops.models import Change, Run
from shops.services import plans, previews
from shops.services.runs import start_run

PER_PAGE: Final = 50


def is_preview(run: Run) -> bool:
    """Whether the run has a plan to look at and approve."""
    return bool(run.mode == Run.Mode.PREVIEW and run.is_finished and run.state != Run.State.FAILED)


def preview_page(admin: ModelAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    steps = list(run.steps.all())
    totals = previews.totals(run, steps)
    obstacle = plans.why_not_approvable(run)
    carriers = list(run.carried_out_by.exclude(job=Run.Job.UNDO).order_by("pk")[:10])
    before = previews.preview_before(run)
    table = changes_table(request, run, totals)
    compared = totals.all.equal + totals.planned + totals.counts["not"]
    context = {
        **admin.admin_site.each_context(request),
        "opts": Run._meta,
        "original": run,
        "run": run,
        "title": _("Preview %(number)s – %(shop)s") % {"number": run.pk, "shop": run.shop},
        "header_buttons": _buttons(request, run, before),
        "banners": banners_of_run(request, run),
        "totals": totals,
        "lines": [line for line in totals.lines if _says_something(line)],
        "compared": compared,
        "state": _state(run, totals, obstacle, carriers),
        "carriers": carriers,
        "table": table,
        "editable": (may_run(request) and not obstacle) or _all_left_out(request, totals, obstacle, carriers),
        "obstacle": obstacle,
        "may_run": may_run(request),
        "may_change": may_change(request),
        "sum": sum_words(totals),
        "approve_label": approve_label(totals.to_do),
        "steps_not_done": [step for step in steps if step.state in ("failed", "skipped")],
    }
    return TemplateResponse(request, "admin/shops/preview.html", context)


def _all_left_out(request: HttpRequest, totals: previews.Totals, obstacle: str, carriers: list[Run]) -> bool:
    """Everything is unticked: nothing can be approved, but it can be ticked again."""
    whole = [run for run in carriers if "hold" not in run.options and run.state != Run.State.CANCELLED]
    return bool(may_run(request) and obstacle and totals.left_out and not totals.to_do and not whole)


def _says_something(line: previews.Line) -> bool:
    acts = line.create_here + line.update_here + line.create_shop + line.update_shop + line.delete_shop
    return bool(acts + line.equal + line.not_possible)


def _buttons(request: HttpRequest, run: Run, before: Run | None) -> list[Button]:
    def to(name: str, *more: Any) -> str:
        return reverse(f"admin:shops_run_{name}", args=[run.pk, *more])

    buttons = [Button(str(run.shop), "storefront", reverse("admin:shops_shop_change", args=[run.shop_id]))]
    if may_run(request):
        buttons.append(Button(_("Make anew"), "refresh", to("anew"), post=True))
    if before is not None:
        buttons.append(Button(_("Compare with the previous preview"), "compare_arrows", to("compare")))
    buttons.append(Button(_("Download as XLSX"), "download", to("plan_file", "xlsx")))
    buttons.append(Button(_("CSV"), "download", to("plan_file", "csv")))
    return buttons


def _state(run: Run, totals: previews.Totals, obstacle: str, carriers: list[Run]) -> dict[str, str]:
    """The badge and the sentence of the state line."""
    age = _("made %(when)s; after 24 h make it anew") % {"when": moment(run.finished_at)}
    whole = next((c for c in carriers if "hold" not in c.options and c.state != Run.State.CANCELLED), None)
    if whole is not None:
        return {"kind": "ok", "icon": "check", "badge": _("Carried out"), "text": _("by the run below")}
    if not totals.planned:
        return {"kind": "ok", "icon": "check", "badge": _("Nothing to do"), "text": age}
    if obstacle and totals.to_do:
        return {"kind": "warn", "icon": "history", "badge": _("Cannot be approved"), "text": obstacle}
    if not totals.to_do:
        return {"kind": "muted", "icon": "front_hand", "badge": _("Nothing is ticked"), "text": age}
    return {"kind": "warn", "icon": "hourglass_top", "badge": _("Waiting for approval"), "text": age}


def sum_words(totals: previews.Totals) -> str:
    """534 planned − 214 held − 1 left out."""
    parts = [_("%(number)s planned") % {"number": number(totals.planned)}]
    for count, words in (
        (totals.held, _("%(number)s held")),
        (totals.released, _("%(number)s released")),
        (totals.left_out, _("%(number)s left out")),
        (totals.kept, _("%(number)s left as they are")),
    ):
        if count:
            parts.append(words % {"number": number(count)})
    return " − ".join(parts)


def approve_label(count: int) -> str:
    return ngettext("Approve and run %(number)s change", "Approve and run %(number)s changes", count) % {
        "number": number(count)
    }


def changes_table(request: HttpRequest, run: Run, totals: previews.Totals) -> dict[str, Any]:
    """One page of the changes that the chosen filter, element type and search show."""
    show = request.GET.get("show", "all")
    show = show if show in previews.FILTERS else "all"
    kind = request.GET.get("kind", "")
    kind = kind if kind in ELEMENT_TYPES else ""
    query = request.GET.get("q", "").strip()[:100]
    page = page_number(request)
    start = (page - 1) * PER_PAGE
    rows = previews.shown(run, show, kind=kind, query=query).select_related("hold")
    found = list(rows[start : start + PER_PAGE + 1])
    parameters = request.GET.copy()
    parameters.pop("page", None)
    kept = parameters.urlencode()
    shop = {"shop": run.shop.name}
    return {
        "rows": found[:PER_PAGE],
        "show": show,
        "kind": kind,
        "query": query,
        "narrowed": bool(kind or query),
        "kinds": [(line.kind, line.label) for line in totals.lines if _says_something(line)],
        "filters": [
            {"key": key, "label": str(label) % shop, "count": totals.counts[key], "active": key == show}
            for key, (label, _condition) in previews.FILTERS.items()
            if key in ("all", "shop", "here", "delete", show) or totals.counts[key]
        ],
        "page": page,
        "first": start + 1,
        "last": start + len(found[:PER_PAGE]),
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if len(found) > PER_PAGE else None,
        "parameters": kept,
        "address": f"?{request.GET.urlencode()}" if request.GET else "",
    }


# Ticks and approval


@only("POST")
def tick(admin: ModelAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    """POST: leave out what was unticked on this page and take in what was ticked, or all that the filter shows."""
    need(admin.has_view_permission(request) and may_run(request))
    back = HttpResponseRedirect(_page_address(request, run))
    try:
        out, taken = _tick(request, run)
    except KontorError as error:
        say_error(request, error)
        return back
    if "HX-Request" not in request.headers:
        _say_ticked(request, out, taken)
    return back


def _tick(request: HttpRequest, run: Run) -> tuple[int, int]:
    """(changes left out, changes taken in)."""
    if (
        not is_preview(run)
        or run.carried_out_by.exclude(options__has_key="hold")
        .exclude(state=Run.State.CANCELLED)
        .exclude(job=Run.Job.UNDO)
        .exists()
    ):
        raise Conflict(_("This plan has been carried out already."), cure=_("Make it anew."), key="plan")
    which = request.POST.get("all", "")
    if which in ("out", "in"):
        return _tick_all(request, run, which)
    shown = _ids(request, "shown")
    ticked = _ids(request, "tick") & shown
    return plans.leave_out(shown - ticked, run, by=request.user), plans.take_in(ticked, run)


def _tick_all(request: HttpRequest, run: Run, which: str) -> tuple[int, int]:
    rows = previews.shown(
        run,
        request.GET.get("show", "all"),
        kind=request.GET.get("kind", ""),
        query=request.GET.get("q", "").strip()[:100],
    )
    out = taken = 0
    if which == "out":
        for ids in previews.chunks_of_ids(rows.filter(state=Change.State.PLANNED)):
            out += plans.leave_out(ids, run, by=request.user)
    else:
        for ids in previews.chunks_of_ids(rows.filter(previews.LEFT_OUT)):
            taken += plans.take_in(ids, run)
    return out, taken


def _say_ticked(request: HttpRequest, out: int, taken: int) -> None:
    parts = []
    if out:
        text = ngettext("%(number)s change is left out.", "%(number)s changes are left out.", out)
        parts.append(text % {"number": number(out)})
    if taken:
        text = ngettext(
            "%(number)s change is taken in again.", "%(number)s changes are taken in again.", taken
        )
        parts.append(text % {"number": number(taken)})
    say(request, messages.SUCCESS if parts else messages.INFO, " ".join(parts) or _("Nothing was changed."))


def _ids(request: HttpRequest, name: str) -> set[int]:
    return {primary_key(text) for text in request.POST.getlist(name)[: PER_PAGE * 2]} - {0}


def _page_address(request: HttpRequest, run: Run) -> str:
    url = reverse("admin:shops_run_change", args=[run.pk])
    return f"{url}?{request.GET.urlencode()}" if request.GET else url


@only("POST")
def leave_out_always(admin: ModelAdmin, request: HttpRequest, run: Run, change_id: int) -> HttpResponse:
    """POST: ignore the element of one change from now on; the ticks of the page that was sent along are kept."""
    need(admin.has_view_permission(request) and may_run(request) and may_change(request))
    back = HttpResponseRedirect(_page_address(request, run))
    change = run.changes.filter(pk=change_id).first()
    if change is None:
        raise Http404(_("There is no such change any more."))
    try:
        _tick(request, run)
        change.refresh_from_db()
        plans.leave_out_always(change, by=request.user)
    except KontorError as error:
        say_error(request, error)
        return back
    say(
        request,
        messages.SUCCESS,
        _("“%(name)s” is left out from now on.") % {"name": change.key or change.name or change.remote_id},
        _("It is ignored: neither imported nor deleted. Under Mappings you take it back."),
        url=reverse("admin:shops_shop_mappings_kind", args=[run.shop_id, change.kind]) + "?show=ignored",
        button=_("Open Mappings"),
    )
    return back


@only("POST")
def approve(admin: ModelAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    """POST: carry out what is ticked, the ticks of the page that was sent along included.

    expected: the number on the button. A colleague may have ticked meanwhile: then nothing runs and the page says so.
    """
    need(admin.has_view_permission(request) and may_run(request))
    try:
        out, taken = _tick(request, run)
        now = run.changes.filter(state=Change.State.PLANNED).count()
        expected = request.POST.get("expected", "")
        if expected.isdigit() and int(expected) not in (now, now + out - taken):
            raise Conflict(
                _("This plan was changed meanwhile: %(now)s changes are ticked now.") % {"now": number(now)},
                cure=_("Look at it once more, then approve it."),
                key="plan",
            )
        carrier = plans.approve_plan(run, by=request.user)
    except KontorError as error:
        say_error(request, error)
        return HttpResponseRedirect(_page_address(request, run))
    say(
        request,
        messages.INFO,
        ngettext("%(number)s change is being carried out.", "%(number)s changes are being carried out.", now)
        % {"number": number(now)},
        _("What has moved on either side since the preview is left and listed."),
    )
    return HttpResponseRedirect(reverse("admin:shops_run_change", args=[carrier.pk]))


@only("POST")
def anew(admin: ModelAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    """POST: order the same preview once more."""
    need(admin.has_view_permission(request) and may_run(request))
    try:
        if run.job == Run.Job.UNDO and run.plan is not None:
            again = plans.undo_run(run.plan, by=request.user)
        else:
            again = start_run(run.shop, run.job, mode=Run.Mode.PREVIEW, by=request.user)
    except KontorError as error:
        say_error(request, error)
        return HttpResponseRedirect(reverse("admin:shops_run_change", args=[run.pk]))
    say(request, messages.INFO, _("The preview is being made anew."), _("The old one stays in the history."))
    return HttpResponseRedirect(reverse("admin:shops_run_change", args=[again.pk]))


# Compared


def compare(admin: ModelAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    """What is new, gone and the same since the preview before."""
    need(admin.has_view_permission(request))
    before = previews.preview_before(run) if is_preview(run) else None
    if before is None:
        raise Http404(_("There is no earlier preview to compare with."))
    which = request.GET.get("show", "new")
    which = which if which in ("new", "gone", "same") else "new"
    page = page_number(request)
    counts = previews.compare_previews(run, before)
    start = (page - 1) * PER_PAGE
    rows = previews.differing(run, before, which, start, PER_PAGE + 1)
    for row in rows:
        row["kind_label"] = kind_label(row["kind"])
        row["sample"] = Change(verb=row["verb"], kind=row["kind"])
    url = reverse("admin:shops_run_change", args=[run.pk])
    context = {
        **admin.admin_site.each_context(request),
        "opts": Run._meta,
        "original": run,
        "run": run,
        "before": before,
        "title": _("Preview %(number)s compared with %(before)s") % {"number": run.pk, "before": before.pk},
        "header_buttons": [Button(_("Back to the preview"), "arrow_back", url)],
        "pills": [
            {"key": "new", "label": _("New"), "count": counts.new},
            {"key": "gone", "label": _("Gone"), "count": counts.gone},
            {"key": "same", "label": _("The same"), "count": counts.same},
        ],
        "show": which,
        "rows": rows[:PER_PAGE],
        "page": page,
        "next": page + 1 if len(rows) > PER_PAGE else None,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "admin/shops/preview_compare.html", context)
