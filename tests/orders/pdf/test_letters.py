"""Letters, words, numbers: what the fonts can draw, and how each language writes."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from orders.pdf.formats import formats
from orders.pdf.letters import clipped, drawable, font_files, legible, legible_lines
from orders.pdf.words import LANGUAGES, language_of, words

CENTRAL_EUROPEAN = (
    "ČčĆćĐđŠšŽž"  # sl, hr
    "ÁáĎďÉéĚěÍíŇňÓóŘřŤťÚúŮůÝý"  # cs
    "ÄäĹĺĽľÔôŔŕ"  # sk
    "ĄąĘęŁłŃńŚśŹźŻż"  # pl
    "ÖöŐőÜüŰű"  # hu
    "ßẞÀàÈèÌìÒòÙùÂâÎîÇç"  # de, it, fr
    "ĂăȘșȚțŞşŢţ"  # ro
    "ÅåÆæØøĀāĒēĖėĢģĪīĶķĻļŅņŪūŲųÕõĞğİı"  # the other neighbours
    "„“”‚‘’«»–—…·•°§№€£×²³½%‰"
)


@pytest.mark.parametrize("path", font_files(), ids=lambda path: path.stem)
def test_every_face_has_the_letters_of_central_europe(path):
    with TTFont(path) as font:
        has = font.getBestCmap()
    wanted = CENTRAL_EUROPEAN + string.ascii_letters + string.digits + string.punctuation + " \u00a0\u202f"
    assert [char for char in wanted if ord(char) not in has] == []


def test_the_fonts_come_with_their_licence():
    assert {path.name for path in font_files()} == {"SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf"}
    licence = (font_files()[0].parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL Open Font License, Version 1.1" in licence


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_can_be_drawn_and_filled(language):
    said = words(language)
    assert [key for key, text in said.items() if not text.strip()] == []
    assert [text for text in said.values() if any(ord(char) not in drawable() for char in text)] == []
    assert said["corrects"].format(number="F1", date="D1").count("1") == 2
    assert "F1" in said["corrects_undated"].format(number="F1")
    assert "Italy" in said["foreign_vat"].format(countries="Italy")


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_language_was_left_in_english(language):
    same = {key for key, text in words(language).items() if text == words("en")[key]}
    assert same <= {"vat", "note", "unit"}


@pytest.mark.parametrize(
    ("asked", "given"),
    [("sl", "sl"), ("sl-SI", "sl"), ("SL_si", "sl"), ("zh-hans", "en"), ("", "en"), ("xx", "en")],
)
def test_a_language_that_we_do_not_write_gets_english(asked, given):
    assert language_of(asked) == given


@pytest.mark.parametrize(
    ("language", "day", "amount", "percent", "country"),
    [
        ("en", "5 Mar 2026", "-1,234,567.50 EUR", "9.5%", "Slovenia"),
        ("cs", "5. 3. 2026", "-1 234 567,50 EUR", "9,5 %", "Slovinsko"),
        ("pl", "5.03.2026", "-1 234 567,50 EUR", "9,5%", "Słowenia"),
        ("hu", "2026. 03. 05.", "-1 234 567,50 EUR", "9,5%", "Szlovénia"),
        ("sl", "5. 3. 2026", "-1.234.567,50 EUR", "9,5 %", "Slovenija"),
        ("de", "5.3.2026", "-1.234.567,50 EUR", "9,5 %", "Slowenien"),
        ("sk", "5. 3. 2026", "-1 234 567,50 EUR", "9,5 %", "Slovinsko"),
        ("hr", "05. 03. 2026.", "-1.234.567,50 EUR", "9,5 %", "Slovenija"),
        ("it", "05/03/2026", "-1.234.567,50 EUR", "9,5%", "Slovenia"),
    ],
)
def test_each_language_writes_its_own_way(language, day, amount, percent, country):
    shown = formats(language, 2, "EUR")
    assert shown.date(date(2026, 3, 5)) == day
    assert shown.money(Decimal("-1234567.495")).replace("\u00a0", " ") == amount
    assert shown.percent(Decimal("9.5")).replace("\u00a0", " ") == percent
    assert shown.country("si") == country


def test_prices_and_quantities_keep_the_decimals_that_they_have():
    shown = formats("sl", 2, "EUR")
    assert [shown.price(Decimal(p)) for p in ("10", "8.196721", "0.005", "1234.5")] == [
        "10,00", "8,1967", "0,005", "1.234,50",
    ]  # fmt: skip
    assert [shown.quantity(Decimal(q)) for q in ("2.000", "0.125", "-3")] == ["2", "0,125", "-3"]
    assert formats("cs", 0, "JPY").amount(Decimal("1234.5")) == "1\u00a0235"
    assert formats("cs", 2, "EUR").amount(Decimal("-0.001")) == "0,00"
    assert shown.country("XX") == "XX"


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("Žluťoučký kůň, Őry, Łódź", "Žluťoučký kůň, Őry, Łódź"),
        ("C\u030cesky\u0301", "Český"),  # letters and accents apart, as macOS writes file names
        ("  two\n lines\t", "two lines"),
        ("王小明 😀", "WangXiaoMing :grinning:"),
        ("a\u202eb\u200dc\u0000d\u00adé", "abcd\u00adé"),
        ("\ud800x", "x"),
        ("\ue000\U0010ffff", "??"),
        ("Ивана Ґрунт Αθήνα", "Ивана Ґрунт Αθήνα"),
    ],
)
def test_what_the_fonts_lack_is_written_otherwise(text, set_as):
    assert legible(text) == set_as


def test_only_long_runs_get_places_to_break():
    assert legible("x" * 30) == "x" * 30
    broken = legible("x" * 31 + " " + "y" * 30)
    assert broken.replace("\u200b", "") == "x" * 31 + " " + "y" * 30
    assert max(len(run) for run in broken.split()[0].split("\u200b")) == 4
    assert "\u200b" not in broken.split()[1]
    assert legible("A" * 15, 14).count("\u200b") == 3


def test_lines_stay_lines_and_edges_are_cut():
    assert legible_lines("\n a \r\n\r\nb\u2028c\n\n") == "a\n\nb\nc"
    assert clipped("a\nb" * 10, 10) == "a ba ba b…"
    assert clipped("short", 10) == "short"


@given(st.text())
def test_everything_that_is_set_can_be_drawn(text):
    for line in (legible(text), clipped(text, 40)):
        assert {char for char in line if ord(char) not in drawable()} <= {"\u200b"}
