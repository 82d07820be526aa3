"""Hand one message to the mail server, and say for certain what is known of it afterwards."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from backoffice.lib.text import extract

_PERMANENT = 500  # RFC 5321: 4yz may succeed later, 5yz will not


class Outcome(StrEnum):
    """later: certainly not sent, worth another try. refused: certainly not sent, and it would be refused again.
    doubtful: the server may have it, or not."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Delivery:
    outcome: Outcome
    why: str = ""


def deliver(message: EmailMessage) -> Delivery:
    """One message to one address, by Django's configured backend. Never raises for what a server can do."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        return Delivery(
            Outcome.LATER, _("The mail server cannot be used: %(answer)s") % {"answer": _answer(error)}
        )
    begun = _watch(connection)
    try:
        sent = connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        return _refused(min(codes, default=_PERMANENT), error)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error)
    except (OSError, smtplib.SMTPException) as error:
        answer = _answer(error)
        if begun():
            why = _("The connection broke while the mail server was taking the e-mail: %(answer)s")
            return Delivery(Outcome.DOUBTFUL, why % {"answer": answer})
        return Delivery(Outcome.LATER, _("The mail server hung up: %(answer)s") % {"answer": answer})
    finally:
        _close(connection)
    return (
        Delivery(Outcome.SENT) if sent else Delivery(Outcome.REFUSED, _("The mail server took no address."))
    )


def _refused(code: int, error: Exception) -> Delivery:
    if code < _PERMANENT:
        why = _("The mail server asks to try again later: %(answer)s")
        return Delivery(Outcome.LATER, why % {"answer": _answer(error)})
    return Delivery(Outcome.REFUSED, _("The mail server refused it: %(answer)s") % {"answer": _answer(error)})


def _watch(connection: Any) -> Callable[[], bool]:
    """Has the content begun to go out? Before that a broken connection means: certainly not sent."""
    smtp = getattr(connection, "connection", None)
    if not isinstance(smtp, smtplib.SMTP):
        return lambda: True  # a backend of another kind: nobody knows
    begun: list[bool] = []
    data = smtp.data

    def watched(content: Any) -> Any:
        begun.append(True)
        return data(content)

    smtp.data = watched  # type: ignore[method-assign]
    return lambda: bool(begun)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        return  # it was used up anyway


def _answer(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), (0, b""))
        return extract(f"{code} {_text(text)}", 200)
    if isinstance(error, smtplib.SMTPResponseException):
        return extract(f"{error.smtp_code} {_text(error.smtp_error)}", 200)
    return extract(str(error) or type(error).__name__, 200)


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
