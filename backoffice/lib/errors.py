"""The tree of Kontor's errors; the class decides what happens next, the texts say it to people.

KontorError                    message: for the person · cure: the click that helps · detail: for the engineer
  RemoteError                  something between us and a shop
    Retriable                  wait and try the slice again
      Unreachable  TimedOut  RemoteDown  RateLimited(after_s)
    ShopStopped                stop the shop and ask a person
      BadCredentials  MissingPermission  WrongAddress  PlanTooSmall
    Refused                    this record only: set aside with its reason, the rest goes on
    UnexpectedAnswer           stop the element type; the answer is kept, redacted
  Unsupported                  the platform cannot; the matrix should have said so
  Conflict                     changed on both sides
  NotYet                       waits for another record (a mapping, a parent, a prerequisite)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class KontorError(Exception):
    """Base of all errors that Kontor raises on purpose.

    message: one translated sentence for office staff: what happened, and why.
    cure:    one translated sentence: what to click or do.
    detail:  text for an engineer (status, code, an extract of the answer); never a secret.
    key:     what the failure has in common with others of its kind, e.g. "vat_unmapped:SI:9.5";
             failures with one (code, key) are one cause on screen (DESIGN.md §3, Problem).
    """

    code = "error"

    def __init__(self, message: str = "", *, cure: str = "", detail: str = "", key: str = "") -> None:
        super().__init__(message or self.__class__.__name__)
        self.message = message
        self.cure = cure
        self.detail = detail
        self.key = key

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.message, self.cure) if part) or self.code


class RemoteError(KontorError):
    """Something between us and a shop.

    request_id: the shop's own name of the call, for its support.
    status:     the HTTP status, None when there was no answer.
    data:       what the shop said beside it that the program can use, e.g. {"address": "https://shop.example"}
                for a moved shop (WrongAddress), {"holder": "112"} for a refused SKU (Refused).
    """

    code = "remote"

    def __init__(
        self,
        message: str = "",
        *,
        request_id: str = "",
        status: int | None = None,
        data: Mapping[str, str] | None = None,
        **kwargs: str,
    ) -> None:
        super().__init__(message, **kwargs)
        self.request_id = request_id
        self.status = status
        self.data = dict(data or {})


class Retriable(RemoteError):
    code = "retriable"


class Unreachable(Retriable):
    code = "unreachable"


class TimedOut(Retriable):
    """No answer in time. A write may or may not have been done: look before doing it again."""

    code = "timed_out"


class RemoteDown(Retriable):
    """5xx, maintenance, a proxy's error page. A write may or may not have been done."""

    code = "remote_down"


class RateLimited(Retriable):
    code = "rate_limited"

    def __init__(self, message: str = "", *, after_s: float = 60.0, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.after_s = after_s


class ShopStopped(RemoteError):
    code = "shop_stopped"


class BadCredentials(ShopStopped):
    code = "bad_credentials"


class MissingPermission(ShopStopped):
    code = "missing_permission"


class WrongAddress(ShopStopped):
    code = "wrong_address"


class PlanTooSmall(ShopStopped):
    code = "plan_too_small"


class Refused(RemoteError):
    """The shop said no to one record.

    data may name the element that is in the way: {"holder": "112"} is the remote id that already has this SKU.
    """

    code = "refused"


class UnexpectedAnswer(RemoteError):
    code = "unexpected_answer"


class Unsupported(KontorError):
    code = "unsupported"


class Conflict(KontorError):
    code = "conflict"


class NotYet(KontorError):
    code = "not_yet"
