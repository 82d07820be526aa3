"""Names and paths that are safe to use on any server, and to accept from one."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from backoffice.lib.transfer.failures import BadPath

LONGEST_NAME: Final = 180  # bytes; with the mark of an unfinished upload it stays below the usual 255
LONGEST_PATH: Final = 1000

# Control characters end an FTP command, a backslash is a folder on Windows, the others no Windows server stores.
_FORBIDDEN = re.compile('[\x00-\x1f\x7f\\\\:*?"<>|\ud800-\udfff]')
_CONTROL = re.compile("[\x00-\x1f\x7f\\\\/]")
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)")


def clean_path(text: str) -> str:
    """A path below a target's folder, "images/a.jpg", as it is. Raises BadPath for what would lead anywhere else."""
    if not text:
        raise _bad(text, _("A file needs a name; this one is empty."))
    if text.startswith("/") or len(text) > LONGEST_PATH:
        raise _bad(
            text,
            _("“%(path)s” does not lie below the shop's folder.")
            if text[0] == "/"
            else _("The path “%(path)s” is too long."),
        )
    for name in text.split("/"):
        clean_name(name, whole=text)
    return text


def clean_name(name: str, *, whole: str = "") -> str:
    """One name of a file or folder, as it is. Raises BadPath: for "..", device names (CON, NUL), control characters."""
    shown = whole or name
    if name in ("", ".", ".."):
        raise _bad(shown, _("The path “%(path)s” leads out of its folder, or has an empty part."))
    if _FORBIDDEN.search(name) or "/" in name:
        raise _bad(shown, _("“%(path)s” has characters that not every server can store."))
    if _DEVICES.match(name):
        raise _bad(shown, _("“%(path)s” is the name of a device on Windows."))
    if name[-1] in ". " or name[0] == " ":
        raise _bad(shown, _("“%(path)s” begins or ends with a blank or a full stop."))
    if len(name.encode()) > LONGEST_NAME:
        raise _bad(shown, _("The name “%(path)s” is too long."))
    return name


def clean_folder(text: str) -> str:
    """The folder of a target: relative or from the root; "" = where the login leads to. Raises BadPath."""
    text = text.strip()
    if len(text) > LONGEST_PATH or _CONTROL.search(text.replace("/", "")):
        raise _bad(text, _("“%(path)s” is no folder of a server."))
    names = [name for name in text.split("/") if name]
    if any(name in (".", "..") for name in names):
        raise _bad(text, _("The path “%(path)s” leads out of its folder, or has an empty part."))
    return ("/" if text.startswith("/") else "") + "/".join(names)


def is_plain(name: str) -> bool:
    """Whether a name that a server lists can be used as it is; others are left alone."""
    try:
        clean_name(name)
    except BadPath:
        return False
    return True


def joined(*parts: str) -> str:
    """Parts of a path, empty ones left out."""
    return "/".join(part for part in parts if part)


def _bad(text: str, sentence: str) -> BadPath:
    return BadPath(
        sentence % {"path": printable(text)},
        cure=_("Use letters, digits, points, hyphens and underscores, and “/” between folders."),
        key="bad_path",
    )


def printable(text: str) -> str:
    """For messages: control characters become "\ufffd"."""
    return re.sub("[\x00-\x1f\x7f\ud800-\udfff]", "\ufffd", text)[:200]
