"""The public door of feeds: a secret address under which other systems fetch a file that a job has written."""

from __future__ import annotations

import hmac
import mimetypes
from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from django.views.decorators.http import require_safe

from shops.models import Feed

# As the file lies there: a proxy must ask each time whether it is still the same, which costs it an empty answer.
CACHE: Final = "no-cache"


@require_safe
def feed(request: HttpRequest, feed_id: int, token: str, name: str) -> HttpResponse | FileResponse:
    """The content as last written; 304 for who has it already. Nothing is built here.

    404 alike for a wrong secret, a withdrawn address, a feed that is switched off and one that was never written.
    """
    for _attempt in range(2):  # a job may replace the content between our look and our opening of it
        found = Feed.objects.filter(pk=feed_id, active=True).exclude(token="").exclude(file="").first()
        known = found.token if found is not None else ""
        if not hmac.compare_digest(known.encode(), token.encode()) or found is None or not known:
            raise Http404
        try:
            return _answer(request, found)
        except FileNotFoundError:
            continue
    raise Http404


def _answer(request: HttpRequest, found: Feed) -> HttpResponse | FileResponse:
    packed = bool(found.packed) and _takes_gzip(request)
    etag = f'"{found.checksum[:32]}{"-gz" if packed else ""}"'
    response: HttpResponse | FileResponse
    if _has_it(request, etag, found):
        response = HttpResponseNotModified()
    else:
        content = (found.packed if packed else found.file).open("rb")
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        response = FileResponse(content, content_type=f"{kind}; charset=utf-8" if _is_text(kind) else kind)
        response["Content-Disposition"] = "inline"
        if packed:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    if found.written_at is not None:
        response["Last-Modified"] = http_date(found.written_at.timestamp())
    response["Cache-Control"] = CACHE
    response["X-Robots-Tag"] = "noindex"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _takes_gzip(request: HttpRequest) -> bool:
    for part in request.headers.get("Accept-Encoding", "").split(","):
        coding, _semicolon, weight = part.strip().partition(";")
        if coding.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has_it(request: HttpRequest, etag: str, found: Feed) -> bool:
    """RFC 9110, 13: If-None-Match counts alone where it is given; tags compare weakly."""
    if (asked := request.headers.get("If-None-Match")) is not None:
        tags = {tag.removeprefix("W/") for tag in parse_etags(asked)}
        return "*" in tags or etag in tags
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and found.written_at is not None and int(found.written_at.timestamp()) <= since


def _is_text(kind: str) -> bool:
    # POHODA's file says its own encoding in its first line; a charset here would overrule it.
    return kind == "text/csv"
