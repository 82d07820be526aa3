"""Pictures of articles: checked, named by their content, once per article."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from inventory.errors import BadImage
from inventory.models import Article, ArticleImage

MAX_BYTES = 20 * 1024 * 1024
THUMBNAIL = 160  # pixels on the longer side: 80 in a list, sharp on dense screens
MAX_PIXELS = 50_000_000  # 200 MB once unpacked; more is no picture of an article
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp"}  # what every shop takes


def add_image(
    article: Article, content: bytes, *, name: str = "", alt: str = "", position: int | None = None
) -> tuple[ArticleImage, bool]:
    """Store a picture; the same content again gives the picture that is there, unchanged, and False.

    name: the file's name as people know it. position None = behind the last one.
    Raises BadImage.
    """
    image = ArticleImage(article=article, alt=alt[:300])
    checksum = checksum_of(content)
    known = ArticleImage.objects.filter(article=article, checksum=checksum).first()
    if known:
        return known, False
    store_file(image, content, name=name)
    if position is None:
        last = article.images.aggregate(last=Max("position"))["last"]
        position = 0 if last is None else last + 1
    image.position = position
    try:
        with transaction.atomic():
            image.save()
    except IntegrityError:  # somebody was faster with the same picture
        return ArticleImage.objects.get(article=article, checksum=checksum), False
    return image, True


def store_file(image: ArticleImage, content: bytes, *, name: str = "") -> None:
    """Check the picture, put it and its thumbnail into the storage under its checksum, and fill `image`, unsaved.

    The same content has one name on every host and lies there once, however many articles show it. Raises BadImage.
    """
    suffix, small = _open_checked(content)
    checksum = checksum_of(content)
    storage = ArticleImage._meta.get_field("file").storage
    for path, data in (
        (f"articles/{checksum[:2]}/{checksum}{suffix}", content),
        (thumbnail_path(checksum), small),
    ):
        if not storage.exists(path):
            storage.save(path, ContentFile(data))
    image.file = f"articles/{checksum[:2]}/{checksum}{suffix}"
    image.checksum = checksum
    image.name = _file_name(name, suffix, checksum)


def thumbnail_path(checksum: str) -> str:
    """Where the thumbnail of a picture with this checksum lies in the storage."""
    return f"thumbnails/{checksum[:2]}/{checksum}.webp"


def check_image(content: bytes) -> None:
    """Raises BadImage when the file is no picture that can be used."""
    _open_checked(content)


def check_bytes(size: int) -> None:
    """Raises BadImage when a file of so many bytes is too large, before it is read."""
    if size > MAX_BYTES:
        raise BadImage(
            _("The picture is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024 // 1024},
            cure=_("Save it smaller; 2000 pixels on the longer side are enough for any shop."),
        )


def _open_checked(content: bytes) -> tuple[str, bytes]:
    """The suffix that belongs to the picture's real format, and a thumbnail of it (WebP). Raises BadImage."""
    check_bytes(len(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_SUFFIXES)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise BadImage(
                        _("The picture has %(width)s × %(height)s pixels, which is too many.")
                        % {"width": picture.width, "height": picture.height},
                        cure=_("Save it smaller; 2000 pixels on the longer side are enough for any shop."),
                    )
                suffix = _SUFFIXES[str(picture.format)]
                picture.load()  # reads every pixel: a file that was cut off ends here
                small = _thumbnail(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage(
            _("The picture has too many pixels."),
            cure=_("Save it smaller; 2000 pixels on the longer side are enough for any shop."),
            detail=str(error),
        ) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadImage(
            _("This file is not a picture, or it is damaged."),
            cure=_("Choose a JPEG, PNG, GIF or WebP file."),
            detail=str(error),
        ) from error
    return suffix, small


def checksum_of(content: bytes) -> str:
    """SHA-256, hexadecimal: the mark by which pictures and attachments are told apart."""
    return hashlib.sha256(content).hexdigest()


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.convert("RGBA")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80)
    return out.getvalue()


def _file_name(name: str, suffix: str, checksum: str) -> str:
    stem = PurePosixPath(name.replace("\\", "/")).stem.strip(".")
    try:
        return get_valid_filename(stem)[:190] + suffix
    except SuspiciousFileOperation:  # nothing is left of it
        return checksum[:16] + suffix
