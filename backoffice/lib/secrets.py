"""Credentials at rest, and keeping them out of every text that people or logs see."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, quote_plus

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext as _

from backoffice.lib.errors import BadCredentials

MASK = "•••"
_SHORTEST = 4  # below this a "secret" is found in every second word, and the text would be unreadable


class Secrets(dict[str, Any]):
    """The decrypted credentials of one row; prints its keys, never its values."""

    def __repr__(self) -> str:
        return "Secrets({})".format(", ".join(f"{key}={MASK}" for key in self))

    __str__ = __repr__


class Unreadable:
    """Stands in the place of credentials that none of CREDENTIAL_KEYS can decrypt.

    It is false, raises BadCredentials when anything is read from it, and saving the row writes the very text back
    that was there: nothing is lost while somebody looks for the key.
    """

    def __init__(self, ciphertext: str) -> None:
        self.ciphertext = ciphertext

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "Unreadable()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unreadable) and other.ciphertext == self.ciphertext

    def __hash__(self) -> int:
        return hash(self.ciphertext)

    def _raise(self, *_args: Any) -> NoReturn:
        raise BadCredentials(
            _("The saved login cannot be read with this installation's keys."),
            cure=_("Enter the login again and save, or restore the former key in CREDENTIAL_KEYS."),
            key="credentials_unreadable",
        )

    __getitem__ = __iter__ = __contains__ = __len__ = get = keys = values = items = _raise


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class SecretsField(TextField):
    """A dict of JSON values, encrypted in the database with settings.CREDENTIAL_KEYS (newest first).

    Reads as Secrets, or Unreadable. It has no form field, cannot be searched (only __isnull), and dumpdata writes
    "{}" for it. Every save encrypts with the newest key; `manage.py rotate_keys` does it for all rows.
    """

    description = "Encrypted credentials"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(
        self, value: str | None, expression: Any, connection: Any
    ) -> Secrets | Unreadable | None:
        if value is None:
            return None
        return decrypt(value)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):  # a fixture: value_to_string wrote "{}"
            return Secrets(json.loads(value or "{}"))
        return value

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, Unreadable):
            return value.ciphertext
        return encrypt(value)

    def value_to_string(self, obj: models.Model) -> str:
        return "{}"

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        return None

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted and cannot be searched")


def encrypt(value: dict[str, Any]) -> str:
    """The text that stands in the database for `value`. Raises TypeError if it is no dict of JSON values."""
    if not isinstance(value, dict):
        raise TypeError(f"credentials are a dict, not {type(value).__name__}")
    return _fernet(tuple(settings.CREDENTIAL_KEYS)).encrypt(json.dumps(value).encode()).decode()


def decrypt(ciphertext: str) -> Secrets | Unreadable:
    try:
        plain = _fernet(tuple(settings.CREDENTIAL_KEYS)).decrypt(ciphertext.encode())
        return Secrets(json.loads(plain))
    except (InvalidToken, ValueError, TypeError):
        return Unreadable(ciphertext)


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "CREDENTIAL_KEYS must be one or more keys made by "
            '`python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`, '
            "separated by commas."
        ) from error


# Names under which shops and protocols carry secrets, in a query string, a form body, JSON, XML or a header.
_NAMES = (
    r"(?:[a-z0-9_.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|signature|authorization|nonce|cookie)"
    r"[a-z0-9_-]*|pwd|psw|consumer_key|session_?id)"
)
_SHORT_NAMES = r"(?:pass|auth|key|hash|sid)"  # too common as words: secret only as a parameter of an address
_QUOTED = re.compile(
    rf"""(["']{_NAMES}["']\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)""", re.IGNORECASE
)
_AFTER_SIGN = re.compile(rf"(?<![a-z0-9_.-])({_NAMES}=)[^&\s\"'<>;,]+", re.IGNORECASE)
_IN_QUERY = re.compile(rf"([?&]{_SHORT_NAMES}=)[^&\s\"'<>;,]+", re.IGNORECASE)
_IN_HEADER = re.compile(r"\b((?:bearer|basic|digest|oauth)\s+)[a-z0-9+/=._~-]{8,}", re.IGNORECASE)
_IN_XML = re.compile(rf"(<(?P<tag>{_NAMES})>)[^<]+(?=</(?P=tag)>)", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/@?#\s\"']+@", re.IGNORECASE)
# The parts of Kontor's own addresses that let in who knows them: shops.urls.
_IN_PATH = re.compile(r"(/calls/|/feeds/\d+/)[^\s/?#\"'<>&]{16,}")
_SHAPES = re.compile(
    r"\b(?:c[ks]_[0-9a-f]{40}|shp(?:at|ss|ca|pa)_[0-9a-f]{32}|[rs]k_(?:live|test)_\w{10,}|whsec_\w{10,})\b"
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets and without what looks like one.

    Each secret is found as it is, percent-encoded, JSON-escaped and inside Basic credentials. What stands under a
    telling name (password=, "token": "...", Authorization: ...) goes too, and logins inside addresses, and the tokens in
    the paths of Kontor's own calls and feeds.
    """
    for form in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(form, MASK)
    text = _IN_ADDRESS.sub(rf"\1{MASK}@", text)
    text = _QUOTED.sub(lambda match: f'{match[1]}"{MASK}"', text)
    text = _IN_XML.sub(rf"\1{MASK}", text)
    text = _IN_HEADER.sub(rf"\1{MASK}", text)
    text = _AFTER_SIGN.sub(rf"\1{MASK}", text)
    text = _IN_QUERY.sub(rf"\1{MASK}", text)
    text = _IN_PATH.sub(rf"\1{MASK}", text)
    return _SHAPES.sub(MASK, text)


def _forms(secrets: Iterable[str]) -> set[str]:
    forms: set[str] = set()
    for secret in secrets:
        if len(secret) < _SHORTEST:
            continue
        forms.update(
            (secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1])
        )
        raw = secret.encode()
        # Base64 of "name:secret" depends on where the secret begins; the middle is the same for each of 3 offsets.
        for offset in range(3):
            encoded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
            middle = encoded[(0, 2, 3)[offset] : len(encoded) - 1]
            if len(middle) >= 8:
                forms.add(middle)
    return forms
