"""Log lines: which run and shop they are about, as text or JSON, without secrets.

Code logs with `logging.getLogger(__name__)` and %-arguments; who starts a piece of work wraps it in `about`:

    with about(shop=shop.code, run=run.pk):
        ...
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from django.core.mail import mail_admins
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from backoffice.lib.secrets import redact

# Fields of forms whose values are secret: a shop's credentials, passwords, codes, keys.
_SECRET_FIELD: Final = re.compile(r"^credential_|pass|secret|token|key|code|csrf", re.IGNORECASE)

_ABOUT: ContextVar[dict[str, str | int] | None] = ContextVar("about", default=None)


@contextlib.contextmanager
def about(**names: str | int) -> Iterator[None]:
    """Put names (shop="lipa", run=12) on every line logged inside; nested blocks add to each other."""
    token = _ABOUT.set({**(_ABOUT.get() or {}), **names})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class AboutFilter(logging.Filter):
    """Adds `about` to the record: " shop=lipa run=12", or nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.about = "".join(f" {name}={value}" for name, value in (_ABOUT.get() or {}).items())
        return True


class WithoutPulse(logging.Filter):
    """Drops the two lines that django-q2 logs for every probe of backoffice.worker.pulse, and for every look."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return not any(name in message for name in ("backoffice.worker.pulse", "shops.jobs.look_for_changes"))


class TextFormatter(logging.Formatter):
    def __init__(self, *args: Any, secrets: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._secrets)


class JsonFormatter(BaseJsonFormatter):
    """One JSON object a line, with the names of `about` as fields of their own."""

    def __init__(self, *args: Any, secrets: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._secrets = tuple(secrets)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        # Before it becomes JSON: afterwards a mask could cut an escaped quote in two.
        log_data.pop("about", None)
        log_data.update(_ABOUT.get() or {})
        return {
            name: value
            # Others become text: Django adds the request, whose text is the address with its token.
            if value is None or isinstance(value, (bool, int, float))
            else redact(str(value), self._secrets)
            for name, value in log_data.items()
        }


class MailHandler(logging.Handler):
    """Errors by mail to ADMINS: the line, the page, who asked for it, and the traceback.

    Django's own mail shows what was posted, cookies and settings. Here none of them is in it, and what was posted in a
    secret field is masked even where an exception's text repeats it. `secrets` as of the formatters.
    """

    def __init__(self, *args: Any, secrets: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._secrets = tuple(secrets)

    def emit(self, record: logging.LogRecord) -> None:
        request = getattr(record, "request", None)
        secrets = (*self._secrets, *_posted_secrets(request))
        lines = [f"{record.levelname} {record.name}{getattr(record, 'about', '')}", record.getMessage()]
        if request is not None:
            lines.append(f"{getattr(request, 'method', '')} {getattr(request, 'path', '')}")
            # Only what is known already: asking the database for the user would fail where the database did.
            user = getattr(request, "_cached_user", None)
            lines.append(f"user {user.pk}" if user is not None and user.pk else "no user known")
        if record.exc_info:
            lines += ["", logging.Formatter().formatException(record.exc_info)]
        subject = " ".join(redact(f"{record.levelname}: {record.getMessage()}", secrets).split())
        mail_admins(subject[:200], redact("\n".join(lines), secrets), fail_silently=True)


def _posted_secrets(request: Any) -> list[str]:
    try:
        posted = request.POST.lists()
    except Exception:  # no request, a body that was read elsewhere, or one that is too large
        return []
    return [value for name, values in posted if _SECRET_FIELD.search(name) for value in values]
