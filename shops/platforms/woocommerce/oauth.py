"""OAuth 1.0a without tokens, as WooCommerce wants it over plain HTTP: as parameters of the query.

Two rules differ from RFC 5849: no oauth_version, and the URL in the base string is the shop's own idea of its address
(its scheme, its host, without its port if it does not know of one), not the one that was asked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import requests


def percent(text: str) -> str:
    """RFC 3986 §2.3: everything but letters, digits and -._~ is encoded."""
    return quote(text, safe="~")


def base_string(method: str, url: str, params: Iterable[tuple[str, str]]) -> str:
    """What is signed. url: without query. params: decoded pairs of the query and of oauth_*, without the signature.

    Key and value are encoded, the pairs sorted, and each pair encoded once more.
    """
    pairs = sorted((percent(key), percent(value)) for key, value in params)
    joined = "%26".join(f"{percent(key)}%3D{percent(value)}" for key, value in pairs)
    return f"{method.upper()}&{percent(url)}&{joined}"


def signature(method: str, url: str, params: Iterable[tuple[str, str]], secret: str) -> str:
    """Base64 of the HMAC-SHA256 over the base string; the key is the consumer secret and an empty token secret."""
    text = base_string(method, url, params)
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class QuerySignature:
    """Signs a prepared request. Called anew for every try, since the shop refuses a nonce it has seen.

    home: the shop's own home address where it differs from the one asked; "" = they are the same.
    insecure: sign as http:// whatever was asked: behind a proxy that ends TLS, PHP sees plain HTTP.
    """

    def __init__(
        self,
        key: str,
        secret: str,
        *,
        home: str = "",
        insecure: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.key = key
        self.secret = secret
        self.home = home
        self.insecure = insecure
        self.clock = clock

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        asked = urlsplit(request.url or "")
        params = [
            *parse_qsl(asked.query, keep_blank_values=True),
            ("oauth_consumer_key", self.key),
            ("oauth_nonce", secrets.token_hex(16)),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", str(int(self.clock()))),
        ]
        signed = signature(request.method or "GET", self.signed_url(request.url or ""), params, self.secret)
        query = urlencode([*params, ("oauth_signature", signed)], quote_via=quote, safe="~")
        request.url = urlunsplit(asked._replace(query=query))
        return request

    def signed_url(self, url: str) -> str:
        """The URL as the shop will reconstruct it: its own scheme and host, the path that was asked."""
        asked, home = urlsplit(url), urlsplit(self.home)
        scheme, host = (home.scheme, home.netloc) if self.home else (asked.scheme, asked.netloc)
        if self.insecure:
            scheme = "http"
        return urlunsplit((scheme, host, asked.path, "", ""))
