"""What the questions in windows share, on every screen: whose turn it is, where to go afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme


def primary_key(object_id: str) -> int:
    """As it stands in the address; no row has 0: told as "deleted meanwhile"."""
    return int(object_id) if object_id.isdecimal() else 0


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To the page on which the button was: the dialog tells htmx where to go. otherwise: where nobody knows."""
    here = request.headers.get("HX-Current-URL", "")
    if here and url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}):
        parts = urlsplit(here)
        return go(parts.path + (f"?{parts.query}" if parts.query else ""))
    return go(otherwise)


def go(url: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": url})
