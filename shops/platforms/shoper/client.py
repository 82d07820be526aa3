"""Talks to one shop: signs in, keeps to its rate limit, sends single calls and bulks (shoper.md, 2, 3).

Two ways to sign in: the token of the panel's own integration, used as it is; or an administrator's login, for which
the shop lends a token of 30 days (Connection.tokens keeps it for all workers).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from backoffice.lib.answers import Answer
from backoffice.lib.errors import (
    BadCredentials,
    KontorError,
    Refused,
    RemoteDown,
    UnexpectedAnswer,
    WrongAddress,
)
from backoffice.lib.text import extract
from shops.platforms.base import Connection, Token
from shops.platforms.shoper import complaints
from shops.platforms.shoper.mapping.values import Payload

API: Final = "webapi/rest/"
BULK_MOST: Final = 25
LIMIT: Final = 50  # rows of a list; without it the shop gives ten
# What a shop without headers of its limit is taken for (shoper.md, 3).
USUAL_BANDWIDTH: Final = 2.0
# What may reach the shop before this answer is heeded: a request of each other lane (shops.models.Run.Lane) now, and one
# of each lane that has its turn reserved already.
_IN_FLIGHT: Final = 7
_HEADERS = {"Accept-Language": "en_US;q=0.8"}
# A body says what is wrong; without one it is what it seems.
_TELLING = frozenset({501})


@dataclass(frozen=True, slots=True)
class Call:
    """One call, alone or in a bulk. path: below /webapi/rest/, e.g. "product-stocks/44"."""

    method: str
    path: str
    body: Any = None
    params: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def in_bulk(self, number: int) -> dict[str, Any]:
        call: dict[str, Any] = {"id": str(number), "path": f"/{API}{self.path}", "method": self.method}
        if self.params:
            call["params"] = dict(self.params)
        if self.body is not None:
            call["body"] = self.body
        return call


def listing(
    path: str, *, page: int = 1, order: str = "", filters: Mapping[str, Any] | None = None, limit: int = LIMIT
) -> Call:
    """A page of a list. filters: {"code": "MUG-1"} or {"order_id": {"IN": [8, 9]}}; several fields = and."""
    params: dict[str, Any] = {"limit": limit, "page": page}
    if order:
        params["order"] = order
    if filters:
        params["filters"] = json.dumps(filters, separators=(",", ":"), ensure_ascii=False)
    return Call("GET", path, params=params)


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a list. count: rows of the whole list."""

    rows: tuple[Payload, ...]
    count: int


class Client:
    """One per Platform instance."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.session = connection.open_session(connection.address)
        self.address = self.session.base_url
        self.given_token = connection.credentials.get("token", "").strip()
        self.login = connection.credentials.get("login", "").strip()
        self.password = connection.credentials.get("password", "")

    # Single calls

    def call(self, call: Call) -> Any:
        """The parsed body of a success. Raises what `complaints.of` makes of anything else."""
        answer = self._authorised(call.method, API + call.path, call.params, call.body)
        if not answer.ok:
            raise self._error(answer, call.name)
        return answer.json()

    def get(self, path: str, **params: Any) -> Any:
        return self.call(Call("GET", path, params=params))

    def find(self, path: str) -> Payload | None:
        """One object; None when the shop does not have it."""
        try:
            data = self.get(path)
        except Refused as error:
            if "gone" in error.data:
                return None
            raise
        if not isinstance(data, Mapping):
            raise other_shape(f"GET {path}", data)
        return data

    # Several at once

    def bulk(self, calls: Sequence[Call], *, repeatable: bool = False) -> list[Any]:
        """The body of each call, in order, or the KontorError of one that failed. At most 25; one goes alone.

        repeatable: sending it twice does no harm, so that it may be repeated after a doubtful answer. Reads and absolute
        writes are anyway.
        """
        if not calls:
            return []
        if len(calls) == 1:
            return [self._alone(calls[0])]
        harmless = repeatable or all(call.method != "POST" for call in calls)
        body = [call.in_bulk(number) for number, call in enumerate(calls)]
        answer = self._authorised("POST", f"{API}bulk", None, body, idempotent=harmless)
        if not answer.ok:
            raise self._error(answer, "POST bulk")
        return self._bulk_results(calls, answer.json())

    def _alone(self, call: Call) -> Any:
        try:
            return self.call(call)
        except (Refused, UnexpectedAnswer) as error:
            return error
        except RemoteDown as error:
            if error.status != 409:
                raise
            return error  # this element only, as it would be in a bulk

    def bulks(self, calls: Sequence[Call], *, repeatable: bool = False) -> list[Any]:
        """Like `bulk`, for any number of calls."""
        found: list[Any] = []
        for start in range(0, len(calls), BULK_MOST):
            found += self.bulk(calls[start : start + BULK_MOST], repeatable=repeatable)
        return found

    @staticmethod
    def _bulk_results(calls: Sequence[Call], data: Any) -> list[Any]:
        items = data.get("items") if isinstance(data, Mapping) else None
        if not isinstance(items, list):
            raise other_shape("POST bulk", data)
        by_id = {str(item.get("id")): item for item in items if isinstance(item, Mapping)}
        if missing := [call.name for number, call in enumerate(calls) if str(number) not in by_id]:
            # Done or not, nobody knows: the engine looks before it writes again.
            raise RemoteDown(
                _("The shop answered about %(got)d of the %(sent)d elements it was sent.")
                % {"got": len(calls) - len(missing), "sent": len(calls)},
                cure=_(
                    "Nothing needs to be done at first: Kontor looks what the shop has done, then goes on."
                ),
                detail=f"no answer to {', '.join(missing)[:500]}",
                key="bulk_rows",
            )
        found: list[Any] = []
        for number, call in enumerate(calls):
            item = by_id[str(number)]
            code = item.get("code")
            if not isinstance(code, int) or not 100 <= code < 600:
                raise other_shape("POST bulk", item)
            body = item.get("body")
            found.append(body if 200 <= code < 300 else complaints.of(code, body, call.name))
        return found

    # Lists

    def lists(self, calls: Sequence[Call]) -> list[Rows]:
        """Pages of lists, in one request for each 25. Raises the error of the first that failed."""
        return [rows_of(call, result) for call, result in zip(calls, self.bulks(calls), strict=True)]

    def whole(self, *calls: Call) -> list[list[Payload]]:
        """All rows of each of these lists: their first pages in one request, what is left in further bulks.

        A list that changes while it is read is read once more. Raises RemoteDown when it never comes to rest.
        """
        for _attempt in range(3):
            first = self.lists(calls)
            more = [
                (place, Call(call.method, call.path, params={**(call.params or {}), "page": page}))
                for place, (call, rows) in enumerate(zip(calls, first, strict=True))
                for page in range(2, -(-rows.count // LIMIT) + 1)
            ]
            found = [list(rows.rows) for rows in first]
            later = self.lists([call for _place, call in more])
            for (place, _call), rows in zip(more, later, strict=True):
                found[place] += rows.rows
            if all(len(rows) == page.count for rows, page in zip(found, first, strict=True)):
                return found
        raise restless(calls[0].name)

    def rows(self, call: Call) -> list[Payload]:
        """All rows of one list."""
        return self.whole(call)[0]

    # Signing in, and the shop's pace

    def _authorised(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Any,
        *,
        idempotent: bool | None = None,
    ) -> Answer:
        token = self._token()
        answer = self._send(method, path, params, body, token, idempotent)
        if (
            answer.status == 401
            and not self.given_token
            and complaints.read(_body(answer))[0] != "auth_failure"
        ):
            # Lent and refused: perhaps another worker has signed in since. Nothing was done yet.
            token = self.connection.tokens.renew(token, self.sign_in)
            answer = self._send(method, path, params, body, token, idempotent)
        return answer

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Any,
        token: str,
        idempotent: bool | None,
    ) -> Answer:
        answer = self.session.request(
            method,
            path,
            params=params,
            json=body,
            headers={**_HEADERS, "Authorization": f"Bearer {token}"},
            accept=_TELLING,
            idempotent=idempotent,
        )
        self._obey(answer.headers)
        return answer

    def _token(self) -> str:
        if self.given_token:
            return self.given_token
        return self.connection.tokens.current() or self.connection.tokens.renew("", self.sign_in)

    def sign_in(self) -> Token:
        """Have the shop lend a token. Raises BadCredentials, MissingPermission."""
        if not (self.login and self.password):
            raise BadCredentials(
                _("There is neither a token nor a login with its password."),
                cure=_("Enter one of them on the shop's Connection page."),
                key="no_login",
            )
        asked_at = datetime.now(UTC)
        answer = self.session.request(
            "POST", f"{API}auth", headers=_HEADERS, auth=(self.login, self.password), idempotent=True
        )
        self._obey(answer.headers)
        if not answer.ok:
            raise self._error(answer, "POST auth")
        data = answer.json()
        value = data.get("access_token") if isinstance(data, Mapping) else None
        seconds = data.get("expires_in") if isinstance(data, Mapping) else None
        if not isinstance(value, str) or not value or not isinstance(seconds, int):
            raise UnexpectedAnswer(
                _("The shop did not lend a token although it accepted the login."),
                cure=_("Use the token of an integration instead: it is made in Shoper's panel."),
                key="no_token",
            )
        return Token(value, asked_at + timedelta(seconds=seconds))

    def _obey(self, headers: Mapping[str, str]) -> None:
        """Stop all workers of this shop before its bucket runs over (shoper.md, 3), with room for what is on its way."""
        if self.session.pace is None:
            return
        level, size, speed = (
            _number(headers.get(f"X-Shop-Api-{name}")) for name in ("Calls", "Limit", "Bandwidth")
        )
        if level is None or size is None or not speed:
            self.session.pace.penalise(1 / USUAL_BANDWIDTH)
        elif (over := level + _IN_FLIGHT - size) > 0:
            self.session.pace.penalise(min(over, level) / speed)  # longer than until it is empty helps nobody

    def _error(self, answer: Answer, what: str) -> KontorError:
        body = _body(answer)
        if not complaints.read(body)[0]:
            if answer.status == 404:
                return no_api(self.address, extract(answer.text, 200))
            return answer.unexpected("a refusal that is not the shop's own", key="not_json")
        return complaints.of(answer.status, body, what)


def rows_of(call: Call, result: Any) -> Rows:
    """A page of a list as `lists` gives it. Raises the error that a bulk gave instead."""
    if isinstance(result, KontorError):
        raise result
    count = result.get("count") if isinstance(result, Mapping) else None
    rows = result.get("list") if isinstance(result, Mapping) else None
    if not isinstance(rows, list) or not _is_count(count):
        raise other_shape(call.name, result)
    return Rows(tuple(row for row in rows if isinstance(row, Mapping)), int(str(count)))


def _is_count(value: Any) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) < 10


def restless(what: str) -> RemoteDown:
    """More or fewer rows came than the list said it has: some would be missed, and taken for gone."""
    return RemoteDown(
        _("The shop's list changed again and again while it was read."),
        cure=_("Nothing needs to be done, it is tried again."),
        detail=what,
        key="restless",
    )


def other_shape(what: str, data: Any) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("The shop answered with something other than what was asked for."),
        cure=_("Click “Test settings” on the shop's page."),
        detail=f"{what}: {extract(str(data), 300)}",
        key="shape",
    )


def no_api(address: str, detail: str) -> WrongAddress:
    return WrongAddress(
        _("There is no Shoper shop at %(address)s.") % {"address": address},
        cure=_("Check the address: the shop's own, without a path behind it, e.g. https://name.shoparena.pl"),
        detail=detail,
        key="no_api",
        status=404,
    )


def _body(answer: Answer) -> Any:
    try:
        return answer.json()
    except UnexpectedAnswer:
        return None


def _number(value: str | None) -> float | None:
    try:
        return float(Decimal(value)) if value else None
    except InvalidOperation:
        return None
