"""What a person decides by other ways than saving a form, noted in “Who changed what” (backoffice.journal)."""

from __future__ import annotations

from collections.abc import Mapping

from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Model


def note_decision(about: Model, changes: Mapping[str, tuple[str, str]], *, by: User | None) -> None:
    """changes: {what: (before, after)}. by None = the command line. In the decision's own transaction."""
    LogEntry.objects.log_create(
        about,
        action=LogEntry.Action.UPDATE,
        changes={name: list(values) for name, values in changes.items()},
        actor=by,
    )
