"""Export files: the list, and the download (E5, E6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib import admin, messages
from django.core import signing
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from shops.admin.pages import need, say
from shops.displays import moment, number, size
from shops.models import ExportFile

HOLDS: Final = timedelta(minutes=5)
SALT: Final = "kontor.exportfile"


@admin.register(ExportFile)
class ExportFileAdmin(ModelAdmin):
    list_display = ["name_column", "shop", "job", "format", "size_column", "rows_column", "created", "kept"]
    list_display_links = None
    list_filter = ["run__shop", "run__job", "format"]
    search_fields = ["name", "run__shop__name"]
    list_select_related = ["run__shop"]
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportFile]:
        return super().get_queryset(request).defer("run__detail", "run__options")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:file_id>/download/",
                self.admin_site.admin_view(self.download_view),
                name="shops_exportfile_download",
            ),
            path(
                "fetch/<str:signed>/",
                self.admin_site.admin_view(self.fetch_view),
                name="shops_exportfile_fetch",
            ),
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ExportFile | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ExportFile | None = None) -> bool:
        return False

    def download_view(self, request: HttpRequest, file_id: int) -> HttpResponse | FileResponse:
        """Where the buttons lead: to an address that holds for this person and for some minutes."""
        need(self.has_view_permission(request))
        signed = signing.dumps([file_id, request.user.pk], salt=SALT)
        return HttpResponseRedirect(reverse("admin:shops_exportfile_fetch", args=[signed]))

    def fetch_view(self, request: HttpRequest, signed: str) -> HttpResponse | FileResponse:
        """The file by a signed address: nobody else's, not forged, not older than it may be."""
        try:
            file_id, person = signing.loads(signed, salt=SALT, max_age=HOLDS)
        except signing.SignatureExpired:
            say(
                request,
                messages.WARNING,
                str(_("This address of a file no longer holds.")),
                str(_("Click “Download” again; an address holds for five minutes.")),
            )
            return HttpResponseRedirect(reverse("admin:shops_exportfile_changelist"))
        except signing.BadSignature:
            raise Http404 from None
        need(person == request.user.pk)
        return self._streamed(request, file_id)

    def _streamed(self, request: HttpRequest, file_id: int) -> HttpResponse | FileResponse:
        """Out of the storage; a file that is gone says so and how to get a new one."""
        need(self.has_view_permission(request))
        export = ExportFile.objects.select_related("run").filter(pk=file_id).first()
        if export is None:
            raise Http404
        if not is_there(export) or not export.file.storage.exists(export.file.name):
            say(
                request,
                messages.WARNING,
                str(_("“%(name)s” is no longer kept.")) % {"name": export.name},
                str(_("Order the export to a file again: it then holds today's data.")),
            )
            return HttpResponseRedirect(reverse("admin:shops_run_change", args=[export.run_id]))
        response = FileResponse(
            export.file.storage.open(export.file.name, "rb"),
            as_attachment=True,
            filename=export.name,
            content_type="application/octet-stream",
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response

    @display(description=_("file"), ordering="name")
    def name_column(self, export: ExportFile) -> SafeString | str:
        if not is_there(export):
            return export.name
        url = reverse("admin:shops_exportfile_download", args=[export.pk])
        return format_html('<a class="sh-link" href="{}">{}</a>', url, export.name)

    @display(description=_("shop"), ordering="run__shop__name")
    def shop(self, export: ExportFile) -> str:
        return str(export.run.shop)

    @display(description=_("job"))
    def job(self, export: ExportFile) -> SafeString:
        url = reverse("admin:shops_run_change", args=[export.run_id])
        return format_html('<a class="sh-link" href="{}">{}</a>', url, export.run.get_job_display())

    @display(description=_("size"), ordering="size")
    def size_column(self, export: ExportFile) -> str:
        return size(export.size)

    @display(description=_("elements"), ordering="rows")
    def rows_column(self, export: ExportFile) -> str:
        return number(export.rows)

    @display(description=_("created"), ordering="id")
    def created(self, export: ExportFile) -> str:
        return moment(export.created_at)

    @display(description=_("kept until"), ordering="expires_at")
    def kept(self, export: ExportFile) -> str:
        return moment(export.expires_at) if is_there(export) else str(_("no longer kept"))


def is_there(export: ExportFile) -> bool:
    """Whether the file should still be in the storage; the storage itself is asked only at the download."""
    return bool(export.file) and export.expires_at > timezone.now()
