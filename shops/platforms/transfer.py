"""The fields by which a shop's server for files is entered, and what becomes of them.

A shop of any platform may have such a server beside its own interface (E4), so all their names begin alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import WrongAddress
from backoffice.lib.transfer import Store, Target, open_store
from backoffice.lib.transfer.target import ENCODINGS, KINDS
from shops.platforms.base import Connection, Field

NONE: Final = "none"
MOST_CONNECTIONS: Final = 8
_GROUP: Final = gettext_lazy("Transfer of files")
_SERVERS: Final = ("ftp", "ftps", "sftp")


def _servers(*kinds: str) -> tuple[str, tuple[str, ...]]:
    return ("transfer", kinds or _SERVERS)


KIND: Final = Field(
    "transfer",
    gettext_lazy("Kind of transfer"),
    gettext_lazy(
        "SFTP and FTPS encrypt login and files and prove who the server is. FTP sends the password readable for "
        "everybody on the way: only where there is nothing else."
    ),
    required=False,
    choices=(
        (NONE, gettext_lazy("None: files only at their public addresses")),
        ("sftp", gettext_lazy("SFTP (over SSH)")),
        ("ftps", gettext_lazy("FTPS (FTP with TLS)")),
        ("ftp", gettext_lazy("FTP (not encrypted)")),
        ("folder", gettext_lazy("Folder on Kontor's own host")),
    ),
    default=NONE,
    group=_GROUP,
    guarded=True,
)

OPTIONS: Final[tuple[Field, ...]] = (
    KIND,
    Field(
        "transfer_host",
        gettext_lazy("Host"),
        gettext_lazy("For example ftp.example.com; with another port than usual ftp.example.com:2222."),
        required=False,
        group=_GROUP,
        guarded=True,
        when=_servers(),
    ),
    Field(
        "transfer_folder",
        gettext_lazy("Folder"),
        gettext_lazy(
            "Everything happens below it. Empty = where the login leads to; with / in front it counts from the server's "
            "root. On Kontor's own host it lies below the folder that the administrator has set (EXCHANGE_ROOT)."
        ),
        required=False,
        group=_GROUP,
        guarded=True,
        when=("transfer", KINDS),
    ),
    Field(
        "transfer_key",
        gettext_lazy("Confirmed key of the server"),
        gettext_lazy(
            "“Test settings” shows the server's key and lets you confirm it. Another key is refused."
        ),
        required=False,
        group=_GROUP,
        guarded=True,
        when=_servers("sftp"),
    ),
    Field(
        "transfer_pin",
        gettext_lazy("Confirmed certificate of the server"),
        gettext_lazy(
            "Only for a server whose certificate nobody vouches for: exactly this one is accepted then. “Test settings” "
            "offers it."
        ),
        required=False,
        group=_GROUP,
        guarded=True,
        when=_servers("ftps"),
    ),
    Field(
        "transfer_certificate",
        gettext_lazy("Certificate of your own authority"),
        gettext_lazy("Text that begins with -----BEGIN CERTIFICATE-----. Empty = the usual authorities."),
        required=False,
        lines=True,
        group=_GROUP,
        guarded=True,
        when=_servers("ftps"),
    ),
    Field(
        "transfer_encoding",
        gettext_lazy("Names of files are written in"),
        gettext_lazy("Only old servers need another one than UTF-8."),
        required=False,
        choices=tuple((name, name.upper().replace("CP", "Windows-")) for name in ENCODINGS),
        default="utf-8",
        group=_GROUP,
        guarded=True,
        when=_servers("ftp", "ftps"),
    ),
    Field(
        "transfer_connections",
        gettext_lazy("Connections at once"),
        gettext_lazy("For images and documents; at most 8. Servers often allow two to five for one login."),
        required=False,
        default="2",
        group=_GROUP,
        guarded=True,
        when=_servers(),
    ),
)

CREDENTIALS: Final[tuple[Field, ...]] = (
    Field("transfer_user", gettext_lazy("User"), required=False, group=_GROUP, when=_servers()),
    Field(
        "transfer_password",
        gettext_lazy("Password"),
        secret=True,
        required=False,
        group=_GROUP,
        when=_servers(),
    ),
    Field(
        "transfer_private_key",
        gettext_lazy("Private key"),
        gettext_lazy("In place of the password, or beside it: the whole text from -----BEGIN to -----END."),
        secret=True,
        required=False,
        lines=True,
        group=_GROUP,
        when=_servers("sftp"),
    ),
    Field(
        "transfer_passphrase",
        gettext_lazy("Passphrase of the private key"),
        secret=True,
        required=False,
        group=_GROUP,
        when=_servers("sftp"),
    ),
)


def target_of(options: Mapping[str, str], credentials: Mapping[str, str]) -> Target | None:
    """Where the shop's files go; None when no transfer is chosen. Raises WrongAddress for what cannot be meant."""
    kind = options.get("transfer", "") or NONE
    if kind == NONE:
        return None
    if kind not in KINDS:
        raise WrongAddress(
            _("“%(kind)s” is no kind of transfer.") % {"kind": kind[:40]},
            cure=_("Choose one on the Connection page of the shop."),
            key="transfer",
        )
    host, port = host_and_port(options.get("transfer_host", ""))
    return Target(
        kind=kind,
        host=host,
        port=port,
        user=credentials.get("transfer_user", ""),
        password=credentials.get("transfer_password", ""),
        private_key=credentials.get("transfer_private_key", ""),
        passphrase=credentials.get("transfer_passphrase", ""),
        folder=options.get("transfer_folder", ""),
        host_key=options.get("transfer_key", ""),
        certificate=options.get("transfer_certificate", ""),
        pin=options.get("transfer_pin", ""),
        encoding=options.get("transfer_encoding", "") or "utf-8",
    )


def host_and_port(text: str) -> tuple[str, int]:
    """("ftp.example.com", 2222), port 0 = the usual one. Addresses as "ftp://host/" are understood."""
    text = text.strip()
    text = text.partition("://")[2] or text
    text = text.partition("/")[0].rpartition("@")[2]
    host, colon, port = text.rpartition(":")
    if not colon or (text.count(":") > 1 and not text.startswith("[")):  # a bare IPv6 address
        return text.strip("[]"), 0
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise WrongAddress(
            _("“%(host)s” is no host with a port.") % {"host": text[:100]},
            cure=_("Write it like ftp.example.com or ftp.example.com:2222."),
            key="transfer_host",
        )
    return host.strip("[]"), int(port)


def store_of(connection: Connection) -> Store | None:
    """The shop's server for files, not logged in yet; None when none is chosen."""
    target = target_of(connection.options, connection.credentials)
    return None if target is None else open_store(target, log=connection.line.log)


def connections_of(options: Mapping[str, object]) -> int:
    """How many connections at once the server bears: 1 to MOST_CONNECTIONS."""
    text = str(options.get("transfer_connections") or "2")
    return min(max(int(text), 1), MOST_CONNECTIONS) if text.isascii() and text.isdecimal() else 2
