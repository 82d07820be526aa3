"""Where the content of feeds lies: in the installation's storage, plain and as gzip, for any host to send or to serve."""

from __future__ import annotations

import gzip
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import transaction
from django.utils import timezone

from shops.files.building import Built
from shops.models import Feed

logger = logging.getLogger(__name__)

FOLDER = "feeds"


def keep(feed: Feed, file: Built) -> bool:
    """Make `file` the feed's content; whether it is another one than before. One transaction; the old files go after it.

    What has not changed stays as it is, with its time: receivers ask for what is new since then.
    """
    now = timezone.now()
    feed.rows, feed.looked_at = file.rows, now
    feed.left_out = {why: [count, skus] for why, (count, skus) in file.left_out.items()}
    if feed.content == file.content_print and feed.file and _storage().exists(str(feed.file.name)):
        with transaction.atomic():
            feed.save(update_fields=["rows", "looked_at", "left_out"])
        _pack_later(feed)
        return False
    old = [str(one.name) for one in (feed.file, feed.packed) if one]
    feed.file.name = _save(feed.name, file.content)
    feed.packed.name = ""
    if feed.token:
        feed.packed.name = _packed(feed.name, file.content)
    feed.size, feed.checksum, feed.content, feed.written_at = (
        file.size,
        file.checksum,
        file.content_print,
        now,
    )
    try:
        with transaction.atomic():
            feed.save(
                update_fields=[
                    "file",
                    "packed",
                    "size",
                    "rows",
                    "checksum",
                    "content",
                    "left_out",
                    "written_at",
                    "looked_at",
                ]
            )
    except BaseException:
        _delete([str(feed.file.name), str(feed.packed.name)])
        raise
    _delete(old)
    return True


def _pack_later(feed: Feed) -> None:
    """A feed that got its public address after it was written has no packed copy yet."""
    if feed.token and not feed.packed:
        with _storage().open(str(feed.file.name), "rb") as content:
            feed.packed.name = _packed(feed.name, content)
        feed.save(update_fields=["packed"])


def _packed(name: str, content: File) -> str:  # type: ignore[type-arg]
    with _temporary() as path:
        content.seek(0)
        # Without the time in its head: the same content gives the same bytes.
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as target:
            shutil.copyfileobj(content, target, 1024 * 1024)
        with path.open("rb") as packed:
            return _save(f"{name}.gz", File(packed))


@contextmanager
def _temporary() -> Iterator[Path]:
    number, name = tempfile.mkstemp(".part", "kontor-export-", settings.FILE_UPLOAD_TEMP_DIR)
    os.close(number)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _save(name: str, content: File) -> str:  # type: ignore[type-arg]
    content.seek(0)
    # Nobody can guess the path, whatever serves the media folder.
    path = f"{FOLDER}/{secrets.token_hex(12)}-{name}"
    return _storage().save(path, content, max_length=300)


def _storage() -> Storage:
    storage: Storage = Feed._meta.get_field("file").storage
    return storage


def _delete(paths: list[str]) -> None:
    for path in paths:
        if path:
            _storage().delete(path)


def delete_unrecorded_feeds() -> int:
    """Files of deleted feeds and of slices that died between storing and recording, once they are a day old."""
    storage = _storage()
    try:
        names = storage.listdir(FOLDER)[1]
    except (FileNotFoundError, NotImplementedError):
        return 0
    yesterday = timezone.now() - timedelta(days=1)
    known = {path for pair in Feed.objects.values_list("file", "packed") for path in pair if path}
    gone = 0
    for name in names:
        path = f"{FOLDER}/{name}"
        if path not in known and storage.get_modified_time(path) < yesterday:
            storage.delete(path)
            gone += 1
    return gone


def forget(feed: Feed) -> None:
    """Delete the feed's row, then its stored content."""
    old = [str(one.name) for one in (feed.file, feed.packed) if one]
    feed.delete()
    _delete(old)
