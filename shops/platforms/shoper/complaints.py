"""The shop's refusals as our errors (shoper.md, 7). Its sentences are in the shop's language: shown, never parsed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import (
    BadCredentials,
    KontorError,
    MissingPermission,
    PlanTooSmall,
    RateLimited,
    Refused,
    RemoteDown,
    RemoteError,
    UnexpectedAnswer,
)
from backoffice.lib.text import extract

# The only part of a refusal that is the same in every language: the fields it names, in quotes.
_FIELDS = re.compile(r"'([a-z][a-z0-9_.]*)'")
_NOT_ALLOWED: Final = ("auth_ip_not_allowed", "auth_webapi_access_denied")


def of(status: int, body: Any, what: str) -> KontorError:
    """The error of an answer, or of one call of a bulk, that is no success. what: "PUT products/93", for engineers."""
    error, said = read(body)
    detail = f"{what} -> {status} {error}: {extract(said, 500)}"
    if status == 401 and error not in _NOT_ALLOWED:
        return _not_signed_in(error, detail)
    if status == 402:
        return PlanTooSmall(
            _("The shop is closed: its subscription has not been paid."),
            cure=_("Pay it in Shoper's panel, then test the settings."),
            detail=detail,
            key="unpaid",
            status=status,
        )
    if status == 403 or error in _NOT_ALLOWED:
        return _not_allowed(error, said, detail)
    if status == 404:
        return Refused(
            _("The shop does not have this element any more."),
            cure=_("Read the elements of the shop again."),
            detail=detail,
            key="gone",
            status=status,
            data={"gone": "1"},
        )
    if status == 409:
        return RemoteDown(
            _("Somebody is just editing this element in the shop's panel."),
            cure=_("Nothing needs to be done, the next run tries again."),
            detail=detail,
            key="locked",
            status=status,
        )
    if status == 429:
        return RateLimited(
            _("The shop asks for a pause."),
            cure=_("Nothing needs to be done, the work goes on by itself."),
            detail=detail,
            key="429",
        )
    if status in (405, 501):
        return _not_offered(status, detail)
    if status >= 500:
        return RemoteDown(
            _("The shop failed at this (status %(status)d).") % {"status": status},
            cure=_("Nothing needs to be done at first, it is tried again."),
            detail=detail,
            key="down",
            status=status,
        )
    return _refusal(status, error, said, detail)


def read(body: Any) -> tuple[str, str]:
    """(error, error_description) of an error body; ("", its beginning) of something else."""
    if isinstance(body, Mapping) and body.get("error"):
        return str(body["error"]), str(body.get("error_description") or "")
    return "", str(body)[:500]


def _refusal(status: int, error: str, said: str, detail: str) -> Refused:
    fields = sorted(set(_FIELDS.findall(said)))
    return Refused(
        _("The shop refused it: “%(said)s”") % {"said": extract(said, 300) or error},
        cure=_("Change the element accordingly, or leave it out until it changes."),
        detail=detail,
        key=":".join(part for part in (error, ",".join(fields)) if part),
        status=status,
        data={"fields": ",".join(fields)},
    )


def _not_signed_in(error: str, detail: str) -> BadCredentials:
    wrong_login = error == "auth_failure"
    return BadCredentials(
        _("The shop does not accept the login or the password.")
        if wrong_login
        else _("The shop does not accept the token: it is wrong, or it was withdrawn."),
        cure=_("Enter it again on the shop's Connection page, then click “Test settings”."),
        detail=detail,
        key="login" if wrong_login else "token",
        status=401,
    )


def _not_allowed(error: str, said: str, detail: str) -> RemoteError:
    if error == "auth_ip_not_allowed":
        return MissingPermission(
            _(
                "The shop lets this administrator in from certain addresses only, and Kontor's is not one of them."
            ),
            cure=_("Allow the address of this server in Shoper's panel, on the administrator's page."),
            detail=detail,
            key="ip",
            status=403,
        )
    if error == "auth_webapi_access_denied":
        return MissingPermission(
            _("This administrator may not use the shop's interface (WebAPI)."),
            cure=_("Give the administrator's group the right “WebAPI” in Shoper's panel."),
            detail=detail,
            key="webapi",
            status=403,
        )
    # Only this part is closed: the rest of the run goes on.
    return UnexpectedAnswer(
        _("The login may not do this in the shop: “%(said)s”") % {"said": extract(said, 200) or error},
        cure=_("Give it this right in Shoper's panel; “Test settings” names what is missing."),
        detail=detail,
        key=f"scope:{error}",
        status=403,
    )


def _not_offered(status: int, detail: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("The shop's version does not offer this."),
        cure=_("Do it in Shoper's own panel."),
        detail=detail,
        key="not_offered",
        status=status,
    )
