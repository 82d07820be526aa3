"""/media/: pictures of articles for shops and browsers, attachments for staff; nothing that could run in a browser."""

from __future__ import annotations

import mimetypes

from django.core.exceptions import PermissionDenied, SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

# Shops fetch these without a login. SVG is not among them: it can carry scripts.
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
_PUBLIC_FOLDERS = ("articles/", "thumbnails/", "company/")
_STAFF_FOLDERS = {"attachments/": "inventory.view_attachment"}


@require_safe
def media(request: HttpRequest, path: str) -> FileResponse:
    """A stored file. Export files are not here: they have their own view, which knows who may read them."""
    kind = mimetypes.guess_type(path)[0] or ""
    inline = kind in _PICTURES
    if not (inline and path.startswith(_PUBLIC_FOLDERS)):
        permission = next(
            (right for folder, right in _STAFF_FOLDERS.items() if path.startswith(folder)), None
        )
        if permission is None:
            raise Http404
        if not request.user.has_perm(permission):
            raise PermissionDenied
    try:
        file = default_storage.open(path)
    except (
        OSError,
        ValueError,
        SuspiciousFileOperation,
    ) as error:  # not there, or a name that no folder can hold
        raise Http404 from error
    response = FileResponse(
        file, as_attachment=not inline, content_type=kind if inline else "application/octet-stream"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = (
        "public, max-age=3600" if path.startswith(_PUBLIC_FOLDERS) else "private, no-store"
    )
    return response
