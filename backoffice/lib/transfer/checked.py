"""Connections to servers for files, only where Kontor may talk to (backoffice.lib.targets)."""

from __future__ import annotations

import ftplib
import socket

from backoffice.lib import http_errors, targets
from backoffice.lib.transfer.target import Target


def connected(target: Target) -> socket.socket:
    """Raises WrongAddress (private_target) where PRIVATE_TARGETS does not allow it; OSError as sockets do."""
    try:
        return targets.connect(target.host, target.actual_port, target.timeout_s)
    except targets.PrivateTarget as error:
        raise http_errors.private_target(error, target.url("")) from None


class CheckedFtp(ftplib.FTP):
    """Data connections go to the same address: ftplib believes only the port that a server names (PASV, EPSV)."""

    trust_server_pasv_ipv4_address = False

    def greet(self, target: Target) -> None:
        """In place of ftplib's connect(), which would ask DNS by itself."""
        self.host, self.port = target.host, target.actual_port
        self.sock = connected(target)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()  # type: ignore[attr-defined]


class CheckedFtps(CheckedFtp, ftplib.FTP_TLS):
    pass
