"""Talks HTTP to shops: time-outs, retries by meaning of the error, pace, and a log without secrets.

It knows no platform. What an answer of 400 or 404 means is the platform's business: the Answer is returned. What
means the same everywhere is raised (backoffice.lib.errors), with a `key` by which a check can tell the cases apart:

    WrongAddress      redirect (data: location, and address = the new base address if it is clear) · not_http
                      · private_target
                      · tls_plain · tls_name
    Unreachable       dns · refused · connect · connect_timeout · proxy · tls_expired · tls_untrusted · tls:
                      nothing was sent
    TimedOut          answer_timeout: sent, perhaps done
    RemoteDown        down (5xx; data: retry_after_s) · cut (the connection broke): sent, perhaps done
    RateLimited       429 · pace: not done
    UnexpectedAnswer  too_long · not_json
"""

from __future__ import annotations

import json as jsonlib
import logging
import random
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3
from django.utils.translation import gettext as _
from requests.auth import HTTPBasicAuth
from requests.structures import CaseInsensitiveDict

from backoffice.lib import http_errors
from backoffice.lib.answers import Answer
from backoffice.lib.errors import KontorError, RateLimited, RemoteError, Retriable, UnexpectedAnswer
from backoffice.lib.secrets import redact
from backoffice.lib.targets import GuardedAdapter
from backoffice.lib.text import extract, strip_tags

logger = logging.getLogger(__name__)
# urllib3 logs whole addresses at DEBUG, and some shops want their keys in the query string.
logging.getLogger("urllib3").setLevel(logging.INFO)

Signer = Callable[[requests.PreparedRequest], requests.PreparedRequest]
Params = Mapping[str, Any] | Iterable[tuple[str, Any]]

TRIES = 3
CONNECT_S = 10.0
BACKOFF_S = 0.5
BACKOFF_MOST_S = 8.0
LONGEST_BODY = 50 * 2**20
LOGGED_CHARACTERS = 4000
USER_AGENT = "Kontor/0.1"

# RFC 9110 §9.2.2: doing these twice leaves the server as doing them once.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Pacer(Protocol):
    """What a Session asks of backoffice.lib.pace.Pace."""

    def wait(self, cost: float = 1, max_s: float | None = None) -> float: ...

    def penalise(self, after_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class CallInfo:
    """One try of one request, for the shop's log of calls. All texts are redacted.

    status is None when no answer came. bytes is the size of the answer's body. error is "" or the error's class
    and its text for engineers. request and response are the beginnings of the bodies.
    """

    method: str
    url: str
    status: int | None
    seconds: float
    bytes: int
    error: str
    request: str
    response: str
    request_id: str


def origin(url: str) -> str:
    """ "https://host:port" of a file's address, as a shop names it. Raises UnexpectedAnswer for what is none."""
    try:
        parts = urlsplit(url)
        return http_errors.checked_address(f"{parts.scheme}://{parts.netloc}")
    except (ValueError, RemoteError):
        raise UnexpectedAnswer(
            _("The shop names a file by an address that is none: “%(address)s”.") % {"address": url[:100]},
            cure=_("Open the element in the shop and add the file again."),
            detail=url[:300],
            key="file",
        ) from None


class Session:
    """The connection to one server. One thread at a time; close() it, or use it as a context manager.

    base_url:   "https://shop.example/path": what every relative path is appended to.
    pace:       asked before every try, told of every 429.
    log:        called with a CallInfo after every try. What it raises is logged and swallowed: a lost line of a log
                must not turn a done write into a doubtful one.
    timeout_s:  for one try as a whole, also against a server that drips. Keep it well below the job's own time-out.
    verify:     False accepts any certificate.
    secrets:    values to be removed from everything that is logged or shown.
    headers:    sent with every request to base_url's own host, to no other.
    max_wait_s: the longest sleep for pace, Retry-After and back-off. Where more is asked, the error is raised
                instead. A slice may lower it as its time runs out.
    patience_s: no further try begins when the tries before took longer than this together.
    """

    def __init__(
        self,
        base_url: str,
        *,
        pace: Pacer | None = None,
        log: Callable[[CallInfo], None] | None = None,
        timeout_s: float = 120,
        verify: bool = True,
        secrets: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        max_wait_s: float = 30.0,
        patience_s: float = 600.0,
        max_bytes: int = LONGEST_BODY,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = http_errors.checked_address(base_url)
        self.pace = pace
        self.log = log
        self.timeout_s = timeout_s
        self.verify = verify
        self.secrets = tuple(secrets)
        self.headers = dict(headers or {})
        self.max_wait_s = max_wait_s
        self.patience_s = patience_s
        self.max_bytes = max_bytes
        self._sleep = sleep
        self._requests = requests.Session()
        for scheme in ("http://", "https://"):
            self._requests.mount(scheme, GuardedAdapter())
        # Shops' cookies bring cached pages and other people's carts: take none.
        self._requests.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._requests.close()

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        params: Params | None = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: Signer | tuple[str, str] | None = None,
        idempotent: bool | None = None,
        accept: Container[int] = (),
        cost: float = 1,
    ) -> Answer:
        """Send one request and return its whole answer.

        auth:       (user, password), or a function that signs the prepared request; called anew at every try.
        idempotent: whether a doubtful try may be repeated; by default what RFC 9110 says of the method.
                    What failed before anything was sent, and a 429, are repeated in any case.
        accept:     statuses among redirects, 429 and 5xx to return as an Answer, for platforms that put their own
                    errors there.
        cost:       what a try costs at the pace.

        Follows no redirect. Raises RemoteError as listed at the head of this module.
        """
        method = method.upper()
        may_repeat = method in _IDEMPOTENT if idempotent is None else idempotent
        request = self._prepare(method, path_or_url, params, json, data, headers, auth)
        began = time.monotonic()
        for tries in range(1, TRIES + 1):
            if self.pace:
                self.pace.wait(cost, max_s=self.max_wait_s)
            try:
                return self._try(request, accept)
            except Retriable as error:
                sent = not isinstance(error, http_errors.NOTHING_DONE)
                wait_s = self._wait_s(error, tries)
                tired = time.monotonic() - began > self.patience_s
                if tries == TRIES or tired or (sent and not may_repeat) or wait_s > self.max_wait_s:
                    raise
                self._sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def redact(self, text: str) -> str:
        return redact(text, self.secrets)

    def _prepare(
        self,
        method: str,
        path_or_url: str,
        params: Params | None,
        json: Any,
        data: Any,
        headers: Mapping[str, str] | None,
        auth: Signer | tuple[str, str] | None,
    ) -> requests.Request:
        absolute = path_or_url.startswith(("http://", "https://"))
        url = path_or_url if absolute else f"{self.base_url}/{path_or_url.lstrip('/')}".rstrip("/")
        sent = {"User-Agent": USER_AGENT, "Accept": "application/json, */*;q=0.5"}
        if http_errors.same_origin(url, self.base_url):
            sent.update(self.headers)
        if json is not None:
            # Not requests' own: it escapes every letter beyond ASCII, three times the bytes for our languages.
            data = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            sent["Content-Type"] = "application/json; charset=utf-8"
        sent.update(headers or {})
        if isinstance(auth, tuple):
            auth = HTTPBasicAuth(auth[0].encode(), auth[1].encode())  # of str, requests takes only Latin-1
        return requests.Request(method, url, headers=sent, params=params, data=data, auth=auth)

    def _try(self, request: requests.Request, accept: Container[int]) -> Answer:
        started = time.monotonic()
        url, prepared, answer = self.redact(request.url), None, None
        failure: KontorError | None = None
        try:
            prepared = request.prepare()
            url = self.redact(prepared.url or url)
            answer = self._send(prepared, url, started)
            self._check(answer, accept)
            return answer
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            failure = http_errors.translated(error, url, self.redact(str(error)))
            raise failure from None
        except RemoteError as error:
            failure = error
            raise
        finally:
            if isinstance(failure, RateLimited) and self.pace:
                self.pace.penalise(failure.after_s)
            sent = prepared.body if prepared else None
            self._report(request.method, url, sent, answer, failure, time.monotonic() - started)

    def _send(self, prepared: requests.PreparedRequest, url: str, started: float) -> Answer:
        options = self._requests.merge_environment_settings(prepared.url, {}, True, None, None)
        if not self.verify:
            options["verify"] = False
        timeouts = (min(CONNECT_S, self.timeout_s), self.timeout_s)
        response = self._requests.send(prepared, allow_redirects=False, timeout=timeouts, **options)
        try:
            body = b"".join(self._body(response, url, started))
        except BaseException:
            response.close()  # half read, the connection is of no more use
            raise
        response.raw.release_conn()
        headers = CaseInsensitiveDict(response.headers)
        return Answer(response.status_code, headers, body, prepared.method or "", url, self.secrets)

    def _body(self, response: requests.Response, url: str, started: float) -> Iterator[bytes]:
        # Not response.content: it knows neither a limit nor an end where a server sends a byte every ten seconds.
        size = 0
        while part := response.raw.read1(2**16, decode_content=True):
            size += len(part)
            if size > self.max_bytes:
                raise http_errors.too_long(url, self.max_bytes)
            if time.monotonic() - started > self.timeout_s:
                raise http_errors.answer_timeout(
                    url, f"still sending after {self.timeout_s:g} s, {size} bytes so far"
                )
            yield part

    def _check(self, answer: Answer, accept: Container[int]) -> None:
        said = ""
        if answer.status >= 429:
            said = extract(self.redact(strip_tags(answer.text[:20_000])), 500)
        try:
            http_errors.check(answer.status, answer.headers, said, answer.url, self.base_url, accept)
        except RemoteError as error:
            error.request_id = answer.request_id
            raise

    def _wait_s(self, error: Retriable, tries: int) -> float:
        if isinstance(error, RateLimited):
            # The pace has been told, and does the waiting for all workers of this shop.
            return 0.0 if self.pace and error.after_s <= self.max_wait_s else error.after_s
        backoff_s: float = min(BACKOFF_S * 2 ** (tries - 1), BACKOFF_MOST_S) * random.uniform(0.5, 1.5)
        return max(backoff_s, float(error.data.get("retry_after_s", 0)))

    def _report(
        self,
        method: str,
        url: str,
        sent: bytes | str | Iterable[bytes] | None,
        answer: Answer | None,
        failure: KontorError | None,
        seconds: float,
    ) -> None:
        status = answer.status if answer else None
        size = len(answer.body) if answer else 0
        error = (
            self.redact(f"{type(failure).__name__}: {failure.detail or failure.message}") if failure else ""
        )
        logger.info("%s %s %s %.3f s %d bytes %s", method, url, status or "-", seconds, size, error)
        if self.log is None:
            return
        info = CallInfo(
            method=method,
            url=url,
            status=status,
            seconds=round(seconds, 4),
            bytes=size,
            error=error,
            request=self._beginning(sent or b""),
            response=self._beginning(answer.body) if answer else "",
            request_id=answer.request_id if answer else "",
        )
        try:
            self.log(info)
        except Exception:
            logger.exception("the log of calls failed for %s %s", method, url)

    def _beginning(self, body: bytes | str | Iterable[bytes]) -> str:
        if not isinstance(body, (bytes, str)):
            return "(a stream)"
        text = body if isinstance(body, str) else body[: LOGGED_CHARACTERS * 4].decode("utf-8", "replace")
        # Redact more than is kept, so that a secret cut in half at the end is still found.
        return extract(self.redact(text[: LOGGED_CHARACTERS * 2]), LOGGED_CHARACTERS)
