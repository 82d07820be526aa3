"""A worker that dies in the middle of a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.lib.points import listen
from shops.models import Run
from shops.sync.slices import work_slice


class Killed(BaseException):
    pass


def die_at(run: Run, point: str, when: Callable[[], bool] = lambda: True) -> None:
    """A slice of the run that dies at the point, at its first passing when `when` holds; then its lease runs out."""

    def die(passed: str) -> None:
        if passed == point and when():
            listen(None)
            raise Killed

    listen(die)
    try:
        with pytest.raises(Killed):
            work_slice(run.pk)
    finally:
        listen(None)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
