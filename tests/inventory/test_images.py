"""Pictures and attachments: what is accepted, where it lies, what is refused."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from PIL import Image

from inventory.errors import BadImage
from inventory.models import Article, ArticleImage, Attachment
from inventory.services import images
from tests.factories import make_article
from tests.inventory.conftest import png


@pytest.fixture
def mug(db: None) -> Article:
    return make_article("MUG")


def test_a_picture_lies_under_its_checksum_with_a_thumbnail(mug: Article, media: Path) -> None:
    content = png(size=(400, 200))
    image, added = images.add_image(mug, content, name="C:\\photos\\Big mug.PNG", alt="A mug")
    checksum = hashlib.sha256(content).hexdigest()
    assert added
    assert (image.checksum, image.position, image.name, image.alt) == (checksum, 0, "Big_mug.png", "A mug")
    assert (media / f"articles/{checksum[:2]}/{checksum}.png").read_bytes() == content
    with Image.open(media / images.thumbnail_path(checksum)) as small:
        assert small.size == (160, 80)


def test_the_same_picture_again_is_the_one_that_is_there(mug: Article, media: Path) -> None:
    first, _added = images.add_image(mug, png(), name="a.png", alt="First")
    again, added = images.add_image(mug, png(), name="b.png", alt="Second")
    assert (again.pk, added, again.alt) == (first.pk, False, "First")
    other, added = images.add_image(make_article("CUP"), png(), name="a.png")
    assert added
    assert other.file.name == first.file.name  # one file for both articles
    assert len(list((media / "articles").rglob("*.png"))) == 1


def test_pictures_queue_up_behind_each_other(mug: Article) -> None:
    for colour in ("red", "green", "blue"):
        images.add_image(mug, png(colour))
    assert list(mug.images.values_list("position", flat=True)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("form", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("GIF", ".gif"), ("WEBP", ".webp")]
)
def test_the_suffix_follows_the_content_not_the_name(mug: Article, form: str, suffix: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, form)
    image, _added = images.add_image(mug, out.getvalue(), name="photo.txt")
    assert image.file.name.endswith(suffix)
    assert image.name == f"photo{suffix}"


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "\x00", "." * 300, "ž" * 300 + ".png"])
def test_strange_names_do_no_harm(mug: Article, name: str) -> None:
    image, _added = images.add_image(mug, png(), name=name)
    assert image.name.endswith(".png")
    assert "/" not in image.name
    assert len(image.name) <= 200


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


BAD = {
    "nothing": b"",
    "text": b"hello",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "cut off": png(size=(300, 300))[:-200],
    "60 million pixels": bomb(10_000, 6_000),
    "a billion pixels": bomb(40_000, 40_000),
    "too many bytes": b"\x89PNG" + bytes(images.MAX_BYTES),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_is_no_usable_picture_is_refused(mug: Article, media: Path, content: bytes) -> None:
    with pytest.raises(BadImage) as caught:
        images.add_image(mug, content, name="x.png")
    assert caught.value.message
    assert caught.value.cure
    assert not ArticleImage.objects.exists()
    assert not media.exists() or not list(media.rglob("*.*"))


def test_the_database_refuses_the_same_picture_twice(mug: Article) -> None:
    image, _added = images.add_image(mug, png())
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleImage.objects.create(article=mug, checksum=image.checksum, file="x")


def test_an_attachment_knows_its_checksum(mug: Article) -> None:
    manual = Attachment.objects.create(article=mug, name="Manual", file=ContentFile(b"%PDF-1", "manual.pdf"))
    assert manual.checksum == hashlib.sha256(b"%PDF-1").hexdigest()
    manual.name = "Guide"
    manual.save()
    assert manual.checksum == hashlib.sha256(b"%PDF-1").hexdigest()
    assert manual.file.read() == b"%PDF-1"
