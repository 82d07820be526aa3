"""Leases: a worker claims a row for some seconds, works without a lock, and gives it back.

For any model with the two fields

    lease_holder = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

A claim is one conditional UPDATE: one row changed means it is mine, none means another was faster. A holder that
dies needs no clean-up, its lease runs out. The times are those of the workers' clocks, so hosts must keep
theirs in step (NTP); a lease should be longer than the longest step between two renewals by some seconds.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone


def new_holder() -> str:
    """A name for one attempt at one piece of work, e.g. "office1:4711:9f2c61d0". Never use it twice."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def claim(queryset: QuerySet[Any], *, holder: str, seconds: float, **values: Any) -> bool:
    """Take the lease of the queryset's one row if nobody holds it; whether it is ours now.

    values are written in the same UPDATE, e.g. starts=F("starts") + 1: so that a start is counted before the
    work that may kill the process.
    """
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    changed = queryset.filter(free).update(
        lease_holder=holder, lease_until=now + timedelta(seconds=seconds), **values
    )
    return changed > 0


def renew(queryset: QuerySet[Any], *, holder: str, seconds: float, **values: Any) -> bool:
    """Prolong our lease from now; False when another holds it meanwhile: then stop, without writing anything.

    A lease of ours that has run out but that nobody took is ours again.
    """
    until = timezone.now() + timedelta(seconds=seconds)
    return queryset.filter(lease_holder=holder).update(lease_until=until, **values) > 0


def release(queryset: QuerySet[Any], *, holder: str, **values: Any) -> bool:
    """Give our lease back, writing values in the same UPDATE; False (and nothing written) when it isn't ours."""
    return queryset.filter(lease_holder=holder).update(lease_holder="", lease_until=None, **values) > 0
