"""Who is asking."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The client's IP address: the proxy's word for it when TRUST_PROXY is set, else the connection's; "" = none known.

    Of X-Forwarded-For the last entry counts: the proxy appends it, the ones before are the client's own words. What is no
    address (“unknown”) is not taken: PostgreSQL stores addresses only.
    """
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.TRUST_PROXY else ""
    return _parsed(told.rpartition(",")[2].strip()) or _parsed(str(request.META.get("REMOTE_ADDR", "")))


def network(request: HttpRequest) -> str:
    """As address(), but of IPv6 the /64: each home has one, and may use a new address of it for every request."""
    known = address(request)
    if known and isinstance(ip_address(known), IPv6Address):
        return str(ip_network(f"{known}/64", strict=False).network_address)
    return known


def _parsed(text: str) -> str:
    """The address in `text`, without the port that some proxies write behind it."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
