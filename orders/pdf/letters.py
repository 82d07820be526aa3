"""Texts made fit to be set: only letters that our fonts have, no invisible controls, and places to break long runs.

PDF/A refuses a file with a letter that its font lacks, so one emoji in a customer's name would be a document that
cannot be issued. What the fonts lack is therefore written in Latin letters, or “?” where nobody can.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from anyascii import anyascii
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent / "fonts"
_BREAK = "\u200b"  # zero width space
_MOST_MARKS = 2  # accents stacked on one letter; more would be drawn over the lines above
_MARKS = re.compile(rf"([\u0300-\u036f]{{{_MOST_MARKS}}})[\u0300-\u036f]+")
_LINE_ENDS = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")


def legible(text: str, longest: int = 30) -> str:
    """One line of text. A run of more than `longest` letters without a space gets places where it may be broken."""
    return _breakable(" ".join(_known(_LINE_ENDS.sub(" ", text)).split()), longest)


def legible_lines(text: str, longest: int = 60) -> str:
    """The same for several lines: their ends stay, empty lines at the beginning and the end do not."""
    lines = (legible(line, longest) for line in _LINE_ENDS.sub("\n", text).split("\n"))
    return "\n".join(lines).strip("\n")


def clipped(text: str, most: int) -> str:
    """For places of a fixed size, like the foot of the page."""
    line = " ".join(_known(_LINE_ENDS.sub(" ", text)).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


@cache
def font_files() -> tuple[Path, ...]:
    return tuple(sorted(FONTS.glob("*.ttf")))


@cache
def drawable() -> frozenset[int]:
    """The code points that every face has."""
    maps = []
    for path in font_files():
        with TTFont(path, lazy=True) as font:
            maps.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*maps)


def _known(text: str) -> str:
    composed = _MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    known = drawable()
    if all(ord(char) in known for char in composed):
        return composed
    return "".join(char if ord(char) in known else _instead(char) for char in composed)


def _instead(char: str) -> str:
    if char.isspace():
        return " "
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Mn", "Me"):
        return ""  # nothing to see, or an accent on its own
    return anyascii(char) or "?"


def _breakable(line: str, longest: int) -> str:
    if len(line) <= longest:
        return line
    return re.sub(rf"\S{{{longest + 1},}}", lambda run: _with_breaks(run[0]), line)


def _with_breaks(run: str) -> str:
    return "".join(
        (_BREAK if at and at % 4 == 0 and not unicodedata.combining(char) else "") + char
        for at, char in enumerate(run)
    )
