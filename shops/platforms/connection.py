"""How a platform reaches one shop: what it is given to talk with. Part of the contract (base.py)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, RateLimited, UnexpectedAnswer, Unsupported
from backoffice.lib.http import CallInfo, Pacer, Session, origin
from backoffice.lib.secrets import redact

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Token:
    """What a shop lends to whoever signed in. expires_at: aware UTC."""

    value: str
    expires_at: datetime


class TokenStore(Protocol):
    """Where the lent token of a shop lies: one for all workers, since a new one may make the older invalid."""

    def current(self) -> str:
        """The token to use; "" = there is none, or most of its life is over."""

    def renew(self, refused: str, ask: Callable[[], Token]) -> str:
        """A token other than `refused` ("" = any that is not old): another worker's, if it was faster, else `ask`'s.

        One worker asks, the others wait. Raises what `ask` raises, and TimedOut when another takes too long.
        """


class OwnToken:
    """A TokenStore that nobody shares: a token for one connection."""

    def __init__(self) -> None:
        self._token: Token | None = None

    def current(self) -> str:
        return "" if self._token is None else self._token.value

    def renew(self, refused: str, ask: Callable[[], Token]) -> str:
        self._token = ask()
        return self._token.value


@dataclass(frozen=True, slots=True)
class Line:
    """For a platform that does not speak HTTP (a database): what an HTTP session has built in.

    Every call goes through `call`: it waits for the shop's pace and stands in the shop's log. timeout_s: for one call.
    on_close: takes what is to be called when the platform is let go.
    """

    pace: Pacer | None = None
    log: Callable[[CallInfo], None] | None = None
    secrets: tuple[str, ...] = ()
    timeout_s: float = 60.0
    max_wait_s: float = 30.0
    on_close: Callable[[Callable[[], object]], object] = field(default=lambda _close: None)

    def call(self, method: str, address: str, said: str, do: Callable[[], T]) -> T:
        """What `do` returns. said: the beginning of what is sent, for the log. Raises what `do` raises."""
        if self.pace is not None:
            self.pace.wait(max_s=self.max_wait_s)
        began = time.monotonic()
        failure: KontorError | None = None
        try:
            return do()
        except KontorError as error:
            failure = error
            raise
        finally:
            if isinstance(failure, RateLimited) and self.pace is not None:
                self.pace.penalise(failure.after_s)
            if self.log is not None:
                self.log(self._line(method, address, said, time.monotonic() - began, failure))

    def _line(
        self, method: str, address: str, said: str, seconds: float, failure: KontorError | None
    ) -> CallInfo:
        error = "" if failure is None else f"{type(failure).__name__}: {failure.detail or failure.message}"
        return CallInfo(
            method=method,
            url=redact(address, self.secrets),
            status=None,
            seconds=seconds,
            bytes=0,
            error=redact(error, self.secrets),
            request=redact(said, self.secrets),
            response="",
            request_id="",
        )


def _no_picture(url: str) -> bytes:
    raise Unsupported(f"no picture of ours: {url}")


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one shop.

    open_session: makes the HTTP session (rate limit and call log attached) for a base address.
    line: the same for what does not speak HTTP.
    picture: the file behind the `url` of one of our ImageRecords, for shops that do not fetch it themselves.
    options: the platform's own settings of this shop ({name: text}). vat_country: the firm's home country (ISO2).
    currency: the currency of the price list that is sent to this shop, "" = none chosen: `check` compares.
    tokens: keeps what the shop lends for signing in.
    looking: the run only looks: even where reading means taking away (files), everything stays where it is.
    """

    address: str
    credentials: Mapping[str, str]
    open_session: Callable[..., Session]
    options: Mapping[str, str] = field(default_factory=dict)
    vat_country: str = ""
    language: str = ""
    currency: str = ""
    tokens: TokenStore = field(default_factory=OwnToken)
    line: Line = field(default_factory=Line)
    picture: Callable[[str], bytes] = _no_picture
    looking: bool = False

    def fetch_public(self, url: str, *, max_bytes: int) -> bytes:
        """A file that anybody may have, asked without the credentials: it may lie on another host.

        Raises UnexpectedAnswer when there is none, and what a request raises.
        """
        session = self.open_session(origin(url), max_bytes=max_bytes)
        answer = session.request("GET", url)
        if not answer.ok:
            raise UnexpectedAnswer(
                _("The file %(url)s cannot be fetched from the shop (status %(status)d).")
                % {"url": url, "status": answer.status},
                cure=_("Open the address in your browser; add the file to the shop again if it is missing."),
                key="file",
                status=answer.status,
            )
        return answer.body
