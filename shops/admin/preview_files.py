"""A preview as a file: one line for each field that would change."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from shops.admin.pages import need
from shops.displays import field_label, kind_label
from shops.files.schema import Column, FileMeta, Sheet
from shops.files.writers import WRITERS, open_writer
from shops.models import Change, Run

ROWS: Final = 1000
IN_MEMORY: Final = 1_000_000  # bytes; a longer file goes to the disk

PLAN: Final = Sheet(
    "plan",
    "change",
    _("Preview"),
    "",
    (
        Column("type", _("element type")),
        Column("what", _("what happens")),
        Column("result", _("result")),
        Column("key", _("key")),
        Column("name", _("name")),
        Column("shop_id", _("id in the shop")),
        Column("field", _("field")),
        Column("before", _("before")),
        Column("after", _("after")),
        Column("both_sides", _("changed on both sides"), "flag"),
        Column("why", _("why")),
        Column("message", _("message")),
    ),
)


def plan_file(
    admin: ModelAdmin, request: HttpRequest, run: Run, extension: str
) -> HttpResponse | FileResponse:
    """The whole plan, whatever filter is on; made while it is asked for, in flat memory."""
    need(admin.has_view_permission(request))
    if run.mode != Run.Mode.PREVIEW or not run.is_finished or extension not in ("csv", "xlsx"):
        raise Http404
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 the response closes it
    meta = FileMeta(shop=run.shop.code, job=run.job, generated_at=run.finished_at or run.created_at)
    with open_writer(extension, target, meta) as writer:  # type: ignore[arg-type]
        writer.section(PLAN)
        for row in _rows(run):
            writer.write(row)
    target.seek(0)
    response = FileResponse(
        target,
        as_attachment=True,
        filename=f"preview-{run.shop.code}-{run.pk}.{extension}",
        content_type=WRITERS[extension].content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _rows(run: Run) -> Iterator[dict[str, Any]]:
    for change in Change.objects.filter(run=run).order_by("pk").iterator(ROWS):
        row = {
            "type": kind_label(change.kind),
            "what": str(change.get_verb_display()),
            "result": str(change.get_state_display()),
            "key": change.key,
            "name": change.name,
            "shop_id": change.remote_id,
            "both_sides": change.conflict,
            "why": change.why,
            "message": change.message,
        }
        if not change.fields:
            yield row
        for name, value in change.fields.items():
            before, after = value if isinstance(value, list) and len(value) == 2 else (None, value)
            yield {**row, "field": field_label(name), "before": cell(before), "after": cell(after)}


def cell(value: Any) -> str | None:
    """The whole value as one text; unknown stays empty."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return " | ".join(cell(part) or "" for part in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {cell(part) or ''}" for key, part in value.items())
    return str(value)
