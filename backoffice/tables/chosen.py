"""What is done with many rows of a list at once: with really all that were chosen, or with none of them.

“Select all” chooses what the list finds, which may be half a million rows. A deed that goes row by row, or whose question
names each of them, has a limit; beyond it nothing is done and the person is told.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as delete_named
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from backoffice.tables.paging import grouped

MOST_DELETED: Final = 1_000  # each is named in the question, with all that goes with it


def chosen_rows(request: HttpRequest, queryset: QuerySet[Any], most: int) -> list[Any] | None:
    """The rows, or None where they are more than `most`: then the person has been told, and nothing may be done."""
    rows = list(queryset[: most + 1])
    if len(rows) <= most:
        return rows
    messages.error(
        request,
        _(
            "More than %(most)s are chosen, and no more than that go at once. Nothing was changed. Search or filter until"
            " there are fewer, or tick them page by page."
        )
        % {"most": grouped(most)},
    )
    return None


def delete_selected(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Django's, which for tens of thousands shows a page that cannot be sent back."""
    if chosen_rows(request, queryset.values_list("pk", flat=True), MOST_DELETED) is None:
        return None
    return delete_named(model_admin, request, queryset)


delete_selected.allowed_permissions = delete_named.allowed_permissions  # type: ignore[attr-defined]
delete_selected.short_description = delete_named.short_description  # type: ignore[attr-defined]
