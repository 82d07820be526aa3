"""Pictures: fetched from the address a client names, kept in the media library, given out again."""

import os
import re
import struct
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.text import integer, kses
from backoffice.demo.shop.wire import ApiError

EXTENSIONS = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "png": "image/png", "bmp": "image/bmp",
    "tiff": "image/tiff", "tif": "image/tiff", "ico": "image/x-icon", "webp": "image/webp",
}  # fmt: skip
MAX_BYTES = 8 * 1024 * 1024
TIMEOUT_S = 10
_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"), (b"MM\x00*", "image/tiff"), (b"\x00\x00\x01\x00", "image/x-icon"),
)  # fmt: skip


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


# No proxy: the addresses are on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


class Pictures:
    """The media library. `prefetch` runs before the state's lock is taken, so that a slow picture server
    never stops the shop; `attach` then finds the bytes, or the error, that belong to an address."""

    def __init__(self, state: ShopState):
        self.state = state
        self.fetched: dict[str, bytes | ApiError] = {}  # of the request that holds the lock

    def prefetch(self, body: Any) -> dict[str, bytes | ApiError]:
        """Fetch every `src` named in a request body once. Never raises: errors are kept per address."""
        found: dict[str, bytes | ApiError] = {}
        for src in _sources(body):
            if src not in found:
                try:
                    found[src] = fetch(src)
                except ApiError as error:
                    found[src] = error
        return found

    def attach(self, items: Iterable[Mapping[str, Any]]) -> list[int]:
        """Attachment ids for `images` of a request, in order. All are checked before any is stored.

        Raises ApiError woocommerce_product_image_upload_error or _invalid_image_id (400).
        """
        items = list(items)
        for item in items:
            number, src = integer(item.get("id")), item.get("src")
            if not number and src:
                fetched = self.fetched.get(str(src))
                if isinstance(fetched, ApiError):
                    raise fetched
                if fetched is None:
                    raise upload_error(str(src), "A valid URL was not provided.")
            elif number and number not in self.state.images:
                raise ApiError(
                    "woocommerce_product_invalid_image_id", f"#{number} is an invalid image ID.", 400
                )
        return [number for number in (self._one(item) for item in items) if number]

    def _one(self, item: Mapping[str, Any]) -> int:
        number = integer(item.get("id"))
        if not number:
            if not item.get("src"):
                return 0
            data = self.fetched[str(item["src"])]
            assert isinstance(data, bytes)
            number = self.store(file_name(str(item["src"])), data)["id"]
        image = self.state.images[number]
        for name in ("name", "alt"):
            if item.get(name):
                image[name] = kses(item[name])
        self.state.images.put(number, image)
        return number

    def store(self, name: str, data: bytes) -> dict[str, Any]:
        """Put a file into the library under a free name: a.png, a-1.png, a-2.png, ..."""
        now = self.state.now()
        folder = self.state.local(now)[:7].replace("-", "/")  # type: ignore[index]
        taken = {image["file"] for image in self.state.images.values()}
        stem, extension = os.path.splitext(name)
        final, number = name, 0
        while f"{folder}/{final}" in taken:
            number += 1
            final = f"{stem}-{number}{extension}"
        width, height = dimensions(data)
        image = {
            "id": self.state.next("post"), "file": f"{folder}/{final}", "name": final, "alt": "", "created": now,
            "width": width, "height": height, "type": EXTENSIONS.get(extension[1:].lower(), "image/png"),
        }  # fmt: skip
        self.state.images.put(image["id"], image)
        self.state.files.put(image["id"], data)
        return image


def _sources(body: Any) -> Iterator[str]:
    """Every address under images[] or image, in single bodies and in batches."""
    if not isinstance(body, dict):
        return
    for operation in ("create", "update"):
        if isinstance(body.get(operation), list):
            for item in body[operation]:
                yield from _sources(item)
    images = body.get("images")
    pictures = [*(images if isinstance(images, list) else []), body.get("image")]
    for picture in pictures:
        if isinstance(picture, dict) and picture.get("src") and not integer(picture.get("id")):
            yield str(picture["src"])


def upload_error(src: str, reason: str) -> ApiError:
    return ApiError(
        "woocommerce_product_image_upload_error", f"Error getting remote image {src}. Error: {reason}", 400
    )


def file_name(src: str) -> str:
    name = urllib.parse.unquote(urllib.parse.urlsplit(src).path.rsplit("/", 1)[-1])
    return re.sub(r"-+", "-", re.sub(r"[^\w.-]", "-", name)).strip("-") or "image"


def fetch(src: str) -> bytes:
    """Download a picture. Unlike the real shop, addresses of this machine are allowed: the demo runs there.

    Raises ApiError: not http(s), no picture extension, not found, too big, or content that is no such picture.
    """
    parts = urllib.parse.urlsplit(src)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise upload_error(src, "A valid URL was not provided.")
    extension = os.path.splitext(parts.path)[1][1:].lower()
    if extension not in EXTENSIONS:
        raise ApiError(
            "woocommerce_product_image_upload_error",
            "Invalid image: Sorry, you are not allowed to upload this file type.",
            400,
        )
    try:
        with _OPENER.open(urllib.request.Request(src), timeout=TIMEOUT_S) as answer:  # noqa: S310  (scheme checked)
            data = answer.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise upload_error(src, error.reason or str(error.code)) from error
    except (OSError, ValueError) as error:
        raise upload_error(src, str(getattr(error, "reason", error))) from error
    if len(data) > MAX_BYTES:
        raise upload_error(src, "The file is too large.")
    if kind_of(data) != EXTENSIONS[extension]:
        raise ApiError(
            "woocommerce_product_image_upload_error",
            "Invalid image: Sorry, you are not allowed to upload this file type.",
            400,
        )
    return data


def kind_of(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for sign, kind in _SIGNS if data.startswith(sign)), "")


def dimensions(data: bytes) -> tuple[int, int]:
    """Width and height of PNG, GIF or JPEG; (0, 0) for the others."""
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if data.startswith(b"GIF8") and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    if data.startswith(b"\xff\xd8"):
        at = 2
        while at + 9 < len(data) and data[at] == 0xFF:
            marker, size = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack(">HH", data[at + 5 : at + 9])
                return width, height
            at += 2 + size
    return 0, 0
