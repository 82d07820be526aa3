"""Renaming, sending and deleting what the comparison has found, several files at a time."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import BinaryIO, Final, cast

from django.core.files.storage import Storage
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused
from backoffice.lib.http import CallInfo
from backoffice.lib.transfer import Paused, Store
from inventory.models import ArticleImage, Attachment
from shops import elements
from shops.files.mirror.pictures import smaller
from shops.models import MirrorFile

logger = logging.getLogger(__name__)

# A picture of an article has at most 20 MB (inventory.services.images): it fits into memory to be made smaller.
LARGEST_PICTURE: Final = 25 * 2**20


@dataclass(slots=True)
class Upload:
    """One file to send. name: in the storage. error: why it did not go; paused: it goes on in the next slice."""

    row: MirrorFile
    storage: Storage
    name: str
    pixels: int = 0
    size: int = 0
    error: KontorError | None = None
    paused: bool = False
    calls: list[CallInfo] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return self.error is None and not self.paused


class Senders:
    """A few logins on one server, each used by one thread at a time; the database is left to the caller's thread."""

    def __init__(self, open_store: Callable[[], Store], connections: int, deadline: float) -> None:
        self._deadline = deadline
        self._stores: SimpleQueue[Store] = SimpleQueue()
        self._all = [open_store() for _number in range(connections)]
        for store in self._all:
            self._stores.put(store)
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="mirror")

    def send(self, uploads: Sequence[Upload]) -> None:
        """Send all of them; what became of each stands on it. Raises nothing that a server does."""
        list(self._pool.map(self._send_one, uploads))

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        for store in self._all:
            store.close()

    def _send_one(self, upload: Upload) -> None:
        store = self._stores.get()
        store.note_to(upload.calls.append)
        try:
            upload.size = _send(store, upload, self._late)
        except Paused:
            upload.paused = True
        except KontorError as error:
            upload.error = error
        finally:
            self._stores.put(store)

    def _late(self) -> bool:
        return time.monotonic() > self._deadline


def _send(store: Store, upload: Upload, late: Callable[[], bool]) -> int:
    row = upload.row
    try:
        file = upload.storage.open(upload.name, "rb")
    except FileNotFoundError:
        raise Refused(
            _("The file of %(sku)s is missing in Kontor's own storage.") % {"sku": row.sku},
            cure=_("Open the article and put the image or document there again."),
            key="source_missing",
        ) from None
    with file:
        size = file.size
        source = cast(BinaryIO, file)
        if upload.pixels and size <= LARGEST_PICTURE:
            content = smaller(file.read(), upload.pixels)
            source, size = io.BytesIO(content), len(content)
        store.mkdirs(row.folder)
        mark = "".join(sign for sign in row.wanted[:16] + row.wanted[64:] if sign.isalnum())[:20]
        store.write(row.path, source, size=size, mark=mark, should_stop=late)
    return size


def uploads_for(rows: Sequence[MirrorFile], pixels: int) -> tuple[list[Upload], list[MirrorFile]]:
    """(what can be sent, rows whose image or document has gone since they were planned). Two queries at most."""
    images = {row.source_id for row in rows if row.kind == elements.IMAGE}
    documents = {row.source_id for row in rows if row.kind == elements.ATTACHMENT}
    names: dict[tuple[str, int], str] = {}
    if images:
        found = ArticleImage.objects.filter(pk__in=images).values_list("pk", "file")
        names |= {(elements.IMAGE, pk): name for pk, name in found}
    if documents:
        files = Attachment.objects.filter(pk__in=documents).values_list("pk", "file")
        names |= {(elements.ATTACHMENT, pk): name for pk, name in files}
    storages = {
        elements.IMAGE: ArticleImage._meta.get_field("file").storage,
        elements.ATTACHMENT: Attachment._meta.get_field("file").storage,
    }
    uploads, gone = [], []
    for row in rows:
        name = names.get((row.kind, row.source_id))
        if name:
            uploads.append(Upload(row, storages[row.kind], name, pixels if row.kind == elements.IMAGE else 0))
        else:
            gone.append(row)
    return uploads, gone
