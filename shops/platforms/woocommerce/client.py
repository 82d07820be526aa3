"""Talks to one shop: signs in, sends, and turns what is no data into our errors.

Three ways to sign in (woocommerce.md, 2): Basic over https; the keys in the query, where the host throws the header
away; OAuth 1.0a over plain http.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from backoffice.lib import http_errors
from backoffice.lib.answers import Answer
from backoffice.lib.errors import (
    MissingPermission,
    Refused,
    RemoteError,
    TimedOut,
    UnexpectedAnswer,
    WrongAddress,
)
from backoffice.lib.text import extract, strip_tags
from shops.platforms.base import Connection
from shops.platforms.woocommerce import complaints
from shops.platforms.woocommerce.oauth import QuerySignature

logger = logging.getLogger(__name__)

API = "wp-json/wc/v3/"
_INDEX_FIELDS = "name,home,gmt_offset,timezone_string,namespaces"  # the whole of it is over a megabyte
BATCH_MOST = 100  # the shop's own limit; a 101st item gets the whole request refused (woocommerce.md, 3)
# The shop says its own refusals with these too; without JSON they are what they seem.
_OWN_FAILURES = frozenset({500, 501})
_JSON_BEGINS = re.compile(r"^[\[{]", re.MULTILINE)

SignIn = Literal["basic", "query", "oauth", "oauth_proxy"]


@dataclass(frozen=True, slots=True)
class Reply:
    """Parsed JSON of a 2xx answer. total, pages: of a list, as its headers say; None where they do not."""

    data: Any
    total: int | None = None
    pages: int | None = None

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The objects of a list; what is none is left out."""
        return [row for row in self.data if isinstance(row, Mapping)]


class Client:
    """One per Platform instance. Remembers what it found out: the way to sign in, the shop's own address."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.session = connection.open_session(connection.address)
        self.address = self.session.base_url
        self.secure = urlsplit(self.address).scheme == "https"
        self.key = connection.credentials.get("consumer_key", "").strip()
        self.secret = connection.credentials.get("consumer_secret", "").strip()
        self.sign_in: SignIn = self._chosen_sign_in()
        self.home = ""
        self._other_way_tried = False
        self._has_read = False

    def get(self, path: str, **params: object) -> Reply:
        """GET wc/v3/{path}. Lists are sent with commas: a bracket array breaks the signature (woocommerce.md, 2)."""
        reply = self._reply("GET", API + path, params=_plain(params))
        self._has_read = True
        return reply

    def get_list(self, path: str, **params: object) -> Reply:
        """Like `get`; raises UnexpectedAnswer when the answer is no list."""
        reply = self.get(path, **params)
        if not isinstance(reply.data, list):
            raise _other_shape(path, reply.data)
        return reply

    def find(self, path: str, **params: object) -> Mapping[str, Any] | None:
        """One object; None when the shop does not have it, or not the route. UnexpectedAnswer when it is none."""
        try:
            data = self.get(path, **params).data
        except (Refused, WrongAddress) as error:
            if "gone" in error.data or error.data.get("code") == complaints.NO_ROUTE:
                return None
            raise
        if not isinstance(data, Mapping):
            raise _other_shape(path, data)
        return data

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        return self._reply("POST", API + path, body=body)

    def batch(self, path: str, verb: str, items: Sequence[Any]) -> list[Mapping[str, Any]]:
        """POST {path}/batch with one verb. The rows of the answer, in the order of the items. No items, no request.

        Never with `_fields`: results would be lost though the work was done (woocommerce.md, 3).
        """
        if not items:
            return []
        data = self.post(f"{path}/batch", {verb: list(items)}).data
        rows = data.get(verb) if isinstance(data, Mapping) else None
        if not isinstance(rows, list) or len(rows) != len(items):
            count = len(rows) if isinstance(rows, list) else 0
            raise UnexpectedAnswer(
                _("The shop answered about %(got)d of the %(sent)d elements it was sent.")
                % {"got": count, "sent": len(items)},
                cure=_("Read the elements again; if it happens again, lower the shop's batch size."),
                detail=f"POST {path}/batch {verb}: {extract(str(data), 500)}",
                key="batch_rows",
            )
        return [row if isinstance(row, Mapping) else {} for row in rows]

    def index(self) -> Reply:
        """The public index of the shop's REST API: name, home, time zone, namespaces. Without signing in."""
        return self._read(self.ask_index())

    def ask_index(self, prefix: str = "", accept: Container[int] = ()) -> Answer:
        """The index as it comes. With its slash at the end: without one, some permalinks redirect it."""
        url = f"{self.address}/{prefix}wp-json/"
        return self.session.request("GET", url, params={"_fields": _INDEX_FIELDS}, accept=accept)

    def _reply(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        answer = self._send(method, path, params, body)
        # A 401 is refused before anything is done: the same request may go again, signed in another way.
        if answer.status == 401 and (other := self._other_way(answer)):
            before, self.sign_in = self.sign_in, other
            again = self._send(method, path, params, body)
            if again.status == 401:
                self.sign_in = before
            else:
                answer = again
        return self._read(answer)

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> Answer:
        query = dict(params or {})
        auth: Any = None
        if self.sign_in == "basic":
            auth = (self.key, self.secret)
        elif self.sign_in == "query":
            query |= {"consumer_key": self.key, "consumer_secret": self.secret}
        else:
            auth = QuerySignature(
                self.key, self.secret, home=self.home, insecure=self.sign_in == "oauth_proxy"
            )
        accept = _OWN_FAILURES if method == "POST" else frozenset()
        return self.session.request(method, path, params=query, json=body, auth=auth, accept=accept)

    def _chosen_sign_in(self) -> SignIn:
        if not self.secure:
            return "oauth"
        chosen = self.connection.options.get("sign_in", "")
        return {"query": "query", "oauth": "oauth_proxy"}.get(chosen, "basic")  # type: ignore[return-value]

    def _other_way(self, answer: Answer) -> SignIn | None:
        """How else to sign in after a 401; None when there is no other way, or it was tried already."""
        code = complaint_of(answer).get("code")
        if self._other_way_tried or not str(code or "").startswith("woocommerce_"):
            return None
        if self.sign_in == "basic" and code != "woocommerce_rest_authentication_error":
            self._other_way_tried = True
            return "query"
        signs = self.sign_in in ("oauth", "oauth_proxy") and not self._has_read
        if signs and code == "woocommerce_rest_authentication_error":
            # Perhaps only the address is spelt otherwise than the shop spells it.
            self._other_way_tried = True
            return self.sign_in if self.learn_home() else None
        return None

    def learn_home(self) -> bool:
        """Ask the shop for its own address, and sign for it from now on. False when it is the one we have."""
        try:
            data = self.index().data
        except RemoteError:
            return False  # what the shop said before is the better answer
        home = data.get("home") if isinstance(data, Mapping) else None
        if not isinstance(home, str) or home.rstrip("/") == self.address:
            return False
        self.home = home.rstrip("/")
        return True

    def _read(self, answer: Answer) -> Reply:
        if not answer.ok:
            raise self._error(answer)
        return Reply(
            parsed(answer),
            total=_count(answer.headers.get("X-WP-Total")),
            pages=_count(answer.headers.get("X-WP-TotalPages")),
        )

    def _error(self, answer: Answer) -> RemoteError:
        detail = f"{answer.method} {answer.url} -> {answer.status} "
        complaint = complaint_of(answer)
        if not complaint:
            return self._not_ours(answer, detail)
        code = str(complaint.get("code"))
        if answer.status in (401, 403):
            return self._access(answer, complaint, detail)
        if answer.status == 413:
            return too_many(detail)
        if answer.status >= 500 and not code.startswith("woocommerce_"):
            return _down(answer, self.address)
        if code == complaints.NO_ROUTE:
            return complaints.no_api(self.address, detail, answer.status, code)
        return complaints.refusal(complaint, status=answer.status, detail=detail)

    def _access(self, answer: Answer, complaint: Mapping[str, Any], detail: str) -> RemoteError:
        code = complaint.get("code")
        if self._has_read and answer.method != "GET" and code == "woocommerce_rest_authentication_error":
            return MissingPermission(
                _("The key may only read, not write."),
                cure=_(
                    "Change its permissions to “Read/Write” under WooCommerce > Settings > Advanced > REST API."
                ),
                detail=f"{detail}{code}",
                key="read_only",
                status=answer.status,
            )
        return complaints.access(answer.status, complaint, secure=self.secure, detail=detail)

    def _not_ours(self, answer: Answer, detail: str) -> RemoteError:
        """A refusal without the shop's own words: the web server, a firewall, a proxy, PHP."""
        detail += extract(self.session.redact(strip_tags(answer.text)), 300)
        if answer.status in (401, 403, 406):
            return complaints.closed(answer.status, detail)
        if answer.status == 404:
            return complaints.no_api(self.address, detail, answer.status)
        if answer.status == 408:
            return http_errors.answer_timeout(answer.url, detail)
        if answer.status == 413:
            return too_many(detail)
        if answer.status >= 500:
            return _down(answer, self.address)
        return answer.unexpected("a refusal that is not JSON", key="not_json")


def parsed(answer: Answer) -> Any:
    """The JSON of an answer, also where PHP wrote its notices before it. Raises UnexpectedAnswer."""
    try:
        return answer.json()
    except UnexpectedAnswer as error:
        for match in _JSON_BEGINS.finditer(answer.text):
            try:
                data = json.loads(answer.text[match.start() :], parse_float=Decimal)
            except ValueError:
                continue
            logger.warning("%s: notices before the JSON of %s", answer.url, answer.method)
            return data
        raise error from None


def complaint_of(answer: Answer) -> Mapping[str, Any]:
    """The shop's own words of refusal, {} when somebody else refused."""
    try:
        data = parsed(answer)
    except UnexpectedAnswer:
        return {}
    return data if isinstance(data, Mapping) and data.get("code") else {}


def _other_shape(path: str, data: Any) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("The shop answered with something other than what was asked for."),
        cure=_("Click “Test settings” on the shop's page; a plug-in of the shop may change its answers."),
        detail=f"GET {path}: {extract(str(data), 300)}",
        key="shape",
    )


def too_many(detail: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("The shop takes fewer elements at once than it was sent. Nothing was changed."),
        cure=_("Lower “Elements per request” in the shop's connection settings, then start the run again."),
        detail=detail,
        key="batch_size",
        status=413,
    )


def _down(answer: Answer, address: str) -> RemoteError:
    said = extract(strip_tags(answer.text[:20_000]), 500)
    try:
        http_errors.check(answer.status, answer.headers, said, answer.url, address, ())
    except RemoteError as error:
        return error
    return TimedOut(detail=said)


def _plain(params: Mapping[str, object]) -> dict[str, str]:
    """Parameters as the shop reads them: booleans as words, lists with commas, None left out."""
    plain: dict[str, str] = {}
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, bool):
            plain[name] = "true" if value else "false"
        elif isinstance(value, (list, tuple, set, frozenset)):
            plain[name] = ",".join(str(item) for item in value)
        else:
            plain[name] = str(value)
    return plain


def _count(header: str | None) -> int | None:
    return int(header) if header and header.isascii() and header.isdigit() else None
