"""The firm's logo as one harmless SVG: pictures are decoded and drawn anew, drawings lose all that is not drawing."""

from __future__ import annotations

import base64
import io
import logging
from functools import lru_cache
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image, UnidentifiedImageError

logger = logging.getLogger(__name__)

_SVG = "http://www.w3.org/2000/svg"
_HREF = ("href", "{http://www.w3.org/1999/xlink}href")
# No <use> (it multiplies), no <image>, no <foreignObject>, no script, no animation.
_DRAWN = frozenset(
    "svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop clipPath mask title"
    " desc style".split()
)
_LARGEST_SVG = 500_000  # bytes
_LARGEST_SIDE = 1200  # pixels: sharp at the 70 mm that a logo has
_LARGEST_PICTURE = 40_000_000  # pixels
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


@lru_cache(maxsize=8)
def logo_svg(logo: bytes, media_type: str) -> str:
    """SVG text, "" without a logo or with one that cannot be read: the document matters more than its decoration."""
    if not logo:
        return ""
    try:
        return _drawing(logo) if media_type.startswith("image/svg") else _picture(logo)
    except (ValueError, OSError, SyntaxError, DefusedXmlException, Image.DecompressionBombError) as error:
        logger.warning(
            "the logo (%s, %s bytes) cannot be read and is left out: %s", media_type, len(logo), error
        )
        return ""


def _picture(logo: bytes) -> str:
    try:
        with Image.open(io.BytesIO(logo), formats=_FORMATS) as opened:
            if opened.width * opened.height > _LARGEST_PICTURE:
                raise ValueError(f"{opened.width} x {opened.height} pixels are too many")
            picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    except UnidentifiedImageError as error:
        raise ValueError("not a PNG, JPEG, GIF or WebP picture") from error
    picture.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    png = io.BytesIO()
    picture.save(png, format="PNG")
    width, height = picture.size
    data = base64.b64encode(png.getvalue()).decode()
    return (
        f'<svg xmlns="{_SVG}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )


def _drawing(logo: bytes) -> str:
    if len(logo) > _LARGEST_SVG:
        raise ValueError(f"{len(logo)} bytes are too many for a drawing")
    root = fromstring(logo)
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError("not an SVG drawing")
    _strip(root)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _strip(element: ElementTree.Element) -> None:
    for name in [*element.attrib]:
        outside = name in _HREF and not element.attrib[name].startswith("#")
        if outside or name.lower().startswith("on"):
            del element.attrib[name]
    for child in [*element]:
        if isinstance(child.tag, str) and child.tag.removeprefix(f"{{{_SVG}}}") in _DRAWN:
            _strip(child)
        else:
            element.remove(child)
