"""Starting a run by hand: one question for each job, then the run's page (E3, E5, O13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldBooleanWidget,
)

from shops.admin.pages import Question, ask_then_do, exchanges_files, may_run, need, say, shop_page
from shops.elements import Text
from shops.files.formats import formats_of
from shops.models import ExportFile, Run, Shop
from shops.services.runs import confirm_overwriting, has_server, overwrites, start_run


@dataclass(frozen=True, slots=True)
class Words:
    """What the dialog of one job says. %(shop)s is the shop's name."""

    title: Text
    text: Text
    button: Text


_WEB, _PREVIEW, _FILE = Run.Mode.WEB.value, Run.Mode.PREVIEW.value, Run.Mode.FILE.value
_JOB = Run.Job

QUESTIONS: Final[dict[tuple[str, str], Words]] = {
    (_JOB.SYNC, _WEB): Words(
        gettext_lazy("Synchronise %(shop)s?"),
        gettext_lazy(
            "Both sides are brought in step by the rules under “What to sync”, one element type after the other. "
            "You can watch it and stop it."
        ),
        gettext_lazy("Synchronise now"),
    ),
    (_JOB.SYNC, _PREVIEW): Words(
        gettext_lazy("Preview the next synchronisation of %(shop)s?"),
        gettext_lazy("The shop is read and compared. Nothing is written on either side."),
        gettext_lazy("Make the preview"),
    ),
    (_JOB.READ, _WEB): Words(
        gettext_lazy("Read %(shop)s?"),
        gettext_lazy(
            "This only looks: it shows how many elements are linked, only here and only in the shop. "
            "Nothing is changed on either side."
        ),
        gettext_lazy("Read the shop"),
    ),
    (_JOB.SYNC_CHANGED, _WEB): Words(
        gettext_lazy("Bring new and changed articles of %(shop)s in step?"),
        gettext_lazy(
            "What is new or was changed since is sent or taken over by the rules. Nothing is deleted, and the shop is not "
            "read whole."
        ),
        gettext_lazy("Bring them in step"),
    ),
    (_JOB.SYNC_ATTACHMENTS, _WEB): Words(
        gettext_lazy("Sync the attachments of %(shop)s?"),
        gettext_lazy("Files of the articles are brought in step by the rules. Nothing else is touched."),
        gettext_lazy("Sync attachments"),
    ),
    (_JOB.RECONCILE, _WEB): Words(
        gettext_lazy("Compare and repair %(shop)s?"),
        gettext_lazy(
            "Articles, stock and prices are read anew and compared. What is linked and differs is brought in step by the "
            "rules; nothing is created or deleted on either side."
        ),
        gettext_lazy("Compare and repair"),
    ),
    (_JOB.EXPORT_ALL, _WEB): Words(
        gettext_lazy("Export all to %(shop)s?"),
        gettext_lazy("Everything that the rules send to the shop is compared and sent where it differs."),
        gettext_lazy("Export all"),
    ),
    (_JOB.EXPORT_STOCK, _WEB): Words(
        gettext_lazy("Export the stock to %(shop)s?"),
        gettext_lazy(
            "Stock levels that differ from what the shop got last are sent. Nothing else is touched."
        ),
        gettext_lazy("Export stock"),
    ),
    (_JOB.EXPORT_STATUSES, _WEB): Words(
        gettext_lazy("Export the order statuses to %(shop)s?"),
        gettext_lazy(
            "Statuses that were changed here are sent to the shop. The shop may write to its customers then."
        ),
        gettext_lazy("Export order statuses"),
    ),
    (_JOB.IMPORT_ORDERS, _WEB): Words(
        gettext_lazy("Import orders of %(shop)s?"),
        gettext_lazy(
            "Orders placed or changed since that day are read. Those that are known already are not doubled."
        ),
        gettext_lazy("Import orders"),
    ),
    (_JOB.EXPORT_ALL, _FILE): Words(
        gettext_lazy("Export all of %(shop)s to a file?"),
        gettext_lazy("The file holds what would be sent. The shop is not touched."),
        gettext_lazy("Write the files"),
    ),
    (_JOB.EXPORT_STOCK, _FILE): Words(
        gettext_lazy("Export the stock of %(shop)s to a file?"),
        gettext_lazy("The file holds what would be sent. The shop is not touched."),
        gettext_lazy("Write the files"),
    ),
    (_JOB.EXPORT_STATUSES, _FILE): Words(
        gettext_lazy("Export the order statuses of %(shop)s to a file?"),
        gettext_lazy("The file holds what would be sent. The shop is not touched."),
        gettext_lazy("Write the files"),
    ),
}

# What the same buttons do at a shop that files are exchanged with.
_OF_FILES: Final[dict[tuple[str, str], Text]] = {
    (_JOB.SYNC, _WEB): gettext_lazy(
        "Order files are fetched from the server and taken over. Then all files of the page Files are written, and "
        "those that have changed are sent."
    ),
    (_JOB.SYNC, _PREVIEW): gettext_lazy(
        "Order files are read and compared. They stay where they are, and no file is written or sent."
    ),
    (_JOB.EXPORT_ALL, _WEB): gettext_lazy(
        "The files with articles and prices are written, and those that have changed are sent to the server."
    ),
    (_JOB.EXPORT_STOCK, _WEB): gettext_lazy(
        "The files with the stock are written, and those that have changed are sent to the server."
    ),
    (_JOB.EXPORT_STATUSES, _WEB): gettext_lazy(
        "The files with the statuses of this shop's orders are written, and those that have changed are sent to the server."
    ),
    (_JOB.IMPORT_ORDERS, _WEB): gettext_lazy(
        "The files in the folder for orders are read, and moved to “done” or “failed”. Orders that are known already are "
        "not doubled."
    ),
}
_MIRRORED: Final = gettext_lazy(
    "Images and documents that are new or were changed are sent to the server. What belongs to no article any more is "
    "treated as chosen on the page Files."
)


def _text_of(shop: Shop, job: str, mode: str) -> Text:
    if job == _JOB.SYNC_ATTACHMENTS and has_server(shop):
        return _MIRRORED
    usual = QUESTIONS[job, mode].text
    return _OF_FILES.get((job, mode), usual) if exchanges_files(shop) else usual


class StartForm(forms.Form):
    """Which fields there are depends on the job: formats of a file, the day of an import, the warning of P3."""

    def __init__(self, *args: Any, shop: Shop, job: str, mode: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if mode == _FILE:
            self.fields["formats"] = forms.MultipleChoiceField(
                label=_("Formats"),
                choices=[*ExportFile.Format.choices, *_formats_of_others(job)],
                initial=[ExportFile.Format.XLSX],
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
                error_messages={"required": _("Choose at least one format.")},
            )
        if job == _JOB.IMPORT_ORDERS and not exchanges_files(shop):
            start = shop.orders_from or timezone.now() - timedelta(days=7)
            self.fields["since"] = forms.DateField(
                label=_("Orders since"),
                initial=timezone.localtime(start).date(),
                widget=UnfoldAdminSingleDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
        if mode == _WEB and shop.overwrite_confirmed_at is None and overwrites(shop, job):
            self.fields["confirmed"] = forms.BooleanField(
                label=_("I know that articles link by SKU and that “Update” overwrites the other side."),
                widget=UnfoldBooleanWidget,
                error_messages={"required": _("Tick this to go on. It is asked only once.")},
            )

    def clean_since(self) -> datetime:
        """The local midnight of the day, as UTC."""
        day = self.cleaned_data["since"]
        moment = timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC)
        if moment > timezone.now():
            raise forms.ValidationError(_("This day is in the future. Choose an earlier one."))
        return moment

    def options(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "formats" in self.cleaned_data:
            found["formats"] = self.cleaned_data["formats"]
        if "since" in self.cleaned_data:
            found["since"] = self.cleaned_data["since"].isoformat()
        return found


def _formats_of_others(job: str) -> list[tuple[str, Text]]:
    """What Heureka, Google and others read; our own formats stand before them."""
    return [(spec.key, spec.label) for spec in formats_of(job) if not spec.key.startswith("kontor_")]


def start(admin: ModelAdmin, request: HttpRequest, shop: Shop, job: str, mode: str) -> HttpResponse:
    """GET asks, POST starts the run and goes to its page. What cannot start says why and how to cure it."""
    need(may_run(request))
    words = QUESTIONS.get((job, mode))
    if words is None:
        raise Http404
    form = StartForm(request.POST if request.method == "POST" else None, shop=shop, job=job, mode=mode)
    title = str(words.title) % {"shop": shop.name}
    return ask_then_do(
        admin,
        request,
        shop,
        Question(title, str(_text_of(shop, job, mode)), str(words.button)),
        lambda: _start(request, shop, job, mode, form),
        form=form,
        back=reverse("admin:shops_shop_change", args=[shop.pk]),
    )


start_view = shop_page(methods=("GET", "POST"))(start)


def _start(request: HttpRequest, shop: Shop, job: str, mode: str, form: StartForm) -> HttpResponse:
    if form.cleaned_data.get("confirmed"):
        confirm_overwriting(shop, by=request.user)
    run = start_run(shop, job, mode=mode, trigger=Run.Trigger.PERSON, by=request.user, options=form.options())
    url = reverse("admin:shops_run_change", args=[run.pk])
    say(
        request,
        messages.INFO,
        _("%(job)s of %(shop)s has been ordered.") % {"job": run.get_job_display(), "shop": shop.name},
        _("You may leave this page: the run goes on, and the dashboard tells how it ended."),
    )
    return HttpResponseRedirect(url)
