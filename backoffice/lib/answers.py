"""What a server answered, whole: as text, as JSON, or as the error to raise when it is neither."""

from __future__ import annotations

import json as jsonlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from backoffice.lib import foreign
from backoffice.lib.errors import UnexpectedAnswer
from backoffice.lib.secrets import redact
from backoffice.lib.text import extract, strip_tags

_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_REQUEST_ID_HEADERS = ("X-Request-Id", "Request-Id", "X-Correlation-Id", "CF-Ray")


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that arrived whole. Any status but redirects, 429 and 5xx, unless the caller accepts those.

    url is the one asked, redacted. headers ignore upper and lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    method: str = ""
    url: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str:
        return next((self.headers[name] for name in _REQUEST_ID_HEADERS if name in self.headers), "")

    @property
    def text(self) -> str:
        """The body as text, UTF-8 unless the Content-Type says otherwise; what cannot be decoded becomes "\ufffd"."""
        message = Message()
        message["Content-Type"] = self.headers.get("Content-Type", "")
        charset = str(message.get_param("charset", "utf-8")).lower()
        try:
            text = self.body.decode("utf-8-sig" if charset in ("utf-8", "utf8") else charset, "replace")
        except (LookupError, ValueError):  # no such charset, or one that no text is written in
            text = self.body.decode("utf-8", "replace")
        return foreign.storable_text(text)

    def json(self) -> Any:
        """The body read as JSON; numbers with a fraction become Decimal, since prices must not pass through float.

        Letters that no database holds (NUL, half of a pair) become "\ufffd".
        (To keep the payload, store `text`, or encode it with django.core.serializers.json.DjangoJSONEncoder.)
        Raises UnexpectedAnswer when it is something else: a web page, PHP's warnings, half an answer.
        """
        try:
            text = self.text
            found = jsonlib.loads(text, parse_float=Decimal, parse_constant=_no_number)
            return foreign.storable(found) if _ESCAPED.search(text) else found
        except (ValueError, RecursionError, ArithmeticError) as error:
            raise self.unexpected(f"not JSON: {error}", key="not_json") from None

    def unexpected(self, why: str, *, key: str = "unexpected") -> UnexpectedAnswer:
        """The error to raise when the body isn't what it should be; why is for the engineer."""
        said = extract(redact(strip_tags(self.text[:200_000]), self.secrets), 300)
        host = urlsplit(self.url).hostname or self.url
        return UnexpectedAnswer(
            _("%(host)s answered with something other than data: “%(said)s”") % {"host": host, "said": said}
            if said
            else _("%(host)s answered with an empty page instead of data.") % {"host": host},
            cure=_(
                "Check the address, and whether a maintenance mode, a firewall or a plug-in of the shop answers."
            ),
            detail=f"{self.method} {self.url} -> {self.status}, {self.headers.get('Content-Type', 'no type')}: {why}",
            key=key,
            status=self.status,
            request_id=self.request_id,
        )
