"""backoffice.lib.foreign: what single values of other programs may be."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib import foreign
from tests.fuzz.hostile import VALUES, fuzz

ANY_TEXT = st.text(max_size=60) | st.sampled_from([value for value in VALUES if isinstance(value, str)])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.50", "12.50"),
        ("-3", "-3"),
        ("1e3", "1000"),
        ("5.551115123125783e-17", "5.551115123125783e-17"),
        ("0e-90", "0"),
    ],
)
def test_numbers_of_programs(text: str, value: str) -> None:
    assert foreign.number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "sNaN", "-Infinity", "1e999999", "1e-999999", "9999999999999", "12,5", "1" * 201, "0x10"],
)
def test_what_is_no_number_or_too_much_of_one(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        foreign.number(text)


def test_times_reach_every_zone() -> None:
    moment = foreign.moment("9999-12-31T23:59:59", UTC)
    assert moment == foreign.LATEST
    assert moment.astimezone(ZoneInfo("Pacific/Kiritimati")).year == 9999
    assert foreign.moment("2026-01-05 12:00:00", ZoneInfo("Europe/Prague")) == datetime(
        2026, 1, 5, 11, tzinfo=UTC
    )
    for text in ("0001-01-01T00:00:00+14:00", "1899-12-31", "never"):
        with pytest.raises(ValueError, match=r"time|format"):
            foreign.moment(text, UTC)


@fuzz(100)
@given(ANY_TEXT)
def test_a_value_or_a_value_error(text: str) -> None:
    for read in (foreign.number, foreign.percent, foreign.identity, lambda given: foreign.moment(given, UTC)):
        try:
            value = read(text)
        except ValueError:
            continue
        assert len(format(value, "f") if isinstance(value, Decimal) else str(value)) <= 400


@fuzz(50)
@given(
    st.recursive(ANY_TEXT, lambda inside: st.lists(inside) | st.dictionaries(ANY_TEXT, inside), max_leaves=10)
)
def test_what_is_storable_is_all_there(value: object) -> None:
    kept = foreign.storable(value)
    text = str(kept).encode()
    assert b"\0" not in text
    assert type(kept) is type(value)
