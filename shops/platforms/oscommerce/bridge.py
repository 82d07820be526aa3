"""Through the bridge file on the shop's host: signed requests with names of statements and their values.

    {"t": seconds since 1970, "n": nonce, "b": base64 of {"names": charset, "calls": [[name, values], ...]}, "s": signature}

The signature is HMAC-SHA256 over t, n and b, one below the other; the answer is signed over the same nonce. The file
refuses what is older than five minutes and what came before (bridge.php). base64, because firewalls of hosts take
requests for attacks that look like SQL or HTML.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import requests
from django.utils.translation import gettext as _

from backoffice.lib.answers import Answer
from backoffice.lib.errors import (
    BadCredentials,
    MissingPermission,
    RateLimited,
    Refused,
    RemoteDown,
    RemoteError,
    Retriable,
    ShopStopped,
    UnexpectedAnswer,
    WrongAddress,
)
from backoffice.lib.http import Session
from backoffice.lib.http_errors import NOTHING_DONE
from shops.platforms.oscommerce.bridge_file import FILE_NAME, wire_name
from shops.platforms.oscommerce.complaints import error_of
from shops.platforms.oscommerce.gateway import Call, Files, Gateway, Host, Reply
from shops.platforms.oscommerce.operations import OPERATIONS
from shops.platforms.oscommerce.statements import off_wire, on_wire

TRIES: Final = 3
BACKOFF_S: Final = 0.5


class BridgeGateway(Gateway):
    def __init__(self, session: Session, secret: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.session = session
        self.secret = secret.encode()
        self.files = BridgeFiles(self)
        self._sleep = sleep

    def run(self, calls: Sequence[Call]) -> list[Reply]:
        operations = [OPERATIONS[call.name] for call in calls]
        wish = [
            [wire_name(call.name, operation), _values(call.values, self.texts.encode)]
            for call, operation in zip(calls, operations, strict=True)
        ]
        again = all(operation.again for operation in operations)
        done = self.send(wish, again=again, names=[call.name for call in calls])
        replies = []
        for call, operation, answer in zip(calls, operations, done, strict=True):
            if operation.writes:
                with _shaped(answer):
                    warnings = [
                        (int(code), self._text(said) or "") for code, said in answer.get("warnings", ())
                    ]
                    reply = Reply(matched=int(answer["matched"]), new_id=int(answer["new_id"] or 0))
                self.checked(call, warnings)
                replies.append(reply)
            else:
                with _shaped(answer):
                    replies.append(Reply(rows=tuple(self._rows(answer))))
        return replies

    def send(self, wish: Sequence[Any], *, again: bool, names: Sequence[str]) -> list[Mapping[str, Any]]:
        """What the file answered to each call. again: all of them may be done twice."""
        for tries in range(1, TRIES + 1):
            try:
                return self._send(wish, again, names)
            except Retriable as error:
                may_repeat = again or isinstance(error, NOTHING_DONE)
                # What the session has tried already it need not try again.
                from_database = error.key in ("lost", "locked", "refused")
                if tries == TRIES or not (from_database and may_repeat) or isinstance(error, RateLimited):
                    raise
                self._sleep(BACKOFF_S * tries * random.uniform(0.5, 1.5))
        raise AssertionError("the last try returns or raises")

    def _send(self, wish: Sequence[Any], again: bool, names: Sequence[str]) -> list[Mapping[str, Any]]:
        letter = Letter(self.secret, {"names": self.texts.names, "calls": wish})
        # 500 is what the file itself says when it finds no place for its memory, or no shop.
        answer = self.session.request("POST", "", json={}, auth=letter.sign, idempotent=again, accept={500})
        body = letter.opened(answer)
        done, failed = body.get("done"), body.get("failed")
        if not isinstance(done, list):
            raise _unexpected(answer, "no list of answers")
        if failed is not None:
            where = names[len(done)] if len(done) < len(names) else ""
            raise self._failure(str(failed), where)
        if len(done) != len(wish) or not all(isinstance(one, Mapping) for one in done):
            raise _unexpected(answer, f"{len(done)} answers to {len(wish)} calls")
        return done

    def _failure(self, failed: str, where: str) -> RemoteError:
        if failed.startswith("["):
            with _shaped(failed):
                code, said = json.loads(failed)
                return error_of(int(code), self._text(said) or "", where=where)
        if failed == "unknown":
            return ShopStopped(
                _("The bridge file in the shop is older than this Kontor."),
                cure=_("Download it again on the shop's Connection page and replace the file in the shop."),
                detail=where,
                key="bridge_old",
            )
        if failed == "folder":
            return MissingPermission(
                _("The shop's folder of images cannot be written to."),
                cure=_("Give PHP the right to write into images/ on the shop's host (mode 755 or 775)."),
                detail=where,
                key="folder",
            )
        return Refused(
            _("The bridge file refused a value."),
            cure=_("Show the details to who looks after Kontor."),
            detail=f"{where}: {failed[:200]}",
            key=f"bridge:{failed[:20]}",
        )

    def _rows(self, answer: Mapping[str, Any]) -> list[dict[str, str | None]]:
        names = [str(name) for name in answer["names"]]
        return [
            {name: self._text(cell) for name, cell in zip(names, row, strict=True)} for row in answer["rows"]
        ]

    def _text(self, cell: Any) -> str | None:
        raw = off_wire(cell)
        return None if raw is None else self.texts.decode(raw)


class BridgeFiles(Files):
    def __init__(self, gateway: BridgeGateway) -> None:
        self.gateway = gateway

    def host(self) -> Host:
        found = self._do("file:host")
        limits = found.get("limits")
        if not isinstance(limits, Mapping):
            limits = {}
        return Host(
            version=str(found.get("version") or ""),
            php=str(found.get("php") or ""),
            limits={str(name): str(value) for name, value in limits.items()},
        )

    def put(self, name: str, content: bytes) -> None:
        self._do("file:put", {"name": name, "content": {"b": base64.b64encode(content).decode()}})

    def drop(self, names: Sequence[str]) -> None:
        self._do("file:drop", {"names": list(names)})

    def drop_caches(self) -> None:
        self._do("file:drop_caches")

    def _do(self, operation: str, values: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        return self.gateway.send([[operation, values or {}]], again=True, names=[operation])[0]


@dataclass
class Letter:
    """One wish to the bridge: signed anew at every try, since the file takes no nonce twice."""

    secret: bytes
    wish: Mapping[str, Any]
    nonce: str = ""

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self.nonce = secrets.token_hex(16)
        now = str(int(time.time()))
        body = base64.b64encode(json.dumps(self.wish).encode()).decode()
        signature = signed(self.secret, now, self.nonce, body)
        request.body = json.dumps({"t": now, "n": self.nonce, "b": body, "s": signature}).encode()
        return request

    def opened(self, answer: Answer) -> Mapping[str, Any]:
        """The answer's content. Raises for one that is not the file's, or not to this letter."""
        try:
            envelope = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise _not_the_file(answer) from None
        if not isinstance(envelope, dict):
            raise _not_the_file(answer)
        if envelope.get("kontor") == "bridge":
            raise turned_away(str(envelope.get("refused")), envelope.get("time"))
        body, signature = envelope.get("b"), envelope.get("s")
        if not answer.ok or not isinstance(body, str) or not isinstance(signature, str):
            raise _not_the_file(answer)
        if not hmac.compare_digest(
            signed(self.secret, "answer", self.nonce, body).encode(), signature.encode("utf-8", "replace")
        ):
            raise _unexpected(answer, "the answer's signature does not fit")
        try:
            content = json.loads(base64.b64decode(body))
        except (ValueError, RecursionError):
            raise _unexpected(answer, "the answer is no JSON") from None
        if not isinstance(content, dict):
            raise _unexpected(answer, "the answer is no object")
        return content


@contextlib.contextmanager
def _shaped(answer: object) -> Iterator[None]:
    """What is signed, but not made as the file makes it: an add-on may have changed it."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise UnexpectedAnswer(
            _("The bridge file answered in a form that it does not have."),
            cure=_("Download it again on the shop's Connection page and replace the file in the shop."),
            detail=f"{error!r}: {str(answer)[:200]}",
            key="bridge_answer",
        ) from None


def signed(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _values(values: Mapping[str, Any], encode: Callable[[str], bytes]) -> dict[str, Any]:
    return {name: on_wire(value, encode) for name, value in values.items()}


def turned_away(why: str, shop_time: object = None) -> RemoteError:
    """The error for what the bridge file says before it does anything."""
    if why == "signature":
        return BadCredentials(
            _("The bridge file in the shop has another secret than Kontor."),
            cure=_("Download the bridge file on the shop's Connection page and replace the one in the shop."),
            key="signature",
        )
    if why == "time":
        known = isinstance(shop_time, int) and 0 <= shop_time < 2**40
        apart_s = abs(time.time() - float(cast(int, shop_time))) if known else 0
        return ShopStopped(
            _("The clocks of this server and of the shop differ by %(minutes)d minutes.")
            % {"minutes": round(apart_s / 60)},
            cure=_(
                "Have both clocks set by the network (NTP); the bridge file takes requests of five minutes only."
            ),
            key="clock",
        )
    if why == "replay":
        return RemoteDown(
            _("A request reached the shop twice."),
            cure=_("Nothing needs to be done, it is tried again by itself."),
            key="replay",
        )
    if why == "address":
        return MissingPermission(
            _("The bridge file does not let this server in."),
            cure=_("Add this server's address to $kontor_addresses at the head of the file in the shop."),
            key="address",
        )
    if why == "memory":
        return MissingPermission(
            _("The bridge file finds no folder to remember its requests in."),
            cure=_("Let PHP write into its folder for temporary files, or into the shop's folder."),
            key="memory",
        )
    return WrongAddress(
        _("The bridge file is there, but no osCommerce around it."),
        cure=_("Put %(file)s into the shop's own folder, where index.php and the folder includes are.")
        % {"file": FILE_NAME},
        detail=why[:100],
        key="no_shop",
    )


def _not_the_file(answer: Answer) -> RemoteError:
    if answer.status == 404:
        return WrongAddress(
            _("The bridge file is not in the shop."),
            cure=_("Download %(file)s on the shop's Connection page and put it into the shop's folder.")
            % {"file": FILE_NAME},
            detail=f"{answer.url} -> 404",
            key="no_bridge",
            status=404,
        )
    if answer.status in (401, 403, 405, 406):
        return MissingPermission(
            _("Something in front of the shop keeps Kontor out: a firewall or a site password."),
            cure=_("Ask the shop's host to let this server reach %(file)s.") % {"file": FILE_NAME},
            detail=f"{answer.url} -> {answer.status}",
            key="closed",
            status=answer.status,
        )
    if answer.status >= 500 or not answer.body.strip():
        return RemoteDown(
            _("The bridge file broke down: PHP answered nothing."),
            cure=_("Try again later. If it stays so, ask the shop's host for its error log."),
            detail=f"{answer.url} -> {answer.status}",
            key="php",
            status=answer.status,
        )
    return answer.unexpected("no answer of the bridge file", key="no_data")


def _unexpected(answer: Answer, why: str) -> UnexpectedAnswer:
    return answer.unexpected(why, key="bridge_answer")
