"""How large a file may be that somebody chooses in a form; looked at before any of it is read into memory."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def check_size(file: Any, max_mb: int, *, field: str = "") -> None:
    """file: an upload, or a model's file field. What is stored already is let pass.

    field: where a model's clean() wants the error to stand.

    Raises ValidationError when it is larger than max_mb MB (of 2**20 bytes).
    """
    if not file or getattr(file, "_committed", False):
        return
    if file.size > max_mb * 2**20:
        said = [
            _("The file is larger than %(limit)s MB.") % {"limit": max_mb},
            _("Make it smaller, for example with pictures of a lower resolution, and choose it again."),
        ]
        raise ValidationError({field: " ".join(said)} if field else " ".join(said), code="too_large")
