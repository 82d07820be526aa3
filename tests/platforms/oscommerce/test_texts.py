"""Which bytes a shop's texts are: told by the sign of the euro, else by names."""

from __future__ import annotations

import pytest

from backoffice.lib.errors import Refused
from shops.platforms.oscommerce.texts import MODES, UTF8, UTF8_OVER_LATIN1, UTF8MB4, detect

NAME = "Čaj – žajbelj"
TWICE = NAME.encode().decode("latin-1").encode()


@pytest.mark.parametrize(
    ("charset", "euro", "found"),
    [
        ("latin1", "E282AC", UTF8_OVER_LATIN1),
        ("latin1", "80", MODES["cp1252"]),
        ("utf8", "C3A2E2809AC2AC", UTF8_OVER_LATIN1),
        ("utf8", "E282AC", UTF8),
        ("utf8mb3", "E282AC", UTF8),
        ("utf8mb4", "E282AC", UTF8MB4),
        ("latin1", "", None),
        ("utf8", "24", None),
    ],
)
def test_the_euro_tells(charset, euro, found):
    assert detect(charset, euro, []) is found


@pytest.mark.parametrize(
    ("charset", "raw", "found"),
    [
        ("latin1", NAME.encode(), UTF8_OVER_LATIN1),
        ("latin1", "Größe".encode("cp1252"), MODES["cp1252"]),
        ("utf8", NAME.encode(), UTF8),
        ("utf8", TWICE, UTF8_OVER_LATIN1),
        ("utf8", "Größe Ã".encode(), UTF8),
    ],
)
def test_names_tell_where_there_is_no_euro(charset, raw, found):
    assert detect(charset, "", [raw.hex().upper()]) is found


def test_what_a_shop_cannot_hold_is_refused_with_the_letter():
    for mode, text in ((MODES["cp1252"], "Čaj"), (MODES["latin2"], "50 €"), (UTF8, "tea 🍵")):
        with pytest.raises(Refused) as refused:
            mode.encode(text)
        assert refused.value.key == "letter"
    assert UTF8_OVER_LATIN1.encode("tea 🍵") == "tea 🍵".encode()
    assert MODES["cp1250"].decode(MODES["cp1250"].encode("Žluťoučký kůň")) == "Žluťoučký kůň"


def test_the_length_of_a_column_counts_bytes_where_the_database_sees_bytes():
    assert (UTF8.length("Čaj"), UTF8_OVER_LATIN1.length("Čaj"), MODES["latin2"].length("Čaj")) == (3, 4, 3)


def test_bytes_that_are_no_text_do_not_stop_a_read():
    assert UTF8.decode(b"ab\xff") == "ab�"
