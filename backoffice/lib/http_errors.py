"""What went wrong between us and a server, in our own errors: the ground under backoffice.lib.http.

Each error carries a `key` that tells the cases apart (listed in backoffice.lib.http).
"""

from __future__ import annotations

import email.utils
import errno
import ssl
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit, urlunsplit

import requests
import urllib3.exceptions as transport
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import (
    RateLimited,
    RemoteDown,
    RemoteError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    WrongAddress,
)
from backoffice.lib.targets import PrivateTarget

# After these the server has done nothing: any request may be repeated.
NOTHING_DONE = (Unreachable, RateLimited)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_RETRY_AFTER_S = 10.0
_LONGEST_RETRY_AFTER_S = 86_400.0

# X509_V_ERR_* of OpenSSL's x509_vfy.h
_EXPIRED = frozenset({9, 10})
_UNTRUSTED = frozenset({2, 18, 19, 20, 21})
_OTHER_NAME = frozenset({62, 63, 64})
_PLAIN_REASONS = frozenset(
    {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
)


def checked_address(address: str) -> str:
    """`address` without a slash at its end; WrongAddress if it is no http(s) address of a host."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise _not_an_address(address)
    return address.rstrip("/")


def same_origin(left: str, right: str) -> bool:
    return _origin(urlsplit(left)) == _origin(urlsplit(right))


def check(
    status: int,
    headers: Mapping[str, str],
    body_extract: str,
    url: str,
    base_url: str,
    accept: Container[int],
) -> None:
    """Raise for what means the same on every server: redirect, 429, 5xx. url is the redacted one."""
    if status in accept:
        return
    if status in _REDIRECTS:
        raise moved(url, base_url, headers.get("Location", ""), status)
    if status == 429:
        raise rate_limited(
            url, retry_after_s(headers.get("Retry-After", ""), _DEFAULT_RETRY_AFTER_S), body_extract
        )
    if status >= 500:
        raise RemoteDown(
            _("%(host)s is out of order at the moment (status %(status)d).")
            % {"host": _host(url), "status": status},
            cure=_(
                "Nothing needs to be done at first, the work is tried again. If it lasts, tell the shop's provider."
            ),
            detail=f"{url} -> {status}: {body_extract}",
            key="down",
            status=status,
            data={"retry_after_s": f"{retry_after_s(headers.get('Retry-After', ''), 0.0):g}"},
        )


def translated(error: Exception, url: str, text: str) -> RemoteError:
    """Our error for one of requests' or urllib3's. url and text (the error's own words) are redacted already."""
    roots = list(_roots(error))
    host = _host(url)
    detail = f"{url}: {text}"

    def found(*kinds: type[BaseException]) -> BaseException | None:
        return next((root for root in roots if isinstance(root, kinds)), None)

    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return _not_an_address(url)
    if isinstance(private := found(PrivateTarget), PrivateTarget):
        return private_target(private, detail)
    if (broken := found(ssl.SSLError)) is not None and isinstance(broken, ssl.SSLError):
        return _tls(broken, host, detail)
    if (unreached := _not_reached(error, found, host, detail)) is not None:
        return unreached
    if found(transport.ReadTimeoutError, TimeoutError) or isinstance(error, requests.exceptions.Timeout):
        return answer_timeout(url, text)
    return RemoteDown(
        _("%(host)s broke the connection off before its answer was complete.") % {"host": host},
        cure=_(
            "Nothing needs to be done at first, the work is tried again. If it lasts, tell the shop's provider."
        ),
        detail=detail,
        key="cut",
    )


def _not_reached(
    error: Exception, found: Callable[..., BaseException | None], host: str, detail: str
) -> RemoteError | None:
    """For what went wrong before anything was sent."""
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable(
            _("The proxy between Kontor and %(host)s refuses or cannot be reached.") % {"host": host},
            cure=_("Ask whoever looks after your network to check the proxy of this server (HTTPS_PROXY)."),
            detail=detail,
            key="proxy",
        )
    if found(transport.NameResolutionError):
        return Unreachable(
            _("There is no server called %(host)s, or its name cannot be looked up now.") % {"host": host},
            cure=_(
                "Check the spelling of the address. If the shop opens in your browser, try again in a few minutes."
            ),
            detail=detail,
            key="dns",
        )
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable(
            _("%(host)s doesn't answer the call: nobody picked up in time.") % {"host": host},
            cure=_(
                "Check the address, and whether the shop's firewall lets this server in. The work is tried again."
            ),
            detail=detail,
            key="connect_timeout",
        )
    if (connecting := found(transport.NewConnectionError)) is not None:
        return _no_connection(found(OSError) or connecting, host, detail)
    return None


def private_target(error: PrivateTarget, detail: str) -> WrongAddress:
    return WrongAddress(
        _("%(host)s leads to %(address)s, which lies inside a private network.")
        % {"host": error.host, "address": error.address},
        cure=_(
            "Check the address. If the shop really stands in your own network, ask the administrator to allow that "
            "network by the setting PRIVATE_TARGETS."
        ),
        detail=detail,
        key="private_target",
    )


def answer_timeout(url: str, text: str) -> TimedOut:
    return TimedOut(
        _("%(host)s took the request but did not answer in time.") % {"host": _host(url)},
        cure=_("Nothing needs to be done at first: Kontor looks what the shop has done, then goes on."),
        detail=f"{url}: {text}",
        key="answer_timeout",
    )


def rate_limited(url: str, after_s: float, text: str) -> RateLimited:
    return RateLimited(
        ngettext(
            "%(host)s asks for a pause of %(seconds)d second, because too many requests came.",
            "%(host)s asks for a pause of %(seconds)d seconds, because too many requests came.",
            round(after_s),
        )
        % {"host": _host(url), "seconds": round(after_s)},
        cure=_(
            "Nothing needs to be done, the work goes on by itself. If it happens often, lower the shop's pace."
        ),
        detail=f"{url} -> 429: {text}",
        key="429",
        status=429,
        after_s=after_s,
    )


def too_long(url: str, max_bytes: int) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        _("%(host)s sent more than %(size)d MB in one answer.")
        % {"host": _host(url), "size": max_bytes // 2**20},
        cure=_(
            "Read fewer elements at once, or look in the shop for an element with an unusually long text."
        ),
        detail=f"{url}: more than {max_bytes} bytes",
        key="too_long",
    )


def moved(url: str, base_url: str, location: str, status: int) -> WrongAddress:
    """A redirect is followed by nobody: a login would go to an unknown host, and a POST would become a GET."""
    try:
        target = urlsplit(requests.compat.urljoin(url, location))
    except ValueError:  # no address at all
        location, target = "", urlsplit("")
    address = _new_base(urlsplit(url), urlsplit(base_url), target)
    data = {"location": urlunsplit(target._replace(query="", fragment=""))}
    if not location or target.scheme not in ("http", "https"):
        message = _("%(host)s sends Kontor elsewhere, without saying where.") % {"host": _host(url)}
        cure = _("Open the shop in your browser and copy its address from there.")
    elif address:
        data["address"] = address
        message = _("The shop's address has changed: %(old)s now leads to %(new)s.") % {
            "old": base_url,
            "new": address,
        }
        cure = _("Use this address: %(new)s") % {"new": address}
    else:
        message = _("%(old)s sends Kontor to another page: %(new)s") % {
            "old": base_url,
            "new": data["location"],
        }
        cure = _(
            "Check the address. A login page, a maintenance mode or a language plug-in may stand in between."
        )
    return WrongAddress(
        message,
        cure=cure,
        detail=f"{url} -> {status}: {data['location']}",
        key="redirect",
        status=status,
        data=data,
    )


def retry_after_s(value: str, default: float) -> float:
    """Seconds of a Retry-After header: a number or a date (RFC 9110 §10.2.3), at most a day."""
    value = value.strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return default
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.now(UTC)).total_seconds()
    if seconds != seconds:  # NaN
        return default
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_S)


def _tls(error: ssl.SSLError, host: str, detail: str) -> RemoteError:
    code = getattr(error, "verify_code", 0)
    values = {"host": host}
    if code in _OTHER_NAME:
        return WrongAddress(
            _("The certificate that %(host)s shows belongs to another name.") % values,
            cure=_("Check the address, with and without “www.”, or have the shop's provider add the name."),
            detail=detail,
            key="tls_name",
        )
    if error.reason in _PLAIN_REASONS:
        return WrongAddress(
            _("%(host)s doesn't speak https at this address.") % values,
            cure=_("Write http:// instead of https:// if the shop has no certificate, or check the port."),
            detail=detail,
            key="tls_plain",
        )
    if code in _EXPIRED:
        message, key = (
            _("The certificate of %(host)s has expired, or is not valid yet.") % values,
            "tls_expired",
        )
        cure = _("Have the shop's provider renew it. The work goes on by itself afterwards.")
    elif code in _UNTRUSTED:
        message, key = (
            _("The certificate of %(host)s was issued by nobody Kontor trusts.") % values,
            "tls_untrusted",
        )
        cure = _("Have the shop's provider install a complete certificate, with the intermediate ones.")
    else:
        message, key = _("No secure connection to %(host)s could be agreed on.") % values, "tls"
        cure = _("Have the shop's provider check the https of the shop. The work is tried again.")
    return Unreachable(message, cure=cure, detail=detail, key=key)


def _no_connection(error: BaseException, host: str, detail: str) -> Unreachable:
    if getattr(error, "errno", None) == errno.ECONNREFUSED or "refused" in str(error).lower():
        return Unreachable(
            _("%(host)s refuses the connection: no shop answers at this address and port.") % {"host": host},
            cure=_(
                "Check the address and its port. If the shop is being restarted, the work goes on by itself."
            ),
            detail=detail,
            key="refused",
        )
    return Unreachable(
        _("There is no way through the network to %(host)s.") % {"host": host},
        cure=_("Check the internet connection of this server. The work is tried again."),
        detail=detail,
        key="connect",
    )


def _not_an_address(address: str) -> WrongAddress:
    return WrongAddress(
        _("“%(address)s” is not the address of a shop.") % {"address": address[:200]},
        cure=_("Write it as in the browser, beginning with https://"),
        key="not_http",
    )


def _new_base(asked: SplitResult, base: SplitResult, target: SplitResult) -> str:
    """The base address at the new place, or "" when it isn't the same page that moved."""
    page = asked.path.removeprefix(base.path.rstrip("/")).rstrip("/")
    path = target.path.rstrip("/")
    if not path.endswith(page):
        return ""
    new_base = urlunsplit((target.scheme, target.netloc, path.removesuffix(page), "", "")).rstrip("/")
    return "" if new_base == urlunsplit(base).rstrip("/") else new_base


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return (
        parts.scheme,
        (parts.hostname or "").lower(),
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or url


def _roots(error: BaseException) -> Iterator[BaseException]:
    """The error and what stands behind it: requests wraps urllib3's error, which wraps the system's."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        waiting += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
