"""What a broken or hostile program may send: payloads of the right shape with something else somewhere in them.

Every parser of foreign bytes owes the same: a value, or one of its declared errors; soon, and within its memory. How
many examples each gets: few in `make test`, always the same; many and new ones in `make chaos`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from backoffice.lib.answers import Answer

FULL: Final = os.environ.get("KONTOR_CHAOS") == "full"
Path = tuple[Any, ...]


def fuzz(examples: int) -> settings:
    """For a test: so many examples, and fifty times as many by `make chaos`. No example may take long."""
    return settings(
        max_examples=examples * (50 if FULL else 1),
        derandomize=not FULL,
        database=None,
        deadline=timedelta(seconds=5),
        suppress_health_check=list(HealthCheck),
    )


DEEP: Final[Any] = json.loads("[" * 200 + "]" * 200)
# Each has broken a program somewhere: what PHP writes for nothing, numbers that are none or do not end, dates that no
# calendar or no zone has, letters that no database holds, addresses that are none.
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, "", " ", 0, "0", -1, 1.5, 10**30, -(10**30), [], {}, [[]], [None], [{}], {"": None}, {"0": []}, DEEP,
    "²", "١٢", "0x10", "1_000", "1e999999", "-1e999999", "1E-999999", "NaN", "sNaN", "Infinity", "-0", "9" * 5000,
    "-100", "-100.0000", "99999999999999999999.99", "0.000000000000000000000000000001", "1.234,50", "12,5",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59", "0000-00-00 00:00:00", "2026-02-30",
    "2026-11-21T10:00:00.123456789", "1969-12-31 23:59:59", "yesterday",
    "\0", "a\0b", "\ud800", "\u202e\ufeff", "x" * 20_000, "&#xD800;&#0;&#x110000;", "<script>alert(1)</script>", "=1+1",
    "%s %(name)s {0}", "http://[::1", "//", "http://user:pass@host:99999/a%zz?b#c", "../../etc/passwd", "\r\nX: y",
)  # fmt: skip
# As a program writes them that knows no other numbers: bare in the JSON.
NUMBERS: Final = ("1e999999", "-1E+400", "1E-400", "-100.0", "0.1e-30", "NaN", "-Infinity", "9" * 4000)


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """Where something stands in a payload; the payload itself is ()."""
    yield here
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*here, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from paths(item, (*here, place))


def _put(payload: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    inside = payload
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return payload


def _drop(payload: Any, path: Path) -> Any:
    inside = payload
    for key in path[:-1]:
        inside = inside[key]
    del inside[path[-1]]
    return payload


@st.composite
def payloads(draw: st.DrawFn, *examples: Any) -> Any:
    """One of `examples` with one to three of its values replaced, left out, or wrapped in a list."""
    payload = deepcopy(draw(st.sampled_from(examples)))
    for _time in range(draw(st.integers(1, 3))):
        known = list(paths(payload))
        path = draw(st.sampled_from(known[1:] or known))
        deed = draw(st.sampled_from(("put", "put", "put", "text", "drop", "wrap")))
        if deed == "drop" and path:
            payload = _drop(payload, path)
        elif deed == "text":
            payload = _put(payload, path, draw(st.text(max_size=30)))
        elif deed == "wrap":
            inside = payload
            for key in path:
                inside = inside[key]
            payload = _put(payload, path, [inside])
        else:
            payload = _put(payload, path, deepcopy(draw(st.sampled_from(VALUES))))
    return payload


@st.composite
def answers(draw: st.DrawFn, *examples: Any) -> Answer:
    """The same as the body of an HTTP answer, with bare numbers in it that json.dumps would not write."""
    body = json.dumps(draw(payloads(*examples)))
    if draw(st.booleans()):
        places = [
            place for place, letter in enumerate(body) if letter in ":[" and body[place + 1] in ' "0123'
        ]
        if places:
            place = draw(st.sampled_from(places)) + 1
            end = next((at for at in range(place, len(body)) if body[at] in ",]}"), len(body))
            body = f"{body[:place]}{draw(st.sampled_from(NUMBERS))}{body[end:]}"
    return Answer(200, {"Content-Type": "application/json"}, body.encode("utf-8", "surrogatepass"))


@st.composite
def damaged(draw: st.DrawFn, *files: bytes, words: tuple[bytes, ...] = ()) -> bytes:
    """One of `files` with some of its bytes cut out, repeated, overwritten, or one of `words` put in between."""
    content = draw(st.sampled_from(files))
    for _time in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(start + draw(st.sampled_from((0, 1, 3, 20, 400))), len(content))
        deed = draw(st.sampled_from(("cut", "repeat", "bytes", "word", "end")))
        if deed == "cut":
            content = content[:start] + content[end:]
        elif deed == "repeat":
            content = content[:end] + content[start:end] * 3 + content[end:]
        elif deed == "bytes":
            content = content[:start] + draw(st.binary(max_size=6)) + content[end:]
        elif deed == "word" and words:
            content = content[:start] + draw(st.sampled_from(words)) + content[end:]
        elif deed == "end":
            content = content[:start]
    return content
