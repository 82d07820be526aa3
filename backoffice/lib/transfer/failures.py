"""What goes wrong with files on other servers, in Kontor's errors.

Each carries a `key` that tells the cases apart: dns, refused, connect, connect_timeout, answer_timeout, cut, busy,
login, tls_required, tls_name, tls_expired, tls_untrusted, tls_plain, tls, host_key_unknown, host_key_changed,
pin_changed, no_space, no_right, missing, names, not_a_server.
"""

from __future__ import annotations

import errno
import socket
import ssl

from django.utils.translation import gettext as _

from backoffice.lib.errors import (
    BadCredentials,
    KontorError,
    MissingPermission,
    RemoteDown,
    RemoteError,
    Retriable,
    ShopStopped,
    TimedOut,
    Unreachable,
    WrongAddress,
)
from backoffice.lib.transfer.target import Target

_EXPIRED = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 63, 64})
_PLAIN_REASONS = frozenset({"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"})
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class BadPath(KontorError):
    """A name that would lead out of the folder, or that not every server can store."""

    code = "bad_path"


class Missing(RemoteError):
    """There is no such file or folder."""

    code = "missing"


class NoSpace(Retriable):
    code = "no_space"


class Untrusted(ShopStopped):
    """The server cannot prove who it is: an unknown or changed host key, an unverifiable or changed certificate.

    data: {"host_key": the key it shows} or {"pin": SHA-256 of its certificate}, for a person to compare and confirm.
    """

    code = "untrusted"


def _later() -> str:
    return _(
        "Nothing needs to be done at first, the work is tried again. If it lasts, tell the server's provider."
    )


def network_failure(error: OSError | EOFError, target: Target, path: str) -> KontorError:
    """Of a socket, of TLS, or of a folder on this host."""
    values = {"host": target.name}
    detail = f"{target.url(path)}: {type(error).__name__}: {error}"
    if isinstance(error, ssl.SSLError):
        return _tls_failure(error, target, detail)
    if isinstance(error, socket.gaierror):
        return Unreachable(
            _("There is no server called %(host)s, or its name cannot be looked up now.") % values,
            cure=_("Check the spelling of the host."),
            detail=detail,
            key="dns",
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(
            _("%(host)s refuses the connection.") % values,
            cure=_("Check host and port, and whether the server's firewall lets Kontor in."),
            detail=detail,
            key="refused",
        )
    if isinstance(error, TimeoutError):
        return TimedOut(
            _("%(host)s did not answer in time.") % values,
            cure=_(
                "If logging in works and only listing or sending hangs, the server's passive ports are blocked: "
                "ask its provider. Otherwise the work is tried again by itself."
            ),
            detail=detail,
            key="answer_timeout",
        )
    if isinstance(error, (EOFError, ConnectionError)):
        return cut_off(target, detail)
    return _system_failure(error, target, path, detail)


def cut_off(target: Target, detail: str) -> RemoteDown:
    return RemoteDown(
        _("%(host)s broke the connection off.") % {"host": target.name},
        cure=_later(),
        detail=detail,
        key="cut",
    )


def busy(target: Target, detail: str) -> RemoteDown:
    return RemoteDown(
        _("%(host)s takes no more connections or files at the moment.") % {"host": target.name},
        cure=_later(),
        detail=detail,
        key="busy",
    )


def no_space(target: Target, detail: str) -> NoSpace:
    return NoSpace(
        _("There is no space left on %(host)s.") % {"host": target.name},
        cure=_(
            "Delete old files there, or ask the provider for more space. The work is tried again by itself."
        ),
        detail=detail,
        key="no_space",
    )


def no_right(target: Target, path: str, detail: str) -> MissingPermission:
    return MissingPermission(
        _("%(host)s does not let this login write or read “%(path)s”.")
        % {"host": target.name, "path": path or "/"},
        cure=_("Ask the server's provider to give this login the right to read and write in its folder."),
        detail=detail,
        key="no_right",
    )


def missing(target: Target, path: str, detail: str = "") -> Missing:
    return Missing(
        _("There is no “%(path)s” on %(host)s.")
        % {"host": target.name, "path": path or target.folder or "/"},
        cure=_("Check the folder. It may be meant from the server's root: try it with / in front."),
        detail=detail,
        key="missing",
    )


def bad_login(target: Target, detail: str) -> BadCredentials:
    return BadCredentials(
        _("%(host)s does not accept this user and password or key.") % {"host": target.name},
        cure=_(
            "Enter the login as the server's provider gave it. A password that was changed there must be entered anew."
        ),
        detail=detail,
        key="login",
    )


def tls_required(target: Target, detail: str) -> WrongAddress:
    return WrongAddress(
        _("%(host)s takes encrypted connections only.") % {"host": target.name},
        cure=_("Choose FTPS instead of FTP."),
        detail=detail,
        key="tls_required",
    )


def unreadable_names(target: Target, detail: str) -> WrongAddress:
    return WrongAddress(
        _("%(host)s lists names that are not written in %(encoding)s.")
        % {"host": target.name, "encoding": target.encoding},
        cure=_(
            "Choose another encoding of names on the Connection page; cp1250 is the usual one of Windows."
        ),
        detail=detail,
        key="names",
    )


def not_a_server(target: Target, detail: str) -> WrongAddress:
    return WrongAddress(
        _("What answers on %(host)s does not speak %(kind)s.")
        % {"host": target.name, "kind": target.kind.upper()},
        cure=_("Check the port and the kind of transfer: FTP and FTPS usually use 21, SFTP 22."),
        detail=detail,
        key="not_a_server",
    )


def host_key_unknown(target: Target, key: str, shown: str) -> Untrusted:
    return Untrusted(
        _("%(host)s shows the key %(key)s, which nobody has confirmed yet.")
        % {"host": target.name, "key": shown},
        cure=_("Compare it with what the server's provider says, then confirm it on the Connection page."),
        key="host_key_unknown",
        data={"host_key": key, "shown": shown},
    )


def host_key_changed(target: Target, key: str, shown: str) -> Untrusted:
    return Untrusted(
        _(
            "%(host)s shows another key than the one that was confirmed: %(key)s. Nothing was sent, not even the login."
        )
        % {"host": target.name, "key": shown},
        cure=_(
            "Ask the server's provider whether the server was changed. Only if it was, test the settings and confirm "
            "the new key."
        ),
        key="host_key_changed",
        data={"host_key": key, "shown": shown},
    )


def pin_changed(target: Target, pin: str) -> Untrusted:
    return Untrusted(
        _(
            "%(host)s shows another certificate than the one that was confirmed. Nothing was sent, not even the login."
        )
        % {"host": target.name},
        cure=_(
            "Ask the server's provider whether the certificate was renewed. Only if it was, test the settings and "
            "confirm the new one."
        ),
        detail=f"SHA-256 {pin}",
        key="pin_changed",
        data={"pin": pin},
    )


def _tls_failure(error: ssl.SSLError, target: Target, detail: str) -> KontorError:
    values = {"host": target.name}
    code = getattr(error, "verify_code", 0)
    if error.reason in _PLAIN_REASONS:
        return WrongAddress(
            _("%(host)s does not speak TLS on this port in this way.") % values,
            cure=_(
                "Check the port. Port 990 is for an older kind of FTPS; ask the provider for explicit FTPS."
            ),
            detail=detail,
            key="tls_plain",
        )
    if code in _OTHER_NAME:
        message, key = _("The certificate that %(host)s shows belongs to another name.") % values, "tls_name"
    elif code in _EXPIRED:
        message, key = (
            _("The certificate of %(host)s has expired, or is not valid yet.") % values,
            "tls_expired",
        )
    elif isinstance(error, ssl.SSLCertVerificationError):
        message, key = (
            _("The certificate of %(host)s was issued by nobody Kontor trusts.") % values,
            "tls_untrusted",
        )
    elif isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or "UNEXPECTED_EOF" in str(
        error.reason
    ):
        return cut_off(target, detail)
    else:
        return Unreachable(
            _("No secure connection to %(host)s could be agreed on.") % values,
            cure=_later(),
            detail=detail,
            key="tls",
        )
    return Untrusted(
        message,
        cure=_(
            "Have the provider install a valid certificate. Or enter its issuer's certificate, or test the settings "
            "and confirm exactly this one."
        ),
        detail=detail,
        key=key,
    )


def _system_failure(error: OSError | EOFError, target: Target, path: str, detail: str) -> KontorError:
    number = getattr(error, "errno", None)
    if number in _NO_SPACE:
        return no_space(target, detail)
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return no_right(target, path, detail)
    if number in (errno.ENOENT, errno.ENOTDIR):
        return missing(target, path, detail)
    return Unreachable(
        _("There is no way through the network to %(host)s.") % {"host": target.name}
        if target.kind != "folder"
        else _("“%(path)s” cannot be used on this host.") % {"path": path or target.name},
        cure=_later(),
        detail=detail,
        key="connect",
    )
