"""Wrong passwords: what is locked for a while, and for whom.

Three limits over AXES_COOLOFF_TIME, the narrow one first:

- a name from an address (AXES_FAILURE_LIMIT): one bad PC in the office must not lock the colleagues out;
- an address over all names (LOGIN_FAILURES_OF_ADDRESS): somebody tries one password on many names;
- a name from all addresses (LOGIN_FAILURES_OF_NAME): somebody tries many passwords from many machines. Spared are the
  addresses from which this name has logged in before, so that nobody can lock its owner out from outside.

A name from an address counts up to AXES_FAILURE_LIMIT only: tries that a lock refuses add nothing to the wider limits.
"""

from __future__ import annotations

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import QuerySet, Sum
from django.http import HttpRequest


class LoginHandler(AxesDatabaseHandler):
    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """Of name and address together; AXES_FAILURE_LIMIT where one of the wider limits is reached. Two to four queries."""
        failures: int = super().get_failures(request, credentials)
        if failures >= settings.AXES_FAILURE_LIMIT or not self._is_wide(request, credentials):
            return failures
        return int(settings.AXES_FAILURE_LIMIT)

    def _is_wide(self, request: HttpRequest, credentials: dict[str, str] | None) -> bool:
        address = request.axes_ip_address  # type: ignore[attr-defined]
        since = request.axes_attempt_time - settings.AXES_COOLOFF_TIME  # type: ignore[attr-defined]
        recent = AccessAttempt.objects.filter(attempt_time__gte=since)
        if address and _sum(recent.filter(ip_address=address)) >= settings.LOGIN_FAILURES_OF_ADDRESS:
            return True
        name = get_client_username(request, credentials)
        if not name or _sum(recent.filter(username=name)) < settings.LOGIN_FAILURES_OF_NAME:
            return False
        return not AccessLog.objects.filter(username=name, ip_address=address).exists()


def _sum(attempts: QuerySet[AccessAttempt]) -> int:
    return attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
