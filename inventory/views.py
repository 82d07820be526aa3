"""Pictures for the shops: they fetch them from here, under readable names (search engines read those)."""

from __future__ import annotations

import mimetypes

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from inventory.models import ArticleImage


@require_safe
def picture(request: HttpRequest, checksum: str, name: str) -> FileResponse:
    """The picture with this checksum; the name is for its readers. Who does not know the checksum finds nothing."""
    image = ArticleImage.objects.filter(checksum=checksum).exclude(file="").first()
    if image is None or not image.file.storage.exists(image.file.name):
        raise Http404
    kind = mimetypes.guess_type(image.file.name)[0] or "application/octet-stream"
    response = FileResponse(image.file.open("rb"), content_type=kind)
    # The address holds the content's checksum, so what it names never changes.
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
