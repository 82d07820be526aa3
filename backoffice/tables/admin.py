"""Import and Export in the admin's lists (django-import-export under django-unfold), for tables of any length."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import Format
from import_export.signals import post_export
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm

from backoffice.lib.errors import KontorError
from backoffice.tables.formats import MAX_BYTES, CsvTable, XlsxTable, too_large
from backoffice.tables.paging import LargePaginator
from backoffice.tables.results import TableResult


class TableForm(ImportForm):
    """Refuses a file that is too large before it is copied and read."""

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            raise ValidationError(str(too_large()))
        return file


class TableAdminMixin(ImportExportMixin):
    """Stands before unfold's ModelAdmin; `resource_classes` names the TableResources.

    Importing needs the right to add and to change, exporting the right to see: import-export's own presets let
    everybody do both.
    """

    paginator = LargePaginator
    formats = (CsvTable, XlsxTable)
    import_form_class = TableForm
    export_form_class = SelectableFieldsExportForm

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {}

    def get_valid_export_item_pks(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the ticked ones only: django-import-export would fetch the keys of the whole table."""
        ticked = [key for key in request.POST.getlist("export_items") if key.isdecimal() and len(key) < 19]
        return self.model.objects.filter(pk__in=ticked).values_list("pk", flat=True)

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if not isinstance(e, KontorError):
            raise e
        form.add_error("import_file", str(e))

    def process_dataset(self, dataset: Any, form: Any, request: HttpRequest, **kwargs: Any) -> TableResult:
        # What the preview found good may have become bad meanwhile: then nothing at all is written.
        return super().process_dataset(dataset, form, request, rollback_on_validation_errors=True, **kwargs)

    def process_result(self, result: TableResult, request: HttpRequest) -> HttpResponse:
        if not (result.has_errors() or result.has_validation_errors()):
            return super().process_result(result, request)
        reasons = [str(error.error) for error in result.base_errors] + [
            str(problem) for problem in result.shown_problems[:3]
        ]
        messages.error(
            request,
            _(
                "Nothing was imported, because the data changed after the preview. %(reasons)s Import it again."
            )
            % {"reasons": " ".join(reasons)},
        )
        return redirect("admin:{}_{}_changelist".format(*self.get_model_info()))

    def add_success_message(self, result: TableResult, request: HttpRequest) -> None:
        changed = result.new_count + result.updated_count
        messages.success(
            request,
            ngettext(
                "%(count)s row imported: %(new)s new, %(updated)s changed; %(same)s were the same already.",
                "%(count)s rows imported: %(new)s new, %(updated)s changed; %(same)s were the same already.",
                changed,
            )
            % {
                "count": changed,
                "new": result.new_count,
                "updated": result.updated_count,
                "same": result.unchanged_count,
            },
        )

    def _do_file_export(
        self, file_format: Format, request: HttpRequest, queryset: QuerySet[Any], export_form: Any = None
    ) -> HttpResponse:
        """Written row by row into a file on disk: 200,000 articles fill no memory."""
        resource = self.choose_export_resource_class(export_form, request)(
            **self.get_export_resource_kwargs(request)
        )
        selected = self.get_export_resource_fields_from_form(export_form)
        out = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it after the last byte
        file_format.write(out, resource.headers(selected), resource.rows_of(queryset, selected))
        out.seek(0)
        post_export.send(sender=None, model=self.model)
        return FileResponse(
            out,
            as_attachment=True,
            filename=self.get_export_filename(request, queryset, file_format),
            content_type=file_format.get_content_type(),
        )

    def get_export_filename(self, request: HttpRequest, queryset: QuerySet[Any], file_format: Format) -> str:
        name = slugify(str(self.opts.verbose_name_plural)) or self.opts.model_name
        return f"{name}-{timezone.localdate():%Y-%m-%d}.{file_format.get_extension()}"
