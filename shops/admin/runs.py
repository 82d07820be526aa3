"""Runs: the list, and the page of one run (the page itself is run_page.py)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from shops.admin import holds, preview_files, preview_page, run_page
from shops.admin.filters import PushFilter, UnfinishedFilter
from shops.displays import duration, moment, run_state
from shops.models import Run


@admin.register(Run)
class RunAdmin(ModelAdmin):
    list_display = [
        "number",
        "state_column",
        "job_column",
        "shop",
        "started_column",
        "took_column",
        "message",
        "who",
    ]
    list_display_links = ["number"]
    list_filter = [UnfinishedFilter, PushFilter, "shop", "job", "mode", "state", "trigger"]
    search_fields = ["=id", "message", "shop__name"]
    list_select_related = ["shop", "by"]
    list_per_page = 50
    show_full_result_count = False
    actions = None
    list_fullwidth = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return super().get_queryset(request).defer("detail", "options")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:run_id>/live/", view(self.live_view), name="shops_run_live"),
            path("<int:run_id>/stop/", view(self.stop_view), name="shops_run_stop"),
            path("<int:run_id>/undo/", view(self.undo_view), name="shops_run_undo"),
            path("<int:run_id>/tick/", view(self.tick_view), name="shops_run_tick"),
            path(
                "<int:run_id>/leave-out-always/<int:change_id>/",
                view(self.leave_out_always_view),
                name="shops_run_leave_out_always",
            ),
            path("<int:run_id>/approve/", view(self.approve_view), name="shops_run_approve"),
            path("<int:run_id>/anew/", view(self.anew_view), name="shops_run_anew"),
            path("<int:run_id>/compare/", view(self.compare_view), name="shops_run_compare"),
            path("<int:run_id>/plan.<slug:extension>", view(self.plan_file_view), name="shops_run_plan_file"),
            path("<int:run_id>/hold/<int:hold_id>/<slug:verb>/", view(self.hold_view), name="shops_run_hold"),
        ]
        return own + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return run_page.run_page(self, request, object_id)

    def live_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        return run_page.live(self, request, run_id)

    def stop_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        return run_page.stop(self, request, run_id)

    def undo_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        return run_page.undo(self, request, run_id)

    def tick_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        return preview_page.tick(self, request, run_page.load(self, request, run_id))

    def leave_out_always_view(self, request: HttpRequest, run_id: int, change_id: int) -> HttpResponse:
        run = run_page.load(self, request, run_id)
        return preview_page.leave_out_always(self, request, run, change_id)

    def approve_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        return preview_page.approve(self, request, run_page.load(self, request, run_id))

    def anew_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        return preview_page.anew(self, request, run_page.load(self, request, run_id))

    def compare_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        return preview_page.compare(self, request, run_page.load(self, request, run_id))

    def plan_file_view(
        self, request: HttpRequest, run_id: int, extension: str
    ) -> HttpResponse | FileResponse:
        return preview_files.plan_file(self, request, run_page.load(self, request, run_id), extension)

    def hold_view(self, request: HttpRequest, run_id: int, hold_id: int, verb: str) -> HttpResponse:
        return holds.decide(self, request, run_id, hold_id, verb)

    # A run is written by the engine only.

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return False

    @display(description=_("run"), ordering="id")
    def number(self, run: Run) -> str:
        return str(run.pk)

    @display(description=_("state"), ordering="state")
    def state_column(self, run: Run) -> SafeString:
        return run_state(run)

    @display(description=_("job"), ordering="job")
    def job_column(self, run: Run) -> str:
        if run.mode == Run.Mode.WEB:
            return str(run.get_job_display())
        return f"{run.get_job_display()} · {run.get_mode_display()}"

    @display(description=_("started"), ordering="started_at")
    def started_column(self, run: Run) -> str:
        return moment(run.started_at or run.created_at)

    @display(description=_("time"))
    def took_column(self, run: Run) -> str:
        if run.started_at is None or run.finished_at is None:
            return "–"
        return duration((run.finished_at - run.started_at).total_seconds())

    @display(description=_("by"))
    def who(self, run: Run) -> str:
        return str(run.by) if run.by else str(run.get_trigger_display())
