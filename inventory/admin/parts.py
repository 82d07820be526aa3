"""Rows that are a part of the document, order or set in whose form they stand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


class PartMixin:
    """For inlines: one answer to whether rows are added, changed and deleted."""

    def is_open(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the user may change the rows of obj (None = it is being added)."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_open(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_open(request, obj)
