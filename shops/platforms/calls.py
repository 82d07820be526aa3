"""What all platforms say of the calls (webhooks) that a shop makes: whose they are not, and what they are not about."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from backoffice.lib.errors import BadCredentials, UnexpectedAnswer


def header(headers: Mapping[str, str], name: str) -> str:
    """Its value, however it is written; "" where it is missing."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def not_signed() -> BadCredentials:
    return BadCredentials(
        _("A call that pretends to come from the shop is not signed with its secret."),
        cure=_("Register the calls anew on the shop's Health page."),
        key="webhook_signature",
    )


def unknown_subject(topic: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("The shop called about something that Kontor does not know."),
        cure=_("Nothing needs to be done."),
        detail=topic[:100],
        key="webhook_unknown",
    )


def not_registered(cure: str, detail: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("The shop does not register the calls."), cure=cure, detail=detail, key="webhook_register"
    )
