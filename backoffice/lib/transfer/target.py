"""Where to: everything that a connection needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["folder", "ftp", "ftps", "sftp"]
KINDS: Final[tuple[Kind, ...]] = ("folder", "ftp", "ftps", "sftp")
PORTS: Final[dict[str, int]] = {"ftp": 21, "ftps": 21, "sftp": 22}
# What old servers list names in, beside UTF-8.
ENCODINGS: Final = ("utf-8", "cp1250", "iso-8859-2", "cp1252")


@dataclass(frozen=True, slots=True)
class Target:
    """One login on one server, and the folder below which everything happens.

    folder:       "" = where the login leads to; "/www/files" = from the server's root. Of kind "folder": below
                  settings.EXCHANGE_ROOT, so that nobody can point Kontor at other files of this host.
    private_key:  an OpenSSH or PEM text, of kind "sftp" beside or instead of the password.
    host_key:     "ssh-ed25519 AAAA...": the only key that an SFTP server may show. "" = none is accepted.
    certificate:  PEM of own certification authorities, trusted beside the system's (FTPS).
    pin:          SHA-256 of the server's certificate in hexadecimal: exactly this one is accepted, whoever issued it.
    encoding:     of names on an FTP server.
    timeout_s:    for each answer, not for a whole file.
    """

    kind: Kind
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    folder: str = ""
    host_key: str = ""
    certificate: str = field(default="", repr=False)
    pin: str = ""
    encoding: str = "utf-8"
    timeout_s: float = 30.0

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not stand in any log."""
        return tuple(value for value in (self.password, self.passphrase, self.private_key) if value)

    @property
    def actual_port(self) -> int:
        return self.port or PORTS.get(self.kind, 0)

    @property
    def name(self) -> str:
        """What staff know the server by: "ftp.example:2121"."""
        if self.kind == "folder":
            return self.folder or "."
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.actual_port == PORTS[self.kind] else f"{host}:{self.actual_port}"

    def url(self, path: str = "") -> str:
        """For logs; without the login."""
        if self.kind == "folder":
            return f"folder:{self.folder}/{path}"
        return f"{self.kind}://{self.name}/{path.lstrip('/')}"
