"""The door for the shops' calls (O9): one address for each shop, with an unguessable path."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shops.services.hearing import take_call

LARGEST: Final = 2 * 1024 * 1024  # an order with 500 lines is about half a megabyte


@csrf_exempt
@require_POST
def call(request: HttpRequest, token: str) -> HttpResponse:
    """200 when stored or not wanted, 401 with a wrong signature, 404 for an unknown address, 413 when too large.

    The signature is checked on the raw bytes before anything is made of them. The answers say nothing else.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST:
        return HttpResponse(status=413)
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    return HttpResponse(status=take_call(token, body, request.headers).status)
