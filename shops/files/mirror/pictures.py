"""Images made smaller on their way to a shop. Pure: bytes in, bytes out."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

QUALITY: Final = 85


def smaller(content: bytes, pixels: int) -> bytes:
    """The picture with at most `pixels` on its longer side, turned upright, in its own format, without its notes.

    What is small enough, moves (an animated GIF), or cannot be read comes back as it is. The same content and pixels
    give the same bytes.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if max(picture.size) <= pixels or getattr(picture, "is_animated", False):
                return content
            kind = picture.format or "PNG"
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((pixels, pixels), Image.Resampling.LANCZOS)
            target = io.BytesIO()
            options = (
                {"quality": QUALITY, "optimize": True} if kind in ("JPEG", "WEBP") else {"optimize": True}
            )
            if profile := picture.info.get("icc_profile"):
                options["icc_profile"] = profile
            upright.save(target, kind, **options)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return content
    return target.getvalue()
