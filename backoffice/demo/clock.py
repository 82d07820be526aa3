"""Django's clock set back, for the demo data only: what happened last week is made by the same services as today's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside it is `moment` (aware), for this process: only for the command that loads the demo data and its tests."""
    now = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = now
