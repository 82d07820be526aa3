"""Who is asking: OAuth 1.0a over plain HTTP, Basic or keys in the query over HTTPS (woocommerce.md, section 2)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Key
from backoffice.demo.shop.wire import ApiError

CLOCK_S = 15 * 60
_OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
_DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_READ = ("GET", "HEAD")

# What a shop manager must not do; the customer role may do nothing at all.
_ADMINISTRATOR_ONLY = {("customer", "batch"), ("customer", "create"), ("customer", "delete")}
_REFUSALS = {
    "list": ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "read": ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource."),
    "create": ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    "edit": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "delete": ("woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource."),
    "batch": (
        "woocommerce_rest_cannot_batch",
        "Sorry, you are not allowed to batch manipulate this resource.",
    ),
}


def _error(message: str) -> ApiError:
    return ApiError("woocommerce_rest_authentication_error", message, 401)


class Doorkeeper:
    def __init__(self, state: ShopState):
        self.state = state
        self._nonces: dict[str, dict[str, int]] = {}

    def identify(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        https: bool,
        home: str,
    ) -> Key | None:
        """The key of a request, or None for an anonymous one. Raises ApiError (401) when a key does not hold."""
        if https:
            key = self._basic(query, headers)
            if key is not None:
                return key
        return self._oauth(method, path, query, headers, https=https, home=home)

    def names_a_key(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether a request names a key of this shop at all; proves nothing yet."""
        named = {_basic_pair(query, headers)[0], query.get("oauth_consumer_key", "")}
        named.update(re.findall(r'oauth_consumer_key="?([^",]*)"?', headers.get("Authorization", "")))
        return not named.isdisjoint(self.state.keys)

    def _basic(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Key | None:
        name, secret = _basic_pair(query, headers)
        key = self.state.keys.get(name)
        if key is None:
            return None  # an unknown key looks like no key at all
        if not hmac.compare_digest(key.secret, secret):
            raise _error("Consumer secret is invalid.")
        return key

    def _oauth(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        https: bool,
        home: str,
    ) -> Key | None:
        given = {name: query[name] for name in query if name.startswith("oauth_")}
        header = headers.get("Authorization", "")
        if header.lower().startswith("oauth "):
            found = re.findall(r'(oauth_\w+)="?([^",]*)"?', header)
            given |= {name: unquote(value) for name, value in found}
        if not given:
            return None
        missing = [name for name in _OAUTH if not given.get(name)]
        if missing:
            noun = "parameter" if len(missing) == 1 else "parameters"
            text = f"Missing OAuth {noun} {', '.join(missing)}"
            raise ApiError("woocommerce_rest_authentication_missing_parameter", text, 401)
        key = self.state.keys.get(given["oauth_consumer_key"])
        if key is None:
            raise _error("Consumer key is invalid.")
        signed = {name: value for name, value in {**query, **given}.items() if name != "oauth_signature"}
        digest = _DIGESTS.get(given["oauth_signature_method"])
        if digest is None:
            raise _error("Invalid signature - signature method is invalid.")
        address = ("https" if https else "http") + "://" + home.split("://", 1)[1] + path
        expected = signature(method, address, signed, key.secret, digest)
        if not hmac.compare_digest(expected.encode(), given["oauth_signature"].encode()):
            raise _error("Invalid signature - provided signature does not match.")
        self._check_nonce(key, given["oauth_timestamp"], given["oauth_nonce"])
        return key

    def _check_nonce(self, key: Key, timestamp: str, nonce: str) -> None:
        """±15 minutes; within them a nonce counts once."""
        now = self.state.now()
        if not timestamp.isdigit() or abs(int(timestamp) - now) > CLOCK_S:
            raise _error("Invalid timestamp.")
        used = self._nonces.setdefault(key.key, {})
        if nonce in used:
            raise _error("Invalid nonce - nonce has already been used.")
        used[nonce] = int(timestamp)
        if len(used) > 5000:
            for old in [n for n, moment in used.items() if moment < now - CLOCK_S]:
                del used[old]


def _basic_pair(query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    """Key and secret from the query, else from a Basic header; empty where there are none."""
    name, secret = query.get("consumer_key", ""), query.get("consumer_secret", "")
    kind, _, text = headers.get("Authorization", "").partition(" ")
    if not name and kind.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
    return name, secret


def signature(method: str, address: str, params: Mapping[str, Any], secret: str, digest: Any) -> str:
    """The OAuth 1.0a signature as the plugin computes it: pairs joined after a second encoding."""

    def enc(text: str) -> str:
        return quote(text, safe="~")

    pairs = sorted((enc(str(k)), enc(str(v))) for k, v in params.items())
    joined = "%26".join(f"{enc(k)}%3D{enc(v)}" for k, v in pairs)
    base = f"{method.upper()}&{enc(address)}&{joined}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), base.encode(), digest).digest()).decode()


def check_rights(key: Key, method: str) -> None:
    """A read key cannot write and a write key cannot read. Raises ApiError 401."""
    if method in _READ and key.rights == "write":
        raise _error("The API key provided does not have read permissions.")
    if method not in (*_READ, "OPTIONS") and key.rights == "read":
        raise _error("The API key provided does not have write permissions.")


def may(key: Key | None, subject: str, action: str) -> bool:
    """Whether the role behind the key may do an action to a subject (product, order, customer, ...)."""
    if subject == "public":
        return True
    if key is None or key.role == "customer":
        return False
    return key.role == "administrator" or (subject, action) not in _ADMINISTRATOR_ONLY


def refusal(key: Key | None, action: str) -> ApiError:
    code, message = _REFUSALS[action]
    return ApiError(code, message, 401 if key is None else 403)
