"""Small cuts of text for messages and logs."""

from __future__ import annotations

import html
import re

_UNSEEN = re.compile(
    r"<(script|style|head|noscript|template)\b.*?(</\1\s*>|\Z)|<!--.*?(-->|\Z)", re.IGNORECASE | re.DOTALL
)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[!/a-zA-Z][^<>]*>?")
_LONGEST = (
    200_000  # a page that answers in place of an API is read no further: what it says stands at its beginning
)


def strip_tags(text: str) -> str:
    """What a person would read of a web page: its title, then its text. Plain text comes back as it is."""
    if "<" not in text:
        return text
    text = text[:_LONGEST]
    title = _TITLE.search(text)
    seen = _TAG.sub(" ", _UNSEEN.sub(" ", text))
    return html.unescape(f"{_TAG.sub(' ', title[1])} {seen}" if title else seen).strip()


def extract(text: str, limit: int) -> str:
    """The beginning of `text` on one line, at most `limit` characters, "…" where something was left out."""
    line = " ".join(text[: limit * 4].replace("\0", "\ufffd").split())  # PostgreSQL stores no NUL
    if len(line) <= limit and len(text) <= limit * 4:
        return line
    return f"{line[: limit - 1].rstrip()}…"
