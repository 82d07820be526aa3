"""FTP, and FTPS by AUTH TLS ("explicit"), with the standard library's ftplib; always passive.

Facts from file-ftp.md (9), tried against servers: FTP_TLS() without a context verifies nothing; Python does not reuse
the TLS session on data connections, which vsftpd and FileZilla Server demand; SIZE needs TYPE I; MKD makes no parents,
and answers 550 for a folder that exists; 550 means missing, present and forbidden alike, so the step decides.
"""

from __future__ import annotations

import contextlib
import ftplib
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from backoffice.lib.errors import KontorError
from backoffice.lib.http import CallInfo
from backoffice.lib.transfer import failures
from backoffice.lib.transfer.checked import CheckedFtp, CheckedFtps
from backoffice.lib.transfer.listing import ftp_time, mlsx_entry, parse_list
from backoffice.lib.transfer.paths import clean_folder, is_plain
from backoffice.lib.transfer.store import BLOCK, Entry, Paused, Store, unforeseen
from backoffice.lib.transfer.target import Target
from backoffice.lib.transfer.tls import check_pin, context_for

_NOT_IMPLEMENTED = frozenset({500, 501, 502, 504, 522})
_FULL = frozenset({452, 552})
WHY_S = 5.0


class _Tls(CheckedFtps):
    """Looks at the certificate of every connection, and reuses the session of the control connection for data."""

    target: Target

    def auth(self) -> str:
        answer = super().auth()
        check_pin(self.sock, self.target)  # type: ignore[arg-type]
        return answer

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321  it is wrapped below
        if not self._prot_p:  # type: ignore[attr-defined]
            return connection, size
        session = self.sock.session  # type: ignore[union-attr]
        wrapped = self.context.wrap_socket(connection, server_hostname=self.host, session=session)
        check_pin(wrapped, self.target)
        return wrapped, size


class Ftp(Store):
    """Paths are made absolute at once, so that the working folder does not matter."""

    raw: ClassVar[tuple[type[Exception], ...]] = (*ftplib.all_errors, UnicodeError)

    def __init__(
        self, target: Target, *, log: Callable[[CallInfo], None] | None = None, **options: Any
    ) -> None:
        super().__init__(target, log=log, **options)
        self._ftp: ftplib.FTP | None = None
        self._root = ""
        self._features: frozenset[str] = frozenset()
        self._no_mlsd = False

    # Login

    def _ensure_open(self) -> None:
        if self._ftp is None:
            self._ftp = self._connect()

    def _connect(self) -> ftplib.FTP:
        target = self.target
        options: dict[str, Any] = {"timeout": target.timeout_s, "encoding": target.encoding}
        ftp: CheckedFtp
        if target.kind == "ftps":
            ftp = secure = _Tls(context=context_for(target), **options)
            secure.target = target
        else:
            ftp = CheckedFtp(**options)  # old servers speak nothing else; the form says what it means
        try:
            ftp.greet(target)
            if isinstance(ftp, ftplib.FTP_TLS):
                ftp.auth()
            ftp.login(target.user, target.password)
            if isinstance(ftp, ftplib.FTP_TLS):
                ftp.prot_p()
            self._features = _features(ftp)
            if "UTF8" in self._features and target.encoding == "utf-8":
                with contextlib.suppress(
                    ftplib.error_perm
                ):  # many take it for granted and refuse the command
                    ftp.sendcmd("OPTS UTF8 ON")
            ftp.voidcmd("TYPE I")
            self._root = self._folder(ftp)
        except BaseException:
            ftp.close()
            raise
        return ftp

    def _folder(self, ftp: ftplib.FTP) -> str:
        folder = clean_folder(self.target.folder)
        if folder.startswith("/"):
            return folder.rstrip("/")
        home = ftp.pwd().rstrip("/")
        return f"{home}/{folder}" if folder else home

    def close(self) -> None:
        ftp, self._ftp = self._ftp, None
        if ftp is not None:
            # Not QUIT: a server that hangs would make us wait for its answer.
            with contextlib.suppress(*self.raw):
                ftp.close()

    @property
    def _open(self) -> ftplib.FTP:
        assert self._ftp is not None, "_ensure_open comes first"
        return self._ftp

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root or "/"

    # Looking

    def _list(self, folder: str) -> list[Entry]:
        place = self._at(folder)
        if not self._no_mlsd:
            try:
                return [
                    entry
                    for name, facts in self._mlsd(place)
                    if is_plain(name) and (entry := mlsx_entry(name, facts)) is not None
                ]
            except ftplib.error_perm as error:
                if _code(error) not in _NOT_IMPLEMENTED:
                    self._missing_rather(error, folder, self._is_folder(place))
                    raise
                self._no_mlsd = True
        if not self._is_folder(place):
            raise failures.missing(self.target, folder)
        return self._list_for_people()

    def _missing_rather(self, error: ftplib.error_perm, path: str, there: bool) -> None:
        """550 says missing and forbidden alike: what cannot even be seen is called missing."""
        if _code(error) == 550 and not there:
            raise failures.missing(self.target, path, str(error)) from error

    def _mlsd(self, place: str) -> list[tuple[str, dict[str, str]]]:
        with self._in_text():
            return list(self._open.mlsd(place))

    @contextlib.contextmanager
    def _in_text(self) -> Iterator[None]:
        """ftplib switches to TYPE A for a listing and leaves it so: files would be sent as text, SIZE be refused."""
        try:
            yield
        finally:
            with contextlib.suppress(*self.raw):
                self._open.voidcmd("TYPE I")

    def _list_for_people(self) -> list[Entry]:
        """LIST of the working folder: many servers take a blank in an argument for the end of it."""
        lines: list[str] = []
        with self._in_text():
            self._open.retrlines("LIST", lines.append)
        found = parse_list(lines)
        if found is None:
            found = [self._asked(name) for name in self._names()]
        return [entry for entry in found if is_plain(entry.name)]

    def _names(self) -> list[str]:
        """NLST of the working folder. Some servers answer 550 where there is nothing."""
        names: list[str] = []
        try:
            with self._in_text():
                self._open.retrlines("NLST", names.append)
        except ftplib.error_perm as error:
            if _code(error) != 550:
                raise
        return [name.rpartition("/")[2] for name in names if name not in (".", "..")]

    def _asked(self, name: str) -> Entry:
        size = self._size_of(name)
        stamp = ""
        with contextlib.suppress(ftplib.error_perm):
            stamp = self._open.sendcmd(f"MDTM {name}")[4:].strip()
        return Entry(name, size is None, size, ftp_time(stamp), stamp)

    def _stat(self, path: str) -> Entry | None:
        name = path.rpartition("/")[2]
        if "MLST" in self._features:
            try:
                lines = self._open.sendcmd(f"MLST {self._at(path)}").splitlines()
            except ftplib.error_perm as error:
                if _code(error) not in _NOT_IMPLEMENTED:
                    return None
            else:
                facts = _facts(lines[1].strip()) if len(lines) > 2 else {}
                return mlsx_entry(name, facts)
        size = self._size(path)
        if size is not None:
            return Entry(name, False, size)
        return Entry(name, True) if self._is_folder(self._at(path)) else None

    def _size(self, path: str) -> int | None:
        return self._size_of(self._at(path))

    def _size_of(self, place: str) -> int | None:
        try:
            return self._open.size(place)
        except ftplib.error_perm as error:
            if _code(error) in (530, 534, 535):
                raise
            return None

    def _is_folder(self, place: str) -> bool:
        try:
            self._open.cwd(place or "/")
        except ftplib.error_perm as error:
            if _code(error) == 530:
                raise
            return False
        return True

    # Moving bytes

    def _get(self, path: str, offset: int) -> Iterator[bytes]:
        try:
            opened = self._open.transfercmd(f"RETR {self._at(path)}", offset or None)
        except ftplib.error_perm as error:
            self._missing_rather(error, path, self._size(path) is not None)
            raise
        with opened as connection:
            while block := connection.recv(BLOCK):
                yield block
            _unwrap(connection)
        self._open.voidresp()

    def _put(self, path: str, blocks: Iterator[bytes], offset: int) -> None:
        with self._open.transfercmd(f"STOR {self._at(path)}", offset or None) as connection:
            paused: Paused | None = None
            try:
                for block in blocks:
                    connection.sendall(block)
            except Paused as stop:
                paused = stop
            except OSError:
                self._ask_why()
                raise
            _unwrap(connection)
        # Also of half a file: a server that is hung up on throws away what it has not written yet.
        self._open.voidresp()
        if paused is not None:
            raise paused

    def _ask_why(self) -> None:
        """A server that hangs up in the middle of an upload may say why: no space, no right. Raises what it says."""
        if self._open.sock is not None:
            self._open.sock.settimeout(min(self.target.timeout_s, WHY_S))
        with contextlib.suppress(OSError, EOFError):
            self._open.voidresp()

    def _replace(self, old: str, new: str) -> None:
        try:
            self._open.rename(self._at(old), self._at(new))
        except ftplib.error_perm as error:
            self._missing_rather(error, old, self._size(old) is not None)
            # Windows servers do not rename onto a file that is there. A gap of one command cannot be helped.
            if _code(error) not in (550, 553) or self._size(new) is None:
                raise
            self._open.delete(self._at(new))
            self._open.rename(self._at(old), self._at(new))

    def _delete(self, path: str) -> None:
        try:
            self._open.delete(self._at(path))
        except ftplib.error_perm as error:
            if _code(error) != 550 or self._size(path) is not None:
                raise

    def _mkdirs(self, folder: str) -> None:
        place = self._at(folder)
        if self._is_folder(place):
            return
        so_far = "/" if place.startswith("/") else ""
        for name in place.strip("/").split("/"):
            so_far = f"{so_far.rstrip('/')}/{name}" if so_far else name
            try:
                self._open.mkd(so_far)
            except ftplib.error_perm:
                if not self._is_folder(so_far):  # 550 for a folder that exists
                    raise

    # Errors

    def _translated(self, error: Exception, path: str) -> KontorError:
        target = self.target
        detail = f"{target.url(path)}: {type(error).__name__}: {error}"
        if isinstance(error, UnicodeError):
            return failures.unreadable_names(target, detail)
        if isinstance(error, ftplib.Error):
            return _refusal(error, target, path, detail)
        assert isinstance(error, (OSError, EOFError))
        return failures.network_failure(error, target, path)

    def _status(self, error: Exception) -> int | None:
        return _code(error) if isinstance(error, ftplib.Error) else None


def _refusal(error: ftplib.Error, target: Target, path: str, detail: str) -> KontorError:
    code, text = _code(error), str(error).lower()
    if code in _FULL or "no space" in text or "quota" in text or "insufficient" in text:
        return failures.no_space(target, detail)
    if code == 530:
        return (
            failures.tls_required(target, detail)
            if "tls" in text or "ssl" in text
            else failures.bad_login(target, detail)
        )
    if code in (534, 522, 550) and ("tls" in text or "ssl" in text):
        return failures.tls_required(target, detail)
    if code in (500, 502, 504, 534) and target.kind == "ftps" and not path:
        return failures.not_a_server(target, detail)
    if code in (331, 332, 430):
        return failures.bad_login(target, detail)
    if code is not None and 400 <= code < 500:
        return failures.busy(target, detail)
    if code in (550, 553):
        gone = ("no such", "not found", "doesn't exist", "does not exist", "cannot find", "not exist")
        if any(words in text for words in gone):
            return failures.missing(target, path, detail)
        return failures.no_right(target, path, detail)
    if code is None:
        return failures.not_a_server(target, detail)
    return unforeseen(target, path, detail)


def _code(error: Exception) -> int | None:
    text = str(error)[:3]
    return int(text) if text.isdecimal() and len(text) == 3 else None


def _features(ftp: ftplib.FTP) -> frozenset[str]:
    try:
        lines = ftp.sendcmd("FEAT").splitlines()
    except ftplib.error_perm:
        return frozenset()
    return frozenset(line.split()[0].upper() for line in lines[1:-1] if line.split())


def _facts(line: str) -> dict[str, str]:
    facts, _blank, _name = line.partition(" ")
    return {
        key.lower(): value for key, _sign, value in (fact.partition("=") for fact in facts.split(";")) if key
    }


def _unwrap(connection: socket.socket) -> None:
    """TLS says goodbye, so that a cut file is told from a whole one; who hangs up without it is forgiven: sizes are compared."""
    if isinstance(connection, ssl.SSLSocket):
        with contextlib.suppress(OSError, ssl.SSLError):
            connection.unwrap()
