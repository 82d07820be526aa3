"""A folder on this host (or on a share mounted here), below settings.EXCHANGE_ROOT."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from backoffice.lib.transfer import failures
from backoffice.lib.transfer.paths import clean_folder
from backoffice.lib.transfer.store import BLOCK, Entry, Store, unforeseen


class Folder(Store):
    """Symbolic links that lead out of the root are refused: a partner who may write must not read the host."""

    def _ensure_open(self) -> None:
        # It lies below the one folder that is meant for exchange: nothing is gained by asking for it to be made first.
        self._root().mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        pass

    def _root(self) -> Path:
        return Path(settings.EXCHANGE_ROOT) / clean_folder(self.target.folder).lstrip("/")

    def _at(self, path: str) -> Path:
        top = Path(settings.EXCHANGE_ROOT).resolve()
        place = self._root() / path
        real = place.parent.resolve() / place.name
        if place.is_symlink() or not real.is_relative_to(top):
            raise failures.BadPath(
                _("“%(path)s” leads out of the folder for exchange.") % {"path": path},
                cure=_("Use a folder below the one that the administrator has set (EXCHANGE_ROOT)."),
                key="bad_path",
            )
        return real

    def _list(self, folder: str) -> list[Entry]:
        with os.scandir(self._at(folder) if folder else self._root()) as entries:
            found = [_entry(entry) for entry in entries if not entry.is_symlink()]
        return [entry for entry in found if entry is not None]

    def _stat(self, path: str) -> Entry | None:
        place = self._at(path)
        try:
            return _of(place.name, place.is_dir(), place.stat())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _size(self, path: str) -> int | None:
        entry = self._stat(path)
        return None if entry is None or entry.is_folder else entry.size

    def _get(self, path: str, offset: int) -> Iterator[bytes]:
        with self._at(path).open("rb") as file:
            file.seek(offset)
            while block := file.read(BLOCK):
                yield block

    def _put(self, path: str, blocks: Iterator[bytes], offset: int) -> None:
        place = self._at(path)
        with place.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            for block in blocks:
                file.write(block)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def _replace(self, old: str, new: str) -> None:
        os.replace(self._at(old), self._at(new))

    def _delete(self, path: str) -> None:
        self._at(path).unlink(missing_ok=True)

    def _mkdirs(self, folder: str) -> None:
        (self._at(folder) if folder else self._root()).mkdir(parents=True, exist_ok=True)

    def _translated(self, error: Exception, path: str) -> KontorError:
        if isinstance(error, (OSError, EOFError)):
            return failures.network_failure(error, self.target, path)
        return unforeseen(self.target, path, f"{type(error).__name__}: {error}")

    def _status(self, error: Exception) -> int | None:
        return getattr(error, "errno", None)


def _entry(entry: os.DirEntry[str]) -> Entry | None:
    with contextlib.suppress(FileNotFoundError):  # gone meanwhile
        return _of(entry.name, entry.is_dir(), entry.stat())
    return None


def _of(name: str, is_folder: bool, found: os.stat_result) -> Entry:
    return Entry(
        name,
        is_folder,
        None if is_folder else found.st_size,
        datetime.fromtimestamp(found.st_mtime, UTC),
        str(found.st_mtime_ns),
    )
