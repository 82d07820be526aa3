"""Straight on the shop's MySQL or MariaDB, by PyMySQL."""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pymysql
from django.utils.translation import gettext as _
from pymysql.constants import CLIENT

from backoffice.lib import http_errors, targets
from backoffice.lib.errors import RateLimited, RemoteError, Retriable, UnexpectedAnswer, WrongAddress
from backoffice.lib.http_errors import NOTHING_DONE
from shops.platforms.base import Line
from shops.platforms.oscommerce.complaints import error_of
from shops.platforms.oscommerce.gateway import Call, Gateway, Reply
from shops.platforms.oscommerce.operations import OPERATIONS
from shops.platforms.oscommerce.statements import Operation, render

logger = logging.getLogger(__name__)

TRIES: Final = 3
CONNECT_S: Final = 10
BACKOFF_S: Final = 0.5
# Hosts close a silent connection after half a minute; a statement that must not be sent twice is not risked on it.
SILENT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Login:
    """tls: "" = if the server offers it; "required" = or not at all; "ca" = and the issuer of its certificate is
    checked; "verify" = and the name in it. ca: certificates in PEM form, "" = those that this machine trusts.
    """

    host: str
    user: str
    password: str
    database: str
    port: int = 3306
    tls: str = ""
    ca: str = ""


class DirectGateway(Gateway):
    """One connection, opened when it is first needed and again when it was lost. Each statement is a call of the log."""

    def __init__(self, login: Login, prefix: str, line: Line) -> None:
        self.login = login
        self.prefix = prefix
        self.line = line
        self._connection: pymysql.connections.Connection[Any] | None = None
        self._names = ""
        self._used_at = 0.0
        line.on_close(self.close)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(pymysql.Error, OSError):
                connection.close()

    def run(self, calls: Sequence[Call]) -> list[Reply]:
        return [self._run(call) for call in calls]

    def _run(self, call: Call) -> Reply:
        operation = OPERATIONS[call.name]
        sql = render(operation, call.values, prefix=self.prefix, encode=self.texts.encode)
        for tries in range(1, TRIES + 1):
            try:
                return self._try(call, operation, sql)
            except Retriable as error:
                may_repeat = operation.again or isinstance(error, NOTHING_DONE) or error.key == "locked"
                if tries == TRIES or not may_repeat or isinstance(error, RateLimited):
                    raise
                time.sleep(BACKOFF_S * tries * random.uniform(0.5, 1.5))
        raise AssertionError("the last try returns or raises")

    def _try(self, call: Call, operation: Operation, sql: bytes) -> Reply:
        connection = self._ready(operation)
        address = f"mysql://{self.login.host}/{self.login.database} {call.name}"
        said = sql[:4000].decode("utf-8", "replace")
        return self.line.call("SQL", address, said, lambda: self._execute(connection, call, sql))

    def _execute(self, connection: pymysql.connections.Connection[Any], call: Call, sql: bytes) -> Reply:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)  # type: ignore[arg-type]
                names = [column[0] for column in cursor.description or ()]
                rows = tuple(self._row(names, cells) for cells in cursor.fetchall()) if names else ()
                reply = Reply(rows, matched=cursor.rowcount, new_id=cursor.lastrowid or 0)
                warned = cursor.warning_count if OPERATIONS[call.name].writes else 0
            warnings = connection.show_warnings() if warned else ()
        except (pymysql.Error, OSError) as error:
            failure = self._translated(error, call.name)
            if failure.key != "locked":
                self.close()
            raise failure from None
        except (
            Exception
        ) as error:  # PyMySQL, over an answer that is none: its errors there have no common class
            self.close()
            raise _nonsense(self.login.host, call.name, error) from None
        self._used_at = time.monotonic()
        self.checked(call, [(int(code), _plain(said)) for _level, code, said in warnings or ()])
        return reply

    def _row(self, names: Sequence[str], cells: Sequence[bytes | None]) -> dict[str, str | None]:
        decode = self.texts.decode
        return {name: None if cell is None else decode(cell) for name, cell in zip(names, cells, strict=True)}

    # The connection

    def _ready(self, operation: Operation) -> pymysql.connections.Connection[Any]:
        """The connection, with the shop's character set on it."""
        if self._connection is not None and not operation.again:
            silent_s = time.monotonic() - self._used_at
            if silent_s > SILENT_S:
                self.close()
        if self._connection is None:
            address = f"mysql://{self.login.host}/{self.login.database} connect"
            self._connection = self.line.call("SQL", address, "", self._connect)
            self._used_at = time.monotonic()
        if self._names != self.texts.names:
            self._set_names(self._connection)
        return self._connection

    def _set_names(self, connection: pymysql.connections.Connection[Any]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET NAMES {self.texts.names}")
        except (pymysql.Error, OSError) as error:
            self.close()
            raise self._translated(error, "set names") from None
        self._names = self.texts.names

    def _connect(self) -> pymysql.connections.Connection[Any]:
        tls = self._tls()
        try:
            return self._connected(tls)
        except targets.PrivateTarget as error:
            raise http_errors.private_target(error, f"mysql://{self.login.host}:{self.login.port}") from None
        except (pymysql.Error, OSError) as error:
            raise self._translated(error, "connect") from None
        except Exception as error:  # as in _execute
            raise _nonsense(self.login.host, "connect", error) from None

    def _connected(self, tls: dict[str, Any]) -> pymysql.connections.Connection[Any]:
        login, connect_s = self.login, min(CONNECT_S, max(int(self.line.timeout_s), 1))
        connection: pymysql.connections.Connection[Any] = pymysql.connect(
            host=login.host,
            port=login.port,
            user=login.user,
            password=login.password.encode(),
            database=login.database,
            # Until it is told otherwise, as the oldest shops connect; texts travel as bytes in both directions.
            charset="latin1",
            use_unicode=False,
            conv={},
            # What the shops use; a strict mode breaks inserts into tables that an add-on has widened.
            sql_mode="",
            # The reads of one slice must not keep the first picture of the tables for ever.
            autocommit=True,
            # An update that finds its row and changes nothing has found it.
            client_flag=CLIENT.FOUND_ROWS,
            connect_timeout=connect_s,
            defer_connect=True,
            read_timeout=self.line.timeout_s,
            write_timeout=self.line.timeout_s,
            **tls,
        )
        connection.connect(self._socket(connect_s))
        self._names = "latin1"
        return connection

    def _socket(self, connect_s: int) -> socket.socket:
        """Only where Kontor may talk to. Raises targets.PrivateTarget, and what PyMySQL raises without a way."""
        try:
            found = targets.connect(self.login.host, self.login.port, connect_s)
        except OSError as error:
            words = f"Can't connect to MySQL server on {self.login.host!r} ({error})"
            raise pymysql.err.OperationalError(2003, words) from error
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return found

    def _tls(self) -> dict[str, Any]:
        if not self.login.tls:
            return {}
        try:
            return {"ssl": _context(self.login.tls, self.login.ca)}
        except (OSError, ssl.SSLError) as error:
            raise WrongAddress(
                _("The certificate of the shop's database cannot be read."),
                cure=_(
                    "Paste the CA certificate as text in PEM form: it begins with -----BEGIN CERTIFICATE-----."
                ),
                detail=str(error),
                key="ca",
            ) from None

    def _translated(self, error: Exception, where: str) -> RemoteError:
        code, said = _code_of(error)
        if "CERTIFICATE_VERIFY_FAILED" in said or "certificate" in said.lower():
            return WrongAddress(
                _("The certificate of the shop's database is not trusted."),
                cure=_(
                    "Enter the CA certificate that the shop's host gives out, or choose “Encrypted, not checked”."
                ),
                detail=said[:300],
                key="tls_untrusted",
            )
        if "SSL" in said and code in (0, 2003, 2026):
            return WrongAddress(
                _("The shop's database does not speak TLS."),
                cure=_("Choose “If offered” under “Encryption”, or ask the shop's host to switch TLS on."),
                detail=said[:300],
                key="tls",
            )
        if code == 0 and not isinstance(error, OSError):
            return _nonsense(self.login.host, where, error)
        return error_of(code or 2013, said, where=where)


def _code_of(error: Exception) -> tuple[int, str]:
    """MySQL's number and words; 0 where the error is none of MySQL's."""
    args = error.args
    if isinstance(error, pymysql.Error) and args and isinstance(args[0], int):
        return args[0], str(args[1]) if len(args) > 1 else ""
    return 0, f"{type(error).__name__} {error}"


def _context(tls: str, ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=ca or None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # MySQL makes itself certificates that are not strict
    context.check_hostname = tls == "verify"
    if tls == "required":
        context.verify_mode = ssl.CERT_NONE
    return context


def _nonsense(host: str, where: str, error: Exception) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("%(host)s answers, but not as a MySQL database does.") % {"host": host},
        cure=_("Check host and port; 3306 is the usual port of MySQL."),
        detail=f"{where}: {type(error).__name__} {error}"[:500],
        key="not_mysql",
    )


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
