"""The interface that all kinds of transfer share, and what is the same for all: retries, resuming, the last rename."""

from __future__ import annotations

import logging
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import BinaryIO, ClassVar, Final, Self, TypeVar

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused, Retriable, UnexpectedAnswer
from backoffice.lib.http import CallInfo
from backoffice.lib.secrets import redact
from backoffice.lib.transfer import failures
from backoffice.lib.transfer.paths import clean_path
from backoffice.lib.transfer.target import Target

logger = logging.getLogger(__name__)
T = TypeVar("T")

TRIES: Final = 3
BLOCK: Final = 64 * 1024
BACKOFF_S: Final = 0.5
# No further try begins when those before took longer together: a slice of a run has an end.
PATIENCE_S: Final = 45.0
# What an unfinished upload is called: "stock.xml.3f9a02.part".
PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder. size in bytes, None = the server does not say.

    modified_at: aware UTC, where the server gives it with its zone. stamp: what the server said, to compare with later.
    """

    name: str
    is_folder: bool
    size: int | None = None
    modified_at: datetime | None = None
    stamp: str = ""


class Paused(Exception):
    """should_stop said yes in the middle of a file; what is on the server already is kept for the next try."""


def never() -> bool:
    return False


class Store(ABC):
    """One login; one thread at a time. Paths are below the target's folder: "export/stock.xml".

    Every method raises KontorError only (failures.py), BadPath for a path that leads elsewhere; a broken connection is
    opened anew, and what was under way taken up again or repeated, TRIES times at most.

    log: called with a CallInfo after every command. sleep: between two tries.
    raw: what the library of this kind of transfer raises; nothing else is expected out of it.
    """

    raw: ClassVar[tuple[type[Exception], ...]] = (OSError, EOFError, UnicodeError)

    def __init__(
        self,
        target: Target,
        *,
        log: Callable[[CallInfo], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.target = target
        self._note = log
        self._sleep = sleep
        self._made: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What others call

    def note_to(self, log: Callable[[CallInfo], None] | None) -> None:
        """From now on tell `log` of every command."""
        self._note = log

    def open(self) -> None:
        """Log in now, rather than with the first command."""
        self._do("LOGIN", "", self._ensure_open)

    def entries(self, folder: str = "") -> list[Entry]:
        """What lies in the folder, in no order, in one listing. Raises Missing."""
        return self._do("LIST", folder, lambda: self._list(self._checked(folder)))

    def stat(self, path: str) -> Entry | None:
        """None = there is no such file."""
        return self._do("STAT", path, lambda: self._stat(clean_path(path)))

    def read(self, path: str, target: BinaryIO, *, max_bytes: int) -> int:
        """Append the file's content to `target`; how many bytes. A cut download goes on where it broke off.

        Raises Missing, and Refused when the file is larger than max_bytes.
        """
        begin = target.tell()

        def get() -> int:
            clean_path(path)
            for block in self._get(path, target.tell() - begin):
                target.write(block)
                if target.tell() - begin > max_bytes:
                    raise too_large(self.target, path, max_bytes)
            return target.tell() - begin

        return self._do("READ", path, get)

    def write(
        self,
        path: str,
        source: BinaryIO,
        *,
        size: int,
        mark: str = "",
        should_stop: Callable[[], bool] = never,
    ) -> None:
        """Send `source` (seekable, `size` bytes) under a temporary name, compare the size, then rename.

        A file that has the name already is replaced. mark: names the content (a part of its checksum): an upload with
        the same mark that was cut before, also by another process, goes on where it ended. Without a mark it begins anew.
        Raises Paused when should_stop said yes between two blocks; then a later call with the same mark goes on.
        """
        clean_path(path)
        part = f"{path}.{mark or secrets.token_hex(4)}{PART}"

        def put() -> None:
            offset = self._resumable(part, size) if mark or put_before else 0
            put_before.append(True)
            source.seek(offset)
            self._put(part, _blocks(source, should_stop), offset)
            there = self._size(part)
            if there != size:
                self._delete(part)
                raise failures.cut_off(
                    self.target, f"{self.target.url(part)}: {there} bytes instead of {size}"
                )

        put_before: list[bool] = []
        self._do("WRITE", path, put, size=size)
        self._do("RENAME", path, lambda: self._finish(part, path, size))

    def rename(self, old: str, new: str) -> None:
        """Move a file; one that has the new name is replaced. Raises Missing."""
        clean_path(old)
        clean_path(new)
        tried: list[bool] = []

        def rename() -> None:
            if tried and self._size(old) is None and self._size(new) is not None:
                return  # the answer to the first try was lost, not the rename
            tried.append(True)
            self._replace(old, new)

        self._do("RENAME", f"{old} → {new}", rename)

    def delete(self, path: str) -> None:
        """A file that is gone already is a success."""
        self._do("DELETE", path, lambda: self._delete(clean_path(path)))

    def mkdirs(self, folder: str) -> None:
        """Make the folder and those above it, where they are missing. "" = the target's own folder."""
        if folder not in self._made:
            self._do("MKDIR", folder, lambda: self._mkdirs(self._checked(folder)))
            self._made.add(folder)

    @abstractmethod
    def close(self) -> None:
        """Log out. Never raises; the store may be used again afterwards."""

    # What each kind of transfer does. Raw errors of its library come out and are translated by `_translated`.

    @abstractmethod
    def _ensure_open(self) -> None: ...

    @abstractmethod
    def _list(self, folder: str) -> list[Entry]: ...

    @abstractmethod
    def _stat(self, path: str) -> Entry | None: ...

    @abstractmethod
    def _size(self, path: str) -> int | None: ...

    @abstractmethod
    def _get(self, path: str, offset: int) -> Iterator[bytes]: ...

    @abstractmethod
    def _put(self, path: str, blocks: Iterator[bytes], offset: int) -> None: ...

    @abstractmethod
    def _replace(self, old: str, new: str) -> None: ...

    @abstractmethod
    def _delete(self, path: str) -> None: ...

    @abstractmethod
    def _mkdirs(self, folder: str) -> None: ...

    @abstractmethod
    def _translated(self, error: Exception, path: str) -> KontorError: ...

    @abstractmethod
    def _status(self, error: Exception) -> int | None:
        """The server's own number of the failure, for the log."""

    # Shared

    @staticmethod
    def _checked(folder: str) -> str:
        return clean_path(folder) if folder else ""

    def _resumable(self, part: str, size: int) -> int:
        """How much of this upload is on the server already; more than the whole file is of no use."""
        there = self._size(part)
        if there is None:
            return 0
        if there > size:
            self._delete(part)
            return 0
        return there

    def _finish(self, part: str, path: str, size: int) -> None:
        if self._size(part) is None:
            if self._size(path) == size:
                return  # the answer to the first try was lost, not the rename
            raise failures.missing(self.target, part)
        self._replace(part, path)

    def _do(self, verb: str, path: str, work: Callable[[], T], *, size: int = 0) -> T:
        """Do it, with a fresh connection where the old one broke. Paused and KontorErrors out of `work` pass."""
        began = time.monotonic()
        for attempt in range(1, TRIES + 1):
            started = time.monotonic()
            failure: KontorError | None = None
            status = None
            try:
                self._ensure_open()
                return work()
            except KontorError as error:
                failure = error
            except self.raw as error:
                failure = self._translated(error, path)
                status = self._status(error)
                failure.__cause__ = error
            finally:
                self._report(verb, path, status, started, size, failure)
            if isinstance(failure, Retriable):
                self.close()
            tired = time.monotonic() - began > PATIENCE_S
            if not self._worth_repeating(failure) or attempt == TRIES or tired:
                raise failure
            self._sleep(BACKOFF_S * 2 ** (attempt - 1))
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _worth_repeating(failure: KontorError) -> bool:
        return isinstance(failure, Retriable) and not isinstance(failure, failures.NoSpace)

    def _report(
        self, verb: str, path: str, status: int | None, started: float, size: int, failure: KontorError | None
    ) -> None:
        seconds = time.monotonic() - started
        url = self.target.url(path)
        error = ""
        if failure is not None:
            error = redact(
                f"{type(failure).__name__}: {failure.detail or failure.message}", self.target.secrets
            )
        logger.info("%s %s %.3f s %s", verb, url, seconds, error)
        if self._note is not None:
            self._note(CallInfo(verb, url, status, round(seconds, 4), size, error, "", "", ""))


def _blocks(source: BinaryIO, should_stop: Callable[[], bool]) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block
        if should_stop():
            raise Paused


def too_large(target: Target, path: str, max_bytes: int) -> Refused:
    return Refused(
        _("“%(path)s” on %(host)s is larger than %(size)d MB.")
        % {"path": path, "host": target.name, "size": max_bytes // 2**20},
        cure=_("Have the sender split it into several files."),
        key="too_large",
    )


def unforeseen(target: Target, path: str, text: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("%(host)s answered something that Kontor does not understand.") % {"host": target.name},
        cure=_("Test the settings. If they are right, show the technical text to the server's provider."),
        detail=f"{target.url(path)}: {text}",
        key="answer",
    )
