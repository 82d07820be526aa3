"""What the database's errors mean, by their numbers (oscommerce.md, 2 and 7): why, and what to do. Pure.

The database's own words stay in `detail`: they may quote what was sent.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import (
    BadCredentials,
    MissingPermission,
    RateLimited,
    Refused,
    RemoteDown,
    RemoteError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    WrongAddress,
)

BUSY_S: Final = 20.0
# The statement was rolled back by the database itself: it may be sent again.
ROLLED_BACK: Final = {1205, 1213}
LOST: Final = {2006, 2013, 2055, 1053, 1077, 1079, 1317, 3024, 1969, 4031, 1152, 1158, 1159, 1160, 1161}
_BUSY: Final = {1040, 1203, 1226}
_CRASHED: Final = {126, 127, 144, 145, 1034, 1035, 1194, 1195}


def error_of(code: int, said: str, *, where: str = "") -> RemoteError:
    """The error for MySQL's number `code`. where: the statement's name, for the engineer."""
    detail = f"{where} ({code}, {said[:400]!r})".strip()
    key = str(code)
    if code in LOST:
        if "timed out" in said.lower():
            return TimedOut(
                _("The shop's database did not answer in time."), cure=_LATER(), detail=detail, key="lost"
            )
        return RemoteDown(
            _("The connection to the shop's database broke."), cure=_LATER(), detail=detail, key="lost"
        )
    if code in ROLLED_BACK:
        return RemoteDown(
            _("The shop's database was busy with the same rows."), cure=_LATER(), detail=detail, key="locked"
        )
    if code in _BUSY:
        return RateLimited(
            _("The shop's host allows no more connections to its database at the moment."),
            cure=_LATER(),
            detail=detail,
            key="connections",
            after_s=BUSY_S,
        )
    if code in _CRASHED:
        return UnexpectedAnswer(
            _("A table of the shop is damaged."),
            cure=_(
                "Have it repaired: in the shop's panel under Tools > Database Tables, or with phpMyAdmin (“Repair table”)."
            ),
            detail=detail,
            key="crashed",
        )
    return (
        _login(code, detail)
        or _rights(code, detail)
        or _tables(code, said, detail)
        or _other(code, detail, key, where)
    )


def _LATER() -> str:
    return _("Nothing needs to be done, it is tried again by itself.")


def _login(code: int, detail: str) -> RemoteError | None:
    if code == 2003:
        return Unreachable(
            _("The shop's database cannot be reached."),
            cure=_(
                "Check host and port; ask the shop's host whether its database may be reached from outside."
            ),
            detail=detail,
            key="refused",
        )
    if code in (1045, 1251, 1698, 2059, 2061):
        return BadCredentials(
            _("The shop's database refuses user or password."),
            cure=_(
                "Copy both once more from includes/configure.php of the shop, or from the panel of its host."
            ),
            detail=detail,
            key="login",
        )
    if code in (1044, 1049):
        return BadCredentials(
            _("There is no such database, or this user may not use it."),
            cure=_("Check the name of the database (DB_DATABASE in includes/configure.php of the shop)."),
            detail=detail,
            key="database",
        )
    if code in (1129, 1130):
        return MissingPermission(
            _("The shop's database does not let this server in."),
            cure=_(
                "Allow this server's address in the panel of the shop's host (“Remote MySQL”), or use the bridge file."
            ),
            detail=detail,
            key="address",
        )
    return None


def _rights(code: int, detail: str) -> RemoteError | None:
    if code in (1142, 1143, 1227, 1370):
        return MissingPermission(
            _("The database user may not do this in the shop."),
            cure=_("Give the user the rights SELECT, INSERT, UPDATE and DELETE on the shop's database."),
            detail=detail,
            key="rights",
        )
    if code in (1290, 1792, 1836):
        return MissingPermission(
            _("The shop's database can only be read at the moment."),
            cure=_("Ask the shop's host; it may be moving the shop or making a backup."),
            detail=detail,
            key="read_only",
        )
    return None


def _tables(code: int, said: str, detail: str) -> RemoteError | None:
    if code == 1146:
        return WrongAddress(
            _("This database holds no osCommerce, or its tables have another prefix."),
            cure=_("Check the name of the database and the prefix of its tables on the Connection page."),
            detail=detail,
            key="no_tables",
        )
    if code == 1054:
        return UnexpectedAnswer(
            _(
                "A column is missing in the shop's database: it is another version of osCommerce, or an add-on changed it."
            ),
            cure=_("Click “Test settings” and send the result to who looks after Kontor."),
            detail=detail,
            key="no_column",
        )
    return None


def _other(code: int, detail: str, key: str, where: str) -> RemoteError:
    if code in (1153, 2020):
        return Refused(
            _("The shop's database takes no statements of this size."),
            cure=_("Nothing needs to be done, smaller ones are sent."),
            detail=detail,
            key="too_big",
        )
    if code in (1062, 1169):
        return Refused(
            _("The shop has this entry already."),
            cure=_("Read the shop again, then synchronise once more."),
            detail=detail,
            key="duplicate",
        )
    if where == "connect":
        return MissingPermission(
            _("The shop's database does not take the connection (error %(code)d).") % {"code": code},
            cure=_("Show the details to the shop's host, or use the bridge file."),
            detail=detail,
            key=key,
        )
    return Refused(
        _("The shop's database refused it (error %(code)d).") % {"code": code},
        cure=_("An add-on of the shop may have its own rules. Show the details to who looks after the shop."),
        detail=detail,
        key=key,
    )
