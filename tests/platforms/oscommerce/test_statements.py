"""Statements: their places are filled with values and nothing else, and none names what Kontor must not read."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import pytest

from shops.platforms.oscommerce.operations import OPERATIONS
from shops.platforms.oscommerce.operations.shop import SETTINGS
from shops.platforms.oscommerce.statements import PLACE, off_wire, on_wire, reading, render, writing

FORBIDDEN = ("password", "administrators", "sessions", "cc_", "whos_online", "action_recorder", "newsletters")


def filled(sql: str, **values) -> str:
    return render(reading(sql), values, prefix="osc_", encode=str.encode).decode()


def test_places_of_every_type():
    assert filled("SELECT [a].x FROM [a] WHERE id={id:int} AND p>{p:dec}", id=7, p=Decimal("1.50")) == (
        "SELECT `osc_a`.x FROM `osc_a` WHERE id=7 AND p>1.50"
    )
    assert filled("IN ({ids:ints}) IN ({no:ints}) IN ({t:texts})", ids=[1, 2], no=[], t=["a'b"]) == (
        "IN (1,2) IN (NULL) IN ('a\\'b')"
    )
    assert filled("VALUES {r:rows(int,text?,now,dec)}", r=[(1, None, 2), (2, "x", Decimal("0.1"))]) == (
        "VALUES (1,NULL,NOW(),2),(2,'x',NOW(),0.1)"
    )
    assert filled("CASE id{c:cases(int,dec)} ELSE x END", c=[(1, 5), (2, 0)]) == (
        "CASE id WHEN 1 THEN 5 WHEN 2 THEN 0 ELSE x END"
    )
    assert filled("CASE id{c:cases(int,int)} ELSE x END", c=[]) == "CASE id WHEN NULL THEN NULL ELSE x END"
    assert filled("{a:time?} {b:time?}", a=datetime(2026, 11, 21, 20, 3, 14), b=None) == (
        "'2026-11-21 20:03:14' NULL"
    )


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE products; --", "a\\' OR 1=1 -- ", '"', "\\", "{id:int}", "[products]"]
)
def test_a_text_stays_inside_its_quotes(text):
    sql = filled("WHERE a={a:text} AND b={b:text}", a=text, b="b")
    inside = sql.removeprefix("WHERE a='").removesuffix("' AND b='b'")
    assert re.fullmatch(r"(?:[^'\\\"]|\\.)*", inside), sql


@pytest.mark.parametrize(
    ("kind", "value"),
    [("int", "1 OR 1=1"), ("int", "1\n"), ("int", None), ("int", "٣"), ("dec", "1e9"), ("dec", "NaN"), ("text", b"x"),
     ("text", None), ("time", "2026-11-21"), ("ints", ["1", "x"]), ("rows(int)", []), ("rows(int)", [(1, 2)])],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(kind, value):
    with pytest.raises((ValueError, TypeError, StopIteration)):
        filled(f"SELECT {{v:{kind}}}", v=value)


def test_what_travels_over_the_bridge_comes_back():
    for value in ("abc", "č'\n", "", "\0"):
        assert off_wire(on_wire(value, str.encode)) == value.encode()
    assert on_wire([(1, Decimal("2.50"), None)], str.encode) == [["1", "2.50", None]]
    assert off_wire(None) is None
    with pytest.raises(ValueError):
        off_wire(7)


@pytest.mark.requirement("P7")
def test_no_statement_names_passwords_sessions_administrators_or_card_data():
    for name, operation in OPERATIONS.items():
        found = [word for word in FORBIDDEN if word in operation.sql.lower()]
        assert found == [], name
        assert "*" not in operation.sql.replace("COUNT(*)", "").replace("(..)*", ""), (
            f"{name} must name its columns"
        )


def test_of_the_settings_only_harmless_ones_are_read():
    """`configuration` holds the keys of payment gateways."""
    sql = OPERATIONS["shop.settings"].sql
    assert [name for name in SETTINGS if re.search(r"KEY$|SECRET|SIGNATURE|USER|PASS", name)] == []
    assert re.findall(r"LIKE '([^']+)'", sql) == [
        r"MODULE\_PAYMENT\_%\_PREPARE\_ORDER\_STATUS\_ID",
        r"MODULE\_SHIPPING\_%\_TAX\_CLASS",
    ]


def test_every_statement_is_one_statement_with_a_where():
    for name, operation in OPERATIONS.items():
        bare = PLACE.sub("", operation.sql)
        verb = bare.split()[0]
        assert (verb in ("SELECT", "SHOW")) is not operation.writes, name
        assert ";" not in bare, name
        if verb in ("UPDATE", "DELETE"):
            assert " WHERE " in bare, name
        assert "REPLACE " not in bare, name


def test_ghosts_cannot_be_made():
    """An upsert on a main table would bring back a half of what was deleted meanwhile (oscommerce.md, 3)."""
    for operation in OPERATIONS.values():
        if "ON DUPLICATE" in operation.sql:
            assert re.match(r"INSERT INTO \[(products_description|categories_description)\]", operation.sql)


def test_the_mark_of_a_statement_changes_with_its_text():
    assert reading("SELECT 1").mark != reading("SELECT 2").mark
    assert reading("SELECT  1").mark == reading("SELECT 1").mark
    assert writing("DELETE FROM x WHERE 1=0").writes
