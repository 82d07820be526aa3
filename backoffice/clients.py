"""Who is asking."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The client's IP address: the proxy's word for it when TRUST_PROXY is set, else the connection's.

    Of X-Forwarded-For the last entry counts: the proxy appends it, the ones before are the client's own words.
    """
    if settings.TRUST_PROXY and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        return str(forwarded).rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
