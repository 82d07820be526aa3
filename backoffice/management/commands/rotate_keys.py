"""`manage.py rotate_keys`: encrypts all saved logins anew with the first of CREDENTIAL_KEYS."""

from __future__ import annotations

import sys
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.secrets import SecretsField, Unreadable

_BATCH = 200


class Command(BaseCommand):
    help = (
        "Encrypts all saved logins anew with the first key of CREDENTIAL_KEYS. Put the new key first, run this, "
        "then remove the old one. Exit code 1 if a row could not be read with any key; such rows stay as they are."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = 0, []
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, SecretsField):
                    count, left = _rotate(model, field.attname)
                    done += count
                    unreadable += left
        self.stdout.write(
            ngettext(
                "%(count)d row is encrypted with the newest key.",
                "%(count)d rows are encrypted with the newest key.",
                done,
            )
            % {"count": done}
        )
        if unreadable:
            self.stderr.write(
                _("Cannot be read with any of the keys, left as they are: %(rows)s.")
                % {"rows": ", ".join(unreadable)}
            )
            sys.exit(1)


def _rotate(model: type[models.Model], name: str) -> tuple[int, list[str]]:
    """How many rows were rotated, and the names of those that no key reads."""
    done, unreadable, last = 0, [], None
    while True:
        rows = model._base_manager.order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        # Locked while it is read and written, so that a login saved by a person meanwhile is not overwritten.
        with transaction.atomic():
            batch = list(rows.select_for_update().values_list("pk", name)[:_BATCH])
            for pk, value in batch:
                if isinstance(value, Unreadable):
                    unreadable.append(f"{model._meta.label} {pk}")
                elif value is not None:
                    model._base_manager.filter(pk=pk).update(**{name: value})
                    done += 1
        if len(batch) < _BATCH:
            return done, unreadable
        last = batch[-1][0]
