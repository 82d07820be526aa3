from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib.fingerprint import fingerprint


@dataclass(frozen=True)
class Before:
    name: str
    price: D | None = None


@dataclass(frozen=True)
class After:
    price: D | None = None
    name: str = ""
    weight_g: int | None = None


EQUAL = [
    (5, D("5.00")),
    (5, 5.0),
    (D("500"), D("5E+2")),
    (0, D("-0.00")),
    (0.1, D("0.1")),
    ([1, "a"], (1, "a")),
    ({"a": 1, "b": None}, {"b": None, "a": D(1)}),
    ({1, 2, 3}, frozenset({3, 2, 1})),
    (datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))),
    (Before("Mug", D("9.90")), After(name="Mug", price=D("9.9"))),
]
DIFFERENT = [
    ("", None),
    ("5", 5),
    (True, 1),
    (False, 0),
    (0, None),
    ([], {}),
    (["ab"], ["a", "b"]),
    (["a", ["b"]], ["a", "b"]),
    ({"a": {"b": 1}}, {"a": 1, "b": {}}),
    ([1, 2], [2, 1]),
    (D("1.23"), D("12.3")),
    (D("12345678901234567890123456789.1"), D("12345678901234567890123456789.2")),
    (date(2026, 1, 1), "2026-01-01"),
    (Before("Mug", D(0)), Before("Mug", None)),
    (Before(""), Before(None)),
    ({"a": None}, {}),
    ("s1:a", ["a"]),
    ("\u00fd", "y\u0301"),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal_content_has_the_same_fingerprint(left, right):
    assert fingerprint(left) == fingerprint(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_content_has_another_fingerprint(left, right):
    assert fingerprint(left) != fingerprint(right)


def test_it_is_the_same_on_every_machine_and_in_every_release():
    value = {
        "sku": "MUG-1",
        "price": D("9.90"),
        "tags": ["a", "ž"],
        "seen": datetime(2026, 3, 1, tzinfo=UTC),
        "x": None,
    }
    assert fingerprint(value) == "c1c398fbfff7ce14c49d546cbbae8e36"


def test_what_it_cannot_mark_is_refused_rather_than_guessed():
    with pytest.raises(ValueError, match="without time zone"):
        fingerprint(datetime(2026, 3, 1))
    with pytest.raises(ValueError, match="no fingerprint for"):
        fingerprint(D("NaN"))
    with pytest.raises(TypeError, match="no fingerprint for object"):
        fingerprint({"a": object()})


def test_half_a_surrogate_from_a_shops_json_is_no_obstacle():
    assert fingerprint("\ud83d") != fingerprint("\ud83e")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_only_equal_values_share_a_fingerprint(left, right):
    assert (fingerprint(left) == fingerprint(right)) == (_plain(left) == _plain(right))


def _plain(value):
    """The value with its types made visible, so that == is as strict as the fingerprint."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, (int, D)):
        return ("number", value)
    if isinstance(value, list):
        return ("list", [_plain(item) for item in value])
    return ("dict", {key: _plain(item) for key, item in value.items()})
