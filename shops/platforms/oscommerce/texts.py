"""Which bytes the shop's texts are: the biggest trap of osCommerce (oscommerce.md, 9.1). Pure.

Shops up to 2.3.3.2 send UTF-8 over a connection that calls itself Latin-1. Their tables then hold UTF-8 in Latin-1
columns, or text encoded twice in UTF-8 columns. Kontor connects as the shop connects, and knows what the bytes mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from backoffice.lib.foreign import storable_text


@dataclass(frozen=True, slots=True)
class TextMode:
    """names: what the connection is called (SET NAMES). encoding: what the bytes on it are.

    bytes_count: a column's length is one of bytes, since the database takes each byte for a letter.
    """

    key: str
    names: str
    encoding: str
    bytes_count: bool = False

    def encode(self, text: str) -> bytes:
        """Raises Refused for a letter that this shop has not."""
        try:
            raw = text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise _cannot_hold(text[error.start : error.end]) from None
        if self.names == "utf8" and (wide := next((letter for letter in text if ord(letter) > 0xFFFF), "")):
            raise _cannot_hold(wide)  # MySQL's "utf8" ends at three bytes
        return raw

    def decode(self, raw: bytes) -> str:
        return storable_text(raw.decode(self.encoding, "replace"))

    def length(self, text: str) -> int:
        """How much of a column the text takes."""
        return len(text.encode(self.encoding, "replace")) if self.bytes_count else len(text)


UTF8: Final = TextMode("utf8", "utf8", "utf-8")
UTF8MB4: Final = TextMode("utf8mb4", "utf8mb4", "utf-8")
UTF8_OVER_LATIN1: Final = TextMode("latin1", "latin1", "utf-8", bytes_count=True)
MODES: Final = {
    mode.key: mode
    for mode in (
        UTF8,
        UTF8MB4,
        UTF8_OVER_LATIN1,
        TextMode("cp1252", "latin1", "cp1252", bytes_count=True),
        TextMode("cp1250", "latin1", "cp1250", bytes_count=True),
        TextMode("latin2", "latin1", "iso-8859-2", bytes_count=True),
    )
}
# What the sign of the euro looks like in `currencies`, as the bytes in the table (all stock shops have it).
_EURO: Final = {
    ("latin1", "E282AC"): UTF8_OVER_LATIN1,
    ("latin1", "80"): MODES["cp1252"],
    ("utf8", "C3A2E2809AC2AC"): UTF8_OVER_LATIN1,
    ("utf8", "E282AC"): UTF8,
}


def detect(charset: str, euro: str, samples: Iterable[str]) -> TextMode | None:
    """The mode of a shop; None = nothing beyond ASCII was found to tell by.

    charset: of the columns with names. euro: hexadecimal digits of the sign of the euro, "" if the shop has none.
    samples: the same of names with letters beyond ASCII.
    """
    family = "utf8" if charset.startswith("utf8") else "latin1"
    found = _EURO.get((family, euro.upper())) or _by_samples(
        family, [bytes.fromhex(hexa) for hexa in samples]
    )
    return UTF8MB4 if found is UTF8 and charset == "utf8mb4" else found


def _by_samples(family: str, samples: list[bytes]) -> TextMode | None:
    if not samples:
        return None
    if family == "latin1":
        # Anything else than UTF-8 in a Latin-1 column is what it says it is, or of a code page that only people can tell.
        return UTF8_OVER_LATIN1 if all(_is_utf8(raw) for raw in samples) else MODES["cp1252"]
    return UTF8_OVER_LATIN1 if all(_is_twice(raw) for raw in samples) else UTF8


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_twice(raw: bytes) -> bool:
    """UTF-8 whose letters are themselves the bytes of UTF-8, as MySQL's Latin-1 (cp1252 with all its gaps filled) has them."""
    try:
        once = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    try:
        return _is_utf8(bytes(_byte_of(letter) for letter in once)) and not once.isascii()
    except ValueError:
        return False


def _byte_of(letter: str) -> int:
    if ord(letter) < 0x100:
        return ord(letter)
    try:
        return letter.encode("cp1252")[0]
    except UnicodeEncodeError:
        raise ValueError(letter) from None


def _cannot_hold(letters: str) -> Refused:
    return Refused(
        _("The shop's database has no letter “%(letter)s”.") % {"letter": letters[:5]},
        cure=_("Remove it from the name or the text here, then synchronise again."),
        key="letter",
    )
