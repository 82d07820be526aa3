"""SFTP with paramiko. The server's key is compared before the login is sent; no keys or agents of this host are used."""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import io
import posixpath
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import paramiko
from django.utils.translation import gettext as _

from backoffice.lib.errors import BadCredentials, KontorError
from backoffice.lib.http import CallInfo
from backoffice.lib.transfer import failures
from backoffice.lib.transfer.checked import connected
from backoffice.lib.transfer.paths import clean_folder, is_plain
from backoffice.lib.transfer.store import BLOCK, Entry, Store, unforeseen
from backoffice.lib.transfer.target import Target

_KEYS: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


class Sftp(Store):
    raw: ClassVar[tuple[type[Exception], ...]] = (OSError, EOFError, UnicodeError, paramiko.SSHException)

    def __init__(
        self, target: Target, *, log: Callable[[CallInfo], None] | None = None, **options: Any
    ) -> None:
        super().__init__(target, log=log, **options)
        self._transport: paramiko.Transport | None = None
        self._client: paramiko.SFTPClient | None = None
        self._root = ""

    # Login

    def _ensure_open(self) -> None:
        if self._client is not None:
            return
        target = self.target
        private_key = _private_key(target)
        self._transport = _greeted(target)
        try:
            key = self._transport.get_remote_server_key()
            _check_host_key(target, key)
            self._log_in(self._transport, private_key)
            client = paramiko.SFTPClient.from_transport(self._transport)
            if client is None:
                raise paramiko.SSHException("no channel")
            client.get_channel().settimeout(target.timeout_s)  # type: ignore[union-attr]
            self._client = client
            folder = clean_folder(target.folder)
            home = "" if folder.startswith("/") else client.normalize(".")
            self._root = posixpath.join(home, folder).rstrip("/")
        except BaseException:
            self.close()
            raise

    def _log_in(self, transport: paramiko.Transport, private_key: paramiko.PKey | None) -> None:
        target = self.target
        try:
            if private_key is not None:
                still = transport.auth_publickey(target.user, private_key)
                if not still:
                    return
            transport.auth_password(target.user, target.password)
        except paramiko.BadAuthenticationType as error:
            raise BadCredentials(
                _("%(host)s wants another kind of login: %(kinds)s.")
                % {"host": target.name, "kinds": ", ".join(error.allowed_types)},
                cure=_("Enter a private key where “publickey” is asked for, a password where “password” is."),
                detail=str(error),
                key="login_kind",
            ) from error
        except paramiko.AuthenticationException as error:
            raise failures.bad_login(target, f"{target.url()}: {error}") from error

    def close(self) -> None:
        client, self._client = self._client, None
        transport, self._transport = self._transport, None
        with contextlib.suppress(*self.raw):
            if client is not None:
                client.close()
        with contextlib.suppress(*self.raw):
            if transport is not None:
                transport.close()

    @property
    def _open(self) -> paramiko.SFTPClient:
        assert self._client is not None, "_ensure_open comes first"
        return self._client

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root or "/"

    # Looking

    def _list(self, folder: str) -> list[Entry]:
        return [
            entry
            for found in self._open.listdir_attr(self._at(folder))
            if is_plain(found.filename) and (entry := _entry(found.filename, found)) is not None
        ]

    def _stat(self, path: str) -> Entry | None:
        try:
            found = self._open.stat(self._at(path))
        except FileNotFoundError:
            return None
        return _entry(path.rpartition("/")[2], found)

    def _size(self, path: str) -> int | None:
        entry = self._stat(path)
        return None if entry is None or entry.is_folder else entry.size

    # Moving bytes

    def _get(self, path: str, offset: int) -> Iterator[bytes]:
        with self._open.open(self._at(path), "rb") as file:
            file.seek(offset)
            # Many requests under way at once: else each block would cost a round trip.
            file.prefetch(file.stat().st_size)
            while block := file.read(BLOCK):
                yield block

    def _put(self, path: str, blocks: Iterator[bytes], offset: int) -> None:
        with self._open.open(self._at(path), "r+b" if offset else "wb") as file:
            file.seek(offset)
            # Not waiting for each answer makes it fast; only a write that waits sees what became of those before it,
            # so the last one does.
            file.set_pipelined(True)
            held = b""
            try:
                for block in blocks:
                    file.write(held)
                    held = block
            finally:
                file.set_pipelined(False)
                file.write(held)

    def _replace(self, old: str, new: str) -> None:
        try:
            self._open.posix_rename(self._at(old), self._at(new))
        except OSError as error:
            # A server without the extension: a plain rename refuses a name that is taken. A gap cannot be helped.
            if not _unsupported(error):
                raise
            with contextlib.suppress(FileNotFoundError):
                self._open.remove(self._at(new))
            self._open.rename(self._at(old), self._at(new))

    def _delete(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._open.remove(self._at(path))

    def _mkdirs(self, folder: str) -> None:
        place = self._at(folder)
        if self._is_folder(place):
            return
        so_far = "/" if place.startswith("/") else ""
        for name in place.strip("/").split("/"):
            so_far = posixpath.join(so_far, name)
            if not self._is_folder(so_far):
                try:
                    self._open.mkdir(so_far)
                except OSError:
                    if not self._is_folder(so_far):  # somebody else was faster
                        raise

    def _is_folder(self, place: str) -> bool:
        try:
            return stat.S_ISDIR(self._open.stat(place).st_mode or 0)
        except FileNotFoundError:
            return False

    # Errors

    def _translated(self, error: Exception, path: str) -> KontorError:
        target = self.target
        detail = f"{target.url(path)}: {type(error).__name__}: {error}"
        if isinstance(error, UnicodeError):
            return failures.unreadable_names(target, detail)
        if isinstance(error, paramiko.SSHException):
            if any(
                word in str(error).lower() for word in ("reading ssh protocol banner", "protocol version")
            ):
                return failures.not_a_server(target, detail)
            return failures.cut_off(target, detail)
        assert isinstance(error, (OSError, EOFError))
        if type(error) is OSError and error.errno is None:
            # SSH_FX_FAILURE: the protocol has no word for "disk full", servers only say "Failure".
            words = str(error).lower()
            if "space" in words or "quota" in words:
                return failures.no_space(target, detail)
            if "socket is closed" in words or "dropped" in words:
                return failures.cut_off(target, detail)
            return unforeseen(target, path, detail)
        return failures.network_failure(error, target, path)

    def _status(self, error: Exception) -> int | None:
        return getattr(error, "errno", None)


# The server's key


def host_key_line(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.get_base64()}"


def shown_host_key(line: str) -> str:
    """As ssh prints it: "ED25519 SHA256:…"."""
    name, _blank, body = line.strip().partition(" ")
    try:
        digest = hashlib.sha256(base64.b64decode(body.split()[0], validate=True)).digest()
    except (ValueError, IndexError):
        return line[:80]
    kind = name.removeprefix("ssh-").removeprefix("ecdsa-sha2-").upper()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _check_host_key(target: Target, key: paramiko.PKey) -> None:
    shown = host_key_line(key)
    known = " ".join(target.host_key.split()[:2])
    if not known:
        raise failures.host_key_unknown(target, shown, shown_host_key(shown))
    if known != shown:
        raise failures.host_key_changed(target, shown, shown_host_key(shown))


def _greeted(target: Target) -> paramiko.Transport:
    """A transport that has agreed on keys and said nothing of the login."""
    connection = connected(target)
    try:
        transport = paramiko.Transport(connection)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = target.timeout_s
        _prefer_known_type(transport, target.host_key)
        transport.set_keepalive(20)
        transport.start_client(timeout=2 * target.timeout_s)
        if not transport.initial_kex_done:  # it returns without a word when the time is up
            transport.close()
            raise TimeoutError("no keys agreed on in time")
    except BaseException:
        connection.close()
        raise
    return transport


def _prefer_known_type(transport: paramiko.Transport, host_key: str) -> None:
    """A server has several keys; ask for the one that was confirmed, or it would look like a changed key."""
    name = host_key.split(" ")[0]
    options = transport.get_security_options()
    wanted = [kind for kind in options.key_types if kind == name or (name == "ssh-rsa" and "rsa" in kind)]
    if wanted:
        options.key_types = (*wanted, *(kind for kind in options.key_types if kind not in wanted))


def _private_key(target: Target) -> paramiko.PKey | None:
    if not target.private_key.strip():
        return None
    text = target.private_key.strip() + "\n"
    problem = ""
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(text), password=target.passphrase or None)
        except paramiko.PasswordRequiredException as error:
            raise BadCredentials(
                _("The private key is locked with a passphrase."),
                cure=_("Enter the passphrase beside the key."),
                key="passphrase",
            ) from error
        except (paramiko.SSHException, ValueError, UnicodeError, IndexError) as error:
            problem = problem or str(error)
    raise BadCredentials(
        _("The private key cannot be read."),
        cure=_("Paste the whole text, from -----BEGIN to -----END. The passphrase must belong to it."),
        detail=problem[:300],
        key="private_key",
    )


# Small things


def _entry(name: str, found: paramiko.SFTPAttributes) -> Entry | None:
    mode = found.st_mode or 0
    folder = stat.S_ISDIR(mode)
    if mode and not folder and not stat.S_ISREG(mode):
        return None
    moment = datetime.fromtimestamp(found.st_mtime, UTC) if found.st_mtime is not None else None
    return Entry(name, folder, None if folder else found.st_size, moment, str(found.st_mtime or ""))


def _unsupported(error: OSError) -> bool:
    if error.errno is not None:
        return error.errno in (errno.EOPNOTSUPP, errno.ENOSYS)
    words = str(error).lower()
    return any(word in words for word in ("unsupported", "not supported", "unimplemented"))
