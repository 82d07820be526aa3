"""From a target to the store that reaches it."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from backoffice.lib.errors import BadCredentials, WrongAddress
from backoffice.lib.http import CallInfo
from backoffice.lib.transfer.folder import Folder
from backoffice.lib.transfer.ftp import Ftp
from backoffice.lib.transfer.paths import clean_folder
from backoffice.lib.transfer.sftp import Sftp
from backoffice.lib.transfer.store import Store
from backoffice.lib.transfer.target import Target

_STORES: dict[str, type[Store]] = {"folder": Folder, "ftp": Ftp, "ftps": Ftp, "sftp": Sftp}


def open_store(target: Target, *, log: Callable[[CallInfo], None] | None = None) -> Store:
    """A store that logs in with its first command. Raises WrongAddress without a host, BadPath for a bad folder."""
    clean_folder(target.folder)
    if target.kind != "folder" and not target.host.strip():
        raise WrongAddress(
            _("No server is entered for the transfer of files."),
            cure=_("Enter the host on the shop's Connection page, for example ftp.example.com."),
            key="no_host",
        )
    if any(ord(sign) < 32 for sign in target.user + target.password + target.host):
        raise BadCredentials(
            _("The login holds characters that no server takes, a line break for example."),
            cure=_("Enter user and password anew, without line breaks."),
            key="login",
        )
    return _STORES[target.kind](target, log=log)
